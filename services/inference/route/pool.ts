import { isDeepStrictEqual } from 'node:util';
import type { ModelConfig } from '../../../core/config/schema.ts';
import { toServiceError } from '../../../core/errors/service-error.ts';
import { chooseReplica } from './choose-replica.ts';
import type { RouteEvent } from './events.ts';
import { createLatencyWindow } from './latency-window.ts';
import { type ModelStatus, replicaStatus } from './model-status.ts';
import type { PoolOptions } from './pool-options.ts';
import { modelEvent, type PoolView, progressOf, refusalOf, stateOf, troubleOf } from './pool-view.ts';
import { createPreparation, type Preparation } from './preparation.ts';
import { createReadyGate } from './ready-gate.ts';
import { noCores, noMemory, noReplica } from './refusals.ts';
import { Replica } from './replica.ts';
import { reportReplicas } from './replica-reports.ts';
import { freeIndex, loadOf, specOf, surplusOf } from './replica-set.ts';
import type { Prepared } from './supply.ts';
import { threadSource } from './thread-budget.ts';

/** Engines that compute elsewhere, or not at all, take no threads of this machine. */
const WITHOUT_THREADS: ReadonlySet<string> = new Set(['openai', 'scripted']);

/** One model: its replicas started once its files are here, and the one chosen that a request waits for least. */
export class Pool<Facts> {
  readonly #given: PoolOptions<Facts>;
  readonly #id: string;
  readonly #gate = createReadyGate();
  readonly #firstToken = createLatencyWindow();
  readonly #preparation: Preparation<Facts>;
  #model: ModelConfig;
  #wanted: number;
  #replicas: readonly Replica[] = [];
  #ready: readonly Replica[] = [];
  #turn = 0;
  #told: RouteEvent | undefined;
  #isEnding = false;
  /** Changes of the number of replicas happen one after the other. */
  #changes: Promise<unknown> = Promise.resolve();

  constructor(given: PoolOptions<Facts>) {
    this.#given = given;
    this.#model = given.model;
    this.#id = given.model.id;
    this.#wanted = given.model.replicas;
    this.#preparation = createPreparation({
      model: () => this.#model,
      supply: given.supply,
      backoff: given.createBackoff(),
      restartMaxMs: given.settings.restartMaxMs,
      now: given.now,
      onChange: ({ kind }) => {
        this.#changed();
        if (kind === 'prepared') this.#configure(this.#wanted);
      },
    });
  }

  get replicas(): readonly Replica[] {
    return this.#replicas;
  }

  /** Starts what is wanted, unless that was done before. */
  start(): void {
    if (this.#wanted > 0) this.#preparation.start();
    this.#changed();
  }

  /** The ready replica a request would wait for least. */
  pick(): Replica | undefined {
    if (this.#ready.length < 2) return this.#ready[0];
    this.#turn += 1;
    return this.#ready[chooseReplica(this.#ready.map(loadOf), this.#turn) ?? 0];
  }

  /** Resolves when a replica may be ready; rejects at once when none is on its way. */
  async untilReady(signal: AbortSignal): Promise<void> {
    if (this.#ready.length > 0) return;
    if (this.#wanted > 0) this.#preparation.start();
    const refusal = this.#isEnding ? stopping(this.#id) : refusalOf(this.#view(), this.#given.now());
    if (refusal !== undefined) throw refusal;
    await this.#gate.wait(signal);
  }

  noteFirstToken(ms: number): void {
    this.#firstToken.add(ms);
  }

  /** Starts or drains replicas; rejects, and changes nothing, when more of them find no cores or no memory. */
  setReplicas(wanted: number): Promise<void> {
    const change = this.#changes.then(() => this.#setReplicas(wanted));
    this.#changes = change.catch(() => undefined);
    return change;
  }

  /** Applies what may change while running. */
  update(model: ModelConfig): void {
    const before = this.#model;
    this.#model = model;
    if (!isDeepStrictEqual(before.options, model.options)) {
      for (const replica of this.#replicas) replica.setOptions(model.options);
    }
    if (before.replicas === model.replicas) return;
    if (this.#preparation.state.kind === 'absent' && model.load === 'onDemand') this.#wanted = model.replicas;
    else this.#configure(model.replicas);
  }

  check(wasDeaf: boolean): void {
    for (const replica of this.#replicas) replica.check(wasDeaf);
  }

  status(): ModelStatus<Facts> {
    const view = this.#view();
    const state = stateOf(view);
    const prepared = this.#preparation.state;
    const ready = this.#ready[0]?.state;
    const now = this.#given.now();
    return {
      id: this.#id,
      state,
      reason: state === 'failed' ? troubleOf(view)?.reason : undefined,
      progress: progressOf(view),
      replicas: this.#replicas.map((replica) => replicaStatus(replica, now)),
      wantedReplicas: this.#wanted,
      waiting: this.#gate.size,
      loaded: ready?.kind === 'ready' ? ready.model : undefined,
      facts: prepared.kind === 'prepared' ? prepared.facts : undefined,
      firstTokenMsP50: this.#firstToken.median(),
    };
  }

  /** Takes nothing new; resolves when everything that runs has finished and every process is gone. */
  async drain(): Promise<void> {
    this.#end();
    await Promise.all(this.#replicas.map((replica) => replica.drain()));
  }

  async stop(): Promise<void> {
    this.#end();
    await Promise.all(this.#replicas.map((replica) => replica.stop()));
  }

  #end(): void {
    this.#isEnding = true;
    this.#wanted = 0;
    this.#preparation.stop();
    this.#gate.refuse(stopping(this.#id));
  }

  /** What nobody waits for the answer of: an event says what there was no room for, and one replica is tried anyway. */
  #configure(wanted: number): void {
    this.setReplicas(wanted).catch((error: unknown) => {
      const { message } = toServiceError(error);
      this.#given.emit({ type: 'replicas.refused', model: this.#id, wanted, reason: message });
      if (this.#serving().length === 0) this.setReplicas(1).catch(() => undefined);
    });
  }

  async #setReplicas(wanted: number): Promise<void> {
    const prepared = this.#preparation.state;
    if (prepared.kind === 'prepared') await this.#checkRoom(prepared, wanted);
    if (this.#isEnding) throw stopping(this.#id);
    const from = this.#wanted;
    this.#wanted = wanted;
    if (from !== wanted) this.#given.emit({ type: 'replicas.changed', model: this.#id, from, to: wanted });
    if (prepared.kind === 'prepared') this.#fill(prepared);
    else this.start();
  }

  async #checkRoom({ facts }: Prepared<Facts>, wanted: number): Promise<void> {
    const running = this.#serving().length;
    // The plan has spoken for the first, and if it finds no cores now it tries again by itself.
    if (wanted <= Math.max(running, 1)) return;
    const { threads, supply } = this.#given;
    if (this.#takesThreads() && !threads.hasRoom(this.#model.threads, wanted - running)) {
      throw noCores(this.#id, wanted, threads.total);
    }
    const fit = await supply.fits(this.#model, facts, { running, wanted });
    if (!fit.ok) throw noMemory(this.#id, wanted, fit.reason);
  }

  #fill(prepared: Prepared<Facts>): void {
    const serving = this.#serving();
    for (const replica of surplusOf(serving, serving.length - this.#wanted)) void replica.drain();
    const added: Replica[] = [];
    for (let count = serving.length; count < this.#wanted; count += 1) {
      added.push(this.#createReplica(prepared, freeIndex([...this.#replicas, ...added])));
    }
    this.#replicas = [...this.#replicas, ...added];
    for (const replica of added) replica.start();
    this.#changed();
  }

  #createReplica(prepared: Prepared<Facts>, index: number): Replica {
    const { entry, settings, createBackoff, now, threads } = this.#given;
    const onChange = (replica: Replica) => this.#replicaChanged(replica);
    return new Replica({
      index,
      entry,
      spec: specOf(this.#model, prepared),
      options: this.#model.options,
      settings,
      threads: threadSource(this.#takesThreads() ? threads : undefined, this.#model.threads),
      backoff: createBackoff(),
      now,
      listener: reportReplicas({ ...this.#given, model: this.#id, onChange }),
    });
  }

  #replicaChanged(replica: Replica): void {
    if (replica.state.kind === 'stopped') this.#replicas = this.#replicas.filter((other) => other !== replica);
    this.#changed();
  }

  #changed(): void {
    this.#ready = this.#replicas.filter(({ state }) => state.kind === 'ready');
    const view = this.#view();
    const event = modelEvent(view);
    if (!isDeepStrictEqual(event, this.#told)) {
      this.#told = event;
      this.#given.emit(event);
    }
    if (this.#ready.length > 0) return this.#gate.open();
    const refusal = this.#gate.size === 0 ? undefined : refusalOf(view, this.#given.now());
    if (refusal !== undefined) this.#gate.refuse(refusal);
  }

  #view(): PoolView {
    return {
      id: this.#id,
      preparing: this.#preparation.state,
      replicas: this.#replicas.map(({ state }) => state),
      wanted: this.#wanted,
    };
  }

  #serving(): readonly Replica[] {
    return this.#replicas.filter(({ state }) => state.kind !== 'draining' && state.kind !== 'stopped');
  }

  #takesThreads(): boolean {
    return !WITHOUT_THREADS.has(this.#model.engine);
  }
}

const stopping = (model: string) => noReplica(model, 'the service is stopping');
