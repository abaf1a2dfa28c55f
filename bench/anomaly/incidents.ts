import type { Chance } from './random.ts';

/** What goes wrong in the generated weeks. */
export const INCIDENT_KINDS = [
  'new_error',
  'error_burst',
  'latency_drift',
  'sudden_silence',
  'retry_storm',
  'redaction_burst',
  'longer_answers',
  'refusals',
  'log_flood',
  'missing_data',
] as const;
export type IncidentKind = (typeof INCIDENT_KINDS)[number];

export interface Incident {
  readonly kind: IncidentKind;
  /** Minutes since the beginning of the weeks. */
  readonly begins: number;
  readonly ends: number;
  /** From when on it is large enough to be called one: of what grows slowly, when it has doubled. */
  readonly counts: number;
}

const MINUTES_OF_DAY = 1440;
const LENGTH = 75;
/** A drift grows for two hours, to five times. */
export const DRIFT = { minutes: 120, most: 5 } as const;
const DOUBLED = Math.round(DRIFT.minutes / (DRIFT.most - 1));
/** Incidents come in the last two weeks, one a day at most, by day, so that each stands alone. */
const FIRST_DAY = 15;
const LAST_DAY = 27;

/** Every kind once, on days of their own, in an order by chance. */
export const planIncidents = (chance: Chance): Incident[] => {
  const days = Array.from({ length: LAST_DAY - FIRST_DAY + 1 }, (_day, index) => FIRST_DAY + index);
  const order = days.map((day) => ({ day, at: chance.uniform() })).toSorted((a, b) => a.at - b.at);
  return INCIDENT_KINDS.map((kind, index) => {
    const hour = chance.between(9, 16);
    const begins = Math.round((order[index]?.day ?? FIRST_DAY) * MINUTES_OF_DAY + hour * 60);
    const isDrift = kind === 'latency_drift';
    return {
      ...{ kind, begins },
      ends: begins + (isDrift ? DRIFT.minutes + LENGTH : LENGTH),
      counts: begins + (isDrift ? DOUBLED : 0),
    };
  }).toSorted((a, b) => a.begins - b.begins);
};
