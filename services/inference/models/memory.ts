import type { ModelConfig } from '../../../core/config/schema.ts';
import { estimateMemory, KV_TYPES, type MemoryNeed, type MemorySetting, memoryByCells } from './estimate.ts';
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

/** Engines whose slots share one pool of key-value cells; with the others each slot owns an equal, fixed part. */
const SHARED_POOL = new Set(['llama']);

/** What a replica is told to allocate, and what that costs. */
export interface ContextPlan {
  /** Longest single request; `auto` is left to the engine where too little is known to decide. */
  readonly context: number | 'auto';
  readonly kvTokens: number | 'auto';
  readonly need: MemoryNeed;
}

export interface PlanInput {
  readonly facts: ModelFacts;
  readonly config: Pick<ModelConfig, 'engine' | 'slots' | 'context' | 'kvTokens' | 'options'>;
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
  const trained = facts.trainedContext;
  if (trained === undefined || (facts.kvBytesPerToken ?? 0) <= 0) return asConfigured(facts, config);
  const setting = settingOf(config);
  const { fixedBytes, bytesPerCell } = memoryByCells(facts, setting);
  const isShared = SHARED_POOL.has(config.engine);
  const longest = Math.min(trained, config.context === 'auto' ? trained : config.context);
  const left = Math.max(0, freeBytes - fixedBytes);
  const pool =
    config.kvTokens === 'auto'
      ? autoPool({ longest, left, bytesPerCell, isShared, config })
      : Math.max(LEAST_CONTEXT, config.kvTokens);
  const room = isShared ? pool : Math.max(LEAST_CONTEXT, floorTo(pool / config.slots, STEP_TOKENS));
  const context = Math.min(longest, room);
  const cells = isShared ? pool : context * config.slots;
  return { context, kvTokens: cells, need: estimateMemory(facts, { ...setting, cells }) };
};

const DEFAULT_BATCH_TOKENS = 512;

/** What the options of the engine say about memory; a wrong value there is for the engine to refuse. */
const settingOf = ({ slots, engine, options }: PlanInput['config']): Omit<MemorySetting, 'cells'> => {
  const { batchSize, kvType, flashAttention, prefixCacheBytes } = options;
  const stored = SHARED_POOL.has(engine) ? KV_TYPES.find((type) => type === kvType) : undefined;
  return {
    slots,
    batchTokens: Math.max(slots, typeof batchSize === 'number' ? batchSize : DEFAULT_BATCH_TOKENS),
    kvType: stored ?? 'f16',
    flashAttention: flashAttention !== false,
    cacheBytes: SHARED_POOL.has(engine) && typeof prefixCacheBytes === 'number' ? prefixCacheBytes : 0,
  };
};

const CACHE_SHARE = 0.1;
const MOST_CACHE_BYTES = 1024 * 1024 * 1024;

/** Plain memory for kept prefixes where it is left to the service: a tenth of what is free; `undefined` where it is not. */
export const automaticCache = (
  { engine, options }: Pick<PlanInput['config'], 'engine' | 'options'>,
  freeBytes: number,
): number | undefined => {
  const isAutomatic = SHARED_POOL.has(engine) && (options.prefixCacheBytes ?? 'auto') === 'auto';
  return isAutomatic ? Math.min(MOST_CACHE_BYTES, Math.max(0, Math.floor(freeBytes * CACHE_SHARE))) : undefined;
};

/** Whether a planned replica fits into the memory that is free; `undefined` where its need is not known. */
export const fits = (plan: ContextPlan, freeBytes: number): boolean | undefined =>
  plan.need.totalBytes === undefined ? undefined : plan.need.totalBytes <= freeBytes;

interface PoolInput {
  readonly longest: number;
  readonly left: number;
  readonly bytesPerCell: number;
  readonly isShared: boolean;
  readonly config: PlanInput['config'];
}

const autoPool = ({ longest, left, bytesPerCell, isShared, config }: PoolInput): number => {
  const { slots, context } = config;
  if (!isShared && context !== 'auto') return slots * longest;
  const tokensIn = (share: number) => Math.floor((left * share) / bytesPerCell);
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

const floorTo = (value: number, step: number): number => Math.floor(value / step) * step;
