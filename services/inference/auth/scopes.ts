import { SCOPES, type Scope } from '../call.ts';

/** The scopes among the words; words we do not know mean nothing here and are left out. */
export const knownScopes = (words: readonly unknown[]): ReadonlySet<Scope> =>
  new Set(SCOPES.filter((scope) => words.includes(scope)));

/** Reads the scopes of a token: `scope` as one string of words (RFC 8693) or `scopes` as a list. */
export const scopesOf = (claims: { readonly scope?: unknown; readonly scopes?: unknown }): ReadonlySet<Scope> => {
  const words = typeof claims.scope === 'string' ? claims.scope.split(' ') : [];
  const list: readonly unknown[] = Array.isArray(claims.scopes) ? claims.scopes : [];
  return knownScopes([...words, ...list]);
};
