import type { Report, SuiteOptions, Table } from '../suite.ts';
import { type Checkpoint, watchGrowth } from './growth.ts';
import { slopeOf } from './slope.ts';

const MIB = 1024 * 1024;
const CHECKPOINTS = 20;
const SMOKE_CHECKPOINTS = 4;
/** More than the tables of keys and tokens hold, so that these are at their bound when it is measured. */
const KEYS = 20_000;
const REQUESTS_PER_KEY = 5;
const PER = 100_000;
/** Until then the tables that are bounded fill, and code is compiled. */
const WARM_UP_SHARE = 0.25;

/** Sends so many requests, none like another, and shows what the service holds after every part of them. */
export const soakRequests = async (requests: number, { say, isSmoke }: SuiteOptions): Promise<Report> => {
  const keys = Math.min(KEYS, Math.ceil(requests / REQUESTS_PER_KEY));
  const parts = isSmoke ? SMOKE_CHECKPOINTS : CHECKPOINTS;
  const at = Array.from({ length: parts }, (_, index) => Math.ceil((requests * (index + 1)) / parts));
  const { checkpoints, statuses } = await watchGrowth({
    ...{ at, keys },
    onCheckpoint: ({ requests: sent, seconds, gateway }) =>
      say(`${sent} requests, ${(sent / seconds).toFixed(0)}/s: heap ${(gateway.heapBytes / MIB).toFixed(1)} MiB`),
  });
  return {
    suite: 'soak',
    settings: { requests, keys },
    ...{ models: [], comparisons: [], tables: [growthTable(checkpoints), checkpointTable(checkpoints)] },
    notes: [
      `growth leaves out the first ${WARM_UP_SHARE * 100} % of the requests; heaps are those after the garbage is gone`,
      `answers by status: ${Object.entries(statuses)
        .map(([status, count]) => `${status} ${count}`)
        .join(', ')}`,
    ],
  };
};

const MEASURES: readonly { readonly name: string; readonly read: (checkpoint: Checkpoint) => number }[] = [
  { name: 'heap MiB', read: ({ gateway }) => gateway.heapBytes / MIB },
  { name: 'external MiB', read: ({ gateway }) => gateway.externalBytes / MIB },
  { name: 'engine heap MiB', read: ({ engineHeapBytes }) => engineHeapBytes / MIB },
  { name: 'entries of maps and sets', read: ({ gateway }) => gateway.entries },
  { name: 'of the largest', read: ({ gateway }) => gateway.largest },
  { name: 'RSS MiB', read: ({ rssBytes }) => rssBytes / MIB },
  { name: 'series', read: ({ series }) => series },
  { name: 'handles', read: ({ gateway }) => gateway.handles },
  { name: 'open files', read: ({ gateway }) => gateway.files },
];

const growthTable = (checkpoints: readonly Checkpoint[]): Table => {
  const last = checkpoints.at(-1)?.requests ?? 0;
  const settled = checkpoints.filter(({ requests }) => requests >= last * WARM_UP_SHARE);
  return {
    title: 'growth',
    columns: ['measure', `per ${PER} requests`, 'first', 'last'],
    rows: MEASURES.map(({ name, read }) => [
      name,
      slopeOf(settled.map((checkpoint) => ({ x: checkpoint.requests / PER, y: read(checkpoint) }))),
      ...[settled[0], settled.at(-1)].map((checkpoint) => (checkpoint === undefined ? null : read(checkpoint))),
    ]),
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
