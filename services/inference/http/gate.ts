import type { Caller, Scope } from '../call.ts';

/** What the server asks of the `auth` stage; that folder keeps the promise. */
export interface Gate {
  /** The client address after trusted proxies, normalised; throws ERR_AUTH_ADDRESS outside the allow-list. */
  checkAddress(remote: string, headers: { readonly forwardedFor?: string }): string;
  /** Synchronous when the credential is known already; throws or rejects with a 401. */
  verify(authorization: string | undefined, address: string): Caller | Promise<Caller>;
  /** Throws ERR_AUTH_SCOPE when the caller lacks the scope. */
  requireScope(caller: Caller, scope: Scope): void;
}
