import type { Logger } from '../../../core/telemetry/log.ts';
import type { Telemetry } from '../../../core/telemetry/telemetry.ts';
import type { AnomalyDocument } from './document.ts';
import type { Sink, Written } from './sink.ts';

interface Options {
  /** Takes every document at once: what is on this machine. */
  readonly file: Sink;
  /** May be away for hours; `outbox` holds what it has not taken. */
  readonly store: Sink | undefined;
  readonly outbox: AnomalyDocument[];
  readonly telemetry: Pick<Telemetry, 'counter'>;
  readonly log: Logger;
}

export interface Publisher {
  /** Says it in the log and in the file; for the store it waits in the outbox. */
  publish(document: AnomalyDocument): void;
  /** Empties the outbox as far as the store lets. Never rejects. */
  deliver(): Promise<void>;
  close(): Promise<void>;
}

/** Of more that wait the oldest are given up: they are in the file. */
export const MOST_WAITING = 1000;
const AT_ONCE = 100;

export const createPublisher = ({ file, store, outbox, telemetry, log }: Options): Publisher => {
  // Those of an earlier life may have arrived, although nobody heard so.
  const isNew = new Set<AnomalyDocument>();
  let isAway = false;

  const count = (sink: Sink, outcome: 'written' | 'failed', documents = 1): void =>
    telemetry.counter('anomalyDocuments', { sink: sink.name, outcome }, documents);
  const giveUp = (sink: Sink, reason: string): void => {
    count(sink, 'failed');
    log.warn(
      'document.failed',
      { 'error.message': reason, labels: { sink: sink.name } },
      'it is in anomaly.json in any case',
    );
  };
  const note = (document: AnomalyDocument, became: Written, sink: Sink): void => {
    if (became === 'later') return;
    const at = outbox.indexOf(document);
    // Given up in the meantime.
    if (at === -1) return;
    outbox.splice(at, 1);
    if (became === 'written') count(sink, 'written');
    else giveUp(sink, became.refused);
  };
  const send = async (sink: Sink, documents: readonly AnomalyDocument[]): Promise<boolean> => {
    const mayBeThere = documents.some((document) => !isNew.has(document));
    for (const document of documents) isNew.delete(document);
    const became = await sink.write(documents, { mayBeThere });
    for (const [at, document] of documents.entries()) note(document, became[at] ?? 'later', sink);
    return !became.includes('later');
  };

  return {
    publish(document) {
      const level = document.action === 'anomaly.raised' ? 'warn' : 'info';
      log[level](document.action, { labels: { metric: document.anomaly.metric } }, document.message);
      void file.write([document]);
      count(file, 'written');
      if (store === undefined) return;
      outbox.push(document);
      isNew.add(document);
      if (outbox.length > MOST_WAITING) giveUp(store, `more than ${MOST_WAITING} wait: ${outbox.shift()?.id}`);
    },
    async deliver() {
      if (store === undefined) return;
      try {
        while (outbox.length > 0) {
          if (!(await send(store, outbox.slice(0, AT_ONCE)))) throw new Error('busy, or its index is read-only');
        }
        if (isAway) log.info('documents.delivered', { labels: { sink: store.name } });
        isAway = false;
      } catch (err) {
        if (!isAway) log.warn('documents.waiting', { err, labels: { sink: store.name, waiting: outbox.length } });
        isAway = true;
      }
    },
    async close() {
      await this.deliver();
      await file.close();
      await store?.close();
    },
  };
};
