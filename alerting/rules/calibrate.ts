import { metric } from './promql.ts';

/** What a device did in the time that was looked at; `undefined`: Prometheus does not know. */
export interface DeviceHistory {
  readonly id: string;
  readonly instance: string;
  /** Degrees that 99 of 100 minutes stayed at or below. */
  readonly plateau: number;
  readonly minutes: number;
  /** Where its driver slows it down. */
  readonly slowdown: number | undefined;
}

/** What is proposed for it, and why. */
export interface Proposal extends DeviceHistory {
  /** A limit for the configuration; absent where the one there is fits, or nothing can be said. */
  readonly celsius?: number;
  readonly reason: string;
}

/** Below that, a week-end may be all that was seen. */
const FEWEST_MINUTES = 24 * 60;
/** A summer, a full rack: so much above what it does every week is still no news. */
const HEADROOM = 5;
/** The mail should come before it slows down. */
const BEFORE_SLOWDOWN = 3;

/** A limit above what the device does all week, below where it slows down, and never below the one there is. */
export const proposeLimit = (history: DeviceHistory, current: number): Proposal => {
  const { plateau, minutes, slowdown } = history;
  if (minutes < FEWEST_MINUTES) {
    return { ...history, reason: `only ${minutes} minutes are known; wait until there is a day at least` };
  }
  const wanted = Math.max(current, Math.ceil(plateau) + HEADROOM);
  const highest = slowdown === undefined ? wanted : Math.floor(slowdown) - BEFORE_SLOWDOWN;
  const celsius = Math.min(wanted, highest);
  const told = `99 of 100 minutes at ${round(plateau)} °C or below, ${slowdown === undefined ? 'where it slows down is not known' : `slows down at ${round(slowdown)} °C`}`;
  if (plateau >= highest)
    return { ...history, celsius, reason: `${told}: it always runs hot; look at its cooling first` };
  if (celsius === current) return { ...history, reason: `${told}: the limit of ${current} °C fits` };
  return { ...history, celsius, reason: told };
};

const round = (degrees: number): string => String(Math.round(degrees * 10) / 10);

/** What is asked of Prometheus, each by device. */
export const calibrationQueries = (days: number): Readonly<Record<'plateau' | 'minutes' | 'slowdown', string>> => {
  const here = 'hw_type=~"gpu|npu",hw_sensor_location!="memory"';
  const by = 'max by (hw_id, instance)';
  const celsius = `${by} (${metric('temperature')}{${here}})`;
  const week = `[${days}d:1m]`;
  return {
    plateau: `quantile_over_time(0.99, ${celsius}${week})`,
    minutes: `count_over_time(${celsius}${week})`,
    // A limit where the driver tells one; else the degrees it says are left, on top of those it has.
    slowdown:
      `min by (hw_id, instance) (${metric('temperatureLimit')}{${here}}) ` +
      `or quantile_over_time(0.5, (${celsius} + ${by} (${metric('temperatureMargin')}))${week})`,
  };
};
