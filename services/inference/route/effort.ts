import { readFileSync } from 'node:fs';

/** What a process has done so far, and whether it does something now. */
export interface Effort {
  /** Processor time of all its threads. */
  readonly cpuMs: number;
  /** Its main thread runs, wants to, or waits for a disk; false: it waits for something that may never come. */
  readonly isRunning: boolean;
}

/** Linux counts in hundredths of a second, whatever the kernel's own clock (USER_HZ, man 5 proc_pid_stat). */
const TICK_MS = 10;
/** Counted behind the name of the program, which may hold anything. */
const STATE = 0;
const USER_TICKS = 11;
const SYSTEM_TICKS = 12;

/** Reads the text of `/proc/<pid>/stat`. */
export const parseEffort = (stat: string): Effort | undefined => {
  const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ');
  const ticks = Number(fields[USER_TICKS]) + Number(fields[SYSTEM_TICKS]);
  return Number.isFinite(ticks)
    ? { cpuMs: ticks * TICK_MS, isRunning: fields[STATE] === 'R' || fields[STATE] === 'D' }
    : undefined;
};

/** Of a process of this machine; `undefined` where it is gone, or where nobody can tell (other systems than Linux). */
export const effortOf = (pid: number | undefined): Effort | undefined => {
  if (pid === undefined) return undefined;
  try {
    return parseEffort(readFileSync(`/proc/${pid}/stat`, 'utf8'));
  } catch {
    return undefined;
  }
};
