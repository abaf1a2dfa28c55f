import { ERROR_CODES } from '../../../core/errors/codes.ts';
import { createSchemaCollector, type Json, type SchemaCollector } from '../../../core/http/openapi-schemas.ts';
import { errorResponseName, errorResponses, errorSchemas, errorsOf, REQUEST_ID_HEADER } from './openapi-errors.ts';
import type { AnswerDoc, Operation } from './operation.ts';
import { scopesOf } from './route-access.ts';

/** The OpenAPI 3.0 document of the operations: made of the very schemas that check requests. */
export const buildOpenApi = (operations: readonly Operation[], version: string): Json => {
  const schemas = createSchemaCollector();
  const paths: Record<string, Json> = {};
  for (const operation of operations) {
    paths[operation.path] = { ...paths[operation.path], [operation.method]: describe(operation, schemas) };
  }
  return {
    openapi: '3.0.3',
    info: {
      title: 'Clawdbot',
      version,
      description: 'Large language models on your own machines. Every answer carries `x-request-id`.',
    },
    servers: [{ url: '/' }],
    tags: [...new Set(operations.map(({ tag }) => tag))].map((name) => ({ name })),
    paths,
    components: {
      securitySchemes: {
        bearer: {
          type: 'http',
          scheme: 'bearer',
          description: 'A JWT (`clawdbot token mint`) or an API key (`clawdbot key create`).',
        },
      },
      responses: { ...errorResponses('native'), ...errorResponses('openai') },
      schemas: { ...errorSchemas(), ...schemas.components() },
    },
  };
};

const describe = (operation: Operation, schemas: SchemaCollector): Json => {
  const { id, tag, summary, description, access, body } = operation;
  const scopes = scopesOf(access).map((scope) => `\`${scope}\``);
  const scope = scopes.length === 0 ? undefined : `Needs the scope ${scopes.join(' or ')}.`;
  const text = [description, scope].filter((part) => part !== undefined).join('\n\n');
  return {
    operationId: id,
    tags: [tag],
    summary,
    ...(text === '' ? {} : { description: text }),
    security: access === 'address' ? [] : [{ bearer: [] }],
    parameters: parametersOf(operation, schemas),
    ...(body === undefined
      ? {}
      : {
          requestBody: { required: true, content: { 'application/json': { schema: schemas.convert(body, 'input') } } },
        }),
    responses: responsesOf(operation, schemas),
  };
};

const parametersOf = ({ params, query, headers = {} }: Operation, schemas: SchemaCollector): Json[] => [
  ...(params === undefined ? [] : fieldsOf(schemas.convert(params, 'input'), 'path', schemas)),
  ...(query === undefined ? [] : fieldsOf(schemas.convert(query, 'input'), 'query', schemas)),
  ...Object.entries(headers).map(([name, { description, schema }]) => ({
    name,
    in: 'header',
    description,
    schema: schemas.convert(schema, 'input'),
  })),
];

const fieldsOf = (converted: Json, where: 'path' | 'query', schemas: SchemaCollector): Json[] => {
  const { properties, required } = resolve(converted, schemas);
  if (!isObject(properties))
    throw new TypeError(`the ${where} parameters of an operation are the fields of one object`);
  return Object.entries(properties).map(([name, field]) => {
    const { description, ...schema } = isObject(field) ? field : {};
    const isRequired = where === 'path' || (Array.isArray(required) && required.includes(name));
    return { name, in: where, required: isRequired, ...(description === undefined ? {} : { description }), schema };
  });
};

const resolve = (schema: Json, schemas: SchemaCollector): Json => {
  if (typeof schema.$ref !== 'string') return schema;
  const target = schemas.components()[schema.$ref.split('/').at(-1) ?? ''];
  return isObject(target) ? target : schema;
};

const responsesOf = (operation: Operation, schemas: SchemaCollector): Json => {
  const responses: Json = {};
  for (const code of errorsOf(operation)) {
    const { status } = ERROR_CODES[code];
    responses[status] = { $ref: `#/components/responses/${errorResponseName(operation.dialect, status)}` };
  }
  // An answer the operation describes itself is no error, whatever its status.
  for (const [status, answer] of Object.entries(operation.answers)) responses[status] = answerOf(answer, schemas);
  return responses;
};

const answerOf = ({ description, content, headers = {}, links }: AnswerDoc, schemas: SchemaCollector): Json => {
  const described = Object.entries(headers).map(([name, header]) => [
    name,
    { description: header.description, schema: schemas.convert(header.schema, 'output') },
  ]);
  const media = Object.entries(content ?? {}).map(([type, schema]) => [
    type,
    { schema: schemas.convert(schema, 'output') },
  ]);
  return {
    description,
    headers: { ...REQUEST_ID_HEADER, ...Object.fromEntries(described) },
    ...(content === undefined ? {} : { content: Object.fromEntries(media) }),
    ...(links === undefined ? {} : { links: linksOf(links) }),
  };
};

const linksOf = (links: NonNullable<AnswerDoc['links']>): Json =>
  Object.fromEntries(
    Object.entries(links).map(([operationId, parameters]) => [operationId, { operationId, parameters }]),
  );

const isObject = (value: unknown): value is Json =>
  typeof value === 'object' && value !== null && !Array.isArray(value);
