import { createBackoff } from '../../../core/resilience/backoff.ts';

export interface WaitBounds {
  readonly minMs: number;
  readonly maxMs: number;
}

/** 0 to 1, exclusive of 1. */
export type Random = () => number;

/** The wait after the n-th failure in a row, for counts that outlive the process. */
export const waitAfter = (failures: number, bounds: WaitBounds, random: Random): number => {
  const backoff = createBackoff({ ...bounds, random });
  let wait = 0;
  for (let failure = 0; failure < failures; failure += 1) wait = backoff.next();
  return wait;
};
