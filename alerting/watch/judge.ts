/** What a look at something said. */
export type Look = { readonly isWell: true } | { readonly isWell: false; readonly reason: string };

/** What is remembered of something that is looked at; plain data, because it outlives the process. */
export interface Standing {
  /** The looks in a row that say other than what people believe, and when the first of them was. */
  readonly contrary: number;
  readonly contrarySince: number;
  /** When the outage began that people believe in; absent: all is well. */
  readonly downSince?: number;
}

export interface Limits {
  /** Bad looks in a row that an outage takes, and the time that they must span. */
  readonly failures: number;
  readonly overMs: number;
  /** Good looks in a row that its end takes. */
  readonly successes: number;
}

export const WELL: Standing = { contrary: 0, contrarySince: 0 };

/** The next standing, and what people are to be told: a single bad look proves nothing, nor does a single good one. */
export const judge = (
  before: Standing,
  look: Look,
  at: number,
  limits: Limits,
): { readonly standing: Standing; readonly turned?: 'down' | 'up' } => {
  const { downSince } = before;
  const believed = downSince === undefined ? {} : { downSince };
  if (look.isWell === (downSince === undefined)) return { standing: { ...WELL, ...believed } };
  const contrary = before.contrary + 1;
  // A clock that was set back begins anew.
  const contrarySince = before.contrary === 0 ? at : Math.min(before.contrarySince, at);
  const standing = { contrary, contrarySince, ...believed };
  if (look.isWell) return contrary < limits.successes ? { standing } : { standing: WELL, turned: 'up' };
  if (contrary < limits.failures || at - contrarySince < limits.overMs) return { standing };
  return { standing: { ...WELL, downSince: contrarySince }, turned: 'down' };
};
