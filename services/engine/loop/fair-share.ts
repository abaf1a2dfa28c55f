/** What is to be known of the waiting requests of one priority to choose among priorities. */
export interface LevelView {
  readonly size: number;
  /** Requests of a higher priority that went first since one of these did. */
  readonly passed: number;
}

/** What is to be known of the waiting requests of one key to choose among keys. */
export interface LaneView {
  /** Tokens it may still spend before the next round; below 0: what it spent beyond them. */
  readonly credit: number;
  /** Of the request that would be next. */
  readonly deadlineAt: number;
  readonly order: number;
}

/** Which key is next, and after how many more rounds of credit for all of them. */
export interface LaneChoice {
  readonly index: number;
  readonly rounds: number;
}

/** After so many that went first, the next one of a lower priority goes: low never waits forever. */
export const PATIENCE = 8;
/** Tokens each key gets per round. */
export const QUANTUM = 512;

/** Which priority is next, highest first in the list; `undefined` when nothing waits. */
export const chooseLevel = (levels: readonly LevelView[]): number | undefined => {
  const waiting = (level: LevelView): boolean => level.size > 0;
  const first = levels.findIndex(waiting);
  if (first === -1) return undefined;
  const overdue = levels.findLastIndex((level) => waiting(level) && level.passed >= PATIENCE);
  return Math.max(overdue, first);
};

/**
 * Deficit round robin over tokens: in each round every key that waits gets the same credit, and a key whose credit is
 * spent waits for the next one. Among those that have some, the earliest deadline goes first, then who came first.
 */
export const chooseLane = (lanes: readonly LaneView[]): LaneChoice | undefined => {
  let rounds = Number.POSITIVE_INFINITY;
  for (const lane of lanes) rounds = Math.min(rounds, roundsUntilCredit(lane));
  let index: number | undefined;
  for (const [at, lane] of lanes.entries()) {
    if (roundsUntilCredit(lane) > rounds) continue;
    const best = index === undefined ? undefined : lanes[index];
    if (best === undefined || isEarlier(lane, best)) index = at;
  }
  return index === undefined ? undefined : { index, rounds };
};

const roundsUntilCredit = ({ credit }: LaneView): number => (credit > 0 ? 0 : Math.floor(-credit / QUANTUM) + 1);

const isEarlier = (one: LaneView, other: LaneView): boolean =>
  one.deadlineAt === other.deadlineAt ? one.order < other.order : one.deadlineAt < other.deadlineAt;
