import type { ErrorCode } from '../../../core/errors/codes.ts';
import type { ServiceError } from '../../../core/errors/service-error.ts';
import type { Dialect } from './operation.ts';

/** An error as it goes out: ready to write, whatever writes it. */
export interface RenderedError {
  readonly status: number;
  readonly headers: Record<string, string>;
  readonly body: string;
}

const DEFAULT_RETRY_SECONDS = 1;

/** Errors of stages that know nothing of OpenAI's names, by the parameter they are about. */
const PARAMS: Readonly<Partial<Record<ErrorCode, string>>> = {
  ERR_MODELS_UNKNOWN: 'model',
  ERR_MODELS_CAPABILITY: 'model',
  ERR_MODELS_SCENARIO_UNKNOWN: 'scenario',
  ERR_MODELS_NONE_FITS: 'scenario',
  ERR_ENGINE_GRAMMAR: 'response_format',
};

/** The field an error is about; null: none. */
export const firstPath = (error: ServiceError): string | null => {
  const problems = error.details?.problems;
  if (Array.isArray(problems)) {
    const path: unknown = problems[0]?.path;
    return typeof path === 'string' && path !== '' ? path : null;
  }
  const param = error.details?.param ?? PARAMS[error.code];
  return typeof param === 'string' ? param : null;
};

/** An error in OpenAI's words. */
export const openAiError = (error: ServiceError) => {
  const { type, code } = error.row.openai;
  return { message: error.message, type, param: firstPath(error), code };
};

/** The error object of a body or of a stream's error event, in the shape the clients of the dialect know. */
export const errorBody = (error: ServiceError, dialect: Dialect, requestId: string): Record<string, unknown> => {
  if (dialect === 'openai') return { error: openAiError(error) };
  const details = error.details === undefined ? {} : { details: error.details };
  return { error: { code: error.code, message: error.message, requestId, ...details } };
};

// RFC 6750: which credential would help; never why the one that came was refused.
const challengeOf = (error: ServiceError): string | undefined => {
  if (error.code === 'ERR_AUTH_SCOPE') return 'Bearer realm="clawdbot", error="insufficient_scope"';
  if (error.row.status !== 401) return undefined;
  const hint = error.code === 'ERR_AUTH_CREDENTIAL_INVALID' ? ', error="invalid_token"' : '';
  return `Bearer realm="clawdbot"${hint}`;
};

/** The one place where an error becomes a status, headers and a body. */
export const renderError = (error: ServiceError, dialect: Dialect, requestId: string): RenderedError => {
  const headers: Record<string, string> = { 'content-type': 'application/json' };
  if (error.row.retryable) {
    headers['retry-after'] = String(Math.max(1, Math.ceil(error.retryAfterSeconds ?? DEFAULT_RETRY_SECONDS)));
  }
  const challenge = challengeOf(error);
  if (challenge !== undefined) headers['www-authenticate'] = challenge;
  const allow = error.details?.allow;
  if (error.code === 'ERR_HTTP_METHOD' && Array.isArray(allow)) headers.allow = allow.join(', ');
  return { status: error.row.status, headers, body: JSON.stringify(errorBody(error, dialect, requestId)) };
};

/** Routes under `/v1/` speak OpenAI's dialect, also where no route matches. */
export const dialectOf = (path: string): Dialect => (path.startsWith('/v1/') ? 'openai' : 'native');
