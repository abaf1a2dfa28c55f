import { execFileSync } from 'node:child_process';
import { mkdirSync, rmSync, statfsSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { dataPaths } from '../../../core/config/paths.ts';
import { configSchema } from '../../../core/config/schema.ts';
import { ensureLocalCertificate } from '../../../services/inference/http/local-certificate.ts';
import { SERVER_LIFE_MS } from '../../../services/inference/http/x509.ts';
import type { Drill } from '../drill.ts';
import type { Place } from '../stack/folder.ts';

const DAY_MS = 86_400_000;
/** Five are left. */
const AGO_MS = SERVER_LIFE_MS - 5 * DAY_MS;
/** Long enough to be taken over before it ends: one that has ended already is not. */
const LEFT_MS = 10_000;

/** A small disk of its own under a folder, which only root can have; it goes with the place. */
const mountSmall = (folder: string, mebibytes: number, { life }: Place): void => {
  mkdirSync(folder, { recursive: true });
  execFileSync('mount', ['-t', 'tmpfs', '-o', `size=${mebibytes}m,mode=700`, 'tmpfs', folder]);
  life.defer(() => void execFileSync('umount', ['-l', folder]));
};
const missingRoot = (): string | undefined =>
  process.getuid?.() === 0 && process.platform === 'linux'
    ? undefined
    : 'a small disk is mounted for it, which needs root';

/** Writes until so large a share of a disk is taken. */
const fill = (folder: string, share: number): void => {
  const { bsize, blocks, bfree } = statfsSync(folder);
  const bytes = Math.floor(bsize * (bfree - blocks * (1 - share)));
  try {
    writeFileSync(join(folder, FILLER), Buffer.alloc(Math.max(0, bytes)));
  } catch {
    // Full is what it is meant to be.
  }
};
const FILLER = 'filler.bin';
const empty = (folder: string): void => rmSync(join(folder, FILLER), { force: true });

/** What lies on disks: room, logs, certificates. */
export const DATA: readonly Drill[] = [
  {
    name: 'disk-nearly-full',
    about:
      'The disk with the data folder, its logs and its database is 95 % full. An e-mail says so before anything fails.',
    missing: missingRoot,
    prepare: async (place) => mountSmall(place.data, 256, place),
    settings: () => ({ alerts: { rules: { DiskNearlyFull: { enabled: true } } } }),
    inject: async ({ data }) => fill(data, 0.95),
    recover: async ({ data }) => empty(data),
    alerts: ['DiskNearlyFull'],
    told: [{ by: 'mail', alert: 'DiskNearlyFull' }],
    cleared: [{ by: 'mail', alert: 'DiskNearlyFull', isOver: true }],
  },
  {
    name: 'log-disk-full',
    about:
      'The disk of the logs is full. Requests are answered as before; lines wait in memory, then are lost, and an e-mail says so.',
    requestsPerSecond: 30,
    missing: missingRoot,
    prepare: async (place) => mountSmall(dataPaths(place.data).logs, 8, place),
    // A minute of lines is lost in a few seconds.
    settings: () => ({ logging: { maxWaitingBytes: 65_536 } }),
    inject: async ({ data }) => fill(dataPaths(data).logs, 1),
    async meanwhile({ service }) {
      const answer = await service.send('POST', '/api/v1/inference', { prompt: 'Still there?', maxTokens: 4 });
      await answer.body.dump();
      if (answer.statusCode !== 200) throw new Error(`a request was answered ${answer.statusCode}`);
      return undefined;
    },
    recover: async ({ data }) => empty(dataPaths(data).logs),
    alerts: ['LogLinesDropped'],
    told: [{ by: 'mail', alert: 'LogLinesDropped' }],
    cleared: [{ by: 'mail', alert: 'LogLinesDropped', isOver: true }],
  },
  {
    name: 'certificate-ending',
    about: 'The certificate of the gateway ends in five days. An e-mail says so while it still works.',
    requestsPerSecond: 2,
    inject: ({ data }) => issueAgo(data, AGO_MS),
    recover: ({ data }) => issueAgo(data, 0),
    alerts: ['CertificateExpiring'],
    told: [{ by: 'mail', alert: 'CertificateExpiring' }],
    cleared: [{ by: 'mail', alert: 'CertificateExpiring', isOver: true }],
    log: { of: 'gateway', action: 'certificate.replaced' },
  },
  {
    name: 'certificate-ended',
    about:
      'The certificate of the gateway ends while it serves. Who is connected notices nothing, Prometheus neither; nobody else can connect, and an SMS says so.',
    inject: ({ data }) => issueAgo(data, SERVER_LIFE_MS - LEFT_MS),
    recover: ({ data }) => issueAgo(data, 0),
    alerts: ['CertificateEnded'],
    // Before it has ended it ends soon; and once Prometheus has to connect anew, it is kept out as well.
    symptoms: ['CertificateExpiring', 'ServiceUnavailable', 'ScrapeFailing'],
    told: [
      { by: 'sms', says: 'certificate' },
      { by: 'mail', alert: 'CertificateEnded' },
    ],
    cleared: [{ by: 'sms', says: 'certificate', isOver: true }],
    log: { of: 'gateway', action: 'certificate.replaced' },
  },
];

/** The certificate as it would be if it had been made so long ago. */
const issueAgo = async (data: string, ms: number): Promise<void> => {
  const dir = dataPaths(data).tls;
  rmSync(join(dir, 'server.crt'), { force: true });
  await ensureLocalCertificate({ dir, config: configSchema.parse({}).server, now: () => Date.now() - ms });
};
