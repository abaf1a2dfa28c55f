import type { ErrorCode } from '../../core/errors/codes.ts';
import { ServiceError } from '../../core/errors/service-error.ts';
import type { Degraded, GenerationEvent } from './call.ts';

/** An answer that was kept, and how old it is. */
export interface KeptAnswer {
  readonly events: readonly GenerationEvent[];
  readonly ageMs: number;
}

/** What answers when the model of a scenario cannot. */
export interface Chain {
  /** Other models, in this order. */
  readonly models: readonly string[];
  /** How old a kept answer may be; 0: none is used. */
  readonly cachedMs: number;
}

interface Ways {
  readonly modelId: string;
  readonly chain: Chain;
  /** The answer of a model; throws where the caller may not use it. */
  readonly generate: (modelId: string) => AsyncIterable<GenerationEvent>;
  readonly findKept: (maxAgeMs: number) => Promise<KeptAnswer | undefined>;
}

/** Failures of the model itself; whatever else fails would fail on the next step as well, or is the caller's to mend. */
const CANNOT_ANSWER: ReadonlySet<ErrorCode> = new Set<ErrorCode>([
  'ERR_ROUTE_NO_REPLICA',
  'ERR_ROUTE_BREAKER_OPEN',
  'ERR_ROUTE_NO_MEMORY',
  'ERR_ROUTE_NO_CORES',
  'ERR_ROUTE_DEVICE',
  'ERR_ENGINE_DIED',
  'ERR_ENGINE_FAILED',
  'ERR_ENGINE_LOAD',
]);

const isOfModel = (error: unknown): error is ServiceError =>
  error instanceof ServiceError && CANNOT_ANSWER.has(error.code);

/**
 * The answer of the first that can begin one: the model, the other models of the chain, the cache. All but the first say so
 * in `accepted`. What has begun is nobody else's to go on with.
 */
export async function* answerByChain({ modelId, chain, generate, findKept }: Ways): AsyncGenerator<GenerationEvent> {
  const failures: ServiceError[] = [];
  const models = [modelId, ...chain.models.filter((id) => id !== modelId)];
  for (const id of models) {
    let hasBegun = false;
    try {
      for await (const event of fromFirstPiece(generate(id))) {
        hasBegun = true;
        yield id === modelId ? event : marked(event, { by: 'model', insteadOf: modelId });
      }
      return;
    } catch (error) {
      const isRefused = id !== modelId && error instanceof ServiceError && error.row.status < 500;
      if (hasBegun || !(isOfModel(error) || isRefused)) throw error;
      failures.push(error);
    }
  }
  const kept = chain.cachedMs === 0 ? undefined : await findKept(chain.cachedMs);
  if (kept === undefined) throw refusal(failures, models, chain);
  for (const event of kept.events) yield marked(event, { by: 'cache', ageMs: kept.ageMs });
}

/** Whoever has been accepted by a model cannot be handed to another one any more: that is told with its first piece. */
async function* fromFirstPiece(events: AsyncIterable<GenerationEvent>): AsyncGenerator<GenerationEvent> {
  let accepted: GenerationEvent | undefined;
  for await (const event of events) {
    if (event.type === 'accepted') {
      accepted = event;
      continue;
    }
    if (accepted !== undefined) yield accepted;
    accepted = undefined;
    yield event;
  }
}

const marked = (event: GenerationEvent, degraded: Degraded): GenerationEvent =>
  event.type === 'accepted' ? { ...event, degraded } : event;

/** Why the model itself cannot answer, and what else was tried. */
const refusal = ([first, ...others]: readonly ServiceError[], models: readonly string[], chain: Chain): unknown => {
  if (first === undefined)
    return new ServiceError('ERR_ROUTE_NO_REPLICA', 'nothing can answer', { retryAfterSeconds: 1 });
  const tried = [
    ...others.map(({ code }, index) => ({ model: models[index + 1], code })),
    ...(chain.cachedMs === 0 ? [] : [{ cache: 'nothing kept' }]),
  ];
  const { code, message, details, retryAfterSeconds = 1 } = first;
  return new ServiceError(code, message, { details: { ...details, tried }, retryAfterSeconds, cause: first });
};
