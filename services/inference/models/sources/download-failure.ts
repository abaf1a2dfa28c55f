import { ServiceError } from '../../../../core/errors/service-error.ts';
import { sourceError } from './source-error.ts';

const MAX_FAILURES_BEFORE_BYTES = 2;
const MAX_FAILURES_IN_A_ROW = 6;
const TRY_AGAIN = new Set([408, 425, 429, 500, 502, 503, 504]);

const CUT = new Set([
  'ECONNRESET',
  'EPIPE',
  'ETIMEDOUT',
  'UND_ERR_SOCKET',
  'UND_ERR_BODY_TIMEOUT',
  'UND_ERR_HEADERS_TIMEOUT',
  'UND_ERR_RES_CONTENT_LENGTH_MISMATCH',
]);
const UNREACHABLE = new Set([
  'ECONNREFUSED',
  'ENOTFOUND',
  'EAI_AGAIN',
  'ENETUNREACH',
  'EHOSTUNREACH',
  'UND_ERR_CONNECT_TIMEOUT',
]);

/** Whether another attempt makes sense. A host that was never reached is not waited for: the next source may answer. */
export const canRetry = (error: unknown, hasReceived: boolean, failures: number): boolean => {
  if (failures >= (hasReceived ? MAX_FAILURES_IN_A_ROW : MAX_FAILURES_BEFORE_BYTES)) return false;
  const { code, details } = errorShape(error);
  return CUT.has(code) || (hasReceived && UNREACHABLE.has(code)) || TRY_AGAIN.has(Number(details?.status));
};

interface ErrorShape {
  readonly code: string;
  readonly details?: Readonly<Record<string, unknown>> | undefined;
}

const errorShape = (error: unknown): ErrorShape => {
  if (error instanceof ServiceError) return { code: error.code, details: error.details };
  return { code: error instanceof Error && 'code' in error && !('path' in error) ? String(error.code) : '' };
};

/** A failure of the network as a reason people can read; anything else as it is. */
export const explain = (error: unknown, url: URL): unknown => {
  const { code } = errorShape(error);
  if (code === '' || error instanceof ServiceError) return error;
  return sourceError(`${url.host} could not be reached or broke off (${code})`, undefined, error);
};
