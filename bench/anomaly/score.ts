import type { Incident, IncidentKind } from './incidents.ts';
import type { Raised } from './replay.ts';
import { DAYS, MINUTES_OF_DAY } from './world.ts';

/** How an incident was met. */
export interface Met {
  readonly kind: IncidentKind;
  /** Minutes from when it counts as one; undefined: never raised. */
  readonly delay: number | undefined;
  readonly by: string | undefined;
}

export interface Score {
  readonly met: readonly Met[];
  /** Raised outside of every incident. */
  readonly falseAlarms: readonly Raised[];
  /** Weeks in which they could have been. */
  readonly weeks: number;
}

/** What an incident may leave behind is not false: a baseline that is back at work, a queue that empties. */
const AFTERMATH = 60;

/** Sets what was raised against what went wrong. */
export const scoreOf = (raised: readonly Raised[], incidents: readonly Incident[]): Score => {
  const of =
    ({ begins, ends }: Incident) =>
    (one: Raised) =>
      one.minute > begins && one.minute <= ends + AFTERMATH;
  const met = incidents.map((incident) => {
    const first = raised.filter(of(incident)).toSorted((a, b) => a.minute - b.minute)[0];
    const isInTime = first !== undefined && first.minute <= incident.ends;
    return {
      kind: incident.kind,
      delay: isInTime ? Math.max(0, first.minute - incident.counts) : undefined,
      by: isInTime ? `${first.signal} (${first.window})` : undefined,
    };
  });
  const busy = incidents.reduce((sum, { begins, ends }) => sum + ends + AFTERMATH - begins, 0);
  return {
    met,
    falseAlarms: raised.filter((one) => !incidents.some((incident) => of(incident)(one))),
    weeks: (DAYS * MINUTES_OF_DAY - busy) / (7 * MINUTES_OF_DAY),
  };
};
