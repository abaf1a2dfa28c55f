import type { Redactor } from '../../services/inference/redact/redactor.ts';
import { medianInterval, medianOf } from '../stats/interval.ts';
import type { SuiteOptions } from '../suite.ts';
import { HOSTILE, hostileBody } from './hostile.ts';
import type { Part } from './part.ts';

const BAR = { relation: 'atMost', value: 100 } as const;
/** What a stream gets at a time. */
const PIECE = 4;

/** How long a megabyte takes that was made to take long, at once and in pieces of four units. */
export const measureHostile = async (redactor: Redactor, options: SuiteOptions): Promise<Part> => {
  const bytes = options.isSmoke ? 20_000 : 1_000_000;
  const turns = options.isSmoke ? 1 : 5;
  const measured = Object.entries(HOSTILE).map(([name, unit]) => {
    const body = hostileBody(unit, bytes);
    const times = Array.from({ length: turns }, () => msOf(() => void redactor.redact(body)));
    const quarter = msOf(() => void redactor.redact(hostileBody(unit, bytes / 4)));
    return { name, times, ms: medianOf(times), quarter, streamMs: msOf(() => streamed(redactor, body)) };
  });
  const worst = measured.reduce((slowest, one) => (one.ms > slowest.ms ? one : slowest));
  const about = { model: 'none', measure: 'ms per hostile MB', theirs: null, as: 'value', bar: BAR } as const;
  return {
    comparisons: [{ ...about, case: `worst: ${worst.name}`, ours: worst.ms, estimate: medianInterval(worst.times) }],
    tables: [
      {
        title: 'hostile bodies of 1 MB',
        columns: ['repeated', 'ms', 'ms for a quarter of it', 'ms as a stream of 4 units each'],
        rows: measured
          .toSorted((a, b) => b.ms - a.ms)
          .map(({ name, ms, quarter, streamMs }) => [name, ms, quarter, streamMs]),
      },
    ],
    notes: [],
  };
};

const msOf = (work: () => void): number => {
  const startedAt = performance.now();
  work();
  return performance.now() - startedAt;
};

const streamed = (redactor: Redactor, body: string): void => {
  const stream = redactor.stream();
  for (let at = 0; at < body.length; at += PIECE) stream.push(body.slice(at, at + PIECE));
  stream.end();
};
