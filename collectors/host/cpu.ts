import { METRICS } from '../../core/telemetry/metrics.ts';
import { type Sample, sample } from '../sample.ts';

const MODES = METRICS.cpuTime.values['cpu.mode'];
export type CpuTimes = Readonly<Record<(typeof MODES)[number], number>>;

/** Ticks per second of what `/proc` counts; the same on every Linux of today. */
export const TICKS = 100;

/** Seconds of all processors by mode, from `/proc/stat`; of guests only once, because `user` holds them too. */
export const readCpuTimes = (stat: string): CpuTimes | undefined => {
  const numbers = /^cpu\s+([\d ]+)$/m.exec(stat)?.[1]?.trim().split(/\s+/).map(Number);
  if (numbers === undefined || numbers.length < 4) return undefined;
  // In the order of the kernel: user nice system idle iowait irq softirq steal.
  const entries = MODES.map((mode, index) => [mode, (numbers[index] ?? 0) / TICKS] as const);
  // Safe: one entry for every mode.
  return Object.fromEntries(entries) as CpuTimes;
};

export const countCpus = (stat: string): number => [...stat.matchAll(/^cpu\d+ /gm)].length;

/** Counters, and the shares between two readings. */
export const cpuSamples = (times: CpuTimes, before: CpuTimes | undefined): Sample[] => {
  const samples: Sample[] = MODES.map((mode) => sample('cpuTime', times[mode], { 'cpu.mode': mode }));
  if (before === undefined) return samples;
  // iowait may go backwards; a share below nothing is none.
  const spent = MODES.map((mode) => Math.max(0, times[mode] - before[mode]));
  const total = spent.reduce((sum, each) => sum + each, 0);
  if (total === 0) return samples;
  return [
    ...samples,
    ...MODES.map((mode, i) => sample('cpuUtilization', (spent[i] ?? 0) / total, { 'cpu.mode': mode })),
  ];
};

/** The three averages of `/proc/loadavg`. */
export const loadSamples = (loadavg: string): Sample[] => {
  // Nothing between two spaces is no number, although `Number` takes it for 0.
  const numbers = loadavg
    .split(' ')
    .slice(0, 3)
    .map((text) => (text.trim() === '' ? undefined : Number(text)));
  return (['1m', '5m', '15m'] as const).flatMap((window, index) => {
    const value = numbers[index];
    return value === undefined || !Number.isFinite(value) ? [] : [sample('load', value, { window })];
  });
};
