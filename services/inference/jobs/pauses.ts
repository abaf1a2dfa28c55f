import { type Backoff, createBackoff } from '../../../core/resilience/backoff.ts';
import type { JobRecord } from './job.ts';
import type { Exceptions } from './store/job-store.ts';
import { targetOf } from './store/target.ts';
import type { PauseScope } from './verdict.ts';
import type { Random, WaitBounds } from './waits.ts';

interface Pause {
  readonly backoff: Backoff;
  readonly scope: PauseScope;
  readonly name: string;
  until: number;
}

/** Who must wait because the service pushed back. In memory only: after a restart everybody may try. */
export interface Pauses {
  /** Extends a pause that is on; a pause after a pause is longer than the one before. */
  add(scope: PauseScope, job: JobRecord, now: number, minWaitMs: number): void;
  /** The service took a job: what paused it is over. */
  clear(job: JobRecord): void;
  /** `undefined`: nobody may be taken. */
  exceptions(now: number): Exceptions | undefined;
  nextEnd(now: number): number | undefined;
}

/** Jitter may say zero, which would be no pause at all. */
const MIN_PAUSE_MS = 50;
const FORGET_AFTER_MS = 600_000;

/** Pauses for all jobs, single keys and single targets, each with a back-off of its own. */
export const createPauses = (bounds: WaitBounds, random: Random): Pauses => {
  const pauses = new Map<string, Pause>();
  const active = (now: number) => [...pauses.values()].filter((pause) => pause.until > now);
  const namesOf = (found: readonly Pause[], scope: PauseScope) =>
    found.filter((pause) => pause.scope === scope).map((pause) => pause.name);
  const forgetOld = (now: number) => {
    for (const [key, pause] of pauses) if (pause.until + FORGET_AFTER_MS < now) pauses.delete(key);
  };
  return {
    add(scope, job, now, minWaitMs) {
      const name = nameOf(scope, job);
      const key = `${scope} ${name}`;
      forgetOld(now);
      const pause = pauses.get(key) ?? { backoff: createBackoff({ ...bounds, random }), scope, name, until: 0 };
      pauses.set(key, pause);
      // Many runs meet the same refusal at the same moment: together they are one.
      const waitMs = pause.until > now ? minWaitMs : Math.max(minWaitMs, MIN_PAUSE_MS, pause.backoff.next());
      pause.until = Math.max(pause.until, now + waitMs);
    },
    clear(job) {
      for (const scope of SCOPES) pauses.delete(`${scope} ${nameOf(scope, job)}`);
    },
    exceptions(now) {
      const found = active(now);
      if (found.some((pause) => pause.scope === 'all')) return undefined;
      return { keyIds: namesOf(found, 'key'), targets: namesOf(found, 'target') };
    },
    nextEnd(now) {
      const ends = active(now).map((pause) => pause.until);
      return ends.length === 0 ? undefined : Math.min(...ends);
    },
  };
};

const SCOPES = ['all', 'key', 'target'] as const satisfies readonly PauseScope[];

const nameOf = (scope: PauseScope, job: JobRecord): string => {
  if (scope === 'all') return '';
  return scope === 'key' ? job.keyId : targetOf(job.payload);
};
