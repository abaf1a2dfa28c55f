import { SERIES, type Series } from '../../alerting/rules/series.ts';
import { METRICS, type MetricRow } from '../../core/telemetry/metrics.ts';
import { familyName, wireName } from '../../core/telemetry/wire-name.ts';
import { BESIDE } from './beside.ts';
import { parsePromql } from './promql/parse.ts';
import { namesIn } from './promql/walk.ts';
import { type Dimension, dimensionIn, dimensionOf, type Units } from './units.ts';

/** All series there can be: those of the catalogue, those that rules record, and those of the programs beside us. */
export interface SeriesTable extends Units {
  has(name: string): boolean;
  /** Whether it is one of the catalogue, as it is scraped. */
  isScraped(name: string): boolean;
  /** Whether it only grows, so that nothing but its growth says anything. */
  isCounter(name: string): boolean;
  /** The labels of a recorded series; undefined where they are not written down. */
  labelsOf(name: string): readonly string[] | undefined;
  /** What a recorded series is measured in by the expression of its rule, whatever is written down. */
  derived(name: string): Dimension | undefined;
}

/** A series that a rule records. */
export interface Recorded {
  readonly record: string;
  readonly expr: string;
}

const ROWS: readonly MetricRow[] = Object.values(METRICS);
const HISTOGRAMS = ROWS.filter(({ kind }) => kind === 'histogram');
const PARTS = ['bucket', 'count', 'sum'] as const;

const CATALOGUE: ReadonlyMap<string, string> = new Map(
  ROWS.flatMap((row): (readonly [string, string])[] =>
    row.kind === 'histogram'
      ? PARTS.map((part) => [`${familyName(row)}_${part}`, part === 'sum' ? row.unit : `{${row.name}}`])
      : [[wireName(row), row.unit]],
  ),
);
const OBSERVED: ReadonlyMap<string, string> = new Map(HISTOGRAMS.map((row) => [`${familyName(row)}_bucket`, row.unit]));
const COUNTERS: ReadonlySet<string> = new Set([
  ...ROWS.filter(({ kind }) => kind === 'counter').map(wireName),
  ...HISTOGRAMS.flatMap((row) => PARTS.map((part) => `${familyName(row)}_${part}`)),
]);

/** What is written down of recorded series. */
const WRITTEN: ReadonlyMap<string, Series> = new Map(Object.values<Series>(SERIES).map((row) => [row.record, row]));

/** The unit that is written beside buckets is that of their bounds. */
const writtenUnit = (name: string): string | undefined =>
  name.includes(':bucket_') ? undefined : WRITTEN.get(name)?.unit;

export const seriesTable = (recordings: readonly Recorded[]): SeriesTable => {
  const recorded = new Map(recordings.map(({ record, expr }) => [record, expr]));
  const known = new Map<string, Dimension | undefined>();
  /** What several rules write together has no expression of its own. */
  const shared = new Set(
    recordings.filter(({ record, expr }) => recorded.get(record) !== expr).map(({ record }) => record),
  );
  const fromRule = (name: string): Dimension | undefined => {
    if (shared.has(name)) return undefined;
    const parsed = parsePromql(recorded.get(name) ?? '');
    return parsed.ok ? dimensionIn(parsed.expr, table) : undefined;
  };
  const table: SeriesTable = {
    has: (name) => CATALOGUE.has(name) || recorded.has(name) || BESIDE[name] !== undefined,
    isScraped: (name) => CATALOGUE.has(name),
    isCounter: (name) => COUNTERS.has(name) || (BESIDE[name] !== undefined && name.endsWith('_total')),
    labelsOf: (name) => WRITTEN.get(name)?.labels,
    derived: fromRule,
    of(name) {
      if (known.has(name)) return known.get(name);
      const unit = CATALOGUE.get(name) ?? writtenUnit(name) ?? BESIDE[name];
      known.set(name, unit === undefined ? fromRule(name) : dimensionOf(unit));
      return known.get(name);
    },
    ofObserved(name) {
      const unit = OBSERVED.get(name);
      if (unit !== undefined) return dimensionOf(unit);
      const parsed = parsePromql(recorded.get(name) ?? '');
      if (!parsed.ok) return undefined;
      return namesIn(parsed.expr)
        .map((one) => table.ofObserved(one))
        .find((one) => one !== undefined);
    },
  };
  return table;
};
