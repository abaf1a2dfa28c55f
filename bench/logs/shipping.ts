import { fork } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as wait } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { streamName } from '../../elk/streams.ts';
import { startOpenSearch } from '../../tests/elk/programs/stores.ts';
import { startShipping } from '../../tests/elk/shipping.ts';
import { createStoreClient, type StoreClient } from '../../tests/elk/store-client.ts';
import { putTemplate } from '../../tests/elk/templates.ts';
import { cpuSeconds } from '../load/closed-loop.ts';
import type { Table } from '../suite.ts';
import { RSS_BAR_MIB, sampleRss } from './filebeat-memory.ts';
import type { WritePlan } from './writer.ts';

const WRITER = fileURLToPath(new URL('writer.ts', import.meta.url));
const NAMESPACE = 'bench';
const STREAM = streamName('access', { namespace: NAMESPACE });
const LOOK_MS = 1000;
/** Seconds without one more line after which the rest is given up. */
const PATIENCE = 120;

export interface ShippingPlan {
  readonly lines: number;
  readonly perSecond: number;
  readonly say: (line: string) => void;
}

export interface Shipped {
  readonly written: number;
  readonly writtenIn: number;
  readonly droppedByWriter: number;
  /** Different request ids in the store, and documents: the same where nothing was lost or doubled. */
  readonly foundIds: number;
  readonly foundLines: number;
  readonly foundAfter: number;
  /** Of Filebeat, in MiB. */
  readonly rss: { readonly highest: number; readonly last: number };
  readonly filebeatCpuSeconds: number;
  /** From the time in a line to its coming into the store, in milliseconds, at some percentiles. */
  readonly delays: Readonly<Record<string, number | null>>;
}

/** Writes lines at a rate, ships them with the configuration that is shipped, and waits until they are found. */
export const shipLines = async ({ lines, perSecond, say }: ShippingPlan): Promise<Shipped> => {
  await using life = new AsyncDisposableStack();
  const data = life.adopt(mkdtempSync(join(tmpdir(), 'clawdbot-bench-logs-')), (dir) =>
    rmSync(dir, { recursive: true, force: true }),
  );
  const store = life.adopt(await startOpenSearch(), (one) => one.stop());
  const client = createStoreClient(store.url);
  await putTemplate(client);
  const filebeat = life.adopt(await startShipping({ data, store: store.url, namespace: NAMESPACE }), (one) =>
    one.stop(),
  );
  const rss = life.use(sampleRss(filebeat.pid));

  const startedAt = performance.now();
  const { seconds, dropped } = await write({ dir: join(data, 'logs'), lines, perSecond });
  say(`${lines} lines written in ${seconds.toFixed(1)} s`);
  const foundLines = await foundAll(client, lines, say);
  return {
    ...{ written: lines, writtenIn: seconds, droppedByWriter: dropped, foundLines },
    rss: { highest: rss.highestMib(), last: rss.lastMib() },
    foundAfter: (performance.now() - startedAt) / 1000,
    filebeatCpuSeconds: cpuSeconds(filebeat.pid),
    ...(await look(client)),
  };
};

const write = async (plan: WritePlan): Promise<{ readonly seconds: number; readonly dropped: number }> => {
  const writer = fork(WRITER, { execArgv: [] });
  writer.send(plan);
  const [result] = await once(writer, 'message');
  return result;
};

const foundAll = async (client: StoreClient, lines: number, say: (line: string) => void): Promise<number> => {
  let count = 0;
  for (let still = 0; still < PATIENCE && count < lines; ) {
    await wait(LOOK_MS);
    await client.ask('POST', `/${STREAM}/_refresh?ignore_unavailable=true`);
    const now = await client.count(STREAM);
    still = now > count ? 0 : still + 1;
    count = now;
    if (still === 0) say(`${count} of ${lines} found`);
  }
  return count;
};

const PERCENTS = ['50.0', '90.0', '99.0', '100.0'] as const;

const look = async (client: StoreClient): Promise<Pick<Shipped, 'foundIds' | 'delays'>> => {
  const answer = await client.ask('POST', `/${STREAM}/_search`, {
    size: 0,
    aggs: {
      ids: { cardinality: { field: 'http.request.id', precision_threshold: 40_000 } },
      delays: { percentiles: { field: 'clawdbot.lag_ms', percents: PERCENTS.map(Number) } },
    },
  });
  // Safe: the shape of the answer to these aggregations.
  const { delays } = (answer as { aggregations: { delays: { values: Record<string, number | null> } } }).aggregations;
  return { foundIds: await countIds(client), delays: delays.values };
};

/** Counted one by one: an estimate is no proof that none is missing. */
const countIds = async (client: StoreClient): Promise<number> => {
  const ids = new Set<string>();
  for (let after: object | undefined; ; ) {
    const answer = await client.ask('POST', `/${STREAM}/_search`, {
      size: 0,
      aggs: {
        page: {
          composite: {
            size: 10_000,
            sources: [{ id: { terms: { field: 'http.request.id' } } }],
            ...(after === undefined ? {} : { after }),
          },
        },
      },
    });
    // Safe: the shape of the answer to this aggregation.
    const { page } = (answer as { aggregations: { page: Page } }).aggregations;
    for (const { key } of page.buckets) ids.add(key.id);
    after = page.after_key;
    if (after === undefined) return ids.size;
  }
};

interface Page {
  readonly buckets: readonly { readonly key: { readonly id: string } }[];
  readonly after_key?: object;
}

/** What shipping came to, a line for each figure. */
export const shippedTable = (title: string, shipped: Shipped): Table => {
  const { written, writtenIn, droppedByWriter, foundIds, foundLines, foundAfter, rss, delays } = shipped;
  const delay = (percent: (typeof PERCENTS)[number]): number => Math.round(delays[percent] ?? 0);
  return {
    title,
    columns: ['figure', 'value', 'bar'],
    rows: [
      ['lines written', written, null],
      ['seconds of writing', round(writtenIn), null],
      ['lines the writer dropped', droppedByWriter, '0'],
      ['lines lost', written - foundIds, '0'],
      ['lines there twice', foundLines - foundIds, '0'],
      ['seconds until all were found', round(foundAfter), null],
      ['found per second', Math.round(foundLines / foundAfter), null],
      ['Filebeat RSS, highest MiB', rss.highest, `${RSS_BAR_MIB}`],
      ['Filebeat RSS, at the end MiB', rss.last, null],
      ['Filebeat CPU us/line', Math.round((shipped.filebeatCpuSeconds / written) * 1e6), null],
      ['delay ms, median', delay('50.0'), null],
      ['delay ms, p90', delay('90.0'), null],
      ['delay ms, p99', delay('99.0'), null],
      ['delay ms, longest', delay('100.0'), null],
    ],
  };
};

const round = (value: number): number => Math.round(value * 10) / 10;
