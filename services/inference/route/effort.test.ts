import { describe, expect, it } from 'vitest';
import { effortOf, parseEffort } from './effort.ts';

/** As Linux 6.8 writes it, for a program with an odd name. */
const statOf = (state: string): string =>
  `4242 (node) (x) ${state} 1 4242 4242 0 -1 4194560 9312 0 0 0 120 35 0 0 20 0 11 0 8812 1 2 3 4`;

describe('the effort of a process', () => {
  it('is its processor time, and whether its main thread does something', () => {
    expect(parseEffort(statOf('S'))).toEqual({ cpuMs: 1550, isRunning: false });
    expect(parseEffort(statOf('T'))?.isRunning).toBe(false);
    expect([parseEffort(statOf('R'))?.isRunning, parseEffort(statOf('D'))?.isRunning]).toEqual([true, true]);
  });

  it('is unknown where the text is of another kind, or the process is gone', () => {
    expect(parseEffort('')).toBeUndefined();
    expect([effortOf(undefined), effortOf(2 ** 30)]).toEqual([undefined, undefined]);
  });

  it.runIf(process.platform === 'linux')('of this process grows', () => {
    expect(effortOf(process.pid)).toMatchObject({ cpuMs: expect.any(Number), isRunning: true });
  });
});
