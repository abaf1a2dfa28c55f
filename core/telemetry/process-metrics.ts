import { performance } from 'node:perf_hooks';
import { getHeapStatistics } from 'node:v8';
import { watchGarbageCollector, watchLoopDelay } from './runtime-watch.ts';
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

/** Event loop, heap and handles of this process, read at every scrape; answers how to stop watching. */
export const observeEventLoop = (
  telemetry: Pick<Telemetry, 'gauge' | 'record'>,
  { delayResolutionMs }: { readonly delayResolutionMs: number },
): (() => void) => {
  telemetry.gauge('eventLoopTime', () => {
    const { active, idle } = performance.eventLoopUtilization();
    return [
      { value: active / 1e3, labels: { 'nodejs.eventloop.state': 'active' } },
      { value: idle / 1e3, labels: { 'nodejs.eventloop.state': 'idle' } },
    ];
  });
  telemetry.gauge('heapUsed', () => [{ value: getHeapStatistics().used_heap_size }]);
  telemetry.gauge('heapLimit', () => [{ value: getHeapStatistics().heap_size_limit }]);
  telemetry.gauge('externalMemory', () => [{ value: process.memoryUsage().external }]);
  telemetry.gauge('handles', countHandles);
  const delay = watchLoopDelay(delayResolutionMs);
  telemetry.gauge('eventLoopDelayP50', () => [{ value: delay.read().p50 }]);
  telemetry.gauge('eventLoopDelayP99', () => [{ value: delay.read().p99 }]);
  telemetry.gauge('eventLoopDelayMax', () => [{ value: delay.read().max }]);
  const stopWatching = watchGarbageCollector((kind, seconds) =>
    telemetry.record('gcDuration', seconds, { 'v8js.gc.type': kind }),
  );
  return () => {
    delay.stop();
    stopWatching();
  };
};

/** What Node calls the things that keep a loop alive, and the few words they are counted by. */
const HANDLE_KINDS = {
  TCPSocketWrap: 'socket',
  TLSWrap: 'socket',
  TCPServerWrap: 'server',
  Timeout: 'timer',
  Immediate: 'timer',
  PipeWrap: 'pipe',
  ProcessWrap: 'process',
  FSReqCallback: 'request',
  FSReqPromise: 'request',
  GetAddrInfoReqWrap: 'request',
} as const satisfies Record<string, string>;
type HandleKind = (typeof HANDLE_KINDS)[keyof typeof HANDLE_KINDS] | '_OTHER';

const isKnownHandle = (name: string): name is keyof typeof HANDLE_KINDS => Object.hasOwn(HANDLE_KINDS, name);

const countHandles = () => {
  const counts = new Map<HandleKind, number>(
    [...Object.values(HANDLE_KINDS), '_OTHER' as const].map((kind) => [kind, 0]),
  );
  for (const name of process.getActiveResourcesInfo()) {
    const kind = isKnownHandle(name) ? HANDLE_KINDS[name] : '_OTHER';
    counts.set(kind, (counts.get(kind) ?? 0) + 1);
  }
  return [...counts].map(([kind, value]) => ({ value, labels: { kind } }));
};
