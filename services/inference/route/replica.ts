import type { ErrorCode } from '../../../core/errors/codes.ts';
import type { EngineSpec, LoadedModel } from '../../engine/protocol/messages.ts';
import type { EngineExit } from './engine-process.ts';
import { createPace } from './pace.ts';
import { missedDevice, type Placement } from './placement.ts';
import type { LoadOutcome, ReplicaOptions } from './replica-options.ts';
import { afterEnd, isAlive, isDefinite, type ReplicaState, STABLE_MS } from './replica-state.ts';
import { Session } from './session.ts';

/** One engine process and its successors: started, replaced when it dies or stalls, stopped. */
export class Replica {
  readonly index: number;
  readonly #given: ReplicaOptions;
  #state: ReplicaState = { kind: 'stopped' };
  #session: Session | undefined;
  #options: EngineSpec['options'];
  #threads = 1;
  #placement: Placement | undefined;
  #isDeviceLost = false;
  #restarts = 0;
  #failuresInRow = 0;
  #loadingSince: number | undefined;
  #readyAt: number | undefined;
  readonly #pace = createPace();
  #timer: NodeJS.Timeout | undefined;
  #stop: PromiseWithResolvers<void> | undefined;

  constructor(given: ReplicaOptions) {
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

  /** Where it was to run at its latest start. */
  get placement(): Placement | undefined {
    return this.#placement;
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
    const { entry, spec, settings, threads, devices, now, egress, listener } = this.#given;
    const placement = devices.join();
    this.#placement = placement;
    if (placement.kind === 'refused') return this.#cannotStart(placement.reason, 'ERR_ROUTE_DEVICE');
    if (!threads.join((count) => this.#setThreads(count)))
      return this.#cannotStart('there are no free cores for it', 'ERR_ROUTE_NO_CORES');
    this.#loadingSince = now();
    const started = { threads: this.#threads, options: this.#options };
    this.#session = new Session({
      entry,
      spec: { ...spec, device: placement.kind === 'devices' ? placement.devices : placement.device, ...started },
      now,
      egress,
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

  /** Called after every look at the devices: gives up one whose device is gone, starts one whose device is back. */
  checkDevice(): void {
    const lost = this.#session === undefined ? undefined : this.#given.devices.lost();
    if (lost !== undefined) return this.#giveUpDevice(lost);
    const isWaiting = this.#state.kind === 'failed' && this.#state.code === 'ERR_ROUTE_DEVICE';
    if (!isWaiting || this.#session !== undefined) return;
    clearTimeout(this.#timer);
    this.#startAgain();
  }

  #giveUpDevice(reason: string): void {
    this.#isDeviceLost = true;
    this.#session?.giveUp(reason);
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
    const missed = missedDevice(this.#placement, model, this.#given.allowCpuFallback);
    if (missed !== undefined) return this.#giveUpDevice(missed);
    this.#given.devices.settled();
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
    const code = wasLoading ? 'ERR_ENGINE_LOAD' : 'ERR_ENGINE_DIED';
    if (this.#stop === undefined) this.#inTrouble(reason, this.#isDeviceLost ? 'ERR_ROUTE_DEVICE' : code);
    this.#isDeviceLost = false;
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

  #cannotStart(reason: string, code: ErrorCode): void {
    this.#inTrouble(reason, code);
    this.#restartLater();
  }

  #restartLater(): void {
    // Whoever heard of the trouble may have stopped it meanwhile.
    if (!('retryAt' in this.#state)) return;
    const waitMs = Math.max(0, this.#state.retryAt - this.#given.now());
    this.#timer = setTimeout(() => this.#startAgain(), waitMs);
  }

  #startAgain(): void {
    this.#restarts += 1;
    this.start();
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
    if (!isAlive(state)) {
      this.#given.threads.leave();
      this.#given.devices.leave();
    }
    this.#given.listener.changed(this, before);
  }
}
