import { createHash } from 'node:crypto';
import type { Logger } from '../../../core/telemetry/log.ts';
import type { Note, Notifier, Receipt } from '../notifier/notifier.ts';
import { asLastForNow } from '../notifier/wording.ts';
import type { Attempted, Memory } from './memory.ts';
import { roomFor } from './rate.ts';

/** A notifier that was started, with those it is for. */
export interface Way {
  readonly id: string;
  readonly to: readonly string[];
  readonly notifier: Notifier;
}

/** What became of a message to one recipient; `reached` also where an earlier attempt did it. */
export type Result =
  | { readonly kind: 'reached' | 'limited' }
  /** Sent as often as it may be without an answer: it may have arrived. */
  | { readonly kind: 'exhausted'; readonly reason: string }
  | Exclude<Receipt, { kind: 'accepted' }>;

export type CountedOutcome = 'delivered' | 'rejected' | 'busy' | 'doubtful' | 'limited';

export interface DeliveryOptions {
  readonly memory: Memory;
  readonly timeoutMs: number;
  readonly perHour: number;
  readonly now: () => number;
  readonly log: Logger;
  readonly count: (notifier: string, outcome: CountedOutcome) => void;
}

interface Target {
  /** What the memory calls it: no number. */
  readonly key: string;
  /** The same whoever sends, so that falling over does not double what one person gets. */
  readonly recipient: string;
  readonly to: readonly string[];
}

/** Access to what the memory holds of one message. */
export interface Attempts {
  get(key: string): Attempted | undefined;
  set(key: string, attempted: Attempted): void;
}

/**
 * An attempt whose end nobody saw is repeated once: rather the same message twice than none, and never more than that,
 * however often the process dies between sending and writing down.
 */
const MAX_DOUBTS = 2;

/** Who gets it by this way. */
export const targetsOf = ({ id, to, notifier }: Way): Target[] =>
  notifier.addressing === 'room'
    ? [{ key: `${id} room`, recipient: `room ${id}`, to }]
    : to.map((number) => ({ key: `${id} ${hashOf(number)}`, recipient: hashOf(number), to: [number] }));

const hashOf = (number: string): string => createHash('sha256').update(number).digest('hex').slice(0, 16);

/** Sends a note to some targets of one way at once. What is begun is written down before, and how it ended after. */
export const createDelivery = (options: DeliveryOptions) => {
  const { memory, timeoutMs, perHour, now, log, count } = options;

  const send = async (way: Way, target: Target, note: Note, signal: AbortSignal): Promise<Receipt> => {
    try {
      return await way.notifier.send(note, target.to, AbortSignal.any([signal, AbortSignal.timeout(timeoutMs)]));
    } catch (err) {
      // A secret that cannot be read, or a fault of a third party's code: it has not sent anything, as far as can be known.
      log.error('notifier.failed', { err, labels: { notifier: way.id } });
      return { kind: 'rejected', reason: err instanceof Error ? err.message : 'it failed' };
    }
  };

  const conclude = (way: Way, target: Target, attempts: Attempts, receipt: Receipt, sentAt: number): Result => {
    const doubts = attempts.get(target.key)?.doubts ?? 1;
    count(way.id, receipt.kind === 'accepted' ? 'delivered' : receipt.kind);
    if (receipt.kind === 'accepted') {
      attempts.set(target.key, { doubts, isReached: true });
      return { kind: 'reached' };
    }
    log.warn(
      'message.not_taken',
      { labels: { notifier: way.id, outcome: receipt.kind } },
      `${way.id}: ${receipt.reason}`,
    );
    if (receipt.kind === 'doubtful') return receipt;
    attempts.set(target.key, { doubts: doubts - 1, isReached: false });
    memory.forgetSent(target.recipient, sentAt);
    return receipt;
  };

  const begin = (way: Way, target: Target, note: Note, attempts: Attempts): Result | { note: Note; at: number } => {
    const { doubts, isReached } = attempts.get(target.key) ?? { doubts: 0, isReached: false };
    if (isReached) return { kind: 'reached' };
    if (doubts >= MAX_DOUBTS) return { kind: 'exhausted', reason: 'sent twice without an answer' };
    const at = now();
    const room = roomFor(memory.sent(target.recipient), perHour, note.phase, at);
    if (room === 0) {
      count(way.id, 'limited');
      return { kind: 'limited' };
    }
    attempts.set(target.key, { doubts: doubts + 1, isReached: false });
    memory.noteSent(target.recipient, at);
    return { note: room === 1 && note.phase === 'first' ? asLastForNow(note) : note, at };
  };

  return async (
    way: Way,
    targets: readonly Target[],
    { note, attempts, signal }: { readonly note: Note; readonly attempts: Attempts; readonly signal: AbortSignal },
  ): Promise<ReadonlyMap<Target, Result>> => {
    const begun = targets.map((target) => [target, begin(way, target, note, attempts)] as const);
    if (begun.some(([, start]) => 'note' in start)) await memory.save();
    const results = begun.map(async ([target, start]) => {
      if (!('note' in start)) return [target, start] as const;
      const receipt = await send(way, target, start.note, signal);
      const result = conclude(way, target, attempts, receipt, start.at);
      await memory.save();
      return [target, result] as const;
    });
    return new Map(await Promise.all(results));
  };
};

export type { Target };
