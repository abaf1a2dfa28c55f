import { isDeepStrictEqual } from 'node:util';
import type { ModelConfig } from '../../../core/config/schema.ts';
import { toServiceError } from '../../../core/errors/service-error.ts';
import { type Another, findAnother } from './another.ts';
import { createReplica } from './create-replica.ts';
import type { RouteEvent } from './events.ts';
import { createLatencyWindow } from './latency-window.ts';
import { type ModelStatus, replicaStatus } from './model-status.ts';
import type { Resident } from './next-victim.ts';
import { createPickReplica, type PickReplica } from './pick-replica.ts';
import type { PoolOptions } from './pool-options.ts';
import { modelEvent, type PoolView, refusalOf, tellChanges, viewStatus } from './pool-view.ts';
import { createPreparation, foundOut, type Preparation, reportAdjustment } from './preparation.ts';
import { createReadyGate } from './ready-gate.ts';
import { stopping } from './refusals.ts';
import type { Replica } from './replica.ts';
import { ReplicaGroup, type Size } from './replica-group.ts';
import { checkReplicaRoom } from './replica-room.ts';
import { optionsOf } from './replica-set.ts';
import { Stay } from './stay.ts';
import type { Prepared } from './supply.ts';

/** One model: its replicas started once its files are here, and the one chosen that a request waits for least. */
export class Pool<Facts> {
  readonly #given: PoolOptions<Facts>;
  readonly id: string;
  readonly #gate = createReadyGate();
  readonly #firstToken = createLatencyWindow();
  readonly #preparation: Preparation<Facts>;
  readonly #stay: Stay;
  readonly #pickReplica: PickReplica;
  readonly #tell: (event: RouteEvent) => void;
  #model: ModelConfig;
  #wanted: number;
  readonly #group: ReplicaGroup;
  #isEnding = false;
  /** Loaded by hand: nobody has to wait for it. */
  #isKept = false;
  /** Changes of the number of replicas happen one after the other. */
  #changes: Promise<unknown> = Promise.resolve();

  readonly noteFirstToken = (ms: number): void => this.#firstToken.add(ms);

  constructor(given: PoolOptions<Facts>) {
    this.#given = given;
    this.#model = given.model;
    this.id = given.model.id;
    this.#wanted = given.model.replicas;
    this.#stay = new Stay(given.now);
    this.#group = new ReplicaGroup({
      onChange: () => this.#changed(),
      onPromote: ({ index }) => given.emit({ type: 'standby.promoted', model: this.id, replica: index }),
    });
    this.#tell = tellChanges(given.emit);
    this.#pickReplica = createPickReplica(given.settings, given.now);
    this.#preparation = createPreparation({
      model: () => this.#model,
      supply: given.supply,
      findRoom: async ({ facts }, how) => {
        await given.devices.look();
        return given.memory.find({
          id: this.id,
          plan: (reserved) => given.supply.plan(this.#model, facts, reserved),
          isWanted: () => this.#isAsked(),
          onGrant: (plan) => this.#stay.grant(plan),
          ...how,
        });
      },
      backoff: given.createBackoff(),
      restartMaxMs: given.settings.restartMaxMs,
      now: given.now,
      onChange: (state) => {
        this.#changed();
        reportAdjustment(this.id, state, given.emit);
        if (state.kind === 'prepared') this.#configure(this.#wanted);
      },
    });
  }

  get replicas(): readonly Replica[] {
    return this.#group.all;
  }

  /** Starts what is wanted, unless that was done before. */
  start(): void {
    if (this.#wanted > 0) this.#preparation.start();
    this.#changed();
  }

  /** Loads it, whether or not a request waits. */
  load(): void {
    if (this.#isEnding) throw stopping(this.id);
    this.#isKept = true;
    if (this.#wanted === 0) this.#configure(Math.max(1, this.#model.replicas));
    else this.start();
  }

  /** Drains it and gives its memory back; resolves when its processes are gone. The next request loads it again. */
  unload(): Promise<void> {
    this.#isKept = false;
    const change = this.#changes.then(() => {
      this.#forget();
      return this.#group.drain();
    });
    this.#changes = this.#stay.leave(() => change);
    return this.#changes.then(() => this.#changed());
  }

  /** The memory it takes; absent where it takes none. */
  readonly resident = (): Resident | undefined => this.#stay.resident(this.#model, this.#group.all, this.#wanted);

  /** The ready replica a request would wait for least. */
  pick(): Replica | undefined {
    this.#stay.used();
    return this.#pickReplica(this.#group.active, this.#group.ready);
  }

  /** Resolves when a replica may be ready; rejects at once when none is on its way. */
  async untilReady(signal: AbortSignal): Promise<void> {
    if (this.#group.active.length > 0) return;
    if (this.#wanted > 0) this.#preparation.start();
    const refusal = this.#isEnding ? stopping(this.id) : refusalOf(this.#view(), this.#given.now());
    if (refusal !== undefined) throw refusal;
    await this.#gate.wait(signal);
  }

  /** Starts or drains replicas; rejects, and changes nothing, when more of them find no cores or no memory. */
  setReplicas(wanted: number, standby = this.#model.standby): Promise<void> {
    const change = this.#changes.then(() => this.#setReplicas({ wanted, standby }));
    this.#changes = change.catch(() => undefined);
    return change;
  }

  /** Applies what may change while running. */
  update(model: ModelConfig): void {
    const before = this.#model;
    this.#model = model;
    if (!isDeepStrictEqual(before.options, model.options)) {
      for (const replica of this.#group.all) replica.setOptions(optionsOf(model, this.#preparation.state));
    }
    if (before.replicas === model.replicas && before.standby === model.standby) return;
    if (this.#preparation.state.kind === 'absent' && model.load === 'onDemand') this.#wanted = model.replicas;
    else this.#configure(model.replicas);
  }

  /** Whether one more replica would bring capacity. */
  readonly another = (): Promise<Another> =>
    findAnother(this.#given, { model: this.#model, preparation: this.#preparation, group: this.#group });

  check(wasDeaf: boolean): void {
    for (const replica of this.#group.all) replica.check(wasDeaf);
    if (this.#gate.size > 0 || this.#group.isBusy) this.#stay.used();
    else if (this.#stay.isIdle(this.#model) && !this.#stay.isLeaving) void this.unload();
    if (this.#preparation.state.kind === 'waiting' && !this.#isAsked()) this.#preparation.reset();
  }

  status(): ModelStatus<Facts> {
    const now = this.#given.now();
    return {
      ...viewStatus(this.#view()),
      replicas: this.#group.all.map((replica) => replicaStatus(replica, this.#group.isStandby(replica), now)),
      waiting: this.#gate.size,
      ...foundOut(this.#preparation.state),
      firstTokenMsP50: this.#firstToken.median(),
      expectedLoadMs: this.#stay.expectedLoadMs,
    };
  }

  /** Takes nothing new; resolves when everything that runs has finished and every process is gone. */
  async drain(): Promise<void> {
    this.#end();
    await this.#group.drain();
  }

  async stop(): Promise<void> {
    this.#end();
    await this.#group.stop();
  }

  #end(): void {
    this.#isEnding = true;
    this.#wanted = 0;
    this.#preparation.stop();
    this.#gate.refuse(stopping(this.id));
  }

  /** What nobody waits for the answer of: an event says what there was no room for, and one replica is tried anyway. */
  #configure(wanted: number): void {
    this.setReplicas(wanted).catch((error: unknown) => {
      const { message } = toServiceError(error);
      this.#given.emit({ type: 'replicas.refused', model: this.id, wanted, reason: message });
      if (this.#group.serving.length === 0) this.setReplicas(1, 0).catch(() => undefined);
    });
  }

  async #setReplicas(size: Size): Promise<void> {
    const { wanted } = size;
    const prepared = this.#preparation.state;
    const running = this.#group.serving.length;
    if (prepared.kind === 'prepared')
      await checkReplicaRoom(this.#given, { model: this.#model, prepared, running, size });
    if (this.#isEnding) throw stopping(this.id);
    const from = this.#wanted;
    this.#wanted = wanted;
    if (from !== wanted) this.#given.emit({ type: 'replicas.changed', model: this.id, from, to: wanted });
    if (prepared.kind === 'prepared') this.#resize(prepared, size);
    else this.start();
    if (wanted === 0) this.#forget();
  }

  /** Whoever starts it again asks for memory again. */
  #forget(): void {
    this.#stay.end();
    this.#preparation.reset();
  }

  /** Is somebody waiting for it, or is it to be here anyway? */
  #isAsked(): boolean {
    return this.#model.load === 'always' || this.#isKept || this.#gate.size > 0;
  }

  #resize(prepared: Prepared<Facts>, size: Size): void {
    const how = {
      model: this.#model,
      prepared,
      stay: this.#stay,
      onChange: (one: Replica) => this.#group.changed(one),
    };
    this.#group.resize(size, (index, isExtra) => createReplica(this.#given, { ...how, index, isExtra }));
  }

  #changed(): void {
    this.#stay.noteReady(this.#group.active.length > 0);
    this.#given.memory.changed();
    const view = this.#view();
    this.#tell(modelEvent(view));
    if (this.#group.active.length > 0) return this.#gate.open();
    const refusal = this.#gate.size === 0 ? undefined : refusalOf(view, this.#given.now());
    if (refusal !== undefined) this.#gate.refuse(refusal);
  }

  #view(): PoolView {
    return {
      id: this.id,
      preparing: this.#preparation.state,
      replicas: this.#group.all.map(({ state }) => state),
      wanted: this.#wanted,
    };
  }
}
