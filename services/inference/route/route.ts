import type { Config } from '../../../core/config/schema.ts';
import { ServiceError } from '../../../core/errors/service-error.ts';
import type { GenerationRequest, Task } from '../../engine/protocol/generation.ts';
import type { Computed, GenerationEvent } from '../call.ts';
import { type BreakerView, changeOf } from './breaker-view.ts';
import { type BreakerChange, Breakers } from './breakers.ts';
import { type Capacity, capacityOf } from './capacity.ts';
import { createPools, type Pools } from './create-pools.ts';
import { observeDevices } from './device-metrics.ts';
import { nvidiaSmi } from './devices/nvidia-smi.ts';
import { DeviceWatch } from './devices/watch.ts';
import { computeOn, generateOn } from './dispatch.ts';
import { logEvent, logOutput, type ModelState, type RouteEvent } from './events.ts';
import type { OnMove } from './journey.ts';
import type { ModelStatus } from './model-status.ts';
import type { Pool } from './pool.ts';
import type { ReplicaSettings } from './replica-options.ts';
import type { RouteDeps } from './route-deps.ts';
import { observeRoute, recordMoves, recordSteps } from './route-metrics.ts';
import { settingsOf } from './route-settings.ts';
import { isDecoding, tryGeneration, tryWork } from './trial.ts';

export interface Route<Facts> {
  /** The answer of one model; ends with `finished` or throws a ServiceError. Leaving the loop, or the signal, cancels it. */
  generate(modelId: string, request: GenerationRequest, signal: AbortSignal): AsyncIterable<GenerationEvent>;
  compute(modelId: string, task: Task, signal: AbortSignal): Promise<Computed>;
  /** Whether a replica of it would take a request now. */
  isReady(modelId: string): boolean;
  /** Has it loaded, and resolves when a replica may be ready; rejects where none is on its way. */
  untilReady(modelId: string, signal: AbortSignal): Promise<void>;
  states(): readonly ModelStatus<Facts>[];
  /** Rejects with ERR_ROUTE_NO_CORES or ERR_ROUTE_NO_MEMORY; resolves when the change has begun. */
  setReplicas(modelId: string, count: number): Promise<void>;
  capacity(): Promise<Capacity>;
  /** Loads a model nobody waits for; what comes of it is seen in its state. */
  load(modelId: string): void;
  /** Drains a model and gives its memory back; resolves when that is done. The next request loads it again. */
  unload(modelId: string): Promise<void>;
  /** Has the engine of a replica write a CPU profile; rejects with ERR_ROUTE_NO_REPLICA where there is none of this number. */
  profile(modelId: string, replica: number, how: { readonly seconds: number; readonly file: string }): Promise<void>;
  readonly breaker: {
    get(): readonly BreakerView[];
    set(modelId: string, change: BreakerChange): void;
  };
  /** Applies engine options and numbers of replicas; models that came or went need a restart. */
  update(config: Pick<Config, 'models'>): void;
  /** Tells everything that happens; answers how to stop listening. */
  onEvent(listener: (event: RouteEvent) => void): () => void;
  /** Starts the models that are loaded always. */
  start(): void;
  /** Lets running streams finish for at most `ms`, then ends every engine. */
  drain(ms: number): Promise<void>;
  stop(): Promise<void>;
}

/** All models and their engines; nothing runs before `start`. */
export const createRoute = <Facts>(deps: RouteDeps<Facts>): Route<Facts> => new Router(deps);

const MIN_CHECK_MS = 100;
const MAX_CHECK_MS = 1000;
/** A check this late, as a share of the time after which an engine counts as wedged, says that this process did not
 * get to run; the silence it sees is then its own. */
const DEAF_SHARE = 0.5;

class Router<Facts> implements Route<Facts> {
  readonly #deps: RouteDeps<Facts>;
  readonly #shared: Pools<Facts>;
  readonly #pools: ReadonlyMap<string, Pool<Facts>>;
  readonly #breakers: Breakers;
  readonly #listeners = new Set<(event: RouteEvent) => void>();
  readonly #states = new Map<string, ModelState>();
  readonly #settings: ReplicaSettings;
  readonly #checkMs: number;
  readonly #devices: DeviceWatch;
  readonly #onMove: OnMove;
  #timer: NodeJS.Timeout | undefined;
  #checkedAt = 0;

  constructor(deps: RouteDeps<Facts>) {
    const { config, telemetry, now } = deps;
    this.#deps = deps;
    this.#onMove = recordMoves(telemetry);
    this.#settings = settingsOf(config.engines);
    this.#checkMs = Math.min(MAX_CHECK_MS, Math.max(MIN_CHECK_MS, config.engines.probeIntervalMs / 4));
    this.#devices = new DeviceWatch({ source: deps.devices ?? nvidiaSmi(), now });
    this.#shared = createPools(deps, {
      settings: this.#settings,
      devices: this.#devices,
      emit: (event) => this.#emit(event),
    });
    this.#pools = this.#shared.pools;
    const models = config.models.map(({ id }) => id);
    this.#breakers = new Breakers({ models, now, onChange: (model, state) => this.#emit(changeOf(model, state)) });
    observeDevices(telemetry, () => this.states());
    observeRoute(telemetry, { states: () => this.states(), breakers: () => this.#breakers.all() });
  }

  readonly breaker = {
    get: (): readonly BreakerView[] => this.#breakers.views(),
    set: (modelId: string, change: BreakerChange): void => {
      this.#pool(modelId);
      this.#breakers.set(modelId, change);
    },
  };

  readonly untilReady = async (modelId: string, signal: AbortSignal) => {
    const pool = this.#pool(modelId);
    return tryWork(this.#breakers.enter(modelId), false, () => pool.untilReady(signal));
  };

  generate(modelId: string, request: GenerationRequest, signal: AbortSignal): AsyncIterable<GenerationEvent> {
    // Nothing is asked of an engine before somebody reads.
    return {
      [Symbol.asyncIterator]: () => {
        const pool = this.#pool(modelId);
        const trial = this.#breakers.enter(modelId);
        const generate = () => generateOn(this.#target(modelId, pool, signal), request);
        return trial === undefined ? generate() : tryGeneration(trial, generate);
      },
    };
  }

  async compute(modelId: string, task: Task, signal: AbortSignal): Promise<Computed> {
    const pool = this.#pool(modelId);
    const compute = () => computeOn(this.#target(modelId, pool, signal), task);
    if (isDecoding(task)) return tryWork(this.#breakers.enter(modelId), true, compute);
    this.#breakers.check(modelId);
    return compute();
  }

  isReady(modelId: string): boolean {
    return this.#pools.get(modelId)?.replicas.some(({ state }) => state.kind === 'ready') ?? false;
  }

  states(): readonly ModelStatus<Facts>[] {
    return [...this.#pools.values()].map((pool) => pool.status());
  }

  setReplicas(modelId: string, count: number): Promise<void> {
    return this.#pool(modelId).setReplicas(count);
  }

  capacity(): Promise<Capacity> {
    return capacityOf(this.#shared, this.#devices);
  }

  load(modelId: string): void {
    this.#pool(modelId).load();
  }

  unload(modelId: string): Promise<void> {
    return this.#pool(modelId).unload();
  }

  async profile(modelId: string, replica: number, { seconds, file }: { seconds: number; file: string }): Promise<void> {
    const session = this.#pool(modelId).replicas.filter(({ state }) => state.kind === 'ready')[replica]?.session;
    if (session !== undefined) return session.profile(seconds, file);
    throw new ServiceError(
      'ERR_ROUTE_NO_REPLICA',
      `model ${modelId}: no replica ${replica} is ready; see \`clawdbot status\``,
      {
        retryAfterSeconds: 1,
      },
    );
  }

  update({ models }: Pick<Config, 'models'>): void {
    for (const model of models) this.#pools.get(model.id)?.update(model);
  }

  onEvent(listener: (event: RouteEvent) => void): () => void {
    this.#listeners.add(listener);
    return () => this.#listeners.delete(listener);
  }

  start(): void {
    this.#checkedAt = this.#deps.now();
    this.#timer ??= setInterval(() => this.#check(), this.#checkMs).unref();
    for (const { id, load } of this.#deps.config.models) if (load === 'always') this.#pools.get(id)?.start();
  }

  async drain(ms: number): Promise<void> {
    const drained = Promise.all([...this.#pools.values()].map((pool) => pool.drain()));
    const limit = Promise.withResolvers<void>();
    const timer = setTimeout(limit.resolve, ms);
    await Promise.race([drained, limit.promise]);
    clearTimeout(timer);
    await this.stop();
  }

  async stop(): Promise<void> {
    await Promise.all([...this.#pools.values()].map((pool) => pool.stop()));
    clearInterval(this.#timer);
  }

  async #checkDevices(): Promise<void> {
    if (!(await this.#devices.lookWhenDue())) return;
    for (const { replicas } of this.#pools.values()) for (const replica of replicas) replica.checkDevice();
  }

  #check(): void {
    void this.#checkDevices();
    const now = this.#deps.now();
    const wasDeaf =
      now - this.#checkedAt > this.#checkMs + Math.min(this.#settings.wedgedMs, this.#settings.stallMs) * DEAF_SHARE;
    this.#checkedAt = now;
    this.#breakers.settle();
    for (const [id, pool] of this.#pools) {
      pool.check(wasDeaf);
      for (const { session } of pool.replicas) this.#breakers.decoded(id, session?.vitals?.tokenAt);
      const steps = pool.replicas.flatMap(({ session }) => session?.takeSteps() ?? []);
      for (const one of steps) recordSteps(this.#deps.telemetry, id, one);
    }
  }

  #target(model: string, pool: Pool<Facts>, signal: AbortSignal) {
    return { pool, model, signal, now: this.#deps.now, onMove: this.#onMove };
  }

  #pool(modelId: string): Pool<Facts> {
    const pool = this.#pools.get(modelId);
    if (pool !== undefined) return pool;
    const known = [...this.#pools.keys()];
    throw new ServiceError('ERR_MODELS_UNKNOWN', `no model of this id is configured; known: ${known.join(', ')}`, {
      details: { known },
    });
  }

  #emit(event: RouteEvent): void {
    if (event.type === 'engine.output') logOutput(this.#deps.engineLog, event);
    else logEvent(this.#deps.log, event, this.#states.get(event.model));
    if (event.type === 'model') this.#states.set(event.model, event.state);
    for (const listener of this.#listeners) listener(event);
  }
}
