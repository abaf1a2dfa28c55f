import { ServiceError } from '../../../core/errors/service-error.ts';

/** What keeps a silent connection open: a comment, which clients skip. */
export const KEEP_ALIVE = ': keep-alive\n\n';

/** Events that could not be merged, after which a reader that is behind is given up: some take kilobytes each. */
const MAX_HELD = 4096;

/** Where a stream is written to; made when the status is certain. */
export interface StreamSink {
  /** False: the client reads more slowly than this is written. */
  write(chunk: string): boolean;
  /** Resolves when there is room again or the client is gone. */
  drained(): Promise<void>;
  end(): void;
}

/** How the events of one answer become bytes. */
export interface StreamEncoder<Event> {
  /** Empty: this event has nothing to say. */
  encode(event: Event): string;
  /** Two events as one, for a reader that is behind; undefined where both are needed. */
  merge(earlier: Event, later: Event): Event | undefined;
  /** The last event of a stream that fails after its headers. */
  fail(error: ServiceError): string;
}

interface Options<Event> {
  readonly encoder: StreamEncoder<Event>;
  /** Commits status and headers; called with the first bytes. */
  readonly open: () => StreamSink;
  /** Silence after which a keep-alive is written. */
  readonly heartbeatMs: number;
  /** Told when writing fails between two events; the next call of `end` throws the reason. */
  readonly onBroken: () => void;
}

const giveUp = (): never => {
  throw new ServiceError('ERR_HTTP_READER_STALLED', 'stream: expected a client that reads it, got one that does not');
};

/**
 * Bytes of one turn go out in one write. While the client is behind, events are merged instead of queued, so that a
 * reader that stops costs the text of its answer, and neither a slot of the engine nor unbounded memory.
 */
export class StreamWriter<Event> {
  readonly #options: Options<Event>;
  readonly #timer: NodeJS.Timeout;
  #sink: StreamSink | undefined;
  #bytes = '';
  #held: Event[] = [];
  #isBehind = false;
  #isScheduled = false;
  #failure: { readonly error: unknown } | undefined;

  constructor(options: Options<Event>) {
    this.#options = options;
    this.#timer = setTimeout(() => this.#keepAlive(), options.heartbeatMs);
  }

  /** True once the status is on its way. */
  get isOpen(): boolean {
    return this.#sink !== undefined;
  }

  send(event: Event): void {
    if (this.#isBehind) return this.#hold(event);
    this.#bytes += this.#options.encoder.encode(event);
    if (this.#isScheduled || this.#bytes === '') return;
    this.#isScheduled = true;
    // After all promise reactions of this turn: events that arrive together leave together.
    process.nextTick(() => this.#guard(() => this.#flush()));
  }

  /** Writes what is held back and `last`, then ends the stream. */
  end(last: string): void {
    if (this.#failure !== undefined) throw this.#failure.error;
    this.#bytes += this.#encodeHeld() + last;
    this.#flush();
    this.#sink ??= this.#options.open();
    this.#sink.end();
  }

  /** Writes nothing more. */
  stop(): void {
    this.#bytes = '';
    this.#held = [];
    clearTimeout(this.#timer);
  }

  #flush(): void {
    this.#isScheduled = false;
    if (this.#bytes === '') return;
    const chunk = this.#bytes;
    this.#bytes = '';
    this.#write(chunk);
  }

  #write(chunk: string): void {
    this.#timer.refresh();
    this.#sink ??= this.#options.open();
    if (this.#sink.write(chunk) || this.#isBehind) return;
    this.#isBehind = true;
    void this.#sink.drained().then(() => this.#guard(() => this.#catchUp()));
  }

  #catchUp(): void {
    this.#isBehind = false;
    this.#bytes += this.#encodeHeld();
    this.#flush();
  }

  #hold(event: Event): void {
    const last = this.#held.at(-1);
    const merged = last === undefined ? undefined : this.#options.encoder.merge(last, event);
    if (merged !== undefined) this.#held[this.#held.length - 1] = merged;
    else if (this.#held.length < MAX_HELD) this.#held.push(event);
    else this.#guard(giveUp);
  }

  #encodeHeld(): string {
    const chunk = this.#held.map((event) => this.#options.encoder.encode(event)).join('');
    this.#held = [];
    return chunk;
  }

  #keepAlive(): void {
    if (!this.#isBehind) this.#guard(() => this.#write(KEEP_ALIVE));
    this.#timer.refresh();
  }

  // What runs between two events has nobody to throw to: an exception there would end the process.
  #guard(step: () => void): void {
    if (this.#failure !== undefined) return;
    try {
      step();
    } catch (error) {
      this.#failure = { error };
      this.#options.onBroken();
    }
  }
}
