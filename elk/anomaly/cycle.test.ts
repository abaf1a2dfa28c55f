import { beforeEach, expect, it } from 'vitest';
import { createCycle } from './cycle.ts';
import { USUAL } from './detect/clock.ts';
import { keyText, type SeriesKey, seriesText } from './signals.ts';
import type { AnomalyDocument } from './sinks/document.ts';
import type { MetricSource, Span } from './sources/source.ts';
import { newLearnt } from './store/state-store.ts';

const MINUTE_MS = USUAL.shortMs;
const NOON = Date.UTC(2026, 10, 25, 12);
const NOON_SLOT = NOON / MINUTE_MS;
const LATE_MS = 10_000;

/** Errors of a hundred requests, by minute after noon; before it there were none. */
type Errors = (minute: number) => number;

const startSource = (name: 'prometheus' | 'elasticsearch', errors: Errors) => {
  const world = { isAway: false, until: undefined as number | undefined, most: Number.POSITIVE_INFINITY };
  const asked: Span[] = [];
  const key: SeriesKey = { signal: 'errors', label: '', ...(name === 'elasticsearch' ? { from: name } : {}) };
  const until = async (now: number): Promise<number> => {
    if (world.isAway) throw new Error('away');
    return Math.min(now, world.until ?? now);
  };
  const source: MetricSource = {
    name,
    ...(name === 'elasticsearch' ? { until } : {}),
    async read(span) {
      const { lengthMs, first, last } = span;
      asked.push(span);
      if (world.isAway || last - first > world.most) throw new Error('away');
      const pointAt = (slot: number) => {
        const point = { value: errors((slot * lengthMs - NOON) / MINUTE_MS), n: 100 };
        return [slot, new Map([[seriesText(key), { key, point }]])] as const;
      };
      return new Map(Array.from({ length: last - first + 1 }, (_slot, at) => pointAt(first + at)));
    },
    close: async () => undefined,
  };
  return { world, source, asked };
};

let said: AnomalyDocument[];
let logged: string[];
beforeEach(() => {
  said = [];
  logged = [];
});
const log = {
  info: (event: string) => void logged.push(event),
  warn: (event: string) => void logged.push(event),
} as never;

const start = (metrics: readonly MetricSource[], learnt = newLearnt()) => {
  const cycle = createCycle({
    ...{ intervals: USUAL, learnt, metrics, logs: [], log, delayMs: 60_000 },
    ...{ owners: { own: 'box', shared: 'default' }, publish: (document) => void said.push(document) },
  });
  const at = (minute: number, lateMs = LATE_MS) => cycle.run(NOON + minute * MINUTE_MS + lateMs);
  const minutes = async (from: number, to: number): Promise<void> => {
    for (let minute = from; minute <= to; minute += 1) await at(minute);
  };
  return { ...{ cycle, at, minutes, learnt } };
};

const spoken = (): string[] =>
  said.map(({ action, anomaly: { metric, fields } }) => {
    // Safe: what `documentOf` made.
    const { source = 'prometheus' } = fields as { source?: string };
    return `${action} ${String(metric)} by ${source}`;
  });

it('says once what two sources see, in the words of the one that is asked first', async () => {
  const both: Errors = (minute) => (minute >= 2 && minute < 6 ? 60 : 0);
  const { minutes } = start([startSource('elasticsearch', both).source, startSource('prometheus', both).source]);
  await minutes(0, 12);
  expect(spoken()).toEqual(['anomaly.raised errors by elasticsearch', 'anomaly.cleared errors by elasticsearch']);
  expect(said[1]?.id).toBe(said[0]?.id);
});

it('goes on with the other, which has learnt beside, and neither says again nor forgets what is raised', async () => {
  const both: Errors = (minute) => (minute >= 2 && minute < 9 ? 60 : 0);
  const store = startSource('elasticsearch', both);
  const { minutes, cycle } = start([store.source, startSource('prometheus', both).source]);
  await minutes(0, 4);
  store.world.isAway = true;
  await minutes(5, 7);
  expect(cycle.sources()).toEqual(
    new Map([
      ['elasticsearch', false],
      ['prometheus', true],
    ]),
  );
  store.world.isAway = false;
  await minutes(8, 13);
  expect(spoken()).toEqual(['anomaly.raised errors by elasticsearch', 'anomaly.cleared errors by elasticsearch']);
  expect(logged).toEqual(['source.failed', 'source.recovered']);
});

it('waits for what is on its way, a minute and no longer', async () => {
  const store = startSource('elasticsearch', () => 0);
  const { at, minutes, learnt } = start([store.source]);
  await minutes(0, 1);
  expect(learnt.last.short).toBe(NOON_SLOT);
  store.world.until = NOON + 1.5 * MINUTE_MS;
  expect(await at(2)).toMatchObject({ isHeld: true });
  expect(learnt.last.short).toBe(NOON_SLOT);
  store.world.until = NOON + 2 * MINUTE_MS;
  expect(await at(2, 2 * LATE_MS)).toMatchObject({ isHeld: false });
  expect(learnt.last.short).toBe(NOON_SLOT + 1);
  // A source that is further behind says so itself, and is away.
  store.world.isAway = true;
  await minutes(3, 3);
  expect(learnt.last.short).toBe(NOON_SLOT + 2);
});

it('learns afterwards what a source measured while it was away, and raises none of it', async () => {
  const store = startSource('elasticsearch', (minute) => (minute >= 3 && minute < 30 ? 60 : 0));
  const { minutes } = start([store.source, startSource('prometheus', () => 0).source]);
  await minutes(0, 2);
  store.world.isAway = true;
  await minutes(3, 40);
  store.world.isAway = false;
  await minutes(41, 43);
  const shorts = store.asked.filter(({ lengthMs }) => lengthMs === MINUTE_MS);
  expect(shorts.some(({ first, last }) => last - first === 38)).toBe(true);
  expect(said).toEqual([]);
});

it('does without what came before where that is too much to ask for', async () => {
  const store = startSource('elasticsearch', (minute) => (minute >= 40 ? 60 : 0));
  store.world.most = 5;
  const { minutes, at } = start([store.source]);
  await at(0);
  expect(logged).toEqual(['source.history_unread', 'source.history_unread']);
  await minutes(1, 42);
  expect(spoken()).toEqual(['anomaly.raised errors by elasticsearch']);
});

it('says after a restart neither again what was raised, nor forgets that it ended', async () => {
  const errors: Errors = (minute) => (minute >= 2 && minute < 9 ? 60 : 0);
  const first = start([startSource('prometheus', errors).source]);
  await first.minutes(0, 5);
  const second = start([startSource('prometheus', errors).source], first.learnt);
  await second.minutes(8, 13);
  expect(said.map(({ action }) => action)).toEqual(['anomaly.raised', 'anomaly.cleared']);
  expect(said[1]?.id).toBe(said[0]?.id);
  expect(keyText({ signal: 'errors', label: '' })).toBe('errors');
});
