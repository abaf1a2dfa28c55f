import type { ServiceError } from '../../../core/errors/service-error.ts';
import type { TokenDetails } from '../../engine/protocol/generation.ts';
import type { GenerationEvent } from '../call.ts';
import type { FinishedEvent, Work } from './work.ts';

interface Options {
  readonly model: string;
  readonly signal: AbortSignal;
  /** Frees the slot of a generation nobody waits for any more. */
  readonly cancel: () => void;
  readonly onFirstToken: () => void;
}

/**
 * The events of one generation between the engine, which pushes, and the consumer, which pulls: what has gathered is
 * handed out without waiting, and a promise is made only when there is nothing. A class, because it is made per request
 * and a closure for each of its methods would cost more than the rest of it.
 */
export class GenerationQueue implements Work, AsyncIterator<GenerationEvent, undefined> {
  readonly #options: Options;
  readonly #onAbort: () => void;
  #events: GenerationEvent[] = [];
  #head = 0;
  #isEnded = false;
  #hasToken = false;
  #failure: { readonly error: unknown } | undefined;
  #waiting: PromiseWithResolvers<IteratorResult<GenerationEvent, undefined>> | undefined;

  constructor(options: Options) {
    this.#options = options;
    this.#onAbort = () => this.#abandon(options.signal.reason);
    options.signal.addEventListener('abort', this.#onAbort, { once: true });
  }

  next(): Promise<IteratorResult<GenerationEvent, undefined>> {
    const event = this.#events[this.#head];
    if (event !== undefined) {
      this.#head += 1;
      if (this.#head === this.#events.length) this.#clear();
      return Promise.resolve({ value: event, done: false });
    }
    if (this.#failure !== undefined) return this.#throwFailure(this.#failure.error);
    if (this.#isEnded) return DONE;
    this.#waiting = Promise.withResolvers();
    return this.#waiting.promise;
  }

  /** The consumer left the loop. */
  return(): Promise<IteratorResult<GenerationEvent, undefined>> {
    this.#leave();
    this.#waiting?.resolve({ value: undefined, done: true });
    this.#waiting = undefined;
    return DONE;
  }

  accepted(promptTokens: number | null): void {
    this.#push({ type: 'accepted', model: this.#options.model, promptTokens });
  }

  tokens(text: string, tokens: number, details?: TokenDetails): void {
    if (!this.#hasToken) {
      this.#hasToken = true;
      this.#options.onFirstToken();
    }
    if (details !== undefined) return this.#detailed(text, tokens, details);
    const last = this.#events.length - this.#head > MAX_BACKLOG ? this.#events.at(-1) : undefined;
    if (last?.type !== 'text' || last.logprobs !== undefined) return this.#push({ type: 'text', text, tokens });
    this.#events[this.#events.length - 1] = { type: 'text', text: last.text + text, tokens: last.tokens + tokens };
  }

  finished({ reason, usage, timings, phases, batch }: FinishedEvent): void {
    this.#end();
    const ran = batch === undefined ? {} : { batch };
    const event = { type: 'finished', reason, usage, timings, ...ran } as const;
    this.#push(phases === undefined ? event : { ...event, phases });
  }

  computed(): void {
    // Engines answer a generation with tokens only.
  }

  /** One step of the engine may say several things; its tokens count with the first of them. */
  #detailed(text: string, tokens: number, { reasoning, toolCalls, logprobs }: TokenDetails): void {
    let uncounted = tokens;
    const take = (): number => {
      const count = uncounted;
      uncounted = 0;
      return count;
    };
    if (reasoning !== undefined) this.#push({ type: 'reasoning', text: reasoning, tokens: take() });
    if (toolCalls !== undefined) this.#push({ type: 'toolCalls', calls: toolCalls, tokens: take() });
    if (logprobs !== undefined) this.#push({ type: 'text', text, tokens: take(), logprobs });
    else if (text !== '' || uncounted > 0) this.#push({ type: 'text', text, tokens: take() });
  }

  failed(error: ServiceError): void {
    this.#end();
    this.#fail(error);
  }

  #push(event: GenerationEvent): void {
    const waiting = this.#waiting;
    if (waiting === undefined) {
      this.#events.push(event);
      return;
    }
    this.#waiting = undefined;
    waiting.resolve({ value: event, done: false });
  }

  #fail(error: unknown): void {
    const waiting = this.#waiting;
    this.#waiting = undefined;
    if (waiting === undefined) this.#failure = { error };
    else waiting.reject(error);
  }

  #throwFailure(error: unknown): Promise<never> {
    this.#failure = undefined;
    return Promise.reject(error);
  }

  /** Deadline or client gone: nobody wants what has gathered. */
  #abandon(reason: unknown): void {
    this.#leave();
    this.#fail(reason);
  }

  #leave(): void {
    this.#clear();
    this.#failure = undefined;
    if (this.#isEnded) return;
    this.#end();
    this.#options.cancel();
  }

  #end(): void {
    this.#isEnded = true;
    this.#options.signal.removeEventListener('abort', this.#onAbort);
  }

  #clear(): void {
    this.#events = [];
    this.#head = 0;
  }
}

/** Beyond this many unread events the text of one goes to the end of the last: a slow reader costs no more memory than the text. */
const MAX_BACKLOG = 64;
const DONE: Promise<IteratorResult<never, undefined>> = Promise.resolve({ value: undefined, done: true });
