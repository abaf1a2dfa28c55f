import type { Random } from '../redaction/random.ts';
import { oddNumber, oddString, oddValue } from './odd.ts';

/** The keywords of an OpenAPI schema that values are made from. */
export interface Schema {
  readonly $ref?: string;
  readonly type?: string;
  readonly enum?: readonly unknown[];
  readonly minimum?: number;
  readonly maximum?: number;
  readonly nullable?: boolean;
  readonly items?: Schema;
  readonly properties?: Readonly<Record<string, Schema>>;
  readonly required?: readonly string[];
  readonly additionalProperties?: boolean | Schema;
  readonly oneOf?: readonly Schema[];
  readonly anyOf?: readonly Schema[];
  readonly allOf?: readonly Schema[];
}

/** Follows references, which point into the components of the document. */
export type FindSchema = (schema: Schema) => Schema;

const DEEPEST = 6;

/** A value that mostly has the shape a schema asks for; optional fields come and go. */
export const valueFor = (schema: Schema, find: FindSchema, random: Random, depth = 0): unknown => {
  const known = find(schema);
  if (depth > DEEPEST || random.chance(0.02)) return oddValue(random);
  if (known.properties !== undefined) return objectFor(known, find, random, depth);
  const branches = known.oneOf ?? known.anyOf ?? known.allOf;
  if (branches !== undefined && branches.length > 0) return valueFor(random.pick(branches), find, random, depth + 1);
  if (known.enum !== undefined && known.enum.length > 0) return random.pick(known.enum);
  if (known.nullable === true && random.chance(0.1)) return null;
  switch (known.type) {
    case 'object':
      return objectFor(known, find, random, depth);
    case 'array':
      return Array.from({ length: random.pick([0, 1, 1, 2, 5]) }, () =>
        valueFor(known.items ?? {}, find, random, depth + 1),
      );
    case 'integer':
    case 'number':
      return numberFor(known, random);
    case 'boolean':
      return random.chance(0.5);
    case 'string':
      return random.chance(0.6) ? random.pick(['hello', 'echo', 'user', 'a', 'text']) : oddString(random);
    default:
      return oddValue(random);
  }
};

const objectFor = (schema: Schema, find: FindSchema, random: Random, depth: number): unknown => {
  const share = random.pick([0, 0.1, 0.3]);
  // Fields of which one has to be there are said by alternatives that hold nothing else.
  const either = schema.oneOf === undefined ? {} : random.pick(schema.oneOf);
  const required = [...(schema.required ?? []), ...(either.required ?? [])];
  const wanted = Object.entries(schema.properties ?? {}).filter(
    ([name]) => required.includes(name) || random.chance(share),
  );
  return Object.fromEntries(wanted.map(([name, inner]) => [name, valueFor(inner, find, random, depth + 1)]));
};

const numberFor = ({ minimum = 0, maximum = minimum + 100, type }: Schema, random: Random): number => {
  if (random.chance(0.3)) return oddNumber(random);
  const value = random.pick([minimum, maximum, minimum + random.next() * (maximum - minimum)]);
  return type === 'integer' ? Math.round(value) : value;
};
