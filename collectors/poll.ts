import type { Clock } from './clock.ts';
import type { Reader, ReadFailure, ReadOutcome } from './reader.ts';

/** What the latest look came to. */
export type PollState =
  | { readonly kind: 'waiting' }
  | { readonly kind: 'up' }
  | { readonly kind: 'absent'; readonly why: string }
  | { readonly kind: 'failing'; readonly reason: ReadFailure; readonly detail: string };

interface Options<Reading> {
  readonly reader: Reader<Reading>;
  readonly clock: Clock;
  /** Called when the state is another one, and when it fails for another reason. */
  readonly onChange?: (state: PollState, before: PollState) => void;
  readonly onReading?: (reading: Reading) => void;
}

/** A driver or a device may be plugged in later. */
const LOOK_AGAIN_MS = 30_000;
/** What fails is asked less and less often, down to this. */
const SLOWEST_RETRY_MS = 10_000;

/**
 * Asks one reader again and again, in the background. Two readings never overlap; one that is late has failed and what it
 * brings later is dropped; a failure takes the last values with it, and so do two intervals without new ones.
 */
export class Poll<Reading> {
  readonly #given: Options<Reading>;
  #state: PollState = { kind: 'waiting' };
  #last: { readonly at: number; readonly reading: Reading } | undefined;
  #lastSuccess: number | undefined;
  #durationMs: number | undefined;
  #failuresInRow = 0;
  #implausible = 0;
  readonly #failures = new Map<ReadFailure, number>();
  /** True while a reading has not settled, however long ago it was given up. */
  #isReading = false;
  #abort = new AbortController();
  #cancel: () => void = () => undefined;
  #isStopped = false;

  constructor(given: Options<Reading>) {
    this.#given = given;
  }

  get state(): PollState {
    return this.#state;
  }

  /** The latest reading while it is fresh. */
  get fresh(): Reading | undefined {
    if (this.#last === undefined) return undefined;
    const age = this.#given.clock.now() - this.#last.at;
    return age <= 2 * this.#given.reader.intervalMs ? this.#last.reading : undefined;
  }

  /** Unix time in seconds of the latest reading that succeeded. */
  get lastSuccess(): number | undefined {
    return this.#lastSuccess;
  }

  get durationMs(): number | undefined {
    return this.#durationMs;
  }

  get failures(): ReadonlyMap<ReadFailure, number> {
    return this.#failures;
  }

  get implausible(): number {
    return this.#implausible;
  }

  start(): void {
    this.#look();
  }

  async stop(): Promise<void> {
    this.#isStopped = true;
    this.#cancel();
    this.#abort.abort();
    await this.#given.reader.stop();
  }

  #look(): void {
    const { reader, clock } = this.#given;
    if (this.#isReading) {
      this.#settle({ kind: 'failed', reason: 'stuck', detail: 'an earlier reading has not ended' }, clock.now());
      return;
    }
    const startedAt = clock.now();
    const abort = new AbortController();
    this.#abort = abort;
    let isOpen = true;
    const settle = (outcome: ReadOutcome<Reading>): void => {
      if (!isOpen || this.#isStopped) return;
      isOpen = false;
      cancel();
      this.#settle(outcome, startedAt);
    };
    const cancel = clock.after(reader.deadlineMs, () => {
      settle({ kind: 'failed', reason: 'deadline', detail: `no reading within ${reader.deadlineMs} ms` });
      abort.abort();
    });
    this.#isReading = true;
    void reader
      .read(abort.signal)
      .catch((error: unknown): ReadOutcome<Reading> => ({ kind: 'failed', reason: 'other', detail: String(error) }))
      .then((outcome) => {
        this.#isReading = false;
        settle(outcome);
      });
  }

  #settle(outcome: ReadOutcome<Reading>, startedAt: number): void {
    const { clock } = this.#given;
    this.#durationMs = clock.now() - startedAt;
    const known = this.#missed(outcome);
    if (known.kind === 'read') this.#succeed(known);
    else if (known.kind === 'failed') this.#fail(known);
    else this.#become(known);
    const wait = this.#waitAfter(known, clock.now() - startedAt);
    if (!this.#isStopped) this.#cancel = clock.after(wait, () => this.#look());
  }

  /** What was there once is missed when it is gone. */
  #missed(outcome: ReadOutcome<Reading>): ReadOutcome<Reading> {
    if (outcome.kind !== 'absent' || this.#lastSuccess === undefined) return outcome;
    return { kind: 'failed', reason: 'gone', detail: outcome.why };
  }

  #succeed({ reading, implausible = 0 }: ReadOutcome<Reading> & { readonly kind: 'read' }): void {
    const { clock, onReading } = this.#given;
    this.#failuresInRow = 0;
    this.#implausible += implausible;
    this.#last = { at: clock.now(), reading };
    this.#lastSuccess = clock.wall() / 1000;
    onReading?.(reading);
    this.#become({ kind: 'up' });
  }

  #fail({ reason, detail }: ReadOutcome<Reading> & { readonly kind: 'failed' }): void {
    this.#failuresInRow += 1;
    this.#failures.set(reason, (this.#failures.get(reason) ?? 0) + 1);
    this.#become({ kind: 'failing', reason, detail });
  }

  #become(state: PollState): void {
    const before = this.#state;
    if (state.kind !== 'up') this.#last = undefined;
    this.#state = state;
    const isSame =
      before.kind === state.kind &&
      (state.kind !== 'failing' || (before.kind === 'failing' && before.reason === state.reason));
    if (!isSame) this.#given.onChange?.(state, before);
  }

  #waitAfter(outcome: ReadOutcome<Reading>, tookMs: number): number {
    const { intervalMs, lookAgainMs = LOOK_AGAIN_MS } = this.#given.reader;
    if (outcome.kind === 'absent') return Math.max(lookAgainMs, intervalMs);
    if (outcome.kind === 'read') return Math.max(0, intervalMs - tookMs);
    return Math.min(Math.max(SLOWEST_RETRY_MS, intervalMs), intervalMs * 2 ** Math.min(this.#failuresInRow, 10));
  }
}
