import { z } from 'zod';
import type { Config } from '../../../core/config/schema.ts';
import { STREAMS, streamName } from '../../streams.ts';
import { openStore, type Store, WHOLE } from '../sources/elasticsearch/store.ts';
import type { AnomalyDocument } from './document.ts';
import { type About, ecsOf, type Sink, type Written } from './sink.ts';

const bulkAnswer = z.object({
  items: z.array(
    z.object({
      create: z.object({
        status: z.number(),
        error: z.looseObject({ type: z.string().optional(), reason: z.string().nullish() }).optional(),
      }),
    }),
  ),
});
const searchAnswer = z.object({ hits: z.object({ hits: z.array(z.object({ _id: z.string() })) }) });

/** The data stream of anomalies: created under ids of their own, so that what is sent twice is there once. */
export const openStoreSink = (config: Pick<Config, 'anomaly' | 'elk'>, about: About): Sink => {
  const store = openStore(config);
  const stream = streamName('anomaly', config.elk);
  const [type = '', , namespace = ''] = stream.split('-');
  const sourceOf = (document: AnomalyDocument): object => ({
    ...ecsOf(document, about),
    data_stream: { type, dataset: STREAMS.anomaly.dataset, namespace },
  });
  return {
    name: 'elasticsearch',
    async write(documents, { mayBeThere } = { mayBeThere: false }) {
      const there = mayBeThere ? await found(store, stream, documents.map(storedId)) : new Set<string>();
      const left = documents.filter((document) => !there.has(storedId(document)));
      if (left.length === 0) return documents.map(() => 'written' as const);
      const body = left.flatMap((document) => [{ create: { _id: storedId(document) } }, sourceOf(document)]);
      const answer = bulkAnswer.parse(await store.ask({ method: 'POST', path: `/${stream}/_bulk`, body }));
      const became = new Map(left.map((document, at) => [document, writtenOf(answer.items[at]?.create)]));
      return documents.map((document) => became.get(document) ?? 'written');
    },
    close: () => store.close(),
  };
};

/** One that began and the one that says that it ended have the same id, and are two documents. */
const storedId = ({ id, action }: AnomalyDocument): string => `${id}-${action.split('.')[1]}`;

/** An id is unique in one index only: after a rollover the store would take it again. */
const found = async (store: Store, stream: string, ids: readonly string[]): Promise<ReadonlySet<string>> => {
  const body = { size: ids.length, _source: false, query: { ids: { values: ids } } };
  const answer = searchAnswer.parse(await store.ask({ method: 'POST', path: `/${stream}/_search?${WHOLE}`, body }));
  return new Set(answer.hits.hits.map(({ _id }) => _id));
};

const TOO_MANY_REQUESTS = 429;

type Item = z.output<typeof bulkAnswer>['items'][number]['create'];

const writtenOf = (item: Item | undefined): Written => {
  if (item === undefined || item.status === TOO_MANY_REQUESTS || item.status >= 500) return 'later';
  if (item.status < 300 || item.status === 409) return 'written';
  // An index that is read-only for a while, because its disk is full, is no fault of the document.
  if (item.error?.type === 'cluster_block_exception') return 'later';
  return { refused: `${item.status}: ${(item.error?.reason ?? 'no reason').slice(0, 300)}` };
};
