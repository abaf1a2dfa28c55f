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

/** Threads the engines share when the configuration says `auto`: what is usable, less one for everything else. */
export const threadsFor = (physicalCores: number | undefined, parallelism: number): number => {
  // `parallelism` knows affinity and cgroup limits; hyper-threads beyond the cores only slow a matrix product down.
  const usable = Math.max(1, Math.min(physicalCores ?? parallelism, parallelism));
  // Compute threads spin while they wait for each other: with one on every core, anything else that runs (the gateway,
  // a client) stops them all: on two busy cores two threads were seen at a tenth of the speed of one.
  return Math.max(1, usable - 1);
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
