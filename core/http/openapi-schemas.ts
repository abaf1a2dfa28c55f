import { type ZodType, z } from 'zod';

export type Json = { [key: string]: JsonValue };
export type JsonValue = string | number | boolean | null | Json | JsonValue[];

/** Turns zod schemas into OpenAPI 3.0 ones; those with an id in their metadata become shared components. */
export interface SchemaCollector {
  /** `input` for what clients send, `output` for what they get. */
  convert(schema: ZodType, io: 'input' | 'output'): Json;
  /** Everything shared so far, by name. */
  components(): Json;
}

const DEFINITIONS = '#/definitions/';
const COMPONENTS = '#/components/schemas/';

/** Collects shared schemas over many conversions; one that differs between input and output gets two names. */
export const createSchemaCollector = (): SchemaCollector => {
  const known = new Map<string, Json>();

  const nameFor = (name: string, definition: Json, io: 'input' | 'output'): string => {
    const taken = known.get(name);
    if (taken === undefined || isSame(taken, definition)) return name;
    return `${name}${io === 'input' ? 'Input' : 'Output'}`;
  };

  return {
    convert(schema, io) {
      const { definitions, ...root } = toJson(schema, io);
      const shared = isJson(definitions) ? definitions : {};
      const names = new Map<string, string>();
      for (const [name, definition] of Object.entries(shared)) {
        if (isJson(definition)) names.set(name, nameFor(name, rewrite(definition, new Map()), io));
      }
      for (const [name, definition] of Object.entries(shared)) {
        if (isJson(definition)) known.set(names.get(name) ?? name, rewrite(definition, names));
      }
      return rewrite(root, names);
    },
    components: () => Object.fromEntries([...known].sort(([a], [b]) => a.localeCompare(b))),
  };
};

const toJson = (schema: ZodType, io: 'input' | 'output'): Json => {
  const document: unknown = z.toJSONSchema(schema, { target: 'openapi-3.0', io, unrepresentable: 'any' });
  // Through text, because Zod hangs functions and shared objects on what it returns.
  const plain: unknown = JSON.parse(JSON.stringify(document));
  if (!isJson(plain)) throw new TypeError('a schema converts to an object');
  return plain;
};

const isJson = (value: unknown): value is Json => typeof value === 'object' && value !== null && !Array.isArray(value);

const isSame = (a: Json, b: Json): boolean => JSON.stringify(a) === JSON.stringify(b);

// Points references at the components, and says `null` the way OpenAPI 3.0 can.
const rewrite = (node: Json, names: ReadonlyMap<string, string>): Json => {
  const result: Json = {};
  for (const [key, value] of Object.entries(node)) {
    // A field may be called `id`; only a text is the name Zod gives a shared schema.
    if (key === '$schema' || (key === 'id' && typeof value === 'string')) continue;
    if (key === '$ref' && typeof value === 'string') {
      const name = value.replace(DEFINITIONS, '');
      result[key] = `${COMPONENTS}${names.get(name) ?? name}`;
    } else result[key] = rewriteValue(value, names);
  }
  if (result.type === 'null') return { ...result, type: 'string', nullable: true, enum: [null] };
  // In OpenAPI 3.0 an enum has to list null as well.
  if (result.nullable === true && Array.isArray(result.enum)) result.enum = [...new Set([...result.enum, null])];
  return result;
};

const rewriteValue = (value: JsonValue, names: ReadonlyMap<string, string>): JsonValue => {
  if (Array.isArray(value)) return value.map((item) => rewriteValue(item, names));
  return isJson(value) ? rewrite(value, names) : value;
};
