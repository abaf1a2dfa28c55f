import { X509Certificate } from 'node:crypto';
import { type Seen, seen, unseen } from './check.ts';
import type { Sight } from './sight.ts';

/** Files a process of this user may have open: the hard limit, which Node takes at its start. */
export const readOpenFiles = (sight: Sight): Seen<number> => {
  const [, hard] = /^Max open files\s+\S+\s+(\S+)/m.exec(sight.read('/proc/self/limits') ?? '') ?? [];
  if (hard === undefined) return unseen('/proc/self/limits does not tell it');
  return seen(hard === 'unlimited' ? Number.MAX_SAFE_INTEGER : Number(hard), '/proc/self/limits');
};

const HUGE_PAGES = '/sys/kernel/mm/transparent_hugepage/enabled';

/** The word in brackets: `always`, `madvise` or `never`. */
export const readHugePages = (sight: Sight): Seen<string> => {
  const word = /\[(\w+)\]/.exec(sight.read(HUGE_PAGES) ?? '')?.[1];
  return word === undefined ? unseen(`${HUGE_PAGES} is not there`) : seen(word, HUGE_PAGES);
};

const TIMESYNCD = '/run/systemd/timesync/synchronized';

/** Whether anything keeps the clock right. */
export const readClock = async (sight: Sight): Promise<Seen<boolean>> => {
  if (sight.read(TIMESYNCD) !== undefined) return seen(true, TIMESYNCD);
  const systemd = await sight.run('timedatectl', ['show', '-p', 'NTPSynchronized', '--value']);
  if (systemd.kind === 'said' && /^(yes|no)$/m.test(systemd.stdout)) {
    return seen(/^yes$/m.test(systemd.stdout), 'timedatectl');
  }
  const chrony = await sight.run('chronyc', ['-n', 'tracking']);
  if (chrony.kind === 'said' && chrony.code === 0) {
    return seen(/^Leap status\s*:\s*Normal$/m.test(chrony.stdout), 'chronyc tracking');
  }
  return unseen('neither systemd nor chrony tells whether it is synchronised');
};

/** Unix time in seconds at which a certificate ends. */
export const readCertificate = (sight: Sight, file: string): Seen<number> => {
  const pem = sight.read(file);
  if (pem === undefined) return unseen('there is none yet: the first start makes one');
  try {
    return seen(Date.parse(new X509Certificate(pem).validTo) / 1000, file);
  } catch {
    return unseen(`${file} holds no certificate`);
  }
};
