import type { ModelConfig } from '../../../core/config/schema.ts';
import type { ModelFacts } from './facts.ts';

/** Tokens a slot gets on average when nothing is configured; more would be memory that is hardly ever touched. */
const AUTO_TOKENS_PER_SLOT = 4096;
/** Below this a chat is no use; memory is found for it even where it takes half of what is free. */
const LEAST_TOKENS_PER_SLOT = 2048;
/** Share of the free memory, after the weights, that key-value memory takes unasked. */
const AUTO_SHARE = 0.25;
const MOST_SHARE = 0.5;
const STEP_TOKENS = 256;
const LEAST_CONTEXT = 256;

/** The engine process itself and its compute buffers: measured at 200 MB for 135 M parameters, growing with the model. */
const OVERHEAD_BYTES = 256 * 1024 * 1024;
const OVERHEAD_SHARE = 0.05;

/** Engines whose slots share one pool of key-value cells; with the others each slot owns an equal, fixed part. */
const SHARED_POOL = new Set(['llama']);

/** Memory of one replica, in bytes; parts that are not known are absent, and so is then the sum. */
export interface MemoryNeed {
  readonly weightsBytes?: number;
  readonly kvBytes?: number;
  readonly totalBytes?: number;
}

/** What a replica is told to allocate, and what that costs. */
export interface ContextPlan {
  /** Longest single request; `auto` is left to the engine where too little is known to decide. */
  readonly context: number | 'auto';
  readonly kvTokens: number | 'auto';
  readonly need: MemoryNeed;
}

export interface PlanInput {
  readonly facts: ModelFacts;
  readonly config: Pick<ModelConfig, 'engine' | 'slots' | 'context' | 'kvTokens'>;
  /** Free memory of the device that will hold the model, before it is loaded. */
  readonly freeBytes: number;
}

/**
 * Decides context and key-value memory. Configured numbers stand (a context beyond the trained length is cut to it).
 * `kvTokens: auto` is 4,096 per slot and at least one whole context, at most a quarter of the memory that the weights
 * leave free, but 2,048 per slot as long as that is at most half of it. `context: auto` is the trained length, at most
 * the pool where slots share it, at most its share of the pool where they do not.
 */
export const planContext = ({ facts, config, freeBytes }: PlanInput): ContextPlan => {
  const { kvBytesPerToken } = facts;
  const trained = facts.trainedContext;
  if (kvBytesPerToken === undefined || trained === undefined || kvBytesPerToken <= 0)
    return asConfigured(facts, config);
  const isShared = SHARED_POOL.has(config.engine);
  const longest = Math.min(trained, config.context === 'auto' ? trained : config.context);
  const left = Math.max(0, freeBytes - fixedBytes(facts));
  const pool =
    config.kvTokens === 'auto'
      ? autoPool({ longest, left, kvBytesPerToken, isShared, config })
      : Math.max(LEAST_CONTEXT, config.kvTokens);
  const room = isShared ? pool : Math.max(LEAST_CONTEXT, floorTo(pool / config.slots, STEP_TOKENS));
  const context = Math.min(longest, room);
  const kvTokens = isShared ? pool : context * config.slots;
  return { context, kvTokens, need: needOf(facts, kvTokens) };
};

/** Whether a planned replica fits into the memory that is free; `undefined` where its need is not known. */
export const fits = (plan: ContextPlan, freeBytes: number): boolean | undefined =>
  plan.need.totalBytes === undefined ? undefined : plan.need.totalBytes <= freeBytes;

interface PoolInput {
  readonly longest: number;
  readonly left: number;
  readonly kvBytesPerToken: number;
  readonly isShared: boolean;
  readonly config: PlanInput['config'];
}

const autoPool = ({ longest, left, kvBytesPerToken, isShared, config }: PoolInput): number => {
  const { slots, context } = config;
  if (!isShared && context !== 'auto') return slots * longest;
  const tokensIn = (share: number) => Math.floor((left * share) / kvBytesPerToken);
  const wanted = isShared ? Math.max(longest, slots * AUTO_TOKENS_PER_SLOT) : slots * AUTO_TOKENS_PER_SLOT;
  const least = Math.min(slots * Math.min(longest, LEAST_TOKENS_PER_SLOT), tokensIn(MOST_SHARE));
  const pool = Math.min(slots * longest, wanted, Math.max(least, tokensIn(AUTO_SHARE)));
  const atLeast = isShared && context !== 'auto' ? longest : LEAST_CONTEXT;
  return Math.max(atLeast, floorTo(pool, STEP_TOKENS));
};

const asConfigured = (facts: ModelFacts, { context, kvTokens }: PlanInput['config']): ContextPlan => ({
  context,
  kvTokens,
  need: facts.fileBytes === undefined ? {} : { weightsBytes: facts.fileBytes },
});

const needOf = (facts: ModelFacts, kvTokens: number): MemoryNeed => {
  const kvBytes = facts.kvBytesPerToken === undefined ? undefined : facts.kvBytesPerToken * kvTokens;
  return {
    ...(facts.fileBytes === undefined ? {} : { weightsBytes: facts.fileBytes }),
    ...(kvBytes === undefined ? {} : { kvBytes }),
    ...(kvBytes === undefined || facts.fileBytes === undefined ? {} : { totalBytes: fixedBytes(facts) + kvBytes }),
  };
};

const fixedBytes = ({ fileBytes = 0 }: ModelFacts): number =>
  Math.ceil(fileBytes * (1 + OVERHEAD_SHARE)) + OVERHEAD_BYTES;

const floorTo = (value: number, step: number): number => Math.floor(value / step) * step;
