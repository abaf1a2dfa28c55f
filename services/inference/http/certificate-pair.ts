import { createPrivateKey, type KeyObject, X509Certificate } from 'node:crypto';
import { readFile } from 'node:fs/promises';
import { ServiceError } from '../../../core/errors/service-error.ts';

/** Where a certificate and its key are kept. */
export interface PairFiles {
  readonly certFile: string;
  readonly keyFile: string;
}

/** A certificate (with its chain) and its private key, PEM, known to belong together. */
export interface CertificatePair {
  readonly cert: string;
  readonly key: string;
}

/** Reads a pair and checks that it can serve now; each way it cannot has its own message. */
export const readPair = async ({ certFile, keyFile }: PairFiles, now: () => number): Promise<CertificatePair> => {
  const cert = await readPem('server.tls.cert', certFile);
  const key = await readPem('server.tls.key', keyFile);
  const certificate = parseCertificate(cert, certFile);
  if (!certificate.checkPrivateKey(parseKey(key, keyFile))) {
    throw invalid(
      'server.tls.key',
      `expected the private key of the certificate in ${certFile}, got another key in ${keyFile}`,
    );
  }
  checkPeriod(certificate, certFile, now());
  return { cert, key };
};

const invalid = (where: string, what: string, cause?: unknown): ServiceError =>
  new ServiceError('ERR_CONFIG_INVALID', `${where}: ${what}`, { cause });

const readPem = async (where: string, file: string): Promise<string> => {
  try {
    return await readFile(file, 'utf8');
  } catch (error) {
    const code = error instanceof Error && 'code' in error ? String(error.code) : 'an error';
    throw invalid(
      where,
      `expected a readable PEM file, got ${code} for ${file}; mend the path or its permissions`,
      error,
    );
  }
};

const parseCertificate = (pem: string, file: string): X509Certificate => {
  try {
    return new X509Certificate(pem);
  } catch (error) {
    throw invalid('server.tls.cert', `expected a PEM certificate, got something else in ${file}`, error);
  }
};

const parseKey = (pem: string, file: string): KeyObject => {
  try {
    return createPrivateKey(pem);
  } catch (error) {
    throw invalid('server.tls.key', `expected an unencrypted PEM private key, got something else in ${file}`, error);
  }
};

const checkPeriod = (certificate: X509Certificate, file: string, at: number): void => {
  const where = 'server.tls.cert';
  if (certificate.validToDate.getTime() <= at) {
    throw invalid(
      where,
      `expected a certificate that is valid now, got one that expired on ${certificate.validTo} in ${file}; renew it`,
    );
  }
  if (certificate.validFromDate.getTime() > at) {
    throw invalid(
      where,
      `expected a certificate that is valid now, got one valid from ${certificate.validFrom} in ${file}; check the clock`,
    );
  }
};
