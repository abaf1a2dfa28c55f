import { readdirSync, readFileSync } from 'node:fs';
import { cpuSeconds } from './closed-loop.ts';

/** A process and all its descendants. */
export const processTree = (pid: number): number[] => {
  const parents = new Map<number, number>();
  for (const entry of readdirSync('/proc')) {
    const parent = parentOf(Number(entry));
    if (parent !== undefined) parents.set(Number(entry), parent);
  }
  const tree = [pid];
  for (const member of tree) {
    for (const [child, parent] of parents) if (parent === member) tree.push(child);
  }
  return tree;
};

/** CPU seconds of a process and its descendants, as far as they still run. */
export const treeCpuSeconds = (pid: number): number => sumOver(pid, cpuSeconds);

/** Resident bytes of a process and its descendants. */
export const treeRssBytes = (pid: number): number => sumOver(pid, rssBytes);

const rssBytes = (pid: number): number =>
  Number(/VmRSS:\s+(\d+)/.exec(readFileSync(`/proc/${pid}/status`, 'utf8'))?.[1] ?? 0) * 1024;

const sumOver = (pid: number, read: (pid: number) => number): number =>
  processTree(pid).reduce((sum, member) => sum + orZero(() => read(member)), 0);

const parentOf = (pid: number): number | undefined => {
  if (!Number.isInteger(pid)) return undefined;
  const stat = orUndefined(() => readFileSync(`/proc/${pid}/stat`, 'utf8'));
  return stat === undefined ? undefined : Number(stat.slice(stat.lastIndexOf(')') + 2).split(' ')[1]);
};

const orUndefined = <Value>(read: () => Value): Value | undefined => {
  try {
    return read();
  } catch {
    return undefined; // it ended meanwhile
  }
};

const orZero = (read: () => number): number => orUndefined(read) ?? 0;
