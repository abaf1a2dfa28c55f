import { ServiceError } from '../../../core/errors/service-error.ts';
import { type GenerationRequest, PRIORITIES, type Priority } from '../../engine/protocol/generation.ts';
import type { GenerationEvent } from '../call.ts';
import { type End, Reader, type ReaderOptions, type Source } from './reader.ts';
import { foldEvents } from './transcript.ts';

/** Asks the stages below for the answer; the signal cancels it. */
export type Generate = (request: GenerationRequest, signal: AbortSignal) => AsyncIterable<GenerationEvent>;

interface Options {
  readonly request: GenerationRequest;
  readonly generate: Generate;
  /** Epoch milliseconds. */
  readonly now: () => number;
  /** Told once, when nobody may join any more: with all events of a complete answer, or with nothing. */
  readonly onEnd: (events?: readonly GenerationEvent[]) => void;
}

export interface Joining extends Omit<ReaderOptions, 'source'> {
  readonly priority: Priority;
}

/** One time that the stages below were asked. */
interface Attempt {
  readonly controller: AbortController;
  readonly deadlineAt: number;
  readonly events: AsyncIterator<GenerationEvent>;
}

/** Events gathered before neighbours are put together for the first time. */
const FOLD_AT = 64;

/**
 * One generation that several read. It is asked for the next event when the first of them wants it, ends when the last
 * of them leaves, and belongs to none of them: neither a deadline nor an error of one reader is that of another.
 */
export class SharedGeneration implements Source {
  readonly #options: Options;
  readonly #readers = new Set<Reader>();
  #events: GenerationEvent[] = [];
  #foldAt = FOLD_AT;
  #attempt: Attempt | undefined;
  #isAsking = false;
  #hasPiece = false;
  #priority: Priority = 'low';
  #end: End | undefined;

  constructor(options: Options) {
    this.#options = options;
  }

  get end(): End | undefined {
    return this.#end;
  }

  /**
   * Everything from the beginning. What waits in an engine for less urgent readers is asked for again, as urgent as this
   * one; what has begun to answer goes on.
   */
  join({ priority, ...joining }: Joining): AsyncIterator<GenerationEvent, undefined> {
    joining.signal.throwIfAborted();
    const reader = new Reader({ ...joining, source: this });
    this.#readers.add(reader);
    const isUrgent = PRIORITIES.indexOf(priority) > PRIORITIES.indexOf(this.#priority);
    if (isUrgent) this.#priority = priority;
    if (isUrgent && this.#attempt !== undefined && !this.#hasPiece) this.#askAgain(this.#attempt);
    return reader;
  }

  at(place: number): GenerationEvent | undefined {
    return this.#events[place];
  }

  leave(reader: Reader): void {
    this.#readers.delete(reader);
    if (this.#readers.size > 0 || this.#end !== undefined) return;
    this.#close({ error: { thrown: new DOMException('nobody reads this generation any more', 'AbortError') } });
  }

  advance(): void {
    if (this.#isAsking || this.#end !== undefined) return;
    this.#isAsking = true;
    try {
      this.#attempt ??= this.#begin();
    } catch (error) {
      // Not while the reader that asks is still about to wait.
      return queueMicrotask(() => this.#close({ error: { thrown: error } }));
    }
    this.#ask(this.#attempt);
  }

  #begin(): Attempt {
    const { request, generate, now } = this.#options;
    const controller = new AbortController();
    const deadlineAt = Math.max(...[...this.#readers].map((reader) => reader.deadlineAt));
    const terms = { ...request, priority: this.#priority, deadlineMs: Math.max(0, deadlineAt - now()) };
    return { controller, deadlineAt, events: generate(terms, controller.signal)[Symbol.asyncIterator]() };
  }

  #ask(attempt: Attempt): void {
    attempt.events.next().then(
      (result) => this.#take(attempt, result),
      (error) => this.#fail(attempt, error),
    );
  }

  #take(attempt: Attempt, { value: event, done }: IteratorResult<GenerationEvent>): void {
    if (attempt !== this.#attempt) return;
    if (done === true) return this.#fail(attempt, endedEarly());
    // Asked again, it is accepted again; the readers know.
    if (event.type === 'accepted' && this.#events.length > 0) return this.#ask(attempt);
    this.#isAsking = false;
    this.#hasPiece ||= event.type !== 'accepted';
    this.#events.push(event);
    if (this.#events.length >= this.#foldAt) this.#fold();
    if (event.type === 'finished') this.#close({});
    else this.#wakeAll();
  }

  #fail(attempt: Attempt, error: unknown): void {
    if (attempt !== this.#attempt) return;
    if (this.#isRefusedForOthers(attempt, error)) this.#refuse(attempt, error);
    else this.#close({ error: { thrown: error } });
  }

  /** A deadline that cannot be kept concerns those who have it; somebody may have joined with a later one. */
  #isRefusedForOthers({ deadlineAt }: Attempt, error: unknown): boolean {
    const isDeadline = error instanceof ServiceError && error.code === 'ERR_ADMIT_DEADLINE';
    return isDeadline && !this.#hasPiece && [...this.#readers].some((reader) => reader.deadlineAt > deadlineAt);
  }

  #refuse(attempt: Attempt, error: unknown): void {
    for (const reader of [...this.#readers]) if (reader.deadlineAt <= attempt.deadlineAt) reader.fail(error);
    this.#askAgain(attempt);
  }

  #askAgain(attempt: Attempt): void {
    this.#drop(attempt);
    this.#isAsking = false;
    this.#wakeAll();
  }

  #drop({ controller, events }: Attempt): void {
    this.#attempt = undefined;
    const isComplete = this.#end !== undefined && this.#end.error === undefined;
    if (!isComplete) controller.abort();
    // How it ends concerns nobody any more.
    events.return?.()?.catch(() => undefined);
  }

  #close(end: End): void {
    if (this.#end !== undefined) return;
    this.#end = end;
    if (this.#attempt !== undefined) this.#drop(this.#attempt);
    this.#options.onEnd(end.error === undefined ? this.#events : undefined);
    this.#wakeAll();
  }

  #wakeAll(): void {
    for (const reader of [...this.#readers]) reader.wake();
  }

  /** Rarer the more there is, so that its cost does not grow with the length of the answer. */
  #fold(): void {
    const readers = [...this.#readers];
    const { events, places } = foldEvents(
      this.#events,
      readers.map((reader) => reader.place),
    );
    this.#events = events;
    this.#foldAt = Math.max(FOLD_AT, 2 * events.length);
    places.forEach((place, index) => {
      const reader = readers[index];
      if (reader !== undefined) reader.place = place;
    });
  }
}

const endedEarly = (): ServiceError =>
  new ServiceError('ERR_ENGINE_FAILED', 'the generation ended without saying that it finished');
