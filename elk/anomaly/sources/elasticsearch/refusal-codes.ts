import type { ErrorCode } from '../../../../core/errors/codes.ts';

/**
 * The reasons that `clawdbot.rejections` and, with `auth.`, `clawdbot.auth.refusals` count by, as an access line has them: so that a
 * series has the same name whoever measured it. Certificates are refused before there is a line.
 */
export const REFUSAL_OF = {
  ERR_ADMIT_QUEUE_FULL: 'queue_full',
  ERR_ADMIT_RATE: 'rate',
  ERR_ADMIT_CONCURRENCY: 'concurrency',
  ERR_ADMIT_DEADLINE: 'deadline',
  ERR_ADMIT_DRAINING: 'draining',
  ERR_ADMIT_SHED: 'shed',
  ERR_AUTH_ADDRESS: 'auth.address',
  ERR_AUTH_CREDENTIAL_MISSING: 'auth.missing',
  ERR_AUTH_CREDENTIAL_INVALID: 'auth.invalid',
  ERR_AUTH_THROTTLED: 'auth.throttled',
  ERR_AUTH_SCOPE: 'auth.scope',
} as const satisfies Partial<Record<ErrorCode, string>>;

/** Whether a credential was refused: such a line is of no inference request. */
export const isOfAuth = (reason: string): boolean => reason.startsWith('auth.');
