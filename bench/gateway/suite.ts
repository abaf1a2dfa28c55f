import { cpuSeconds, type LoadPlan, quantile } from '../load/closed-loop.ts';
import { loadInWorker } from '../load/in-worker.ts';
import { treeCpuSeconds } from '../load/process-tree.ts';
import { medianOf } from '../stats/interval.ts';
import { type Judged, type Rounds, runRounds, type Sample, valuesOf } from '../stats/rounds.ts';
import { compare } from '../stats/verdict.ts';
import type { Bar, Comparison, Report, SuiteOptions, Table } from '../suite.ts';
import { runRefusals } from './refusals.ts';
import { CHUNK_MS, CHUNKS } from './reply.ts';
import { startTargets, TARGETS, type TargetName, type Targets } from './targets.ts';

interface GatewayCase {
  readonly name: string;
  readonly about: string;
  readonly connections: number;
  readonly requests: number;
  /** Requests per second; absent: as many as are answered. */
  readonly rate?: number;
  readonly isStream?: true;
  readonly judged: readonly (Judged<TargetName> & { readonly bar?: Bar })[];
}

const CPU = 'CPU us/request';
const P50 = 'p50 ms';
const CPU_OF_ALL = { measure: CPU, of: 'gateway', as: 'value' } as const;
const ADDED_P50 = { measure: P50, of: 'gateway', against: 'bare', as: 'difference' } as const;
const ADDED_P99 = { measure: 'p99 ms', of: 'gateway', against: 'bare', as: 'difference' } as const;

const CASES: readonly GatewayCase[] = [
  {
    ...{ name: 'json-1', about: 'one JSON answer, 1 connection', connections: 1, requests: 1000 },
    judged: [CPU_OF_ALL, ADDED_P50, ADDED_P99],
  },
  {
    ...{ name: 'json-64', about: 'one JSON answer, 64 connections, as fast as it goes' },
    ...{ connections: 64, requests: 4000 },
    judged: [{ ...CPU_OF_ALL, bar: { relation: 'atMost', value: 400, aim: 300 } }],
  },
  {
    ...{ name: 'json-64-paced', about: 'one JSON answer, 64 connections, 300 requests/s' },
    ...{ connections: 64, requests: 900, rate: 300 },
    judged: [{ ...ADDED_P50, bar: { relation: 'atMost', value: 1 } }, ADDED_P99, CPU_OF_ALL],
  },
  {
    ...{ name: 'stream-1', about: `${CHUNKS} streamed chunks, ${CHUNK_MS} ms apart, 1 connection` },
    ...{ connections: 1, requests: 50, isStream: true },
    judged: [CPU_OF_ALL, ADDED_P50],
  },
  {
    ...{ name: 'stream-64', about: `${CHUNKS} streamed chunks, ${CHUNK_MS} ms apart, 64 connections` },
    ...{ connections: 64, requests: 1500, isStream: true },
    judged: [CPU_OF_ALL, ADDED_P50],
  },
];

const PROMPT = 'Please summarise order 12345 in one sentence. '.repeat(6);
const SMOKE_REQUESTS = 64;
const SMOKE_CASES = ['json-1', 'json-64-paced', 'stream-64'];

/** What each part of the gateway costs: a bare Hono server, one part more each time, and the real gateway with its engine process. */
export const runGatewaySuite = async (options: SuiteOptions): Promise<Report> => {
  const wanted = options.cases ?? (options.isSmoke ? SMOKE_CASES : undefined);
  const cases = CASES.filter(({ name }) => wanted?.includes(name) ?? true);
  const endsAt = performance.now() + options.minutes * 60_000;
  const comparisons: Comparison[] = [];
  const tables: Table[] = [];
  // First, and alone: the gateways of the other cases would share its cores.
  const refusals = await runRefusals({ ...options, deadline: performance.now() + (options.minutes * 60_000) / 4 });
  comparisons.push(...refusals.comparisons);
  if (cases.length === 0) return reportOf(comparisons, refusals.tables);
  await using targets = await startTargets();
  for (const name of options.isSmoke ? [] : TARGETS) await warmUp(targets, name);
  for (const [index, one] of cases.entries()) {
    const deadline = performance.now() + (endsAt - performance.now()) / (cases.length - index);
    const rounds = await runCase(one, targets, { ...options, deadline });
    comparisons.push(...one.judged.map((judged) => comparisonOf(one, rounds, judged)));
    tables.push(tableOf(one, rounds));
  }
  return reportOf(comparisons, [...tables, ...refusals.tables]);
};

const reportOf = (comparisons: readonly Comparison[], tables: readonly Table[]): Report => ({
  suite: 'gateway',
  settings: { engine: 'scripted', promptCharacters: PROMPT.length, chunks: CHUNKS, chunkMs: CHUNK_MS },
  ...{ models: [], comparisons, tables },
  notes: ['each target has all parts of those above it; CPU is of the server process, without the engine process'],
});

const comparisonOf = (
  { name }: GatewayCase,
  rounds: Rounds<TargetName>,
  { bar, ...judged }: GatewayCase['judged'][number],
): Comparison => compare(rounds, judged, { model: 'scripted', case: name, ...(bar === undefined ? {} : { bar }) });

const runCase = (
  one: GatewayCase,
  targets: Targets,
  options: SuiteOptions & { readonly deadline: number },
): Promise<Rounds<TargetName>> =>
  runRounds<TargetName>({
    variants: TARGETS,
    measure: (target) => measure(one, targets, target, options.isSmoke),
    judged: one.judged.slice(0, 1),
    ...{ minRounds: options.minRounds ?? 5, maxRounds: options.maxRounds ?? 30, deadline: options.deadline },
    now: () => performance.now(),
    onRound: ({ gateway }) =>
      options.say(`${one.name} round ${gateway.length}: gateway ${gateway.at(-1)?.[CPU]?.toFixed(0)} us/request`),
  });

const measure = async (one: GatewayCase, targets: Targets, name: TargetName, isSmoke: boolean): Promise<Sample> => {
  const { pid, ...address } = targets.of[name];
  const requests = isSmoke ? SMOKE_REQUESTS : one.requests;
  const cpu = () => ({ own: cpuSeconds(pid), tree: treeCpuSeconds(pid) });
  let before = cpu();
  const result = await loadInWorker({ ...planOf(targets, one), ...address, requests }, () => {
    before = cpu();
  });
  const own = cpuSeconds(pid) - before.own;
  const engine = treeCpuSeconds(pid) - before.tree - own;
  if (result.failures > 0)
    throw new Error(`${name}, ${one.name}: expected 200 each time, got ${result.failures} others`);
  return {
    'requests/s': result.requests / result.seconds,
    [P50]: quantile(result.latencies, 0.5),
    'p99 ms': quantile(result.latencies, 0.99),
    [CPU]: (own / result.requests) * 1e6,
    'engine CPU us/request': (engine / result.requests) * 1e6,
  };
};

const planOf = ({ headers }: Targets, one: GatewayCase): Omit<LoadPlan, 'url' | 'requests'> => ({
  path: '/api/v1/inference',
  headers,
  body: JSON.stringify({
    ...{ prompt: PROMPT, maxTokens: 64 },
    ...(one.isStream === true ? { model: 'streamed', stream: true } : { model: 'whole' }),
  }),
  connections: one.connections,
  ...(one.rate === undefined ? {} : { rate: one.rate }),
});

const WARM_UP_REQUESTS = 1000;

/** Code that never ran is slow, and a server that begins with it is not what its users see. */
const warmUp = async (targets: Targets, name: TargetName): Promise<void> => {
  const [whole] = CASES;
  const streamed = CASES.at(-1);
  const { pid: _pid, ...address } = targets.of[name];
  for (const one of [whole, streamed]) {
    if (one !== undefined)
      await loadInWorker({ ...planOf(targets, one), ...address, connections: 16, requests: WARM_UP_REQUESTS });
  }
};

const COLUMNS = ['requests/s', P50, 'p99 ms', CPU, 'engine CPU us/request'] as const;

const tableOf = ({ name, about }: GatewayCase, rounds: Rounds<TargetName>): Table => ({
  title: `${name}: ${about}`,
  columns: ['target', ...COLUMNS],
  rows: TARGETS.map((target) => [
    target,
    ...COLUMNS.map((measure) => medianOf(valuesOf(rounds, { measure, of: target, as: 'value' }))),
  ]),
});
