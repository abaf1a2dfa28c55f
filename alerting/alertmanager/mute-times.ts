import type { AlertmanagerConfig } from '../../core/config/schema.ts';

type MuteTime = AlertmanagerConfig['muteTimes'][number];
type Weekday = MuteTime['weekdays'][number];

const WEEK = [
  'monday',
  'tuesday',
  'wednesday',
  'thursday',
  'friday',
  'saturday',
  'sunday',
] as const satisfies Weekday[];

/** The times in which mail about alerts of a severity waits, by name. */
export const mutedIn = (times: readonly MuteTime[], severity: MuteTime['severities'][number]): string[] =>
  times.filter(({ severities }) => severities.includes(severity)).map(({ name }) => name);

/** `time_intervals` of Alertmanager, which knows no time that goes on over midnight: such a one becomes two. */
export const timeIntervals = (times: readonly MuteTime[]) =>
  times.map(({ name, weekdays, from, to, location }) => ({
    name,
    time_intervals: parts(from, to).map(({ start, end, dayAfter }) => ({
      weekdays: weekdays.map((day) => (dayAfter ? next(day) : day)),
      times: [{ start_time: start, end_time: end }],
      location,
    })),
  }));

interface Part {
  readonly start: string;
  readonly end: string;
  readonly dayAfter: boolean;
}

const parts = (from: string, to: string): readonly Part[] => {
  // The form of both makes the order of the letters that of the times.
  if (from < to) return [{ start: from, end: to, dayAfter: false }];
  const evening = { start: from, end: '24:00', dayAfter: false };
  const morning = { start: '00:00', end: to, dayAfter: true };
  return [evening, morning].filter(({ start, end }) => start !== end);
};

const next = (day: Weekday): Weekday => WEEK[(WEEK.indexOf(day) + 1) % WEEK.length] ?? day;
