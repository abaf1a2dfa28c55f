import type { Report, SuiteOptions, Table } from '../suite.ts';
import { type Checkpoint, watchGrowth } from './growth.ts';
import { slopeOf } from './slope.ts';

const MIB = 1024 * 1024;
const CHECKPOINTS = 40;
const SMOKE_CHECKPOINTS = 4;
/** More than the tables of keys and tokens hold, so that these are at their bound when it is measured. */
const KEYS = 20_000;
const REQUESTS_PER_KEY = 5;
const PER = 100_000;
/** Until then the tables that are bounded fill, and code is compiled. */
const WARM_UP_SHARE = 0.25;

/**
 * Sends so many requests, none like another, and shows what the service holds after every part of them. With `--minutes`
 * it ends with the part in which these are over.
 */
export const soakRequests = async (requests: number, options: SuiteOptions): Promise<Report> => {
  const { say, isSmoke, minutes } = options;
  const endsAt = isSmoke ? Number.POSITIVE_INFINITY : performance.now() + minutes * 60_000;
  const keys = Math.min(KEYS, Math.ceil(requests / REQUESTS_PER_KEY));
  const parts = isSmoke ? SMOKE_CHECKPOINTS : CHECKPOINTS;
  const at = Array.from({ length: parts }, (_, index) => Math.ceil((requests * (index + 1)) / parts));
  const { checkpoints, statuses } = await watchGrowth({
    ...{ at, keys, isOver: () => performance.now() > endsAt },
    onCheckpoint: ({ requests: sent, seconds, gateway }) =>
      say(`${sent} requests, ${(sent / seconds).toFixed(0)}/s: heap ${(gateway.heapBytes / MIB).toFixed(1)} MiB`),
  });
  return {
    suite: 'soak',
    settings: { requests: checkpoints.at(-1)?.requests ?? 0, of: requests, keys },
    ...{ models: [], comparisons: [], tables: [growthTable(checkpoints), checkpointTable(checkpoints)] },
    notes: [
      `growth leaves out the first ${WARM_UP_SHARE * 100} % of the requests; heaps are those after the garbage is gone`,
      `answers by status: ${Object.entries(statuses)
        .map(([status, count]) => `${status} ${count}`)
        .join(', ')}`,
    ],
  };
};

/**
 * `bar`: the most it may grow per 100,000 requests. Two bytes of a request would be 0.2 MiB, one entry of a thousand
 * requests 100; what was resident once is never given back, so that has none.
 */
const MEASURES: readonly {
  readonly name: string;
  readonly read: (checkpoint: Checkpoint) => number;
  readonly bar?: number;
}[] = [
  { name: 'heap MiB', read: ({ gateway }) => gateway.heapBytes / MIB, bar: 0.2 },
  { name: 'external MiB', read: ({ gateway }) => gateway.externalBytes / MIB, bar: 0.2 },
  { name: 'engine heap MiB', read: ({ engineHeapBytes }) => engineHeapBytes / MIB, bar: 0.2 },
  { name: 'entries of maps and sets', read: ({ gateway }) => gateway.entries, bar: 100 },
  { name: 'of the largest', read: ({ gateway }) => gateway.largest, bar: 1 },
  { name: 'RSS MiB', read: ({ rssBytes }) => rssBytes / MIB },
  { name: 'series', read: ({ series }) => series, bar: 1 },
  { name: 'handles', read: ({ gateway }) => gateway.handles, bar: 1 },
  { name: 'open files', read: ({ gateway }) => gateway.files, bar: 1 },
];

const growthTable = (checkpoints: readonly Checkpoint[]): Table => {
  const last = checkpoints.at(-1)?.requests ?? 0;
  const settled = checkpoints.filter(({ requests }) => requests >= last * WARM_UP_SHARE);
  return {
    title: 'growth',
    columns: ['measure', `per ${PER} requests`, 'bar', 'met', 'first', 'last'],
    rows: MEASURES.map(({ name, read, bar }) => {
      const slope = slopeOf(settled.map((checkpoint) => ({ x: checkpoint.requests / PER, y: read(checkpoint) })));
      const ends = [settled[0], settled.at(-1)].map((one) => (one === undefined ? null : read(one)));
      return [name, slope, ...(bar === undefined ? [null, null] : [`<= ${bar}`, slope <= bar ? 'yes' : 'no']), ...ends];
    }),
  };
};

const checkpointTable = (checkpoints: readonly Checkpoint[]): Table => ({
  title: 'by requests',
  columns: ['requests', 'minute', ...MEASURES.map(({ name }) => name)],
  rows: checkpoints.map((checkpoint) => [
    checkpoint.requests,
    checkpoint.seconds / 60,
    ...MEASURES.map(({ read }) => read(checkpoint)),
  ]),
});
