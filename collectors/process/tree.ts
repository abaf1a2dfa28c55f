import type { KernelFiles } from '../kernel-files.ts';
import { kindOf } from './kind.ts';
import { KnownKinds } from './known-kinds.ts';
import type { Owner } from './owners.ts';
import { readProcessStat } from './stat.ts';

/** One process of ours, by what names it for good. */
export interface FoundProcess {
  readonly pid: number;
  readonly startedAt: number;
  readonly kind: Owner['kind'];
}

const MOST = 512;

/** The processes at these ids and everything below them, each once, parents first. */
export const findProcesses = (
  files: KernelFiles,
  roots: readonly number[],
  kinds: KnownKinds = new KnownKinds(),
): FoundProcess[] => {
  const found = new Map<number, FoundProcess>();
  const waiting = [...roots];
  for (let pid = waiting.shift(); pid !== undefined && found.size < MOST; pid = waiting.shift()) {
    if (found.has(pid)) continue;
    const stat = readProcessStat(files.read(`/proc/${pid}/stat`) ?? '');
    if (stat === undefined || stat.isZombie) continue;
    const name = `${pid}:${stat.startedAt}`;
    const kind = kinds.of(name, () => kindOf(files.read(`/proc/${pid}/cmdline`) ?? ''));
    found.set(pid, { pid, startedAt: stat.startedAt, kind });
    // A child stands at the thread that started it. Looking only below our own is what keeps this cheap on a machine
    // with thousands of processes.
    for (const thread of files.list(`/proc/${pid}/task`)) {
      const children = files.read(`/proc/${pid}/task/${thread}/children`) ?? '';
      waiting.push(...children.trim().split(' ').filter(Boolean).map(Number));
    }
  }
  return [...found.values()];
};
