/** Whether something is raised, and how near it is to changing. */
export interface Alarm {
  readonly isRaised: boolean;
  /** Points in a row beyond the limit (while quiet) or well below it (while raised), all on one side. */
  readonly streak: number;
  readonly direction: Direction;
  /** How far out the last of them was, while quiet. */
  readonly last: number;
  /** Slot of the first of the points that raised it; while quiet, of the last point far out. */
  readonly since: number;
}

export type Direction = 'high' | 'low';

export const QUIET: Alarm = { isRaised: false, streak: 0, direction: 'high', last: 0, since: 0 };

/**
 * Raised by two in a row that are this far out on average, so that what grows is not asked to grow for one more interval; each of
 * them far enough by itself, and neither counting for more than twice the limit. Ended by three in a row this near: between the two
 * nothing changes.
 */
export const RAISE = { score: 6, least: 4, times: 2 } as const;
export const CLEAR = { score: 3, times: 3 } as const;

export interface Turn {
  readonly alarm: Alarm;
  readonly change: 'raised' | 'cleared' | undefined;
}

/** One more point, so many deviations above (or below) what is expected. */
export const turn = (alarm: Alarm, score: number, slot: number): Turn =>
  alarm.isRaised ? whileRaised(alarm, score) : whileQuiet(alarm, score, slot);

const whileQuiet = (alarm: Alarm, score: number, slot: number): Turn => {
  const far = Math.min(Math.abs(score), RAISE.times * RAISE.score);
  if (far < RAISE.least) return { alarm: QUIET, change: undefined };
  const direction: Direction = score > 0 ? 'high' : 'low';
  const goesOn = alarm.streak > 0 && alarm.direction === direction;
  const isRaised = goesOn && far + alarm.last >= RAISE.times * RAISE.score;
  return {
    alarm: {
      ...{ isRaised, direction, last: isRaised ? 0 : far },
      streak: isRaised ? 0 : goesOn ? alarm.streak + 1 : 1,
      since: isRaised ? alarm.since : slot,
    },
    change: isRaised ? 'raised' : undefined,
  };
};

const whileRaised = (alarm: Alarm, score: number): Turn => {
  // Far out on the other side is not what was raised; it clears, and is raised anew on its own.
  const isBack = Math.abs(score) < CLEAR.score || score > 0 !== (alarm.direction === 'high');
  const streak = isBack ? alarm.streak + 1 : 0;
  if (streak >= CLEAR.times) return { alarm: QUIET, change: 'cleared' };
  return { alarm: { ...alarm, streak }, change: undefined };
};
