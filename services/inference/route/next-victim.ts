/** One model that takes memory now, or is about to. */
export interface Resident {
  readonly id: string;
  /** What its replicas take together; 0 where nobody knows. */
  readonly bytes: number;
  readonly phase: 'loading' | 'ready' | 'failed' | 'leaving';
  /** May it be unloaded for another model? */
  readonly isMovable: boolean;
  /** When it last had a request, in the milliseconds of the clock. */
  readonly usedAt: number;
  /** When it last became ready. */
  readonly readyAt: number;
}

/** How memory becomes free. */
export type Move =
  | { readonly kind: 'unload'; readonly id: string }
  /** For a model that loads or leaves, or, until then, for one that has not been here long enough. */
  | { readonly kind: 'wait'; readonly for: string; readonly untilMs?: number }
  /** It does not. */
  | { readonly kind: 'none' };

interface Question {
  readonly residents: readonly Resident[];
  readonly missingBytes: number;
  readonly minResidenceMs: number;
  readonly now: number;
}

/** Which model makes room: the least recently used one that may go and has been here long enough. */
export const nextVictim = ({ residents, missingBytes, minResidenceMs, now }: Question): Move => {
  const inMotion = residents.find(({ phase }) => phase === 'leaving') ?? residents.find(isLoading);
  if (inMotion !== undefined) return { kind: 'wait', for: inMotion.id };
  const movable = residents.filter(({ isMovable, bytes }) => isMovable && bytes > 0);
  // Unloading everything for a model that does not fit even then would only cost the others their place.
  if (movable.reduce((sum, { bytes }) => sum + bytes, 0) < missingBytes) return { kind: 'none' };
  const endOf = ({ phase, readyAt }: Resident) => (phase === 'failed' ? now : readyAt + minResidenceMs);
  const [victim] = movable.filter((one) => endOf(one) <= now).toSorted(byWorth);
  if (victim !== undefined) return { kind: 'unload', id: victim.id };
  const [next] = movable.toSorted((a, b) => endOf(a) - endOf(b));
  return next === undefined ? { kind: 'none' } : { kind: 'wait', for: next.id, untilMs: endOf(next) };
};

const isLoading = ({ phase }: Resident): boolean => phase === 'loading';

/** A model that failed is worth nothing; otherwise the latest use counts. */
const byWorth = (a: Resident, b: Resident): number => rank(a) - rank(b) || a.usedAt - b.usedAt;
const rank = ({ phase }: Resident): number => (phase === 'failed' ? 0 : 1);
