import type { Config } from '../../../core/config/schema.ts';

/** The certificate a client proved to hold in its handshake, from an authority we trust. */
export interface ClientCertificate {
  /** SHA-256, 64 lower-case hexadecimal digits. */
  readonly fingerprint: string;
  /** As RFC 2253 writes it, in the order of the certificate: `C=DE,O=Example,CN=client`. */
  readonly subject: string;
}

/** Reads the certificate of a connection; costs nothing unless it is called. */
export type ReadCertificate = () => ClientCertificate | undefined;

/** Which credentials count only together with a certificate. */
export interface CertificateBindings {
  /** `thumbprint`: what a token says of the certificate it was issued to. */
  allows(keyId: string, thumbprint: string | undefined, read: ReadCertificate): boolean;
}

const FINGERPRINT = 'sha256:';

/** Compiles `auth.mtls`: which certificates, by fingerprint or subject, a credential counts with. */
export const compileBindings = (bindings: Config['auth']['mtls']): CertificateBindings => {
  const byCredential = new Map(Object.entries(bindings).map(([name, list]) => [name, new Set(list.map(normalize))]));
  return {
    allows(keyId, thumbprint, read) {
      const bound = byCredential.get(keyId);
      if (bound === undefined && thumbprint === undefined) return true;
      const certificate = read();
      if (certificate === undefined) return false;
      if (thumbprint !== undefined && thumbprint !== thumbprintOf(certificate)) return false;
      const { fingerprint, subject } = certificate;
      return bound === undefined || bound.has(FINGERPRINT + fingerprint) || bound.has(subject);
    },
  };
};

// OpenSSL prints fingerprints in capitals with colons.
const normalize = (certificate: string): string =>
  certificate.startsWith(FINGERPRINT)
    ? FINGERPRINT + certificate.slice(FINGERPRINT.length).replaceAll(':', '').toLowerCase()
    : certificate;

// RFC 8705, 3.1.
const thumbprintOf = ({ fingerprint }: ClientCertificate): string =>
  Buffer.from(fingerprint, 'hex').toString('base64url');
