import type { Logger } from '../../../core/telemetry/log.ts';
import type { Telemetry } from '../../../core/telemetry/telemetry.ts';
import type { AnomalyDocument } from './document.ts';
import type { Sink } from './sink.ts';

interface Options {
  readonly sinks: readonly Sink[];
  readonly telemetry: Telemetry;
  readonly log: Logger;
}

export interface Publisher {
  /** Writes a document everywhere; one place that fails keeps none from the others. */
  publish(document: AnomalyDocument): void;
  close(): Promise<void>;
}

export const createPublisher = ({ sinks, telemetry, log }: Options): Publisher => {
  const writing = new Set<Promise<void>>();
  const write = async (sink: Sink, document: AnomalyDocument): Promise<void> => {
    try {
      await sink.write(document);
      telemetry.counter('anomalyDocuments', { sink: sink.name, outcome: 'written' });
    } catch (err) {
      telemetry.counter('anomalyDocuments', { sink: sink.name, outcome: 'failed' });
      log.warn('document.failed', { err, labels: { sink: sink.name } }, 'it is in anomaly.json in any case');
    }
  };
  return {
    publish(document) {
      const level = document.action === 'anomaly.raised' ? 'warn' : 'info';
      log[level](document.action, { labels: { metric: document.anomaly.metric } }, document.message);
      for (const sink of sinks) {
        const done = write(sink, document).finally(() => writing.delete(done));
        writing.add(done);
      }
    },
    async close() {
      await Promise.all(writing);
      await Promise.all(sinks.map((sink) => sink.close()));
    },
  };
};
