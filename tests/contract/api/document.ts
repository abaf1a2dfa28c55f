import { Ajv, type ValidateFunction } from 'ajv';
import formatsModule from 'ajv-formats';
import type { Received } from './http-clients.ts';

/** The parts of an OpenAPI 3.0 document the tests look at. */
export interface ApiDocument {
  readonly openapi: string;
  readonly paths: Readonly<Record<string, Readonly<Record<string, DocumentedOperation>>>>;
  readonly components: { readonly schemas: Readonly<Record<string, unknown>> };
}

interface DocumentedOperation {
  readonly operationId: string;
  readonly security?: readonly unknown[];
  readonly responses: Readonly<Record<string, DocumentedAnswer>>;
}

interface DocumentedAnswer {
  readonly $ref?: string;
  readonly content?: Readonly<Record<string, { readonly schema: unknown }>>;
  readonly headers?: Readonly<Record<string, unknown>>;
}

export interface AnswerCheck {
  /** What is wrong with the answer; empty: it is as documented. */
  problemsOf(method: string, template: string, received: Received): readonly string[];
  readonly operations: readonly { readonly id: string; readonly method: string; readonly template: string }[];
}

/** Holds answers against the document. */
export const compileDocument = (document: ApiDocument): AnswerCheck => {
  const ajv = new Ajv({ strict: false, allErrors: true });
  // Safe: the module's default export is the function, whatever the interop makes of it.
  (formatsModule as unknown as (instance: Ajv) => void)(ajv);
  ajv.addSchema({ $id: 'document', ...(toJsonSchema(document) as object) });
  const validators = new Map<string, ValidateFunction>();
  const validatorAt = (pointer: string): ValidateFunction => {
    const known = validators.get(pointer) ?? ajv.compile({ $ref: `document#${pointer}` });
    validators.set(pointer, known);
    return known;
  };

  const problemsOf = (method: string, template: string, { status, headers, text }: Received): readonly string[] => {
    const answer = document.paths[template]?.[method]?.responses[status];
    if (answer === undefined) return [`${method} ${template}: ${status} is not documented`];
    const { at, documented } = resolve(
      document,
      answer,
      pointerTo('paths', template, method, 'responses', String(status)),
    );
    const missing = Object.keys(documented.headers ?? {}).filter(
      (name) => isRequired(documented.headers?.[name]) && headers[name.toLowerCase()] === undefined,
    );
    const type = String(headers['content-type'] ?? '').split(';')[0] ?? '';
    const range = documented.content?.[type] === undefined ? '*/*' : type;
    const contentAt = `${at}${pointerTo('content', range, 'schema')}`;
    const problems = missing.map((name) => `header ${name} is missing`);
    if (documented.content === undefined) return text === '' ? problems : [...problems, 'expected no body'];
    if (documented.content[range] === undefined) return [...problems, `content type ${type} is not documented`];
    const validate = validatorAt(contentAt);
    const { values, unreadable } = readValues(type, text);
    if (unreadable !== undefined) problems.push(unreadable);
    for (const value of values) {
      if (!validate(value)) problems.push(`${ajv.errorsText(validate.errors)} in ${JSON.stringify(value)}`);
    }
    return problems;
  };

  return {
    problemsOf,
    operations: Object.entries(document.paths).flatMap(([template, methods]) =>
      Object.entries(methods).map(([method, { operationId }]) => ({ id: operationId, method, template })),
    ),
  };
};

const readValues = (type: string, text: string): { values: readonly unknown[]; unreadable?: string } => {
  try {
    return { values: valuesIn(type, text) };
  } catch {
    return {
      values: [],
      unreadable: `expected ${type}, got ${text.length} characters that are not: …${text.slice(-100)}`,
    };
  }
};

/** What an answer says, one value per event of a stream; throws where it is cut in the middle of one. */
export const valuesIn = (type: string, text: string): readonly unknown[] => {
  if (type === 'application/json') return [JSON.parse(text)];
  if (type !== 'text/event-stream') return [text];
  return text
    .split('\n\n')
    .flatMap((event) => event.split('\n').filter((line) => line.startsWith('data: ')))
    .map((line) => line.slice('data: '.length))
    .filter((data) => data !== '[DONE]')
    .map((data) => JSON.parse(data));
};

const isRequired = (header: unknown): boolean =>
  typeof header === 'object' && header !== null && 'required' in header && header.required === true;

const escaped = (part: string): string => part.replaceAll('~', '~0').replaceAll('/', '~1');
const pointerTo = (...parts: readonly string[]): string =>
  parts.map((part) => `/${encodeURIComponent(escaped(part))}`).join('');

const resolve = (document: ApiDocument, answer: DocumentedAnswer, at: string) => {
  if (answer.$ref === undefined) return { at, documented: answer };
  const parts = answer.$ref.slice(2).split('/');
  let value: unknown = document;
  // Safe: references of the document point into the document, which another test validates.
  for (const part of parts) value = (value as Record<string, unknown>)[part];
  return { at: pointerTo(...parts), documented: value as DocumentedAnswer };
};

/** OpenAPI 3.0's dialect as JSON Schema: `nullable`, boolean exclusive limits. */
export const toJsonSchema = (value: unknown): unknown => {
  if (Array.isArray(value)) return value.map(toJsonSchema);
  if (typeof value !== 'object' || value === null) return value;
  const { nullable, ...rest } = value as Record<string, unknown>;
  const schema: Record<string, unknown> = Object.fromEntries(
    Object.entries(rest).map(([key, inner]) => [key, toJsonSchema(inner)]),
  );
  for (const [exclusive, limit] of [
    ['exclusiveMinimum', 'minimum'],
    ['exclusiveMaximum', 'maximum'],
  ] as const) {
    if (typeof schema[exclusive] !== 'boolean') continue;
    const isExclusive = schema[exclusive];
    delete schema[exclusive];
    if (!isExclusive) continue;
    schema[exclusive] = schema[limit];
    delete schema[limit];
  }
  // A field of an answer may itself be called `nullable`; only true is the keyword.
  if (nullable === undefined) return schema;
  return nullable === true ? { anyOf: [schema, { type: 'null' }] } : { ...schema, nullable: toJsonSchema(nullable) };
};
