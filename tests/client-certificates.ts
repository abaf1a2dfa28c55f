import { createPrivateKey, createPublicKey } from 'node:crypto';
import { generateKeyPem, issueCa } from '../services/inference/http/x509.ts';

const EC = { name: 'ECDSA', namedCurve: 'P-256' } as const;
const DAY_MS = 86_400_000;

export interface ClientPair {
  readonly cert: string;
  readonly key: string;
  /** SHA-256 of the certificate, 64 lower-case hexadecimal digits. */
  readonly fingerprint: string;
}

/** An authority made for a test, and certificates of clients that it signs. */
export const createClientAuthority = async (label: string) => {
  const keyPem = generateKeyPem();
  const caPem = await issueCa({ keyPem, label, at: Date.now() });
  // After `issueCa`, which prepares what this library cannot load without.
  const x509 = await import('@peculiar/x509');
  const authority = new x509.X509Certificate(caPem);
  const signingKey = createPrivateKey(keyPem).toCryptoKey(EC, true, ['sign']);
  let serial = 1;

  const issue = async (name: string, more: { notAfter?: Date } = {}): Promise<ClientPair> => {
    const key = generateKeyPem();
    const certificate = await x509.X509CertificateGenerator.create({
      serialNumber: `0${serial++}`,
      subject: [{ O: ['Example, Inc.'] }, { CN: [name] }],
      issuer: authority.subjectName,
      notBefore: new Date(Date.now() - 2 * DAY_MS),
      notAfter: new Date(Date.now() + DAY_MS),
      ...more,
      signingAlgorithm: { name: 'ECDSA', hash: 'SHA-256' },
      publicKey: createPublicKey(key).toCryptoKey(EC, true, ['verify']),
      signingKey,
      extensions: [new x509.ExtendedKeyUsageExtension([x509.ExtendedKeyUsage.clientAuth])],
    });
    const fingerprint = Buffer.from(await certificate.getThumbprint('SHA-256')).toString('hex');
    return { cert: certificate.toString('pem'), key, fingerprint };
  };
  return { caPem, issue };
};
