import { X509Certificate } from 'node:crypto';
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import type { DataPaths } from '../../core/config/paths.ts';
import type { Config } from '../../core/config/schema.ts';
import type { Loggers } from '../../core/telemetry/log.ts';
import type { Telemetry } from '../../core/telemetry/telemetry.ts';
import { type Certificates, openCertificates } from './http/certificates.ts';
import type { GatewayReport } from './supervision.ts';

interface Observers {
  readonly log: Loggers;
  readonly telemetry: Pick<Telemetry, 'gauge'>;
  readonly report: (report: GatewayReport) => void;
}

/** The certificates of the configuration, made where it names none, and a word about them to whoever watches. */
export const openServerCertificates = async (
  { server }: Config,
  paths: DataPaths,
  { log, telemetry, report }: Observers,
): Promise<Certificates> => {
  const hadAuthority = existsSync(join(paths.tls, 'ca.crt'));
  const certificates = await openCertificates({ dir: paths.tls, config: server, log: log.app });
  const caFile = certificates.caFile ?? null;
  const notAfter = () => new X509Certificate(certificates.current().cert).validToDate;
  telemetry.gauge('certificateExpiry', () => [{ value: notAfter().getTime() / 1000 }]);
  report({
    ...{ type: 'certificate', caFile, created: caFile !== null && !hadAuthority },
    notAfter: notAfter().toISOString(),
  });
  return certificates;
};
