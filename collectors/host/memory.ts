import { type Sample, sample } from '../sample.ts';

const KIB = 1024;

/** From `/proc/meminfo`. */
export const memorySamples = (meminfo: string): Sample[] => {
  const bytes = (name: string): number | undefined => {
    const found = new RegExp(`^${name}:\\s+(\\d+) kB`, 'm').exec(meminfo)?.[1];
    return found === undefined ? undefined : Number(found) * KIB;
  };
  const samples: Sample[] = [];
  const [total, free, buffers] = ['MemTotal', 'MemFree', 'Buffers'].map(bytes);
  // Shared memory counts as cached but cannot be given back; it is in use.
  const cached = (bytes('Cached') ?? 0) + (bytes('SReclaimable') ?? 0) - (bytes('Shmem') ?? 0);
  if (total !== undefined && free !== undefined && buffers !== undefined) {
    const states = { used: Math.max(0, total - free - buffers - cached), free, cached: Math.max(0, cached), buffers };
    for (const state of ['used', 'free', 'cached', 'buffers'] as const) {
      samples.push(sample('memoryUsage', states[state], { 'system.memory.state': state }));
    }
    samples.push(sample('memoryLimit', total, {}));
  }
  const available = bytes('MemAvailable');
  if (available !== undefined) samples.push(sample('memoryAvailable', available, {}));
  const [swap, swapFree] = ['SwapTotal', 'SwapFree'].map(bytes);
  if (swap !== undefined && swapFree !== undefined) {
    samples.push(sample('swapUsage', swap - swapFree, { 'system.paging.state': 'used' }));
    samples.push(sample('swapUsage', swapFree, { 'system.paging.state': 'free' }));
  }
  return samples;
};

/** From `/proc/vmstat`. */
export const pagingSamples = (vmstat: string): Sample[] => {
  const count = (name: string): number | undefined => {
    const found = new RegExp(`^${name} (\\d+)$`, 'm').exec(vmstat)?.[1];
    return found === undefined ? undefined : Number(found);
  };
  const [kills, swappedIn, swappedOut] = ['oom_kill', 'pswpin', 'pswpout'].map(count);
  return [
    ...(kills === undefined ? [] : [sample('oomKills', kills, {})]),
    ...(swappedIn === undefined ? [] : [sample('swapOperations', swappedIn, { 'system.paging.direction': 'in' })]),
    ...(swappedOut === undefined ? [] : [sample('swapOperations', swappedOut, { 'system.paging.direction': 'out' })]),
  ];
};
