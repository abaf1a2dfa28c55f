import { mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { treeRssBytes } from '../load/process-tree.ts';
import { sendGenerations } from '../load/send.ts';
import { type BenchModel, benchModel } from '../models/models.ts';
import { completionBody } from '../peer/cases.ts';
import { checkLoad, completionTokens } from '../peer/sample.ts';
import { type Server, startOurs } from '../peer/servers.ts';
import type { Report, SuiteOptions, Table } from '../suite.ts';
import { probeEnv } from './ask-held.ts';
import type { ProbeReading } from './probe.ts';
import { soakRequests } from './requests.ts';
import { slopeOf } from './slope.ts';

const CAPACITY = { slots: 16, context: 2048 };
const MIB = 1024 * 1024;
const MS_PER_HOUR = 3_600_000;
/** The first part of the time, in which memory grows until everything has run once, says nothing of a leak. */
const WARM_UP_SHARE = 0.25;

/** How the service was at one moment: all its processes, but the delay is that of the gateway, whose loop must stay free. */
interface Reading extends ProbeReading {
  readonly atMs: number;
  readonly rssBytes: number;
  readonly tokens: number;
}

/** With `--requests`, so many of them; otherwise as many as there is time for. */
export const runSoakSuite = (options: SuiteOptions): Promise<Report> =>
  options.requests === undefined ? soakForMinutes(options) : soakRequests(options.requests, options);

/** Streams answers for as long as it is told to, and watches memory, handles and event loops of the service's processes. */
const soakForMinutes = async (options: SuiteOptions): Promise<Report> => {
  const model = await benchModel(options.models?.includes('135m') === true ? '135m' : '15m', options.env);
  const folder = mkdtempSync(join(tmpdir(), 'clawdbot-soak-'));
  const env = probeEnv(folder, options.env);
  const server = await startOurs(model, { ...CAPACITY, threads: options.threads }, { start: { env } });
  try {
    const readings = await soak(server, model, folder, options);
    return {
      suite: 'soak',
      settings: { minutes: options.minutes, threads: options.threads, ...CAPACITY, connections: 8 },
      ...{ models: [model.fact], comparisons: [], tables: tablesOf(readings) },
      notes: [
        `slopes leave out the first ${WARM_UP_SHARE * 100} % of the time; the delay is that of the gateway process`,
      ],
    };
  } finally {
    await server.stop();
    rmSync(folder, { recursive: true, force: true });
  }
};

const soak = async (
  server: Server,
  model: BenchModel,
  folder: string,
  { minutes, isSmoke, say }: SuiteOptions,
): Promise<readonly Reading[]> => {
  const startedAt = performance.now();
  const readings: Reading[] = [];
  for (let turn = 0; readings.length < 4 || performance.now() - startedAt < minutes * 60_000; turn += 1) {
    const tokens = await loadOnce(server, model, turn, isSmoke);
    const reading = { ...read(folder, server), atMs: performance.now() - startedAt, tokens };
    readings.push(reading);
    say(
      `${(reading.atMs / 60_000).toFixed(1)} min: RSS ${(reading.rssBytes / MIB).toFixed(0)} MiB, ${reading.files} files`,
    );
  }
  return readings;
};

/** Prompts of several lengths, some the same as before, streamed; every fifth turn with more clients than slots. */
const loadOnce = async (server: Server, { prompt }: BenchModel, turn: number, isSmoke: boolean): Promise<number> => {
  const { url, ca, headers } = server;
  const requests = isSmoke ? 8 : 64;
  const bodies = Array.from({ length: requests }, (_, index) => {
    const isShared = index % 4 === 0;
    const text = (isShared ? prompt(128, 'shared') : '') + prompt(16 + ((index * 37) % 200), `soak ${turn} ${index}`);
    return completionBody({ prompt: text, maxTokens: isSmoke ? 4 : 48, isStream: index % 2 === 0 });
  });
  const result = await sendGenerations({
    ...{ url, headers, path: '/v1/completions', ...(ca === undefined ? {} : { ca }) },
    lanes: [{ name: 'soak', connections: turn % 5 === 4 ? 2 * CAPACITY.slots : 8, bodies }],
  });
  checkLoad(server.name, 'soak', result);
  return completionTokens(result.answers);
};

const read = (folder: string, { pid }: Server): Omit<Reading, 'atMs' | 'tokens'> => {
  const all = new Map(
    readdirSync(folder)
      .filter((file) => file.endsWith('.json'))
      // Our own probe wrote it.
      .map((file) => [Number.parseInt(file, 10), JSON.parse(readFileSync(join(folder, file), 'utf8')) as ProbeReading]),
  );
  const sumOf = (pick: (one: ProbeReading) => number) => [...all.values()].reduce((sum, one) => sum + pick(one), 0);
  const gateway = all.get(pid);
  return {
    rssBytes: treeRssBytes(pid),
    handles: sumOf(({ handles }) => handles),
    files: sumOf(({ files }) => files),
    delayP99Ms: gateway?.delayP99Ms ?? 0,
    delayMaxMs: gateway?.delayMaxMs ?? 0,
  };
};

const tablesOf = (readings: readonly Reading[]): Table[] => {
  const endsAt = readings.at(-1)?.atMs ?? 0;
  const settled = readings.filter(({ atMs }) => atMs >= endsAt * WARM_UP_SHARE);
  const [first, last] = [settled[0], settled.at(-1)];
  const perHour = slopeOf(settled.map(({ atMs, rssBytes }) => ({ x: atMs / MS_PER_HOUR, y: rssBytes / MIB })));
  const tokens = readings.reduce((sum, reading) => sum + reading.tokens, 0);
  return [
    {
      title: 'over the whole run',
      columns: ['measure', 'value'],
      rows: [
        ['minutes', endsAt / 60_000],
        ['answer tokens', tokens],
        ['RSS MiB per hour', perHour],
        ['RSS MiB, first and last', `${mib(first)} and ${mib(last)}`],
        ['handles, first and last', `${first?.handles} and ${last?.handles}`],
        ['open files, first and last', `${first?.files} and ${last?.files}`],
        ['event-loop delay p99 ms, worst second', Math.max(...settled.map(({ delayP99Ms }) => delayP99Ms))],
        ['event-loop delay ms, longest', Math.max(...settled.map(({ delayMaxMs }) => delayMaxMs))],
      ],
    },
    {
      title: 'by time',
      columns: ['minute', 'RSS MiB', 'handles', 'open files'],
      rows: thinned(readings).map((one) => [one.atMs / 60_000, one.rssBytes / MIB, one.handles, one.files]),
    },
  ];
};

const mib = (reading: Reading | undefined): string => ((reading?.rssBytes ?? 0) / MIB).toFixed(0);

const MOST_ROWS = 60;

const thinned = (readings: readonly Reading[]): readonly Reading[] => {
  const every = Math.ceil(readings.length / MOST_ROWS);
  return readings.filter((_, index) => index % every === 0);
};
