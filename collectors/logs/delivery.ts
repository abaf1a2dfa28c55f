/** What a stage says of itself at one moment; counts since it started. */
export interface Seen {
  /** Milliseconds, monotonic. */
  readonly at: number;
  /** Another one after each restart. */
  readonly life: string;
  readonly received: number;
  /** Delivered, found there already, set aside or lost: whatever does not wait any more. */
  readonly settled: number;
  /** Attempts that were repeated. */
  readonly retried: number;
  /** Being sent just now. */
  readonly inFlight: number;
  /** What it says is in its queue, where it does. */
  readonly queued?: number;
}

/** Up to `upTo` lines had been received at `at`. */
interface Mark {
  readonly at: number;
  readonly upTo: number;
}

/** What was seen so far; counts go on over restarts, because the queue on disk does. */
export interface Delivery {
  readonly last: Seen;
  /** When its counts changed last. */
  readonly stirredAt: number;
  readonly received: number;
  readonly settled: number;
  readonly marks: readonly Mark[];
}

/** A store that is away is tried every 15 seconds at the latest, so this long without a try means that nothing waits. */
const DRAINED_AFTER_MS = 60_000;
const MAX_MARKS = 512;

/**
 * Follows how far a stage is. No shipper says how old what it holds is, so this remembers when how much had been received:
 * the oldest line that waits came at the first of those moments beyond what is settled. Between a look and a crash some
 * counts are lost, in both directions; a stage that has come to rest, or that says its queue is empty, sets that right.
 */
export const follow = (before: Delivery | undefined, seen: Seen): Delivery => {
  const added = since(before?.last, seen);
  const settled = (before?.settled ?? 0) + added.settled;
  const total = (before?.received ?? 0) + added.received;
  const stirredAt = before === undefined || hasStirred(before.last, seen) ? seen.at : before.stirredAt;
  if (isDrained(seen, stirredAt)) return { last: seen, stirredAt, received: settled, settled, marks: [] };
  // More went out than we saw come in: what an earlier one had left in the queue.
  const received = Math.max(total, settled);
  const marks = [...(before?.marks ?? []), { at: seen.at, upTo: received }];
  return { last: seen, stirredAt, received, settled, marks: thinned(relevant(marks, settled)) };
};

/** Lines that wait. */
export const waiting = ({ received, settled }: Delivery): number => received - settled;

/** How long the oldest of them has waited, in seconds. */
export const lagSeconds = ({ marks, last }: Delivery): number => {
  const [oldest] = marks;
  return oldest === undefined ? 0 : (last.at - oldest.at) / 1000;
};

const since = (last: Seen | undefined, seen: Seen) => {
  const isSame =
    last !== undefined && last.life === seen.life && last.received <= seen.received && last.settled <= seen.settled;
  return {
    received: seen.received - (isSame ? last.received : 0),
    settled: seen.settled - (isSame ? last.settled : 0),
  };
};

const hasStirred = (last: Seen, seen: Seen): boolean =>
  seen.inFlight > 0 ||
  last.life !== seen.life ||
  last.received !== seen.received ||
  last.settled !== seen.settled ||
  last.retried !== seen.retried;

const isDrained = (seen: Seen, stirredAt: number): boolean =>
  seen.queued === undefined ? seen.at - stirredAt >= DRAINED_AFTER_MS : seen.queued === 0 && seen.inFlight === 0;

/** The first mark of each count, of those that are not settled. */
const relevant = (marks: readonly Mark[], settled: number): readonly Mark[] =>
  marks.filter(({ upTo }, index) => upTo > settled && upTo > (marks[index - 1]?.upTo ?? 0));

/** A store may be away for days: of two neighbours the later goes, and what came with it counts as older than it is. */
const thinned = (marks: readonly Mark[]): readonly Mark[] => {
  if (marks.length <= MAX_MARKS) return marks;
  return marks.flatMap(({ at }, index) =>
    index % 2 === 0 ? [{ at, upTo: (marks[index + 1] ?? marks[index])?.upTo ?? 0 }] : [],
  );
};
