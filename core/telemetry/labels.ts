import type { MetricRow } from './metrics.ts';

/** Label values as callers hand them in. */
export type Labels = Readonly<Record<string, string | number>>;

/** Values of labels that only the running configuration knows, such as model ids. */
export type KnownValues = Readonly<Record<string, readonly string[]>>;

/** What a value outside its closed list is recorded as; the word OpenTelemetry uses. */
export const OTHER = '_OTHER';

/**
 * Keeps the series of one metric bounded: drops unknown labels, replaces values outside their closed list.
 * Returns the very object it was given when there is nothing to mend, so the usual call allocates nothing.
 */
export const createLabelGuard = (row: MetricRow, known: KnownValues): ((labels: Labels) => Labels) => {
  const lists = new Map(row.labels.map((label) => [label, closedList(row, known, label)]));
  const mended = (label: string, value: string | number): string | number | undefined => {
    const list = lists.get(label);
    if (list === undefined) return undefined;
    return list === 'open' || list.has(value) ? value : OTHER;
  };
  return (labels) => {
    for (const label in labels) {
      if (mended(label, labels[label] ?? '') !== labels[label]) return mendAll(labels, mended);
    }
    return labels;
  };
};

/** Every combination of the values of a metric whose labels are all closed; empty where one is open. */
export const closedCombinations = (row: MetricRow, known: KnownValues): Labels[] => {
  let combinations: Labels[] = [{}];
  for (const label of row.labels) {
    const values = row.values?.[label] ?? known[label] ?? [];
    combinations = combinations.flatMap((labels) => values.map((value) => ({ ...labels, [label]: value })));
  }
  return combinations;
};

const closedList = (row: MetricRow, known: KnownValues, label: string): ReadonlySet<string | number> | 'open' => {
  const values = row.values?.[label] ?? known[label];
  return values === undefined ? 'open' : new Set(values);
};

const mendAll = (labels: Labels, mended: (label: string, value: string | number) => string | number | undefined) => {
  const result: Record<string, string | number> = {};
  for (const [label, value] of Object.entries(labels)) {
    const kept = value === undefined ? undefined : mended(label, value);
    if (kept !== undefined) result[label] = kept;
  }
  return result;
};
