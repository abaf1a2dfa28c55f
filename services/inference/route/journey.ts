import { ServiceError } from '../../../core/errors/service-error.ts';
import type { GenerationRequest, TokenDetails } from '../../engine/protocol/generation.ts';
import { type Carriage, carriageFor } from './carriage.ts';
import type { GenerationQueue } from './generation-queue.ts';
import type { Replica } from './replica.ts';
import type { Session } from './session.ts';
import type { FinishedEvent, Work } from './work.ts';

/** A ready replica with its process. */
export interface Place {
  readonly replica: Replica;
  readonly session: Session;
}

/** What became of a request whose engine died: `moved` before its first token, `resumed` after it. */
export type MoveResult = 'moved' | 'resumed' | 'failed';

export type OnMove = (model: string, result: MoveResult, durationMs: number) => void;

interface Options {
  readonly model: string;
  readonly request: GenerationRequest;
  readonly queue: Pick<GenerationQueue, 'accepted' | 'tokens' | 'finished' | 'failed'>;
  /** The best replica, now or as soon as there is one; rejects where none is on its way. */
  readonly findPlace: () => Promise<Place>;
  /** Milliseconds, monotonic. */
  readonly now: () => number;
  readonly onMove: OnMove;
}

/** A request that outlived so many engines is more likely to be their end than their victim. */
export const MAX_MOVES = 2;

/** Is this the end of an engine, and not its answer? */
export const isDeath = (error: unknown): boolean => error instanceof ServiceError && error.code === 'ERR_ENGINE_DIED';

/**
 * One generation from its first engine to its last: when one dies, the next begins anew. What the consumer has seen is
 * compared and left out, so that it notices a pause at most; where that cannot be, it is told.
 */
export class Journey implements Work {
  readonly #options: Options;
  readonly #carriage: Carriage;
  #place: Place | undefined;
  #cancel: () => void = () => undefined;
  #startedAt = 0;
  #isAccepted = false;
  #isOver = false;
  #moves = 0;
  /** The death that it has not recovered from yet. */
  #loss: { readonly at: number; readonly error: ServiceError; readonly result: MoveResult } | undefined;

  constructor(options: Options) {
    this.#options = options;
    this.#carriage = carriageFor(options.request, (text, count, details) => this.#pass(text, count, details));
  }

  begin(place: Place): void {
    this.#place = place;
    this.#startedAt = this.#options.now();
    this.#cancel = place.session.generate(this.#options.request, this);
  }

  /** Nobody wants it any more. */
  cancel(): void {
    this.#isOver = true;
    this.#cancel();
  }

  accepted(promptTokens: number | null): void {
    if (this.#isAccepted) return;
    this.#isAccepted = true;
    this.#options.queue.accepted(promptTokens);
  }

  tokens(text: string, count: number, details?: TokenDetails): void {
    if (!this.#carriage.tokens(text, count, details)) this.#diverged();
  }

  finished(event: FinishedEvent): void {
    const { now, queue } = this.#options;
    if (!this.#carriage.finished()) return this.#diverged();
    this.#recovered();
    this.#place?.replica.notePace(now() - this.#startedAt, event.usage.completionTokens);
    queue.finished(event);
  }

  computed(): void {
    // Engines answer a generation with tokens only.
  }

  failed(error: ServiceError): void {
    if (!isDeath(error)) return this.#fail(error);
    const isLast = this.#moves >= MAX_MOVES || !this.#carriage.restart();
    this.#loss ??= { at: this.#options.now(), error, result: this.#carriage.hasBegun ? 'resumed' : 'moved' };
    if (isLast) return this.#fail(this.#carriage.hasBegun ? torn(error) : error);
    this.#moves += 1;
    this.#cancel = () => undefined;
    // Its replica is told of the death after its work is.
    queueMicrotask(() => void this.#move(error));
  }

  async #move(death: ServiceError): Promise<void> {
    try {
      if (this.#isOver) return;
      const place = await this.#options.findPlace();
      if (!this.#isOver) this.begin(place);
    } catch {
      // What it waited for is not coming; that its engine died is why it waited.
      if (!this.#isOver) this.#fail(death);
    }
  }

  #pass(text: string, count: number, details: TokenDetails | undefined): void {
    this.#recovered();
    this.#options.queue.tokens(text, count, details);
  }

  #recovered(): void {
    if (this.#loss === undefined) return;
    this.#tell(this.#loss.result, this.#loss.at);
    this.#loss = undefined;
  }

  #diverged(): void {
    this.#cancel();
    this.#fail(torn(this.#loss?.error ?? new ServiceError('ERR_ENGINE_DIED', 'the answer began anew')));
  }

  #fail(error: ServiceError): void {
    if (this.#loss !== undefined) this.#tell('failed', this.#loss.at);
    this.#loss = undefined;
    this.#isOver = true;
    this.#options.queue.failed(error);
  }

  #tell(result: MoveResult, lostAt: number): void {
    const { model, now, onMove } = this.#options;
    onMove(model, result, now() - lostAt);
  }
}

const torn = (error: ServiceError): ServiceError =>
  new ServiceError(
    'ERR_ENGINE_DIED',
    `${error.message}; the answer that had begun cannot be taken up. With temperature 0 or a seed a stream goes on by itself`,
    { ...(error.details === undefined ? {} : { details: { ...error.details, hasBegun: true } }), retryAfterSeconds: 1 },
  );
