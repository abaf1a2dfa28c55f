import { ERROR_CODES, type ErrorCode, type ErrorRow } from './codes.ts';

export interface ServiceErrorOptions {
  /** Facts a caller may branch on; never a secret, prompt or full address. */
  readonly details?: Readonly<Record<string, unknown>>;
  readonly cause?: unknown;
  /** Seconds for `Retry-After`; only for retryable codes. */
  readonly retryAfterSeconds?: number;
}

/** The one error class: a code from the table, a message for people, details for programs. */
export class ServiceError extends Error {
  readonly code: ErrorCode;
  readonly details: Readonly<Record<string, unknown>> | undefined;
  readonly retryAfterSeconds: number | undefined;

  constructor(code: ErrorCode, message: string, options: ServiceErrorOptions = {}) {
    const { stackTraceLimit } = Error;
    if (isRefusal(code)) Error.stackTraceLimit = 0;
    super(message, options.cause === undefined ? undefined : { cause: options.cause });
    Error.stackTraceLimit = stackTraceLimit;
    this.name = 'ServiceError';
    this.code = code;
    this.details = options.details;
    this.retryAfterSeconds = options.retryAfterSeconds;
  }

  get row(): ErrorRow {
    return ERROR_CODES[this.code];
  }
}

/**
 * Whether an error of this code is expected and all said in its message. Its stack is not kept: walking it was most of
 * what refusing a request cost, and a flood is nothing else.
 */
export const isRefusal = (code: ErrorCode): boolean => ERROR_CODES[code].status < 500 || code.startsWith('ERR_ADMIT_');

/** Turns anything thrown into a ServiceError; what is unknown becomes ERR_HTTP_INTERNAL with its cause kept. */
export const toServiceError = (error: unknown): ServiceError =>
  error instanceof ServiceError
    ? error
    : new ServiceError('ERR_HTTP_INTERNAL', 'the service failed on this request', { cause: error });
