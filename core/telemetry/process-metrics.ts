import { performance } from 'node:perf_hooks';
import type { Telemetry } from './telemetry.ts';

/** CPU time and memory of this process, read at every scrape. */
export const observeProcess = (telemetry: Pick<Telemetry, 'gauge'>): void => {
  telemetry.gauge('processCpuTime', () => {
    const { user, system } = process.cpuUsage();
    return [
      { value: user / 1e6, labels: { 'cpu.mode': 'user' } },
      { value: system / 1e6, labels: { 'cpu.mode': 'system' } },
    ];
  });
  telemetry.gauge('processMemory', () => [{ value: process.memoryUsage.rss() }]);
};

/** How busy the event loop of this process is, read at every scrape. */
export const observeEventLoop = (telemetry: Pick<Telemetry, 'gauge'>): void => {
  telemetry.gauge('eventLoopTime', () => {
    const { active, idle } = performance.eventLoopUtilization();
    return [
      { value: active / 1e3, labels: { 'nodejs.eventloop.state': 'active' } },
      { value: idle / 1e3, labels: { 'nodejs.eventloop.state': 'idle' } },
    ];
  });
};
