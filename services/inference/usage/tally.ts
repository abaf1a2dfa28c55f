import { DAY_MS, dayOf, type Numbers, type Place, type Sum, type Use } from './numbers.ts';

interface Options {
  /** Epoch milliseconds. */
  readonly now: () => number;
  /** Sums held at once; a use that needs one more is lost, and counted as such. */
  readonly maxSums: number;
}

/** Sums in memory that wait to be written. */
export interface Tally {
  readonly size: number;
  count(use: Use): void;
  /** The oldest sums, at most `limit`; they stay until `forget`. */
  peek(limit: number): readonly Sum[];
  forget(sums: readonly Sum[]): void;
  /** Uses lost since the last call, because too many sums waited. */
  takeLost(): number;
}

type Counters = { -readonly [Name in keyof Numbers]: number };

/** Counting is one look-up in a map and a few additions: it happens in the way of requests. */
export const createTally = ({ now, maxSums }: Options): Tally => {
  const sums = new Map<string, Place & Counters>();
  const today = createToday(now);
  let lost = 0;
  return {
    get size() {
      return sums.size;
    },
    count(use) {
      const place = placeOf(use, today());
      const id = idOf(place);
      let sum = sums.get(id);
      if (sum === undefined) {
        if (sums.size >= maxSums) {
          lost += 1;
          return;
        }
        sum = { ...place, ...ZEROS };
        sums.set(id, sum);
      }
      sum[use.outcome] += 1;
      if (use.isCacheHit) sum.cacheHits += 1;
      sum.promptTokens += use.promptTokens;
      sum.completionTokens += use.completionTokens;
      sum.cachedTokens += use.cachedTokens;
    },
    peek(limit) {
      const oldest: Sum[] = [];
      for (const sum of sums.values()) {
        if (oldest.length === limit) break;
        oldest.push(sum);
      }
      return oldest;
    },
    forget(written) {
      for (const sum of written) sums.delete(idOf(sum));
    },
    takeLost() {
      const count = lost;
      lost = 0;
      return count;
    },
  };
};

const ZEROS: Numbers = {
  ok: 0,
  error: 0,
  timeout: 0,
  rejected: 0,
  cancelled: 0,
  submitted: 0,
  cacheHits: 0,
  promptTokens: 0,
  completionTokens: 0,
  cachedTokens: 0,
};

const placeOf = ({ keyId, tenant, model = '', scenario = '' }: Use, day: string): Place => ({
  day,
  keyId,
  tenant,
  model,
  scenario,
});

/** No name holds a control character. */
const idOf = ({ day, keyId, tenant, model, scenario }: Place): string =>
  `${day}\0${keyId}\0${tenant}\0${model}\0${scenario}`;

/** The day is written out once a day, not once a request. A clock may be set back. */
const createToday = (now: () => number): (() => string) => {
  let number = Number.NaN;
  let day = '';
  return () => {
    const current = Math.floor(now() / DAY_MS);
    if (current !== number) {
      number = current;
      day = dayOf(current * DAY_MS);
    }
    return day;
  };
};
