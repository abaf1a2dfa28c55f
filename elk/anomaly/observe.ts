import { ANOMALY_SIGNALS } from '../../core/telemetry/metrics.ts';
import type { Telemetry } from '../../core/telemetry/telemetry.ts';
import type { Cycle } from './cycle.ts';
import { WINDOWS } from './detect/clock.ts';
import { raisedNow } from './detect/detector.ts';
import type { Learnt } from './store/state-store.ts';
import { raisedTemplates } from './templates/novelty.ts';

/** Shows what is thought of the last intervals, at every scrape. */
export const observeDetector = (
  telemetry: Telemetry,
  { detector, novelty }: Learnt,
  cycle: Pick<Cycle, 'sources'>,
): void => {
  telemetry.gauge('anomalyScore', () =>
    WINDOWS.flatMap((window) => {
      const most = new Map<(typeof ANOMALY_SIGNALS)[number], number>();
      for (const { key, score } of detector.scores[window].values()) {
        most.set(key.signal, Math.max(most.get(key.signal) ?? 0, Math.abs(score)));
      }
      return [...most].map(([signal, value]) => ({ value, labels: { signal, window } }));
    }),
  );
  telemetry.gauge('anomalyRaised', () => {
    const raised = raisedNow(detector);
    const count = (signal: (typeof ANOMALY_SIGNALS)[number]): number =>
      signal === 'log_template'
        ? raisedTemplates(novelty)
        : raised.filter(({ key }) => (key?.signal ?? 'missing_data') === signal).length;
    return ANOMALY_SIGNALS.map((signal) => ({ value: count(signal), labels: { signal } }));
  });
  telemetry.gauge('anomalySource', () =>
    [...cycle.sources()].map(([source, isUp]) => ({ value: isUp ? 1 : 0, labels: { source } })),
  );
  telemetry.gauge('anomalySeries', () => {
    const judged = [...detector.series.values()].filter(
      ({ state }) => state.outlook?.baseline.basis === 'day' || state.outlook?.baseline.basis === 'week',
    );
    return [
      { value: judged.length, labels: { state: 'judged' } },
      { value: detector.series.size - judged.length, labels: { state: 'learning' } },
    ];
  });
  telemetry.gauge('anomalyTemplates', () => [{ value: novelty.miner.size }]);
};
