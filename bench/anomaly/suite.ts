import type { Report, SuiteOptions, Table } from '../suite.ts';
import { INCIDENT_KINDS } from './incidents.ts';
import { replay } from './replay.ts';
import { type Met, type Score, scoreOf } from './score.ts';
import { createWorld } from './world.ts';

/**
 * The detector was made with the first in view, among others; its limits were set on seeds 501 to 516. Nobody had looked at the
 * others; those that were held out before (201 to 216) are known by now.
 */
const SEEDS = { development: range(1, 8), 'held out': range(301, 316) } as const;
/** By the end of the second whole interval of fifteen minutes, which begins up to fifteen minutes later. */
export const IN_TIME_MINUTES = 45;

function range(first: number, last: number): readonly number[] {
  return Array.from({ length: last - first + 1 }, (_each, index) => first + index);
}

interface Set {
  readonly name: string;
  readonly seeds: readonly number[];
  readonly incidents: readonly Score[];
  readonly normal: readonly Score[];
}

/** What the anomaly detector finds in four generated weeks of many services, and what it raises in vain. */
export const runAnomalySuite = async ({ isSmoke, say }: SuiteOptions): Promise<Report> => {
  const sets = Object.entries(SEEDS).map(([name, seeds]) => playSet(name, isSmoke ? seeds.slice(0, 1) : seeds, say));
  return {
    suite: 'anomaly',
    settings: { weeks: 4, shortSeconds: 60, longSeconds: 900 },
    models: [],
    comparisons: [],
    tables: [summary(sets), ...sets.map(byKind)],
    notes: [
      'a seed is a service of its own: load, rhythm, weekends, holidays, deploys, errors, latency, noise; its incidents come once each, on days 15 to 27, between 9 and 17 h',
      `in time: raised by the end of the second whole interval of fifteen minutes, at most ${IN_TIME_MINUTES} minutes after it began; a drift begins when latency has doubled`,
      'false: raised outside of every incident and the hour after it, in the weeks with incidents and in four normal ones of the same seed, warm-up included',
      'development seeds were looked at while the detector was made, and its limits set on seeds 501 to 516; those held out were played once, after that',
    ],
  };
};

const playSet = (name: string, seeds: readonly number[], say: SuiteOptions['say']): Set => {
  const incidents: Score[] = [];
  const normal: Score[] = [];
  for (const seed of seeds) {
    const eventful = createWorld(seed);
    incidents.push(scoreOf(replay(eventful), eventful.incidents));
    normal.push(scoreOf(replay(createWorld(seed, { isNormal: true })), []));
    say(`seed ${seed}: ${describe(incidents.at(-1), normal.at(-1))}`);
  }
  return { name, seeds, incidents, normal };
};

const describe = (eventful: Score | undefined, normal: Score | undefined): string => {
  const vain = [...(eventful?.falseAlarms ?? []), ...(normal?.falseAlarms ?? [])];
  const late = eventful?.met
    .filter((met) => !isInTime(met))
    .map(({ kind, delay }) => `${kind} after ${delay ?? 'never'}`);
  return `not in time: ${late?.join(', ') || 'none'}; in vain: ${vain.map((one) => `${one.signal} ${one.window} minute ${one.minute} (${one.score.toFixed(1)})`).join(', ') || 'none'}`;
};

const isInTime = ({ delay }: Met): boolean => delay !== undefined && delay <= IN_TIME_MINUTES;

const summary = (sets: readonly Set[]): Table => ({
  title: 'Found, and raised in vain',
  columns: ['seeds', 'incidents', 'found', 'in time', 'false alarms', 'weeks', 'false alarms a week'],
  rows: sets.map(({ name, seeds, incidents, normal }) => {
    const met = incidents.flatMap((score) => score.met);
    const all = [...incidents, ...normal];
    const vain = all.reduce((sum, { falseAlarms }) => sum + falseAlarms.length, 0);
    const weeks = all.reduce((sum, score) => sum + score.weeks, 0);
    return [
      `${name} (${seeds.length} services)`,
      met.length,
      met.filter(({ delay }) => delay !== undefined).length,
      met.filter(isInTime).length,
      ...[vain, Math.round(weeks), Number((vain / weeks).toFixed(3))],
    ];
  }),
});

const byKind = ({ name, incidents }: Set): Table => ({
  title: `By kind of incident, ${name}`,
  columns: ['incident', 'of', 'found', 'in time', 'median minutes', 'most minutes', 'mostly raised by'],
  rows: INCIDENT_KINDS.map((kind) => {
    const met = incidents.flatMap((score) => score.met).filter((one) => one.kind === kind);
    const delays = met.flatMap(({ delay }) => (delay === undefined ? [] : [delay])).toSorted((a, b) => a - b);
    return [
      ...[kind, met.length, delays.length, met.filter(isInTime).length],
      ...[delays[delays.length >> 1] ?? null, delays.at(-1) ?? null, mostly(met.flatMap(({ by }) => by ?? []))],
    ];
  }),
});

const mostly = (names: readonly string[]): string => {
  const counts = new Map<string, number>();
  for (const name of names) counts.set(name, (counts.get(name) ?? 0) + 1);
  return [...counts].toSorted(([, a], [, b]) => b - a)[0]?.[0] ?? '';
};
