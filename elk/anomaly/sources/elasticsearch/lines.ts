import { z } from 'zod';
import type { LogLine } from '../../templates/novelty.ts';
import { lineOf } from '../ecs-line.ts';
import type { LogSource } from '../source.ts';
import { OWN_SERVICE } from './questions.ts';
import type { Store } from './store.ts';

interface Options {
  readonly store: Store;
  /** The data stream of the app logs. */
  readonly stream: string;
  /** At the first look, lines that came so long before. */
  readonly lookBackMs: number;
}

const PAGE = 500;
/** More error lines than this between two looks are counted, and not looked at. */
const MOST_PAGES = 4;
/** Between the stamp of its pipeline and being found a line is written and refreshed; what takes longer is not looked at. */
const SETTLE_MS = 5000;
const KEEP = '1m';

const FIELDS = ['log.level', 'service.name', 'event.action', 'error.code', 'error.message', 'message'];

const opened = z.object({ id: z.string() });
const page = z.object({
  pit_id: z.string().optional(),
  hits: z.object({
    hits: z.array(z.object({ _source: z.looseObject({}), sort: z.array(z.unknown()) })),
  }),
});

/**
 * Error lines of all machines in the order in which they came: by `event.ingested`, so that a line that was long on its way is seen
 * as well, once. A point in time keeps the pages apart.
 */
export const openStoreLines = ({ store, stream, lookBackMs }: Options): LogSource => {
  let seenUntil: number | undefined;
  return {
    name: 'elasticsearch',
    async read(now) {
      const from = seenUntil ?? now - SETTLE_MS - lookBackMs;
      const until = now - SETTLE_MS;
      const errors = until > from ? await readAll(store, stream, query(from, until)) : [];
      // Only now: what could not be had is asked for again.
      seenUntil = Math.max(from, until);
      return { errors };
    },
    close: async () => undefined,
  };
};

const query = (from: number, until: number): object => ({
  bool: {
    filter: [
      { range: { 'event.ingested': { gt: from, lte: until, format: 'epoch_millis' } } },
      { term: { 'log.level': 'error' } },
    ],
    must_not: [{ term: { 'service.name': OWN_SERVICE } }],
  },
});

const readAll = async (store: Store, stream: string, asked: object): Promise<readonly LogLine[]> => {
  const path = `/${stream}/_pit?keep_alive=${KEEP}&ignore_unavailable=true`;
  let { id } = opened.parse(await store.ask({ method: 'POST', path }));
  try {
    const errors: LogLine[] = [];
    for (let at = 0, after: readonly unknown[] | undefined; at < MOST_PAGES; at += 1) {
      const body = {
        ...{ size: PAGE, track_total_hits: false, query: asked, _source: FIELDS },
        ...{ pit: { id, keep_alive: KEEP }, sort: [{ 'event.ingested': 'asc' }] },
        ...(after === undefined ? {} : { search_after: after }),
      };
      const answer = page.parse(
        await store.ask({ method: 'POST', path: '/_search?allow_partial_search_results=false', body }),
      );
      id = answer.pit_id ?? id;
      const { hits } = answer.hits;
      errors.push(...hits.map(({ _source }) => lineOf(_source)));
      after = hits.at(-1)?.sort;
      if (hits.length < PAGE || after === undefined) break;
    }
    return errors;
  } finally {
    // Nothing is lost where it fails: it ends by itself.
    await store.ask({ method: 'DELETE', path: '/_pit', body: { id } }).catch(() => undefined);
  }
};
