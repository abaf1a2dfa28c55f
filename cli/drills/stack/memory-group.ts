import { existsSync, mkdirSync, readFileSync, rmdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Place } from './folder.ts';

/** A control group with little memory, in which something may be put. */
export interface MemoryGroup {
  /** Has what a process allocates from now on count here. */
  add(pid: number): void;
  readonly procsFile: string;
}

const V1 = '/sys/fs/cgroup/memory';
const V2 = '/sys/fs/cgroup';

/** Which version of control groups can limit memory here; undefined: none, or not for us. */
const versionHere = (): 1 | 2 | undefined => {
  if (existsSync(join(V1, 'memory.limit_in_bytes'))) return 1;
  const controllers = join(V2, 'cgroup.controllers');
  return existsSync(controllers) && readFileSync(controllers, 'utf8').includes('memory') ? 2 : undefined;
};

/** Why there can be no such group. */
export const missingMemoryGroup = (): string | undefined => {
  if (process.getuid?.() !== 0) return 'a control group is made for it, which needs root';
  return versionHere() === undefined ? 'no control group can limit memory here' : undefined;
};

/** Makes one, which goes with the place. */
export const openMemoryGroup = (bytes: number, { life }: Pick<Place, 'life'>): MemoryGroup => {
  const version = versionHere();
  const root = version === 1 ? V1 : V2;
  const folder = join(root, `clawdbot-drill-${process.pid}`);
  if (version === 2) writeFileSync(join(root, 'cgroup.subtree_control'), '+memory');
  mkdirSync(folder);
  life.defer(() => rmdirSync(folder));
  writeFileSync(join(folder, version === 1 ? 'memory.limit_in_bytes' : 'memory.max'), String(bytes));
  const procsFile = join(folder, 'cgroup.procs');
  return { add: (pid) => writeFileSync(procsFile, String(pid)), procsFile };
};
