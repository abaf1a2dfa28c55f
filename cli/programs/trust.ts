import { X509Certificate } from 'node:crypto';
import { readFileSync } from 'node:fs';

/** Trusts who is signed by an authority; `tls_config` of Prometheus and Alertmanager. */
export const trusting = (caFile: string) => ({ ca_file: caFile, min_version: 'TLS13' });

/**
 * Trusts a certificate of the operator itself, not who signed it: it is not made for the address on this machine, and
 * nobody else may be taken for it.
 */
export const pinned = (certFile: string | undefined) =>
  certFile === undefined ? {} : { ...trusting(certFile), server_name: nameIn(certFile) };

/** A name that the certificate is for; a star stands for any word. */
const nameIn = (certFile: string): string | undefined => {
  const names = new X509Certificate(readFileSync(certFile)).subjectAltName ?? '';
  const [, name] = /(?:DNS|IP Address):([^,]+)/.exec(names) ?? [];
  return name?.replace(/^\*/, 'clawdbot');
};
