import { isMet } from '../stats/verdict.ts';
import type { Bar, Cell, Table } from '../suite.ts';
import { blockRatios, effectOf, quantileOf } from './effect.ts';
import { type PhaseResult, SIGNALS } from './phase.ts';

const MIB = 1024 * 1024;
const PERCENTILES = { p50: 0.5, p99: 0.99 } as const;
/** What a dead receiver may add to a request. */
const LATENCY_BARS = { p50: { relation: 'atMost', value: 1.05 }, p99: { relation: 'atMost', value: 1.2 } } as const;
/** The queues, which are full after seconds, and what is on its way, which comes and goes; nothing more with time. */
const MEMORY_BARS = { overUp: 16, growth: 4 } as const;
/** An export that nobody answers ends after 10 s, the longest pause is 5 s and metrics go every 5 s. */
const RECOVERY_BAR_SECONDS = 25;

/** Latency, memory and exports, a row each phase. */
export const tablesOf = (phases: readonly PhaseResult[]): readonly Table[] => [
  latencyTable(phases, 'p50'),
  latencyTable(phases, 'p99'),
  memoryTable(phases),
  exportTable(phases),
];

const latencyTable = (phases: readonly PhaseResult[], which: 'p50' | 'p99'): Table => {
  const share = PERCENTILES[which];
  const bar: Bar = LATENCY_BARS[which];
  const ratios = phases.map(({ pair }) => blockRatios(pair, share));
  const without = phases.flatMap(({ mood }, index) => (mood === 'up' ? (ratios[index] ?? []) : []));
  return {
    title: `${which} of whole answers`,
    columns: ['receiver', 'requests', 'ms', 'beside', 'blocks', 'effect', 'from', 'to', 'bar', 'met'],
    rows: phases.map(({ name, pair: [own, beside] }, index) => {
      const effect = effectOf(ratios[index] ?? [], without);
      return [
        ...[name, own.length, quantileOf(own, share), quantileOf(beside, share), effect.count],
        ...[effect.median, effect.lower, effect.upper, `<= ${bar.value}`, isMet(effect, bar) ? 'yes' : 'no'],
      ];
    }),
  };
};

const memoryTable = (phases: readonly PhaseResult[]): Table => ({
  title: 'memory',
  columns: [
    ...['receiver', 'heap MiB', 'over up', 'bar', 'met', 'growth', 'bar', 'met'],
    ...['most RSS MiB', 'entries of maps and sets', 'handles'],
  ],
  rows: phases.map(({ name, heaps, held, mostRssBytes }, index) => {
    const [first, last] = [heaps[0], heaps.at(-1)];
    const before = phases[index - 1]?.heaps.at(-1);
    return [
      ...[name, held.heapBytes / MIB],
      ...judged(difference(before, last), MEMORY_BARS.overUp),
      ...judged(heaps.length > 1 ? difference(first, last) : undefined, MEMORY_BARS.growth),
      ...[mostRssBytes / MIB, held.entries, held.handles],
    ];
  }),
});

const exportTable = (phases: readonly PhaseResult[]): Table => ({
  title: 'exports',
  columns: [
    ...['receiver', ...SIGNALS.map((signal) => `${signal} taken`), 'failed so far', 'dropped so far'],
    ...['seconds to recover', 'bar', 'met'],
  ],
  rows: phases.map(({ name, taken, failedExports, dropped, recoverySeconds }) => [
    name,
    ...SIGNALS.map((signal) => taken.get(signal) ?? 0),
    failedExports,
    dropped,
    ...judged(recoverySeconds, RECOVERY_BAR_SECONDS),
  ]),
});

/** MiB more. */
const difference = (from: number | undefined, to: number | undefined): number | undefined =>
  from === undefined || to === undefined ? undefined : (to - from) / MIB;

/** A value, the most it may be and whether it is met, in cells. */
const judged = (value: number | undefined, bar: number): Cell[] =>
  value === undefined ? [null, null, null] : [value, `<= ${bar}`, value <= bar ? 'yes' : 'no'];
