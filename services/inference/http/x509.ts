import { createPrivateKey, createPublicKey, generateKeyPairSync, type KeyObject, randomBytes } from 'node:crypto';
import { isIP } from 'node:net';
import { installReflectMetadata } from './reflect-metadata.ts';

const DAY_MS = 86_400_000;
const CA_DAYS = 3650;
/** Clients that follow the CA/Browser rules refuse a certificate that lives longer than 398 days. */
const SERVER_DAYS = 397;
/** The clock of another machine may be behind ours. */
const BACKDATE_MS = 3_600_000;
const EC = { name: 'ECDSA', namedCurve: 'P-256' } as const;
const SIGNING = { name: 'ECDSA', hash: 'SHA-256' } as const;

/** A new private key, EC P-256, as PEM. */
export const generateKeyPem = (): string =>
  generateKeyPairSync('ec', { namedCurve: 'P-256' }).privateKey.export({ type: 'pkcs8', format: 'pem' }).toString();

// Loaded on first use: parsing this library takes longer than starting without it, and most starts issue nothing.
const load = async () => {
  installReflectMetadata();
  return import('@peculiar/x509');
};

const toCryptoKeys = (privatePem: string) => {
  const privateKey: KeyObject = createPrivateKey(privatePem);
  return {
    privateKey: privateKey.toCryptoKey(EC, true, ['sign']),
    publicKey: createPublicKey(privateKey).toCryptoKey(EC, true, ['verify']),
  };
};

// Positive and never zero, as X.509 wants it.
const serialNumber = (): string => `5${randomBytes(16).toString('hex').slice(1)}`;

interface CaOptions {
  readonly keyPem: string;
  /** Part of the name, so that the authorities of two machines can be told apart in a trust store. */
  readonly label: string;
  readonly at: number;
}

/** Issues the certificate of a local authority for its own key; what strict verifiers ask for is in it. */
export const issueCa = async ({ keyPem, label, at }: CaOptions): Promise<string> => {
  const x509 = await load();
  const keys = toCryptoKeys(keyPem);
  const certificate = await x509.X509CertificateGenerator.createSelfSigned({
    serialNumber: serialNumber(),
    name: [{ O: ['Clawdbot'] }, { CN: [`Clawdbot local CA ${label}`.slice(0, 64)] }],
    notBefore: new Date(at - BACKDATE_MS),
    notAfter: new Date(at - BACKDATE_MS + CA_DAYS * DAY_MS),
    signingAlgorithm: SIGNING,
    keys,
    extensions: [
      new x509.BasicConstraintsExtension(true, 0, true),
      new x509.KeyUsagesExtension(x509.KeyUsageFlags.keyCertSign | x509.KeyUsageFlags.cRLSign, true),
      await x509.SubjectKeyIdentifierExtension.create(keys.publicKey),
    ],
  });
  return `${certificate.toString('pem')}\n`;
};

interface ServerOptions {
  readonly keyPem: string;
  readonly caCertPem: string;
  readonly caKeyPem: string;
  /** DNS names and addresses. */
  readonly names: readonly string[];
  readonly at: number;
}

/** How long a server certificate is good from the moment it is made. */
export const SERVER_LIFE_MS = SERVER_DAYS * DAY_MS - BACKDATE_MS;

/** Issues a server certificate, signed by the authority, that never outlives it. */
export const issueServer = async ({ keyPem, caCertPem, caKeyPem, names, at }: ServerOptions): Promise<string> => {
  const x509 = await load();
  const ca = new x509.X509Certificate(caCertPem);
  const caKeys = toCryptoKeys(caKeyPem);
  const { publicKey } = toCryptoKeys(keyPem);
  const notAfter = Math.min(at - BACKDATE_MS + SERVER_DAYS * DAY_MS, ca.notAfter.getTime());
  const certificate = await x509.X509CertificateGenerator.create({
    serialNumber: serialNumber(),
    subject: [{ O: ['Clawdbot'] }, { CN: ['clawdbot'] }],
    issuer: ca.subjectName,
    notBefore: new Date(at - BACKDATE_MS),
    notAfter: new Date(notAfter),
    signingAlgorithm: SIGNING,
    publicKey,
    signingKey: caKeys.privateKey,
    extensions: [
      new x509.BasicConstraintsExtension(false, undefined, true),
      new x509.KeyUsagesExtension(x509.KeyUsageFlags.digitalSignature, true),
      new x509.ExtendedKeyUsageExtension([x509.ExtendedKeyUsage.serverAuth]),
      new x509.SubjectAlternativeNameExtension(
        names.map((name) => ({ type: isIP(name) === 0 ? 'dns' : 'ip', value: name })),
      ),
      await x509.SubjectKeyIdentifierExtension.create(publicKey),
      await x509.AuthorityKeyIdentifierExtension.create(caKeys.publicKey),
    ],
  });
  return `${certificate.toString('pem')}\n`;
};
