import { readFileSync } from 'node:fs';
import { availableParallelism } from 'node:os';

/** Physical cores in the text of `/proc/cpuinfo`; `undefined` where it does not name them, as on most ARM machines. */
export const countCores = (cpuinfo: string): number | undefined => {
  const cores = new Set<string>();
  for (const block of cpuinfo.split(/\n\s*\n/)) {
    const core = /^core id\s*:\s*(\d+)$/m.exec(block)?.[1];
    if (core !== undefined) cores.add(`${/^physical id\s*:\s*(\d+)$/m.exec(block)?.[1] ?? 0}/${core}`);
  }
  return cores.size === 0 ? undefined : cores.size;
};

/** Machines this small give all their cores. */
const MOST_TAKEN_WHOLLY = 2;

/** Threads the engines share when the configuration says `auto`: what is usable, less one for everything else on all but the smallest machines. */
export const threadsFor = (physicalCores: number | undefined, parallelism: number): number => {
  // `parallelism` knows affinity and cgroup limits; hyper-threads beyond the cores only slow a matrix product down.
  const usable = Math.max(1, Math.min(physicalCores ?? parallelism, parallelism));
  // Compute threads spin while they wait for each other: with one on every core, anything else that runs (the gateway,
  // a client) stops them all for a while. Of two cores one would be half of the speed, which is more than that costs: the
  // `llama` engine takes fewer threads by itself while others keep the cores busy (bench `peer`, case `busy`).
  return usable > MOST_TAKEN_WHOLLY ? usable - 1 : usable;
};

/** `engines.threads: auto` on this machine. */
export const defaultThreads = (): number => threadsFor(readCores(), availableParallelism());

const readCores = (): number | undefined => {
  try {
    return countCores(readFileSync('/proc/cpuinfo', 'utf8'));
  } catch {
    return undefined; // not Linux
  }
};
