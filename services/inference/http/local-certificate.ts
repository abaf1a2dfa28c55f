import { createPrivateKey, X509Certificate } from 'node:crypto';
import { isIP } from 'node:net';
import { hostname } from 'node:os';
import { join } from 'node:path';
import {
  ensureFile,
  makePrivateFolder,
  PRIVATE_MODE,
  readIfPresent,
  replaceFile,
} from '../../../core/config/private-files.ts';
import type { Config } from '../../../core/config/schema.ts';
import { ServiceError } from '../../../core/errors/service-error.ts';
import type { PairFiles } from './certificate-pair.ts';
import { generateKeyPem, issueCa, issueServer } from './x509.ts';

const DAY_MS = 86_400_000;
const RENEW_BEFORE_MS = 30 * DAY_MS;
const CERT_MODE = 0o644;

export interface LocalCertificateOptions {
  /** The folder of the data folder that holds certificates. */
  readonly dir: string;
  readonly config: Pick<Config['server'], 'host' | 'names'>;
  readonly now: () => number;
}

export interface LocalCertificate extends PairFiles {
  /** What clients must trust. */
  readonly caFile: string;
}

/**
 * Makes what is missing of the local authority and the server certificate, and renews the latter when its names
 * changed or less than 30 days are left. Keys stay, so that every step is one file and processes may race.
 */
export const ensureLocalCertificate = async (options: LocalCertificateOptions): Promise<LocalCertificate> => {
  const { dir, now } = options;
  await makePrivateFolder(dir);
  const files = { caFile: join(dir, 'ca.crt'), certFile: join(dir, 'server.crt'), keyFile: join(dir, 'server.key') };
  const caCertPem = await ensureCa(dir, files.caFile, now);
  const keyPem = await ensureFile(files.keyFile, PRIVATE_MODE, generateKeyPem);
  const names = namesOf(options.config);
  const present = await readIfPresent(files.certFile);
  if (present !== undefined && isGood(present, { caCertPem, keyPem, names, at: now() })) return files;
  const caKeyPem = await readCaKey(dir);
  await replaceFile(files.certFile, CERT_MODE, await issueServer({ keyPem, caCertPem, caKeyPem, names, at: now() }));
  return files;
};

const ensureCa = async (dir: string, caFile: string, now: () => number): Promise<string> => {
  const present = await readIfPresent(caFile);
  if (present !== undefined) return checkCa(present, caFile, now());
  const keyPem = await ensureFile(join(dir, 'ca.key'), PRIVATE_MODE, generateKeyPem);
  const label = `on ${hostname()}`;
  return ensureFile(caFile, CERT_MODE, () => issueCa({ keyPem, label, at: now() }));
};

const checkCa = (pem: string, caFile: string, at: number): string => {
  if (parse(pem).validToDate.getTime() > at) return pem;
  const message = `tls: expected a local authority that is valid now, got an expired one; delete ${caFile} to get a new one`;
  throw new ServiceError('ERR_CONFIG_INVALID', message);
};

// The key of the authority may be kept elsewhere; it is needed only to issue.
const readCaKey = async (dir: string): Promise<string> => {
  const pem = await readIfPresent(join(dir, 'ca.key'));
  const cert = await readIfPresent(join(dir, 'ca.crt'));
  if (pem !== undefined && cert !== undefined && parse(cert).checkPrivateKey(createPrivateKey(pem))) return pem;
  const got = pem === undefined ? 'none' : 'the key of another authority';
  const message = `tls: expected the key of the local authority in ${join(dir, 'ca.key')} to issue a server certificate, got ${got}; put it back, or delete ${dir} to start over`;
  throw new ServiceError('ERR_CONFIG_INVALID', message);
};

interface Wanted {
  readonly caCertPem: string;
  readonly keyPem: string;
  readonly names: readonly string[];
  readonly at: number;
}

const isGood = (pem: string, { caCertPem, keyPem, names, at }: Wanted): boolean => {
  const certificate = parse(pem);
  const ca = parse(caCertPem);
  return (
    certificate.checkPrivateKey(createPrivateKey(keyPem)) &&
    certificate.checkIssued(ca) &&
    certificate.verify(ca.publicKey) &&
    certificate.validToDate.getTime() - at > Math.min(RENEW_BEFORE_MS, ca.validToDate.getTime() - at - 1) &&
    names.every((name) => covers(certificate, name))
  );
};

const covers = (certificate: X509Certificate, name: string): boolean =>
  (isIP(name) === 0 ? certificate.checkHost(name) : certificate.checkIP(name)) !== undefined;

const parse = (pem: string): X509Certificate => {
  try {
    return new X509Certificate(pem);
  } catch (error) {
    throw new ServiceError(
      'ERR_CONFIG_INVALID',
      'tls: expected a PEM certificate in the data folder, got something else; delete it to get a new one',
      { cause: error },
    );
  }
};

const ANY_ADDRESS: ReadonlySet<string> = new Set(['0.0.0.0', '::']);
const DNS_NAME =
  /^(?=.{1,253}$)(?:[a-z0-9_](?:[a-z0-9_-]{0,61}[a-z0-9_])?)(?:\.[a-z0-9_](?:[a-z0-9_-]{0,61}[a-z0-9_])?)*$/i;

const namesOf = ({ host, names }: LocalCertificateOptions['config']): string[] => {
  const wanted = ['localhost', hostname(), '127.0.0.1', '::1', host, ...names];
  const usable = wanted.filter((name) => !ANY_ADDRESS.has(name) && (isIP(name) !== 0 || DNS_NAME.test(name)));
  return [...new Set(usable)];
};
