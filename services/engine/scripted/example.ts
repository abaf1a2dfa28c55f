import { ServiceError } from '../../../core/errors/service-error.ts';

type Json = Readonly<Record<string, unknown>>;

const MAX_DEPTH = 16;

/** The plainest value that a JSON schema allows, with every property it names; throws for what is no schema. */
export const exampleOf = (schema: unknown, depth = 0): unknown => {
  if (!isObject(schema) || depth > MAX_DEPTH) return null;
  if ('const' in schema) return schema.const;
  if (Array.isArray(schema.enum)) return schema.enum[0];
  const [branch] = [schema.anyOf, schema.oneOf, schema.allOf].flatMap((list) => (Array.isArray(list) ? list : []));
  if (branch !== undefined) return exampleOf(branch, depth + 1);
  return byType(typeOf(schema), schema, depth);
};

const typeOf = ({ type, properties }: Json): unknown => {
  if (type === undefined) return properties === undefined ? 'null' : 'object';
  return Array.isArray(type) ? type[0] : type;
};

const byType = (type: unknown, schema: Json, depth: number): unknown => {
  switch (type) {
    case 'object':
      return Object.fromEntries(
        Object.entries(isObject(schema.properties) ? schema.properties : {}).map(([name, property]) => [
          name,
          exampleOf(property, depth + 1),
        ]),
      );
    case 'array':
      return Array.from({ length: numberIn(schema.minItems) }, () => exampleOf(schema.items, depth + 1));
    case 'string':
      return 'x'.repeat(numberIn(schema.minLength));
    case 'number':
    case 'integer':
      return numberIn(schema.minimum);
    case 'boolean':
      return true;
    case 'null':
      return null;
    default:
      throw new ServiceError('ERR_ENGINE_GRAMMAR', 'schema: expected a JSON type, got another; mend the schema');
  }
};

const numberIn = (value: unknown): number => (typeof value === 'number' ? value : 0);

const isObject = (value: unknown): value is Json =>
  typeof value === 'object' && value !== null && !Array.isArray(value);
