import type { KeyStore } from './key-store.ts';

/** What the list looks at in a token. */
export interface RevocableToken {
  readonly subject: string;
  readonly jti: string | undefined;
  /** Epoch milliseconds; undefined: it does not say, and may be older than any revocation. */
  readonly issuedAt: number | undefined;
}

/** The revocation list in memory. */
export interface Revocations {
  has(token: RevocableToken): boolean;
  /** Reads it anew. */
  reload(): void;
}

/** Loads the list. It is asked at every request, also about tokens that were good a moment ago. */
export const createRevocations = (store: Pick<KeyStore, 'revocations'>): Revocations => {
  const read = () => new Map(store.revocations().map(({ value, revokedAt }) => [value, revokedAt]));
  let revoked = read();
  return {
    has({ subject, jti, issuedAt = Number.NEGATIVE_INFINITY }) {
      if (revoked.size === 0) return false;
      if (jti !== undefined && revoked.has(jti)) return true;
      const since = revoked.get(subject);
      // Tokens tell whole seconds: one of the same second counts as issued before.
      return since !== undefined && issuedAt <= since;
    },
    reload() {
      revoked = read();
    },
  };
};
