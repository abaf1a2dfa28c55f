import type { FileLoggers } from '../log.ts';
import type { Telemetry } from '../telemetry.ts';
import type { ExportOutcome, Signal } from './transport.ts';
import type { Loss } from './waiting.ts';

interface Targets {
  // Both are made after the exports, because they hand things to them.
  readonly telemetry: () => Pick<Telemetry, 'counter'>;
  readonly log: () => FileLoggers['app'];
}

/** Counts every export and every loss, and says once that exports fail and once that they work again. */
export const createExportLog = ({ telemetry, log }: Targets) => {
  const failing = new Set<Signal>();
  return {
    report(signal: Signal, outcome: ExportOutcome, reason?: string): void {
      telemetry().counter('otlpExports', { signal, outcome });
      if (outcome === 'sent') {
        if (failing.delete(signal)) log().info('otlp.recovered', { labels: { signal } }, `${signal} are sent again`);
        return;
      }
      if (failing.has(signal)) return;
      failing.add(signal);
      const text = `${signal} cannot be sent to telemetry.otlp.endpoint; what does not fit into the queue is lost`;
      log().warn('otlp.failed', { labels: { signal }, 'error.message': reason }, text);
    },
    lost(signal: Exclude<Signal, 'metrics'>, reason: Loss, count: number): void {
      telemetry().counter('otlpDropped', { signal, reason }, count);
    },
  };
};
