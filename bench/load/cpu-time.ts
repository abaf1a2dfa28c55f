import { readdirSync, readFileSync } from 'node:fs';
import { cpuSeconds } from './closed-loop.ts';
import { processTree } from './process-tree.ts';

const NS_PER_SECOND = 1e9;

/**
 * CPU seconds of a process and its descendants so far, by the nanosecond counters of the scheduler: `/proc/PID/stat` counts
 * hundredths of a second, which is one percent of a slice of a second. Of kernels without them, those hundredths.
 */
export const exactCpuSeconds = (pid: number): number =>
  processTree(pid).reduce((sum, member) => sum + (nanosecondsOf(member) ?? cpuSeconds(member) * NS_PER_SECOND), 0) /
  NS_PER_SECOND;

/** Of all threads that still run. */
const nanosecondsOf = (pid: number): number | undefined => {
  try {
    const threads = readdirSync(`/proc/${pid}/task`);
    const sum = threads.reduce((total, thread) => total + onCpu(`/proc/${pid}/task/${thread}/schedstat`), 0);
    return sum > 0 ? sum : undefined;
  } catch {
    return undefined;
  }
};

const onCpu = (file: string): number => Number(readFileSync(file, 'utf8').split(' ')[0]);
