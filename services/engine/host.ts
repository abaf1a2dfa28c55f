import { createWayOut, type WayOut } from '../../core/egress/way-out.ts';
import { ServiceError } from '../../core/errors/service-error.ts';
import type { Engine, EngineChange, EngineContext, EnginePlugin } from './engine.ts';
import { asEngineError, duplicateId } from './failure.ts';
import { createOutbox } from './outbox.ts';
import { decodeOneToken } from './probe.ts';
import { answerProfile } from './profile.ts';
import type { Task, TaskResult } from './protocol/generation.ts';
import type { EngineCommand, EngineMessage, EngineSpec } from './protocol/messages.ts';
import { readCommand } from './protocol/read.ts';
import { cannotDo } from './tasks.ts';
import { createWork, failureOf, type Work } from './work.ts';

/** How this process ends, for whoever reads its exit code. */
export const EXIT = { ok: 0, unavailable: 69, internal: 70 } as const;

const BEAT_MS = 1000;
/** What releasing the model may take before the process ends without it. */
const RELEASE_LIMIT_MS = 10_000;

interface HostOptions {
  readonly send: (message: EngineMessage, done: () => void) => void;
  readonly exit: (code: number) => void;
  readonly find: (name: string) => Promise<EnginePlugin<unknown>>;
  readonly log: (line: string) => void;
  readonly now: () => number;
}

export interface Host {
  /** One message as it came over the channel. */
  receive(message: unknown): void;
  /** Finishes what runs, then exits; `now` gives up at once. A second call without `now` changes nothing. */
  stop(now: boolean): void;
  /** Reports what cannot be survived, then exits. */
  fail(error: unknown): void;
}

/** Runs one engine plugin on behalf of the gateway: commands in, batched events out. */
export const createHost = (options: HostOptions): Host => new EngineHost(options);

type Phase = 'new' | 'loading' | 'ready' | 'stopping' | 'ended';

class EngineHost implements Host {
  readonly #options: HostOptions;
  readonly #outbox;
  readonly #works = new Map<number, Work>();
  readonly #tasks = new Map<number, AbortController>();
  readonly #life = new AbortController();
  readonly #wayOut: WayOut;
  #phase: Phase = 'new';
  #engine: Engine | undefined;
  /** Settings that came while it loaded. */
  #change: EngineChange = {};
  #beats = 0;
  #timer: NodeJS.Timeout | undefined;

  constructor(options: HostOptions) {
    this.#options = options;
    this.#outbox = createOutbox(options.send, options.now);
    this.#wayOut = createWayOut({ rows: [], note: (note) => this.#outbox.push({ type: 'egress', note }) });
  }

  receive(message: unknown): void {
    try {
      this.#obey(readCommand(message));
    } catch (error) {
      this.fail(error);
    }
  }

  stop(now: boolean): void {
    if (this.#phase === 'ended') return;
    if (now || this.#engine === undefined) {
      this.#phase = 'ended';
      this.#life.abort();
      this.#options.exit(EXIT.ok);
      return;
    }
    this.#phase = 'stopping';
    this.#endWhenIdle();
  }

  fail(error: unknown, code: number = EXIT.internal): void {
    if (this.#phase === 'ended') return;
    this.#phase = 'ended';
    const { code: errorCode, message, details } = asEngineError(error);
    this.#options.log(`engine failed: ${message}`);
    this.#outbox.push({
      type: 'fatal',
      code: errorCode,
      message,
      ...(details === undefined ? {} : { details }),
    });
    void this.#leave(code, this.#outbox.drained());
  }

  #obey(command: EngineCommand): void {
    switch (command.type) {
      case 'start':
        if (this.#phase !== 'new') throw new ServiceError('ERR_ENGINE_FAILED', 'engine channel: got a second "start"');
        this.#phase = 'loading';
        void this.#load(command.spec).catch((error: unknown) => this.fail(error, EXIT.unavailable));
        return;
      case 'generate':
        return this.#generate(command);
      case 'compute':
        return this.#compute(command);
      case 'cancel':
        return this.#cancel(command.id);
      case 'configure':
        return this.#configure(command);
      case 'profile':
        return answerProfile(command, this.#life.signal, (event) => this.#outbox.push(event));
      case 'stop':
        return this.stop(command.now);
    }
  }

  async #load(spec: EngineSpec): Promise<void> {
    const startedAt = this.#options.now();
    this.#wayOut.update(spec.egress ?? []);
    const plugin = await this.#options.find(spec.plugin);
    const engine = await plugin.start({ ...this.#context(spec), config: plugin.config(spec.options) });
    await decodeOneToken(engine);
    // A stop that came while loading has ended the process already.
    if (this.#phase !== 'loading') return;
    this.#engine = engine;
    this.#applyChange(engine, this.#change);
    this.#phase = 'ready';
    this.#timer = setInterval(() => this.#beat(engine), BEAT_MS);
    this.#outbox.push({ type: 'ready', model: engine.info, loadMs: this.#options.now() - startedAt });
    this.#beat(engine);
  }

  #context(spec: EngineSpec): EngineContext {
    return {
      spec,
      egress: this.#wayOut,
      loading: (ratio) => this.#outbox.push({ type: 'loading', ratio }),
      turn: () => {
        this.#beats += 1;
        this.#outbox.flush();
      },
      log: this.#options.log,
      now: this.#options.now,
      signal: this.#life.signal,
    };
  }

  #generate({ id, request }: EngineCommand & { type: 'generate' }): void {
    const engine = this.#readyEngine(id);
    if (engine === undefined) return;
    if (this.#works.has(id) || this.#tasks.has(id)) throw duplicateId(id);
    const work = createWork({
      id,
      request,
      emit: request.isWhole === true ? (event) => this.#outbox.gather(event) : (event) => this.#outbox.push(event),
      onEnd: () => {
        this.#works.delete(id);
        this.#outbox.forget(id);
        this.#endWhenIdle();
      },
      now: this.#options.now,
    });
    this.#works.set(id, work);
    engine.generate(id, request, work);
  }

  #compute({ id, task }: EngineCommand & { type: 'compute' }): void {
    const engine = this.#readyEngine(id);
    if (engine === undefined) return;
    if (this.#works.has(id) || this.#tasks.has(id)) throw duplicateId(id);
    const controller = new AbortController();
    this.#tasks.set(id, controller);
    void computeWith(engine, task, controller.signal)
      .then(
        (result) => ({ type: 'computed', id, result }) as const,
        (error: unknown) => failureOf(id, asEngineError(error)),
      )
      .then((event) => {
        this.#tasks.delete(id);
        if (!controller.signal.aborted) this.#outbox.push(event);
        this.#endWhenIdle();
      });
  }

  #cancel(id: number): void {
    this.#tasks.get(id)?.abort();
    this.#engine?.cancel(id);
    this.#works.get(id)?.close();
  }

  #configure({ threads, options, egress }: EngineCommand & { type: 'configure' }): void {
    if (egress !== undefined) this.#wayOut.update(egress);
    if (threads === undefined && options === undefined) return;
    const change: EngineChange = {
      ...(threads === undefined ? {} : { threads }),
      ...(options === undefined ? {} : { options }),
    };
    if (this.#engine === undefined) this.#change = { ...this.#change, ...change };
    else this.#applyChange(this.#engine, change);
  }

  #applyChange(engine: Engine, change: EngineChange): void {
    try {
      engine.configure(change);
    } catch (error) {
      // A bad edit keeps the old settings; ending the process over it would drop running requests.
      this.#options.log(`engine settings kept: ${asEngineError(error).message}`);
    }
  }

  #readyEngine(id: number): Engine | undefined {
    if (this.#phase === 'ready') return this.#engine;
    const state = this.#phase === 'stopping' ? 'stopping' : 'not ready yet';
    const error = new ServiceError('ERR_ROUTE_NO_REPLICA', `the engine is ${state}`, { retryAfterSeconds: 1 });
    this.#outbox.push(failureOf(id, error));
    return undefined;
  }

  #beat(engine: Engine): void {
    const stats = engine.stats();
    this.#outbox.push({ type: 'heartbeat', beats: this.#beats, active: stats.slotsUsed });
    this.#outbox.push({ type: 'stats', stats: { ...stats, rssBytes: process.memoryUsage.rss() } });
  }

  #endWhenIdle(): void {
    if (this.#phase !== 'stopping' || this.#works.size > 0 || this.#tasks.size > 0) return;
    this.#phase = 'ended';
    this.#life.abort();
    const released = this.#outbox.drained().then(() => this.#engine?.stop());
    void this.#leave(EXIT.ok, released);
  }

  /** Exits after `last`, or without it when it takes too long. */
  async #leave(code: number, last: Promise<unknown>): Promise<void> {
    clearInterval(this.#timer);
    const limit = setTimeout(() => this.#options.exit(code), RELEASE_LIMIT_MS);
    await last.catch((error: unknown) => this.#options.log(`engine did not stop cleanly: ${String(error)}`));
    clearTimeout(limit);
    this.#options.exit(code);
  }
}

const computeWith = (engine: Engine, task: Task, signal: AbortSignal): Promise<TaskResult> =>
  engine.compute?.(task, signal) ?? Promise.reject(cannotDo(task.kind));
