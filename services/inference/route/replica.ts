import type { ErrorCode } from '../../../core/errors/codes.ts';
import type { Backoff } from '../../../core/resilience/backoff.ts';
import type { EngineSpec, LoadedModel } from '../../engine/protocol/messages.ts';
import type { EngineExit } from './engine-process.ts';
import { createPace } from './pace.ts';
import { afterEnd, isAlive, isDefinite, type ReplicaState } from './replica-state.ts';
import { Session } from './session.ts';
import type { ThreadSource } from './thread-budget.ts';
import type { VitalLimits } from './vitals.ts';

/** What an engine is told at its start, apart from what can change while it runs. */
export type FixedSpec = Omit<EngineSpec, 'version' | 'threads' | 'options'>;

export interface ReplicaSettings extends VitalLimits {
  readonly loadTimeoutMs: number;
  /** Longest wait before another attempt. */
  readonly restartMaxMs: number;
}

export type LoadOutcome = 'ok' | 'error' | 'timeout' | 'cancelled';

export interface ReplicaListener {
  changed(replica: Replica, before: ReplicaState): void;
  started(replica: Replica, pid: number): void;
  exited(replica: Replica, pid: number, exit: EngineExit, wasAsked: boolean): void;
  lost(replica: Replica, reason: string): void;
  loaded(replica: Replica, durationMs: number, outcome: LoadOutcome): void;
  output(replica: Replica, line: string): void;
}

interface Options {
  readonly index: number;
  readonly entry: string;
  readonly spec: FixedSpec;
  readonly options: EngineSpec['options'];
  readonly settings: ReplicaSettings;
  readonly threads: ThreadSource;
  readonly backoff: Backoff;
  /** Milliseconds, monotonic. */
  readonly now: () => number;
  readonly listener: ReplicaListener;
}

/** A process of this age has proved itself: the next wait before a restart is short again. */
const STABLE_MS = 60_000;

/** One engine process and its successors: started, replaced when it dies or stalls, stopped. */
export class Replica {
  readonly index: number;
  readonly #given: Options;
  #state: ReplicaState = { kind: 'stopped' };
  #session: Session | undefined;
  #options: EngineSpec['options'];
  #threads = 1;
  #restarts = 0;
  #failuresInRow = 0;
  #loadingSince: number | undefined;
  #readyAt: number | undefined;
  readonly #pace = createPace();
  #timer: NodeJS.Timeout | undefined;
  #stop: PromiseWithResolvers<void> | undefined;

  constructor(given: Options) {
    this.index = given.index;
    this.#given = given;
    this.#options = given.options;
  }

  get state(): ReplicaState {
    return this.#state;
  }

  /** Its process; absent between two of them. */
  get session(): Session | undefined {
    return this.#session;
  }

  get threads(): number {
    return this.#threads;
  }

  get restarts(): number {
    return this.#restarts;
  }

  /** Time per token it has lately needed, waiting included; routing weighs by it. */
  get paceMs(): number | undefined {
    return this.#pace.recent(this.#given.now());
  }

  /** Notes one finished request. */
  notePace(durationMs: number, tokens: number): void {
    this.#pace.add(durationMs, tokens, this.#given.now());
  }

  start(): void {
    const { entry, spec, settings, threads, now, listener } = this.#given;
    if (!threads.join((count) => this.#setThreads(count))) return this.#hasNoThreads();
    this.#loadingSince = now();
    const started = { threads: this.#threads, options: this.#options };
    this.#session = new Session({
      entry,
      spec: { ...spec, ...started },
      now,
      listener: {
        loading: (ratio) => this.#loading(ratio),
        ready: (model) => this.#ready(model, started),
        idle: () => this.#stopWhenIdle(),
        lost: (reason) => this.#lost(reason),
        ended: (exit) => this.#ended(exit),
        output: (line) => listener.output(this, line),
      },
    });
    this.#enter({ kind: 'starting' });
    if (this.#session.pid !== undefined) listener.started(this, this.#session.pid);
    this.#timer = setTimeout(() => this.#loadTimedOut(), settings.loadTimeoutMs);
  }

  setOptions(options: EngineSpec['options']): void {
    this.#options = options;
    this.#session?.configure({ options });
  }

  /** Looks whether it lives; called every now and then. */
  check(wasDeaf: boolean): void {
    this.#session?.check(this.#given.settings, wasDeaf);
  }

  /** Finishes what it has, takes nothing new; resolves when its process is gone. */
  drain(): Promise<void> {
    if (this.#state.kind !== 'ready') return this.#state.kind === 'draining' ? this.#stopped() : this.stop();
    const stopped = this.#stopped();
    this.#enter({ kind: 'draining', model: this.#state.model });
    this.#stopWhenIdle();
    return stopped;
  }

  /** Ends it now; resolves when its process is gone. */
  stop(): Promise<void> {
    clearTimeout(this.#timer);
    const stopped = this.#stopped();
    if (this.#session === undefined) this.#gone();
    else this.#session.stop(true);
    return stopped;
  }

  #stopped(): Promise<void> {
    this.#stop ??= Promise.withResolvers();
    return this.#stop.promise;
  }

  #setThreads(threads: number): void {
    this.#threads = threads;
    this.#session?.configure({ threads });
  }

  #loading(ratio: number): void {
    const percent = Math.floor(ratio * 100) / 100; // engines report far more often than anyone looks
    if (this.#state.kind === 'loading' ? this.#state.ratio === percent : this.#state.kind !== 'starting') return;
    this.#enter({ kind: 'loading', ratio: percent });
  }

  #ready(model: LoadedModel, started: Pick<EngineSpec, 'threads' | 'options'>): void {
    if (this.#loadingSince === undefined || this.#stop !== undefined) return;
    this.#loadEnded('ok');
    this.#readyAt = this.#given.now();
    // What changed while it was loading, it could not hear.
    const now = { threads: this.#threads, options: this.#options };
    if (now.threads !== started.threads || now.options !== started.options) this.#session?.configure(now);
    this.#enter({ kind: 'ready', model });
  }

  #stopWhenIdle(): void {
    if (this.#state.kind === 'draining' && this.#session?.inFlight === 0) this.#session.stop(false);
  }

  #loadTimedOut(): void {
    this.#loadEnded('timeout');
    this.#session?.giveUp(`the model did not load within ${this.#given.settings.loadTimeoutMs} ms`);
  }

  #lost(reason: string): void {
    this.#given.listener.lost(this, reason);
    const wasLoading = this.#state.kind === 'starting' || this.#state.kind === 'loading';
    if (this.#stop === undefined) this.#inTrouble(reason, wasLoading ? 'ERR_ENGINE_LOAD' : 'ERR_ENGINE_DIED');
  }

  #ended(exit: EngineExit): void {
    const { listener } = this.#given;
    const wasAsked = this.#stop !== undefined;
    const wasLoading = this.#loadingSince !== undefined;
    const pid = this.#session?.pid;
    this.#session = undefined;
    this.#loadEnded(wasAsked ? 'cancelled' : 'error');
    if (pid !== undefined) listener.exited(this, pid, exit, wasAsked);
    if (wasAsked) return this.#gone();
    if (!('retryAt' in this.#state)) {
      this.#inTrouble(exit.reason, exit.code ?? (wasLoading ? 'ERR_ENGINE_LOAD' : 'ERR_ENGINE_DIED'));
    }
    this.#restartLater();
  }

  #inTrouble(reason: string, code: ErrorCode): void {
    const { backoff, settings, now } = this.#given;
    if (this.#readyAt !== undefined && now() - this.#readyAt > STABLE_MS) {
      this.#failuresInRow = 0;
      backoff.reset();
    }
    this.#readyAt = undefined;
    this.#failuresInRow += 1;
    const waitMs = isDefinite(code) ? settings.restartMaxMs : backoff.next();
    this.#enter(afterEnd(this.#failuresInRow, { reason, code, retryAt: now() + waitMs }));
  }

  #hasNoThreads(): void {
    this.#inTrouble('there are no free cores for it', 'ERR_ROUTE_NO_CORES');
    this.#restartLater();
  }

  #restartLater(): void {
    // Whoever heard of the trouble may have stopped it meanwhile.
    if (!('retryAt' in this.#state)) return;
    const waitMs = Math.max(0, this.#state.retryAt - this.#given.now());
    this.#timer = setTimeout(() => {
      this.#restarts += 1;
      this.start();
    }, waitMs);
  }

  #gone(): void {
    if (this.#state.kind !== 'stopped') this.#enter({ kind: 'stopped' });
    this.#stop?.resolve();
  }

  #loadEnded(outcome: LoadOutcome): void {
    clearTimeout(this.#timer);
    if (this.#loadingSince === undefined) return;
    const durationMs = this.#given.now() - this.#loadingSince;
    this.#loadingSince = undefined;
    this.#given.listener.loaded(this, durationMs, outcome);
  }

  #enter(state: ReplicaState): void {
    const before = this.#state;
    this.#state = state;
    if (!isAlive(state)) this.#given.threads.leave();
    this.#given.listener.changed(this, before);
  }
}
