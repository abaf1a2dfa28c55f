import type { Note } from '../notifier/notifier.ts';

/** What was told of one incident. Kept over restarts, so plain data. */
export interface Told {
  /** Milliseconds since 1970. */
  readonly firstAt: number;
  readonly lastAt: number;
  /** Messages between the first and the last. */
  readonly updates: number;
  readonly worst: number;
  /** Of the last message, to know a repetition by. */
  readonly digest: string;
  readonly hasEnded: boolean;
}

/** How often one incident may be told. */
export interface IncidentLimits {
  readonly maxUpdates: number;
  readonly updateGapMs: number;
}

/** What arrives about an incident. */
export interface News {
  readonly status: 'firing' | 'resolved';
  readonly severity: string;
  readonly digest: string;
}

export type IncidentDecision =
  | { readonly tell: Note['phase'] }
  /** Not worth a message, or not yet, and why. */
  | { readonly tell: 'nothing' | 'later'; readonly reason: string };

const SEVERITIES = ['info', 'warning', 'error', 'critical'];

/** The higher the worse; an unknown word is no worse than a warning. */
export const rankOf = (severity: string): number => Math.max(SEVERITIES.indexOf(severity), 1);

/**
 * One message when it begins, one when it ends, and between them at most `maxUpdates`, each with news and not sooner than
 * `updateGapMs` after the last. What became worse is always told, and at once. What ended and is there again is an update
 * of the same incident; where those are used up it waits for the gap to pass, for nobody may think that it is over.
 */
export const decideTelling = (
  told: Told | undefined,
  news: News,
  { maxUpdates, updateGapMs }: IncidentLimits,
  now: number,
): IncidentDecision => {
  if (news.status === 'resolved') return decideEnd(told);
  if (told === undefined) return { tell: 'first' };
  // Both ways: a clock that was set back must not keep news from people till it is there again.
  const hasGap = Math.abs(now - told.lastAt) >= updateGapMs;
  if (told.hasEnded) return decideReturn(told.updates < maxUpdates, hasGap);
  if (rankOf(news.severity) > told.worst) return { tell: 'update' };
  if (told.digest === news.digest) return nothing('the same was told before');
  if (told.updates >= maxUpdates) return nothing(`its ${maxUpdates} updates are used up`);
  return hasGap ? { tell: 'update' } : nothing(`less than ${updateGapMs} ms since the last message about it`);
};

const decideReturn = (hasUpdates: boolean, hasGap: boolean): IncidentDecision => {
  if (hasGap) return { tell: 'first' };
  return hasUpdates ? { tell: 'update' } : { tell: 'later', reason: 'it came back too often for another message now' };
};

const decideEnd = (told: Told | undefined): IncidentDecision => {
  if (told === undefined) return nothing('nobody was told that it began');
  return told.hasEnded ? nothing('its end was told before') : { tell: 'end' };
};

const nothing = (reason: string): IncidentDecision => ({ tell: 'nothing', reason });

/** What is known once people were told. */
export const afterTelling = (told: Told | undefined, phase: Note['phase'], news: News, now: number): Told => {
  const before = phase === 'first' || told === undefined ? undefined : told;
  return {
    firstAt: before?.firstAt ?? now,
    lastAt: now,
    updates: (before?.updates ?? 0) + (phase === 'update' ? 1 : 0),
    worst: Math.max(before?.worst ?? 0, rankOf(news.severity)),
    digest: news.digest,
    hasEnded: phase === 'end',
  };
};
