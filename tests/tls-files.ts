import { join } from 'node:path';
import { ensureLocalCertificate, type LocalCertificate } from '../services/inference/http/local-certificate.ts';

/** An authority and a certificate for 127.0.0.1 and localhost, for servers that tests stand up. */
export const makeTlsFiles = (dir: string): Promise<LocalCertificate> =>
  ensureLocalCertificate({ dir: join(dir, 'tls'), config: { host: '127.0.0.1', names: [] }, now: Date.now });
