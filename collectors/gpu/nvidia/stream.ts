import type { Clock } from '../../clock.ts';
import { failureOfEnd, type ProgramEnd, type RunningProgram, type StartProgram } from '../../program.ts';
import type { ReadFailure } from '../../reader.ts';
import { Batches } from './batches.ts';
import { failureOf } from './failure.ts';
import type { Query } from './fields.ts';

/** The lines of one round, or why there is none. */
export type Round =
  | { readonly kind: 'lines'; readonly lines: readonly string[] }
  | { readonly kind: 'failed'; readonly reason: ReadFailure; readonly detail: string };

interface Options {
  readonly start: StartProgram;
  readonly clock: Clock;
  readonly command: string;
  readonly intervalMs: number;
  /** Time for the first round: without persistence mode the driver is loaded for it. */
  readonly firstMs: number;
}

const MAX_SAID = 2000;
const RENEW_MS = 1000;

/** `nvidia-smi -l`: one process that prints a round of rows per interval, watched by a dog of its own. */
export class SmiStream {
  readonly #given: Options;
  #program: RunningProgram | undefined;
  #batches: Batches | undefined;
  #said = '';
  #hasSpoken = false;
  #unread: readonly string[] | undefined;
  #wake: (() => void) | undefined;
  #failure: (Round & { kind: 'failed' }) | undefined;
  #isFailureTold = false;

  constructor(given: Options) {
    this.#given = given;
  }

  get isRunning(): boolean {
    return this.#program !== undefined;
  }

  /** The next round, or at once the latest that nobody has read; settles within `leftMs`. */
  async next(query: Query, signal: AbortSignal, leftMs: number): Promise<Round> {
    const before = this.#failure;
    if (before !== undefined && this.#program !== undefined) {
      return { kind: 'failed', reason: 'stuck', detail: 'nvidia-smi has been killed and has not ended' };
    }
    // It ended while nobody waited for it.
    if (before !== undefined && !this.#isFailureTold && this.#unread === undefined) return this.#tell(before);
    if (this.#program === undefined && this.#unread === undefined) this.#open(query);
    const patienceMs = Math.min(leftMs, this.#patienceMs);
    await this.#arrival(signal, patienceMs);
    const lines = this.#unread;
    this.#unread = undefined;
    if (lines !== undefined) return { kind: 'lines', lines };
    return this.#tell(this.#failure ?? this.#abandon('silent', `nvidia-smi: no rows for ${patienceMs} ms; killed`));
  }

  /** Ends the process so that the next round comes from another one; waits for its end, but not for long. */
  async renew(): Promise<void> {
    const program = this.#program;
    if (program === undefined) return;
    this.#abandon('stuck', 'nvidia-smi: ended to begin anew');
    this.#isFailureTold = true;
    this.#unread = undefined;
    let cancel = (): void => undefined;
    const late = new Promise<void>((resolve) => {
      cancel = this.#given.clock.after(RENEW_MS, resolve);
    });
    await Promise.race([program.ended, late]);
    cancel();
  }

  /** Ends the process, without waiting for it. */
  close(): void {
    this.#batches?.close();
    this.#program?.kill();
    this.#wake?.();
  }

  get #patienceMs(): number {
    const { intervalMs, firstMs } = this.#given;
    return this.#hasSpoken ? Math.min(firstMs, Math.max(3 * intervalMs, 3000)) : firstMs;
  }

  #tell(failure: Round & { kind: 'failed' }): Round {
    this.#isFailureTold = true;
    return failure;
  }

  /** Waits for a round, an end, or the end of patience. */
  #arrival(signal: AbortSignal, patienceMs: number): Promise<void> {
    if (this.#unread !== undefined || this.#failure !== undefined) return Promise.resolve();
    return new Promise((resolve) => {
      const settle = (): void => {
        cancel();
        signal.removeEventListener('abort', settle);
        this.#wake = undefined;
        resolve();
      };
      const cancel = this.#given.clock.after(patienceMs, settle);
      signal.addEventListener('abort', settle, { once: true });
      this.#wake = settle;
    });
  }

  #open(query: Query): void {
    const { start, clock, command, intervalMs } = this.#given;
    this.#failure = undefined;
    this.#isFailureTold = false;
    this.#said = '';
    this.#hasSpoken = false;
    const batches = new Batches({
      clock,
      columns: { count: query.special.count, uuid: query.special.uuid },
      onBatch: (lines) => {
        this.#hasSpoken = true;
        this.#unread = lines;
        this.#wake?.();
      },
      onFlood: () => this.#abandon('flood', 'nvidia-smi: more text than rows can be; killed'),
    });
    this.#batches = batches;
    const loop = intervalMs % 1000 === 0 ? ['-l', String(intervalMs / 1000)] : ['-lms', String(intervalMs)];
    const args = [`--query-gpu=${query.names.join(',')}`, '--format=csv,noheader,nounits', ...loop];
    const program = start(command, args, {
      stdout: (text) => {
        if (!this.#hasSpoken && this.#said.length < MAX_SAID) this.#said += text;
        if (this.#failure === undefined) batches.push(text);
      },
      stderr: (text) => {
        if (this.#said.length < MAX_SAID) this.#said += text;
      },
    });
    this.#program = program;
    void program.ended.then((end) => {
      batches.close();
      this.#program = undefined;
      this.#failure ??= endOf(end, this.#said);
      this.#wake?.();
    });
  }

  #abandon(reason: ReadFailure, detail: string): Round & { kind: 'failed' } {
    const failure = { kind: 'failed', reason, detail } as const;
    this.#failure = failure;
    this.close();
    return failure;
  }
}

const endOf = (end: ProgramEnd, said: string): Round & { kind: 'failed' } => {
  return { kind: 'failed', ...(end.kind === 'exited' ? failureOf(end.code, said) : failureOfEnd(end, 'nvidia-smi')) };
};
