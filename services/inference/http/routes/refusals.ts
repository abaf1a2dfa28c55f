import { ServiceError } from '../../../../core/errors/service-error.ts';
import type { Problem } from '../problems.ts';

/** One field is wrong in a way its schema alone cannot say. Names what arrived, never its text. */
export const invalidField = (path: string, expected: string, received: string, remedy?: string): ServiceError => {
  const message = `${path}: expected ${expected}, got ${received}${remedy === undefined ? '' : `; ${remedy}`}`;
  const problem: Problem = { path, expected, received, message };
  return new ServiceError('ERR_HTTP_BODY_INVALID', message, { details: { problems: [problem] } });
};

/** The API defines this field or value, this service does not do it. */
export const unsupportedParameter = (param: string, expected: string, received: string): ServiceError =>
  new ServiceError(
    'ERR_HTTP_UNSUPPORTED_PARAMETER',
    `${param}: expected ${expected}, got ${received}; this service does not support more, leave it out`,
    { details: { param } },
  );

/** A message part the model cannot read. */
export const unsupportedContent = (param: string, kind: string): ServiceError =>
  new ServiceError(
    'ERR_HTTP_UNSUPPORTED_CONTENT',
    `${param}: expected a text part, got ${kind}; the model reads text only`,
    { details: { param } },
  );

/** What arrived, without its text. */
export const kindOf = (value: unknown): string => {
  if (typeof value === 'number' || typeof value === 'boolean') return String(value);
  if (value === null || value === undefined) return String(value);
  if (Array.isArray(value)) return `a list of ${value.length}`;
  return typeof value === 'object' ? 'an object' : `a ${typeof value}`;
};

/** Refuses more tokens than the service gives anybody. */
export const checkTokenLimit = (field: string, wanted: number | null | undefined, limit: number): void => {
  if (wanted === null || wanted === undefined || wanted <= limit) return;
  throw invalidField(field, `at most ${limit} (limits.maxOutputTokens)`, String(wanted), 'ask for fewer tokens');
};
