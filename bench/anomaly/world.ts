import type { LogLine } from '../../elk/anomaly/templates/novelty.ts';
import { DRIFT, type Incident, type IncidentKind, planIncidents } from './incidents.ts';
import { type Chance, createChance } from './random.ts';

/** What a service did in one minute. */
export interface Minute {
  readonly requests: number;
  readonly errors: number;
  readonly refused: number;
  /** Requests by bucket of their duration. */
  readonly durations: readonly number[];
  /** Of all of them together. */
  readonly seconds: number;
  readonly inputTokens: number;
  readonly outputTokens: number;
  readonly redactions: Readonly<Record<string, number>>;
  readonly lines: Readonly<Record<'warn' | 'error', number>>;
  readonly errorLines: readonly LogLine[];
}

export interface World {
  readonly minutes: number;
  readonly incidents: readonly Incident[];
  /** Undefined: nothing was measured. Called once for each minute, in their order. */
  minute(at: number): Minute | undefined;
}

export const DAYS = 28;
export const MINUTES_OF_DAY = 1440;
/** As `gen_ai.server.request.duration` has them. */
export const BOUNDS = [
  0.005, 0.01, 0.02, 0.04, 0.08, 0.16, 0.32, 0.64, 1.28, 2.56, 5.12, 10.24, 20.48, 40.96, 81.92, 163.84, 327.68, 600,
] as const;

/** What a service is like as a whole. */
interface Character {
  /** Requests in a minute, at the busiest hour. */
  readonly peak: number;
  readonly night: number;
  readonly saturday: number;
  readonly sunday: number;
  readonly weeklyGrowth: number;
  readonly errorRatio: number;
  readonly seconds: number;
  readonly sigma: number;
  readonly outputTokens: number;
  readonly holidays: ReadonlySet<number>;
  readonly deploys: readonly number[];
  readonly firstDay: number;
}

/** Four weeks of a service: days, nights, weekends, holidays, deploys, noise; with incidents or without. */
export const createWorld = (seed: number, { isNormal = false }: { readonly isNormal?: boolean } = {}): World => {
  const chance = createChance(seed);
  const character = characterBy(chance);
  const incidents = isNormal ? [] : planIncidents(chance);
  const mood = { load: 0, work: 0 };
  return {
    minutes: DAYS * MINUTES_OF_DAY,
    incidents,
    minute(at) {
      // What the whole service feels for a while: both wander slowly.
      if (at % 15 === 0) {
        mood.load = 0.9 * mood.load + 0.04 * chance.normal();
        mood.work = 0.9 * mood.work + 0.03 * chance.normal();
      }
      const incident = incidents.find(({ begins, ends }) => at >= begins && at < ends);
      const deployed = character.deploys.find((begin) => at >= begin && at < begin + DEPLOY_MINUTES);
      if (incident?.kind === 'missing_data') return undefined;
      if (deployed !== undefined && at < deployed + DOWN_MINUTES) return undefined;
      return lived({ chance, character, at, mood, incident, isFresh: deployed !== undefined });
    },
  };
};

const DEPLOY_MINUTES = 12;
const DOWN_MINUTES = 2;

const characterBy = (chance: Chance): Character => {
  const weekdays = [3, 9, 11, 16, 18, 24].filter(() => chance.uniform() < 0.4);
  return {
    peak: 20 * 30 ** chance.uniform(),
    night: chance.between(0.02, 0.15),
    saturday: chance.between(0.3, 0.7),
    sunday: chance.between(0.25, 0.6),
    weeklyGrowth: chance.between(-0.02, 0.05),
    errorRatio: chance.between(0, 0.01),
    seconds: 0.2 * 15 ** chance.uniform(),
    sigma: chance.between(0.4, 0.8),
    outputTokens: chance.between(60, 400),
    holidays: new Set(weekdays.slice(0, 2)),
    deploys: Array.from({ length: 8 }, (_one, index) =>
      Math.round((index * 3.5 + chance.between(0, 3)) * MINUTES_OF_DAY + chance.between(9, 17) * 60),
    ),
    firstDay: Math.floor(chance.uniform() * 7),
  };
};

interface Moment {
  readonly chance: Chance;
  readonly character: Character;
  readonly at: number;
  readonly mood: { readonly load: number; readonly work: number };
  readonly incident: Incident | undefined;
  readonly isFresh: boolean;
}

const lived = (moment: Moment): Minute => {
  const { chance, character, at, incident, isFresh, mood } = moment;
  const is = (kind: IncidentKind): boolean => incident?.kind === kind;
  const load = loadOf(character, at) * Math.exp(mood.load + 0.08 * chance.normal());
  const wanted = is('sudden_silence') ? 0 : chance.poisson(load * (is('retry_storm') ? 5 : 1));
  const refused = share(chance, wanted, is('retry_storm') ? 0.4 : is('refusals') ? 0.25 : 0.0005);
  const requests = wanted - refused;
  const errors = share(chance, requests, errorRatioOf(character, incident) * (isFresh ? 1.5 : 1));
  const busy = 1 + 0.3 * (loadOf(character, at) / character.peak);
  const slow = slowness(incident, at) * (isFresh ? 1.3 : 1) * (is('retry_storm') ? 2.5 : 1);
  const seconds = character.seconds * busy * slow * Math.exp(mood.work);
  const longer = is('longer_answers') ? 4 : 1;
  return {
    ...{ requests: wanted, errors, refused },
    durations: durationsOf(chance, requests, { seconds, sigma: character.sigma }),
    seconds: (sizes(chance, requests, 1000) / 1000) * seconds * Math.exp(character.sigma ** 2 / 2),
    inputTokens: sizes(chance, requests, 180),
    outputTokens: sizes(chance, requests, character.outputTokens * longer * Math.exp(0.5 * mood.work)),
    redactions: {
      'global.email': share(chance, requests, 0.03 * (is('redaction_burst') ? 15 : 1)),
      'cn.mobile': chance.poisson(requests * 0.002),
      'secrets.token': chance.poisson(requests * 0.0003),
    },
    ...linesOf(moment, { errors, refused }),
  };
};

const HOUR = 60;

/** Requests expected in a minute. */
const loadOf = (character: Character, at: number): number => {
  const day = Math.floor(at / MINUTES_OF_DAY);
  const weekday = (day + character.firstDay) % 7;
  const hour = (at % MINUTES_OF_DAY) / HOUR;
  const week = weekday === 5 ? character.saturday : weekday === 6 || character.holidays.has(day) ? character.sunday : 1;
  // Two humps, before and after lunch, on the floor of the night.
  const hump = (middle: number, width: number): number => Math.exp(-(((hour - middle) / width) ** 2));
  const shape =
    character.night + (1 - character.night) * Math.min(1, hump(10.5, 2.5) + 0.9 * hump(15, 2.8) + 0.25 * hump(20.5, 2));
  // Somebody's batch job, every night at the same time.
  const batch = hour >= 2 && hour < 2.2 ? 0.4 : 0;
  return character.peak * (week * shape + batch) * (1 + character.weeklyGrowth) ** (day / 7);
};

const errorRatioOf = ({ errorRatio }: Character, incident: Incident | undefined): number => {
  if (incident?.kind === 'error_burst') return 0.2;
  return incident?.kind === 'new_error' ? errorRatio + 0.03 : errorRatio;
};

const slowness = (incident: Incident | undefined, at: number): number =>
  incident?.kind === 'latency_drift'
    ? Math.min(DRIFT.most, 1 + ((DRIFT.most - 1) * (at - incident.begins)) / DRIFT.minutes)
    : 1;

const share = (chance: Chance, of: number, ratio: number): number => Math.min(of, chance.poisson(of * ratio));

/** The sum of so many sizes with this mean, each about as variable as it is large. */
const sizes = (chance: Chance, count: number, mean: number): number =>
  count === 0 ? 0 : Math.max(count, Math.round(mean * (count + 0.8 * Math.sqrt(count) * chance.normal())));

/** From the slow end, where few are and each counts; what is left belongs to the bucket of the middle. */
const durationsOf = (
  chance: Chance,
  count: number,
  { seconds, sigma }: { readonly seconds: number; readonly sigma: number },
): number[] => {
  const upTo = BOUNDS.map((bound) => normalShare(Math.log(bound / seconds) / sigma));
  const middle = upTo.findIndex((share) => share >= 0.5);
  const counts = [...BOUNDS, Number.POSITIVE_INFINITY].map(() => 0);
  let left = count;
  for (let index = counts.length - 1; index >= 0; index -= 1) {
    if (index === middle) continue;
    const here = Math.min(left, chance.poisson(count * ((upTo[index] ?? 1) - (upTo[index - 1] ?? 0))));
    counts[index] = here;
    left -= here;
  }
  counts[middle] = left;
  return counts;
};

/** The share of a normal distribution below `x` deviations: a logistic curve that is near enough to it. */
const normalShare = (x: number): number => 1 / (1 + Math.exp(-1.5976 * x - 0.07056 * x ** 3));

const SERVICE = 'clawdbot';
const line = (action: string, errorCode: string, message: string): LogLine => ({
  ...{ level: 'error', service: SERVICE, action, message, errorCode },
});

const linesOf = (
  { chance, incident, isFresh, at }: Moment,
  { errors, refused }: { readonly errors: number; readonly refused: number },
): Pick<Minute, 'lines' | 'errorLines'> => {
  const usual = chance.poisson(0.6 * errors);
  const fresh = incident?.kind === 'new_error' ? 2 + chance.poisson(4) : 0;
  const flood = incident?.kind === 'log_flood' ? 400 : 0;
  const errorLines = [
    ...Array.from({ length: usual }, () => usualError(chance)),
    ...Array.from({ length: fresh }, () =>
      line(
        'engine.decode_failed',
        'ERR_ENGINE_FAILED',
        `sampler ${Math.floor(chance.between(0, 64))} returned token ${Math.floor(chance.between(0, 49152))} outside of the grammar`,
      ),
    ),
    // What comes about once in two weeks, and is no pattern.
    ...(chance.uniform() < 1 / (14 * MINUTES_OF_DAY)
      ? [line('store.failed', 'ERR_INTERNAL', `database is locked after ${at % 977} ms`)]
      : []),
  ];
  return {
    lines: { warn: chance.poisson(0.3 + 0.2 * refused + (isFresh ? 3 : 0) + flood), error: errorLines.length },
    errorLines,
  };
};

const usualError = (chance: Chance): LogLine => {
  const number = Math.floor(chance.between(1, 1e6));
  return chance.pick([
    line(
      'request.failed',
      'ERR_ENGINE_TIMEOUT',
      `request 018f${number.toString(16).padStart(28, '0')} timed out after ${number % 60_000} ms`,
    ),
    line('request.failed', 'ERR_ENGINE_FAILED', `model "m${number % 7}" gave up at token ${number % 4096}`),
    line('callback.failed', 'ERR_JOBS_CALLBACK', `https://example.org/hooks/${number} answered 50${number % 5}`),
  ]);
};
