import { treeRssBytes } from '../load/process-tree.ts';

const MIB = 1024 * 1024;
const LOOK_MS = 1000;

/** What Filebeat may hold however much waits: its queue is on the disk. */
export const RSS_BAR_MIB = 256;

/** Looks every second what a process holds, until it is disposed of. */
export const sampleRss = (pid: number) => {
  const samples: number[] = [];
  const timer = setInterval(() => samples.push(treeRssBytes(pid)), LOOK_MS);
  return {
    highestMib: () => Math.round(samples.reduce((most, one) => Math.max(most, one), 0) / MIB),
    lastMib: () => Math.round((samples.at(-1) ?? 0) / MIB),
    [Symbol.dispose]: () => clearInterval(timer),
  };
};
