import { constants, monitorEventLoopDelay, PerformanceObserver } from 'node:perf_hooks';

/** Seconds. */
export interface LoopDelay {
  readonly p50: number;
  readonly p99: number;
  readonly max: number;
}

const WINDOW_MS = 10_000;
const NANOSECONDS = 1e9;

/**
 * How late the event loop turned lately: since the last window of ten seconds began, so that two readers agree. The loop is
 * woken every `resolutionMs`, which is what watching costs, and a delay that is shorter may be missed.
 */
export const watchLoopDelay = (resolutionMs: number, now: () => number = () => performance.now()) => {
  const histogram = monitorEventLoopDelay({ resolution: resolutionMs });
  histogram.enable();
  let since = now();
  // What is measured is the time between two turns, which is the resolution where nothing is late.
  const late = (nanoseconds: number): number => Math.max(0, nanoseconds / NANOSECONDS - resolutionMs / 1000);
  let last: LoopDelay = { p50: 0, p99: 0, max: 0 };
  return {
    read(): LoopDelay {
      // An empty histogram answers with the largest number there is.
      if (histogram.count > 0)
        last = { p50: late(histogram.percentile(50)), p99: late(histogram.percentile(99)), max: late(histogram.max) };
      if (now() - since > WINDOW_MS) {
        since = now();
        histogram.reset();
      }
      return last;
    },
    stop: () => void histogram.disable(),
  };
};

const GC_KINDS = new Map<unknown, GcKind>([
  [constants.NODE_PERFORMANCE_GC_MAJOR, 'major'],
  [constants.NODE_PERFORMANCE_GC_MINOR, 'minor'],
  [constants.NODE_PERFORMANCE_GC_INCREMENTAL, 'incremental'],
  [constants.NODE_PERFORMANCE_GC_WEAKCB, 'weakcb'],
]);
export type GcKind = 'major' | 'minor' | 'incremental' | 'weakcb';

/** Tells every pause of the garbage collector; answers how to stop. */
export const watchGarbageCollector = (onPause: (kind: GcKind, seconds: number) => void): (() => void) => {
  const observer = new PerformanceObserver((list) => {
    for (const entry of list.getEntries()) {
      const detail: unknown = 'detail' in entry ? entry.detail : undefined;
      const kind =
        typeof detail === 'object' && detail !== null && 'kind' in detail ? GC_KINDS.get(detail.kind) : undefined;
      if (kind !== undefined) onPause(kind, entry.duration / 1000);
    }
  });
  observer.observe({ entryTypes: ['gc'] });
  return () => observer.disconnect();
};
