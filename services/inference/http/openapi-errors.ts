import { ERROR_CODES, type ErrorCode } from '../../../core/errors/codes.ts';
import type { Json } from '../../../core/http/openapi-schemas.ts';
import type { Dialect, Operation } from './operation.ts';

const codes = Object.keys(ERROR_CODES).filter((code): code is ErrorCode => code in ERROR_CODES);

const EVERYWHERE: readonly ErrorCode[] = [
  'ERR_AUTH_ADDRESS',
  'ERR_HTTP_MALFORMED',
  'ERR_HTTP_URL_TOO_LONG',
  'ERR_HTTP_HEAD_TOO_LARGE',
  'ERR_HTTP_EXPECTATION',
  'ERR_HTTP_MISDIRECTED',
  'ERR_HTTP_PIPELINED',
  'ERR_HTTP_INTERNAL',
];
const WITH_CREDENTIAL: readonly ErrorCode[] = [
  'ERR_AUTH_CREDENTIAL_MISSING',
  'ERR_AUTH_CREDENTIAL_INVALID',
  'ERR_AUTH_THROTTLED',
];
const WITH_BODY: readonly ErrorCode[] = [
  'ERR_HTTP_BODY_INVALID',
  'ERR_HTTP_JSON_MALFORMED',
  'ERR_HTTP_CONTENT_TYPE',
  'ERR_HTTP_BODY_TOO_LARGE',
  'ERR_HTTP_BODY_TIMEOUT',
  'ERR_HTTP_BODIES_FULL',
];
/** What may go wrong behind an operation that reaches the engines. */
const STAGES = ['ERR_ADMIT_', 'ERR_MODELS_', 'ERR_ROUTE_', 'ERR_ENGINE_', 'ERR_JOBS_'];

/** Every error an operation can answer with: those of its kind and its own. */
export const errorsOf = ({ access, body, query, params, errors }: Operation): ErrorCode[] => {
  const all = new Set<ErrorCode>(EVERYWHERE);
  const add = (more: readonly ErrorCode[]) => {
    for (const code of more) all.add(code);
  };
  if (access !== 'address') add(WITH_CREDENTIAL);
  if (access !== 'address' && access !== 'any') add(['ERR_AUTH_SCOPE']);
  if (body !== undefined) add(WITH_BODY);
  if (query !== undefined || params !== undefined) add(['ERR_HTTP_BODY_INVALID']);
  if (params !== undefined) add(['ERR_HTTP_NOT_FOUND']);
  if (errors !== undefined) add(errors);
  else if (access !== 'address') add(codes.filter((code) => STAGES.some((stage) => code.startsWith(stage))));
  return [...all];
};

/** Name of the shared response of a status in a dialect. */
export const errorResponseName = (dialect: Dialect, status: number): string =>
  `${dialect === 'openai' ? 'OpenAiError' : 'Error'}${status}`;

/** One shared response per status and dialect, each naming the codes behind it. */
export const errorResponses = (dialect: Dialect): Json => {
  const responses: Json = {};
  for (const status of new Set(codes.map((code) => ERROR_CODES[code].status))) {
    const here = codes.filter((code) => ERROR_CODES[code].status === status);
    responses[errorResponseName(dialect, status)] = {
      description: here.map((code) => `\`${code}\`: ${ERROR_CODES[code].meaning}`).join('\n\n'),
      headers: headersFor(status, here),
      content: { 'application/json': { schema: bodyOf(dialect, status) } },
    };
  }
  return responses;
};

const refTo = (name: string): Json => ({ $ref: `#/components/schemas/${name}` });

const HEAD_TOO_LARGE = ERROR_CODES.ERR_HTTP_HEAD_TOO_LARGE.status;

// A head that Node's parser refuses ends before its path is known, and with it the dialect: the native one answers.
const bodyOf = (dialect: Dialect, status: number): Json => {
  if (dialect === 'native') return refTo('ErrorBody');
  return status === HEAD_TOO_LARGE
    ? { anyOf: [refTo('OpenAiErrorBody'), refTo('ErrorBody')] }
    : refTo('OpenAiErrorBody');
};

export const REQUEST_ID_HEADER: Json = {
  'x-request-id': { description: 'Names this request in bodies and logs.', required: true, schema: { type: 'string' } },
};

const headersFor = (status: number, here: readonly ErrorCode[]): Json => {
  const retryable = here.filter((code) => ERROR_CODES[code].retryable);
  return {
    ...REQUEST_ID_HEADER,
    ...(retryable.length > 0
      ? {
          'retry-after': {
            description: 'Seconds to wait, where trying again helps.',
            required: retryable.length === here.length,
            schema: { type: 'integer', minimum: 1 },
          },
        }
      : {}),
    ...(status === 401 ? { 'www-authenticate': alwaysThere('The credential that is wanted.') } : {}),
    ...(status === 405 ? { allow: alwaysThere('The methods there are.') } : {}),
  };
};

const alwaysThere = (description: string): Json => ({ description, required: true, schema: { type: 'string' } });

/** The two error bodies. */
export const errorSchemas = (): Json => ({
  ErrorBody: objectOf({
    error: objectOf(
      {
        code: { type: 'string', enum: codes },
        message: { type: 'string', description: 'Where, what was expected, what arrived, what to do.' },
        requestId: { type: 'string' },
        details: { type: 'object', additionalProperties: true, description: 'Facts a program may branch on.' },
      },
      ['code', 'message', 'requestId'],
    ),
  }),
  OpenAiErrorBody: objectOf({
    error: objectOf({
      message: { type: 'string' },
      type: { type: 'string' },
      param: { type: 'string', nullable: true, description: 'The first field that is wrong.' },
      code: { type: 'string', nullable: true },
    }),
  }),
});

const objectOf = (properties: Json, required = Object.keys(properties)): Json => ({
  type: 'object',
  properties,
  required,
  additionalProperties: false,
});
