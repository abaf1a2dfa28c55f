import { X509Certificate } from 'node:crypto';
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import type { DataPaths } from '../../core/config/paths.ts';
import type { Config } from '../../core/config/schema.ts';
import type { Loggers } from '../../core/telemetry/log.ts';
import { type Certificates, openCertificates } from './http/certificates.ts';
import type { GatewayReport } from './supervision.ts';

/** The certificates of the configuration, made where it names none, and a word about them to whoever watches. */
export const openServerCertificates = async (
  { server }: Config,
  paths: DataPaths,
  log: Loggers,
  report: (report: GatewayReport) => void,
): Promise<Certificates> => {
  const hadAuthority = existsSync(join(paths.tls, 'ca.crt'));
  const certificates = await openCertificates({ dir: paths.tls, config: server, log: log.app });
  const caFile = certificates.caFile ?? null;
  const notAfter = new X509Certificate(certificates.current().cert).validToDate.toISOString();
  report({ type: 'certificate', caFile, created: caFile !== null && !hadAuthority, notAfter });
  return certificates;
};
