import type { GenerationEvent } from '../call.ts';

/** What a reader sees of the generation it shares. */
export interface Source {
  /** The event at a place, where it is there already. */
  at(place: number): GenerationEvent | undefined;
  /** How it ended; undefined while it may go on. */
  readonly end: End | undefined;
  /** Gets the next event if nobody has asked for it yet; `wake` follows. */
  advance(): void;
  leave(reader: Reader): void;
}

/** `error`: what was thrown in the end. */
export interface End {
  readonly error?: { readonly thrown: unknown };
}

export interface ReaderOptions {
  readonly source: Source;
  /** Epoch milliseconds. */
  readonly deadlineAt: number;
  readonly signal: AbortSignal;
  /** What `accepted` says of the cache. */
  readonly cache: 'miss' | 'shared' | undefined;
}

type Result = IteratorResult<GenerationEvent, undefined>;

/** One of those who read a shared generation, each from its beginning and at a speed of its own. */
export class Reader implements AsyncIterator<GenerationEvent, undefined> {
  readonly deadlineAt: number;
  /** How many events it has read. */
  place = 0;
  readonly #options: ReaderOptions;
  readonly #onAbort: () => void;
  #waiting: PromiseWithResolvers<Result> | undefined;
  #failure: { readonly thrown: unknown } | undefined;
  #hasLeft = false;

  constructor(options: ReaderOptions) {
    this.#options = options;
    this.deadlineAt = options.deadlineAt;
    this.#onAbort = () => this.fail(options.signal.reason);
    options.signal.addEventListener('abort', this.#onAbort, { once: true });
  }

  next(): Promise<Result> {
    if (this.#failure !== undefined) return this.#throwFailure(this.#failure.thrown);
    if (this.#hasLeft) return DONE;
    const { source } = this.#options;
    const event = source.at(this.place);
    if (event !== undefined) return Promise.resolve({ value: this.#read(event), done: false });
    if (source.end !== undefined) return this.#finish(source.end);
    this.#waiting = Promise.withResolvers();
    const { promise } = this.#waiting;
    source.advance();
    return promise;
  }

  /** The consumer left the loop. */
  return(): Promise<Result> {
    this.#leave();
    this.#waiting?.resolve({ value: undefined, done: true });
    this.#waiting = undefined;
    return DONE;
  }

  /** Nothing of what it has not read yet is wanted any more. */
  fail(thrown: unknown): void {
    if (this.#hasLeft) return;
    this.#leave();
    const waiting = this.#waiting;
    this.#waiting = undefined;
    if (waiting === undefined) this.#failure = { thrown };
    else waiting.reject(thrown);
  }

  /** There may be more to read, or nothing any more. */
  wake(): void {
    const waiting = this.#waiting;
    if (waiting === undefined) return;
    const { source } = this.#options;
    const event = source.at(this.place);
    if (event === undefined && source.end === undefined) return source.advance();
    this.#waiting = undefined;
    waiting.resolve(event === undefined ? this.#finish(source.end ?? {}) : { value: this.#read(event), done: false });
  }

  #read(event: GenerationEvent): GenerationEvent {
    this.place += 1;
    const { cache } = this.#options;
    return event.type === 'accepted' && cache !== undefined ? { ...event, cache } : event;
  }

  #finish({ error }: End): Promise<Result> {
    this.#leave();
    return error === undefined ? DONE : Promise.reject(error.thrown);
  }

  #throwFailure(thrown: unknown): Promise<never> {
    this.#failure = undefined;
    return Promise.reject(thrown);
  }

  #leave(): void {
    if (this.#hasLeft) return;
    this.#hasLeft = true;
    const { signal, source } = this.#options;
    signal.removeEventListener('abort', this.#onAbort);
    source.leave(this);
  }
}

const DONE: Promise<IteratorResult<never, undefined>> = Promise.resolve({ value: undefined, done: true });
