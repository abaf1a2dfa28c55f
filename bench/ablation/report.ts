import type { BenchModel } from '../models/models.ts';
import { medianOf } from '../stats/interval.ts';
import { type Rounds, valuesOf } from '../stats/rounds.ts';
import { compare } from '../stats/verdict.ts';
import type { Bar, Cell, Comparison, Report } from '../suite.ts';
import type { StepMemory } from './memory.ts';
import { BEFORE_CACHE, CONTEXT, SLOTS, type Step, type Weights, WITH_CACHE } from './steps.ts';
import { WORKLOADS } from './workloads.ts';

interface Measured {
  readonly steps: readonly Step[];
  readonly rounds: Rounds<string>;
  readonly memory: ReadonlyMap<string, StepMemory>;
  readonly models: Readonly<Record<Weights, BenchModel>>;
  readonly threads: number;
}

const MIB = 1024 * 1024;
const NAIVE = 'naive';
const THROUGHPUT: Bar = { relation: 'atLeast', value: 3.2, aim: 5 };
const QPS: Bar = { relation: 'atLeast', value: 7.25 };
/** The naive service's latency is to be 4.2 times ours. */
const LATENCY: Bar = { relation: 'atMost', value: 1 / 4.2 };
const MEMORY: Bar = { relation: 'atMost', value: 0.42, aim: 0.3 };

/** What decides how many rounds there are. */
export const LEADING_RATIO = { measure: 'A tokens/s', against: NAIVE, as: 'ratio' } as const;

/** The ladder as a table, and the whole of it against the naive service. */
export const ablationReport = (measured: Measured): Report => {
  const { steps, models, threads } = measured;
  return {
    suite: 'ablation',
    settings: { threads, capacityTokens: SLOTS * CONTEXT, clients: SLOTS, api: '/v1/completions' },
    models: [models.f16.fact, models.q4_1.fact],
    comparisons: comparisonsOf(measured),
    tables: [
      {
        title: 'each step has all those above it (medians over the rounds; memory in MiB as llama.cpp reports it)',
        columns: [
          ...['step', 'A tokens/s', 'A latency p50 ms', 'B tokens/s', 'B requests/s', 'B latency p50 ms'],
          ...['weights', 'KV', 'compute', 'memory', 'RSS'],
        ],
        rows: steps.map((step) => rowOf(step, measured)),
      },
    ],
    notes: [
      'A: 32 distinct requests of 64 + 64 tokens, 16 clients',
      'B: a shared system prompt of 1,024 tokens + 64 + 32, 32 requests, 16 clients, a quarter of the requests identical',
      `the bars of throughput and latency are for the better of A and B, with the response cache off (${BEFORE_CACHE})`,
      'memory is for the same 16 x 2,048 tokens of key-value memory in every step',
    ],
  };
};

const rowOf = ({ name }: Step, { rounds, memory }: Measured): readonly Cell[] => {
  const usual = (measure: string) => medianOf(valuesOf(rounds, { measure, of: name, as: 'value' }));
  const bytes = memory.get(name);
  const mib = (value: number | undefined) => (value === undefined ? null : Math.round(value / MIB));
  return [
    ...[name, usual('A tokens/s'), usual('A latency p50 ms'), usual('B tokens/s')],
    ...[usual('B requests/s'), usual('B latency p50 ms')],
    ...[bytes?.weights, bytes?.kv, bytes?.compute, bytes?.total, bytes?.rss].map(mib),
  ];
};

const comparisonsOf = (measured: Measured): Comparison[] => {
  const { rounds, steps } = measured;
  const has = (wanted: string): boolean => steps.some(({ name }) => name === wanted);
  const model = measured.models.q4_1.name;
  const against = (of: string, measure: string, bar?: Bar): Comparison =>
    compare(
      rounds,
      { measure, of, against: NAIVE, as: 'ratio' },
      { model, case: of === WITH_CACHE ? 'cache on' : 'cache off', ...(bar === undefined ? {} : { bar }) },
    );
  const kinds = [
    { kind: 'tokens/s', bar: THROUGHPUT, better: Math.max },
    { kind: 'latency p50 ms', bar: LATENCY, better: Math.min },
  ];
  const all = !has(BEFORE_CACHE)
    ? []
    : kinds.flatMap(({ kind, bar, better }) => {
        const both = WORKLOADS.map((workload) => against(BEFORE_CACHE, `${workload} ${kind}`));
        const best = better(...both.map(({ estimate }) => estimate.median));
        return both.map((one) => (one.estimate.median === best ? { ...one, bar } : one));
      });
  const cached = has(WITH_CACHE)
    ? [against(WITH_CACHE, 'B requests/s', QPS), against(WITH_CACHE, 'B tokens/s'), against(WITH_CACHE, 'A tokens/s')]
    : [];
  return [...all, ...cached, ...memoryComparison(measured)];
};

const memoryComparison = ({ memory, models }: Measured): Comparison[] => {
  const [naive, all] = [memory.get(NAIVE), memory.get(BEFORE_CACHE)];
  if (naive === undefined || all === undefined) return [];
  const ratio = all.total / naive.total;
  return [
    {
      ...{ model: models.q4_1.name, case: 'cache off', measure: 'memory MiB', as: 'ratio', bar: MEMORY },
      ...{ ours: all.total / MIB, theirs: naive.total / MIB },
      estimate: { median: ratio, lower: ratio, upper: ratio, count: 1 },
    },
  ];
};
