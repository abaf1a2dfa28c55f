import type { Asker } from './asker.ts';
import type { Lines, LogSource, MetricSource } from './sources/source.ts';

interface Options {
  readonly metrics: readonly MetricSource[];
  readonly logs: readonly LogSource[];
  readonly ask: Asker['ask'];
}

/** Who answers. */
export interface Present {
  /** Up to when everything that they measured is there. */
  readonly until: number;
  readonly sources: readonly MetricSource[];
}

export interface LinesRead {
  readonly errors: Lines['errors'];
  /** Whether they are those of all machines. */
  readonly isShared: boolean;
  readonly counts: Lines['counts'];
}

/** Asks the sources of numbers how far they are. One that is away or behind is not waited for. */
export const whoIsThere = async ({ metrics, ask }: Options, now: number): Promise<Present> => {
  const sources: MetricSource[] = [];
  let until = now;
  for (const source of metrics) {
    const { until: reaches } = source;
    const reached = reaches === undefined ? now : await ask(source.name, 'progress', () => reaches(now));
    if (reached === undefined) continue;
    sources.push(source);
    until = Math.min(until, reached);
  }
  return { until, sources };
};

/** All are read, so that each goes on where it was; the first that answers is believed, and what was counted is kept. */
export const readLines = async (
  { metrics, logs, ask }: Options,
  now: number,
  { sources }: Present,
): Promise<LinesRead | undefined> => {
  let chosen: LinesRead | undefined;
  for (const source of logs) {
    const isOf = ({ name }: MetricSource): boolean => name === source.name;
    const isBehind = metrics.some(isOf) && !sources.some(isOf);
    const lines = isBehind ? undefined : await ask(source.name, 'lines', () => source.read(now));
    if (lines === undefined) continue;
    const { errors, counts } = lines;
    const first = chosen ?? { errors, isShared: source.name === 'elasticsearch' };
    chosen = { ...first, counts };
  }
  return chosen;
};
