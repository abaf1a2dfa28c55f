import type { Caller, Scope } from '../call.ts';

/** The certificate a client proved to hold, from an authority the server trusts. */
export interface ClientCertificate {
  /** SHA-256, 64 lower-case hexadecimal digits. */
  readonly fingerprint: string;
  /** As RFC 2253 writes it, in the order of the certificate: `C=DE,O=Example,CN=client`. */
  readonly subject: string;
}

/** What the server asks of the `auth` stage; that folder keeps the promise. */
export interface Gate {
  /** The client address after trusted proxies, normalised; throws ERR_AUTH_ADDRESS outside the allow-list. */
  checkAddress(remote: string, headers: { readonly forwardedFor?: string }): string;
  /** Synchronous when the credential is known already; throws or rejects with a 401, or with a 429. */
  verify(
    authorization: string | undefined,
    address: string,
    readCertificate: () => ClientCertificate | undefined,
  ): Caller | Promise<Caller>;
  /** Throws ERR_AUTH_SCOPE when the caller lacks the scope. */
  requireScope(caller: Caller, scope: Scope): void;
}
