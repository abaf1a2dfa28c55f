import { X509Certificate } from 'node:crypto';
import { readFile } from 'node:fs/promises';
import type { Config } from '../../../core/config/schema.ts';
import { ServiceError } from '../../../core/errors/service-error.ts';

/** What the TLS server must know to ask clients for certificates; empty where it asks for none. */
export interface ClientAuthorities {
  readonly ca?: string;
  readonly requestCert?: boolean;
  /** False: who brings none, or a foreign one, may connect, and counts as somebody without one. */
  readonly rejectUnauthorized?: boolean;
}

/** Reads the authorities that `server.tls.clientCa` names. */
export const readClientAuthorities = async ({
  clientCa,
  clientAuth,
}: Pick<Config['server']['tls'], 'clientCa' | 'clientAuth'>): Promise<ClientAuthorities> => {
  if (clientCa === undefined) return {};
  const ca = await readFile(clientCa, 'utf8').catch((error: unknown) => {
    throw invalid(`got a file that cannot be read (${clientCa}); mend the path or its permissions`, error);
  });
  try {
    // Node takes a file without certificates for an empty list, and then every client for a foreign one.
    new X509Certificate(ca);
  } catch (error) {
    throw invalid(`got another kind of file (${clientCa})`, error);
  }
  return { ca, requestCert: true, rejectUnauthorized: clientAuth === 'required' };
};

const invalid = (got: string, cause: unknown): ServiceError =>
  new ServiceError('ERR_CONFIG_INVALID', `server.tls.clientCa: expected a PEM file of certificates, ${got}`, { cause });
