import type { Config } from '../../../core/config/schema.ts';
import type { Logger } from '../../../core/telemetry/log.ts';
import type { Telemetry } from '../../../core/telemetry/telemetry.ts';
import { type GenerationRequest, isRepeatable } from '../../engine/protocol/generation.ts';
import type { Call, GenerationEvent } from '../call.ts';
import { createKeptAnswers, type KeptAnswers, type OldAnswer } from './kept-answers.ts';
import { keyOf } from './key.ts';
import { type Generate, SharedGeneration } from './shared-generation.ts';
import type { CacheStore } from './store.ts';

type CacheSettings = Pick<Config, 'cache' | 'scenarios'>;

/** One request on its way to a model. */
export interface Ask extends Pick<Call, 'scenario' | 'priority' | 'signal'> {
  readonly modelId: string;
  readonly request: GenerationRequest;
  readonly choices: number;
  /** Epoch milliseconds. */
  readonly deadlineAt: number;
  /** The version of the rules that change requests and answers. */
  readonly policy: string;
  /** What is kept of an answer. */
  readonly redact: (events: readonly GenerationEvent[]) => readonly GenerationEvent[];
}

/** Answers from what was answered before, or is being answered, to the same question of the same tenant. */
export interface Cache {
  /** Reads as a generation does; what cannot repeat is handed to `generate` as it is. */
  answer(ask: Ask, generate: Generate): AsyncIterable<GenerationEvent>;
  /** A kept answer, also one that is too old to be used otherwise. */
  findOld(ask: Ask, maxAgeMs: number): Promise<OldAnswer | undefined>;
  update(config: Config): void;
  /** Deletes every kept answer of a tenant. */
  forget(tenant: string): void | Promise<void>;
  /** May be called twice. */
  stop(): Promise<void>;
}

interface Deps {
  readonly config: CacheSettings;
  readonly store: CacheStore;
  /** What a model is made of now; where it changes, its old answers are not found any more. */
  readonly identityOf: (modelId: string) => string;
  /** Epoch milliseconds. */
  readonly now: () => number;
  readonly log: Pick<Logger, 'warn'>;
  readonly telemetry: Pick<Telemetry, 'counter' | 'gauge'>;
}

/** A request that may get the answer of another one. */
interface Lookup {
  readonly ask: Ask;
  readonly generate: Generate;
  readonly key: string;
  readonly tenant: string;
  /** Whether kept answers are used, beside those under way. */
  readonly usesKept: boolean;
  /** How long its answer is kept at least, for a time when nothing else can answer; 0: it need not be. */
  readonly keepMs: number;
}

/** A generation under way, and whether its answer is to be kept. */
interface Flight {
  readonly tenant: string;
  readonly generation: SharedGeneration;
  isKept: boolean;
  keepMs: number;
}

type Events = AsyncIterator<GenerationEvent>;

/** The stage between admission and route. */
export const createCache = (deps: Deps): Cache => new ResponseCache(deps);

class ResponseCache implements Cache {
  readonly #deps: Deps;
  readonly #kept: KeptAnswers;
  readonly #flights = new Map<string, Flight>();
  /** Generations nobody shares whose answers are to be kept. */
  readonly #alone = new Set<Lookup>();
  #config: CacheSettings;

  constructor(deps: Deps) {
    const { telemetry, store } = deps;
    this.#deps = deps;
    this.#config = deps.config;
    this.#kept = createKeptAnswers({ ...deps, ttlMs: () => this.#config.cache.ttlMs });
    telemetry.gauge('cacheBytes', () => {
      const value = store.usedBytes();
      return value === undefined ? [] : [{ value }];
    });
  }

  answer(ask: Ask, generate: Generate): AsyncIterable<GenerationEvent> {
    const { request } = ask;
    const usesKept = this.#usesKept(ask.scenario);
    const keepMs = this.#keepMs(ask.scenario);
    const isShared = isRepeatable(request) && (usesKept || keepMs > 0 || this.#config.cache.coalesce);
    if (!isShared && keepMs === 0) return generate(request, ask.signal);
    const lookup: Lookup = { ask, generate, key: this.#keyOf(ask), tenant: request.tenant ?? '', usesKept, keepMs };
    if (!isShared) return this.#keepAlone(lookup);
    // Nothing is asked of anybody before somebody reads.
    return { [Symbol.asyncIterator]: () => (usesKept ? this.#lookUp(lookup) : this.#share(lookup)) };
  }

  findOld(ask: Ask, maxAgeMs: number): Promise<OldAnswer | undefined> {
    return this.#kept.findOld(ask.request.tenant ?? '', this.#keyOf(ask), maxAgeMs);
  }

  update(config: CacheSettings): void {
    this.#config = config;
    this.#deps.store.resize(config.cache.maxBytes);
  }

  forget(tenant: string): void | Promise<void> {
    // What is under way must not be kept afterwards either.
    for (const flight of this.#flights.values()) if (flight.tenant === tenant) flight.isKept = false;
    for (const alone of this.#alone) if (alone.tenant === tenant) this.#alone.delete(alone);
    return this.#deps.store.forget(tenant);
  }

  stop(): Promise<void> {
    return this.#deps.store.stop();
  }

  #usesKept(scenario: string | undefined): boolean {
    const { cache, scenarios } = this.#config;
    return scenario !== undefined && cache.maxBytes > 0 && scenarios[scenario]?.cache === true;
  }

  #keepMs(scenario: string | undefined): number {
    const { cache, scenarios } = this.#config;
    if (scenario === undefined || cache.maxBytes === 0) return 0;
    return scenarios[scenario]?.degrade.cachedMs ?? 0;
  }

  #keyOf({ request, modelId: model, choices, policy }: Ask): string {
    return keyOf({ model, identity: this.#deps.identityOf(model), policy, choices, request });
  }

  /** The same question has another answer every time: each is its own, and the latest is kept. */
  async *#keepAlone(lookup: Lookup): AsyncGenerator<GenerationEvent> {
    const { ask, generate, tenant, key, keepMs } = lookup;
    const events: GenerationEvent[] = [];
    this.#alone.add(lookup);
    try {
      for await (const event of generate(ask.request, ask.signal)) {
        events.push(event);
        yield event;
      }
      if (this.#alone.has(lookup)) this.#kept.keep(tenant, key, () => ask.redact(events), keepMs);
    } finally {
      this.#alone.delete(lookup);
    }
  }

  #lookUp(lookup: Lookup): Events {
    const found = this.#kept.find(lookup.tenant, lookup.key);
    return found instanceof Promise ? this.#answerLater(lookup, found) : this.#answerFrom(lookup, found);
  }

  async *#answerLater(
    lookup: Lookup,
    finding: Promise<readonly GenerationEvent[] | undefined>,
  ): AsyncGenerator<GenerationEvent> {
    const events = this.#answerFrom(lookup, await within(lookup.ask.signal, finding));
    yield* { [Symbol.asyncIterator]: () => events };
  }

  #answerFrom(lookup: Lookup, found: readonly GenerationEvent[] | undefined): Events {
    if (found === undefined) return this.#share(lookup);
    this.#count('hit');
    return replay(found);
  }

  #share(lookup: Lookup): Events {
    const { ask, usesKept, key, keepMs } = lookup;
    ask.signal.throwIfAborted();
    const running = this.#config.cache.coalesce ? this.#flights.get(key) : undefined;
    const cache = running !== undefined ? 'shared' : usesKept ? 'miss' : undefined;
    if (cache !== undefined) this.#count(cache);
    const flight = running ?? this.#start(lookup);
    flight.isKept ||= usesKept || keepMs > 0;
    flight.keepMs = Math.max(flight.keepMs, keepMs);
    const { priority, deadlineAt, signal } = ask;
    return flight.generation.join({ priority, deadlineAt, signal, cache });
  }

  #start({ ask, generate, key, tenant }: Lookup): Flight {
    const onEnd = (events?: readonly GenerationEvent[]) => {
      if (this.#flights.get(key) === flight) this.#flights.delete(key);
      if (events === undefined || !flight.isKept) return;
      this.#kept.keep(tenant, key, () => ask.redact(events), flight.keepMs);
    };
    const { request } = ask;
    const flight: Flight = {
      tenant,
      isKept: false,
      keepMs: 0,
      generation: new SharedGeneration({ request, generate, now: this.#deps.now, onEnd }),
    };
    if (this.#config.cache.coalesce) this.#flights.set(key, flight);
    return flight;
  }

  #count(result: 'hit' | 'miss' | 'shared'): void {
    this.#deps.telemetry.counter('cacheRequests', { cache: 'response', result });
  }
}

async function* replay(events: readonly GenerationEvent[]): AsyncGenerator<GenerationEvent> {
  yield* events;
}

/** A store elsewhere may be slower than the request has time. */
const within = async <T>(signal: AbortSignal, finding: Promise<T>): Promise<T> => {
  const { promise, reject } = Promise.withResolvers<never>();
  const onAbort = () => reject(signal.reason);
  signal.addEventListener('abort', onAbort, { once: true });
  try {
    return await Promise.race([finding, promise]);
  } finally {
    signal.removeEventListener('abort', onAbort);
  }
};
