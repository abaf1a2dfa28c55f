import type { LimitsConfig } from '../../../core/config/schema.ts';
import { type Bucket, refill, remaining, resetMs, take, waitForRoom } from './token-bucket.ts';

export type KeyLimits = LimitsConfig['perKey'];

/** The account of one key. */
export interface KeyAccount {
  /** Requests that run or wait. */
  underWay: number;
  requests: Bucket;
  tokens: Bucket;
}

export type KeyRefusal =
  | { readonly kind: 'concurrency'; readonly limit: number }
  | { readonly kind: 'requests' | 'tokens'; readonly limit: number; readonly waitMs: number };

/** Accounts of all keys: who has how much under way and how much of the minute is used up. */
export interface KeyLedger {
  /** Books one request, or says why not and books nothing. */
  open(keyId: string, tokens: number, now: number): KeyAccount | KeyRefusal;
  /** Books its end: the tokens it used instead of those reserved; `undefined`: nobody counted, the reservation stands. */
  close(account: KeyAccount, reserved: number, used: number | undefined, now: number): void;
  /** OpenAI's rate-limit headers, for the limits that are set. */
  headers(keyId: string, now: number): Readonly<Record<string, string>>;
  update(limits: KeyLimits): void;
  readonly size: number;
}

/** Accounts kept before idle ones are dropped. */
const MAX_ACCOUNTS = 10_000;
const KEPT_SHARE = 0.9;
/** A budget is whole again after this long, so forgetting it then loses nothing. */
const MINUTE_MS = 60_000;

export const isRefusal = (result: KeyAccount | KeyRefusal): result is KeyRefusal => 'kind' in result;

/** Checks and books without waiting; forgets idle keys when there are too many, those with nothing used up first. */
export const createKeyLedger = (initial: KeyLimits, maxAccounts = MAX_ACCOUNTS): KeyLedger => {
  const accounts = new Map<string, KeyAccount>();
  let limits = initial;

  const accountOf = (keyId: string, now: number): KeyAccount => {
    const known = accounts.get(keyId);
    if (known !== undefined) return known;
    if (accounts.size >= maxAccounts) forgetIdle(accounts, Math.floor(maxAccounts * KEPT_SHARE), now);
    const account = newAccount(now);
    accounts.set(keyId, account);
    return account;
  };

  return {
    open(keyId, tokens, now) {
      const account = accountOf(keyId, now);
      catchUp(account, limits, now);
      const refusal = refusalOf(account, limits, tokens);
      if (refusal !== undefined) return refusal;
      account.underWay += 1;
      if (limits.requestsPerMinute !== null) account.requests = take(account.requests, 1);
      if (limits.tokensPerMinute !== null) account.tokens = take(account.tokens, tokens);
      return account;
    },
    close(account, reserved, used, now) {
      account.underWay -= 1;
      if (limits.tokensPerMinute === null) return;
      account.tokens = refill(account.tokens, limits.tokensPerMinute, now);
      if (used !== undefined) account.tokens = take(account.tokens, used - reserved);
    },
    headers(keyId, now) {
      if (limits.requestsPerMinute === null && limits.tokensPerMinute === null) return NO_HEADERS;
      const account = accounts.get(keyId) ?? newAccount(now);
      catchUp(account, limits, now);
      return {
        ...headersOf('requests', account.requests, limits.requestsPerMinute),
        ...headersOf('tokens', account.tokens, limits.tokensPerMinute),
      };
    },
    update(next) {
      limits = next;
    },
    get size() {
      return accounts.size;
    },
  };
};

const NO_HEADERS: Readonly<Record<string, string>> = Object.freeze({});

const newAccount = (now: number): KeyAccount => ({
  underWay: 0,
  requests: { used: 0, at: now },
  tokens: { used: 0, at: now },
});

const catchUp = (account: KeyAccount, limits: KeyLimits, now: number): void => {
  if (limits.requestsPerMinute !== null) account.requests = refill(account.requests, limits.requestsPerMinute, now);
  if (limits.tokensPerMinute !== null) account.tokens = refill(account.tokens, limits.tokensPerMinute, now);
};

const refusalOf = (account: KeyAccount, limits: KeyLimits, tokens: number): KeyRefusal | undefined => {
  const { concurrency, requestsPerMinute, tokensPerMinute } = limits;
  if (concurrency !== null && account.underWay >= concurrency) return { kind: 'concurrency', limit: concurrency };
  return (
    rateRefusal('requests', account.requests, requestsPerMinute, 1) ??
    rateRefusal('tokens', account.tokens, tokensPerMinute, tokens)
  );
};

const rateRefusal = (
  kind: 'requests' | 'tokens',
  bucket: Bucket,
  limit: number | null,
  amount: number,
): KeyRefusal | undefined => {
  if (limit === null) return undefined;
  const waitMs = waitForRoom(bucket, limit, amount);
  return waitMs === 0 ? undefined : { kind, limit, waitMs };
};

// An account with work under way is never dropped; one with a used-up budget only when nothing else makes room.
const forgetIdle = (accounts: Map<string, KeyAccount>, keep: number, now: number): void => {
  const isRested = (account: KeyAccount) => now - Math.max(account.requests.at, account.tokens.at) >= MINUTE_MS;
  for (const mayForget of [isRested, () => true]) {
    for (const [keyId, account] of accounts) {
      if (accounts.size <= keep) return;
      if (account.underWay === 0 && mayForget(account)) accounts.delete(keyId);
    }
  }
};

const headersOf = (what: 'requests' | 'tokens', bucket: Bucket, limit: number | null): Record<string, string> =>
  limit === null
    ? {}
    : {
        [`x-ratelimit-limit-${what}`]: String(limit),
        [`x-ratelimit-remaining-${what}`]: String(remaining(bucket, limit)),
        [`x-ratelimit-reset-${what}`]: formatReset(resetMs(bucket, limit)),
      };

/** The form OpenAI's clients know: `120ms`, `1.5s`, `6m0s`. */
export const formatReset = (ms: number): string => {
  const whole = Math.ceil(ms);
  if (whole < 1000) return `${whole}ms`;
  const minutes = Math.floor(whole / 60_000);
  const seconds = (whole % 60_000) / 1000;
  return minutes === 0 ? `${seconds}s` : `${minutes}m${seconds}s`;
};
