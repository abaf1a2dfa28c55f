import type { ModelConfig } from '../../../core/config/schema.ts';
import { QUANTIZE_TYPES } from '../../engine/protocol/quantization.ts';
import { KV_TYPES, type KvType } from './estimate.ts';
import type { ModelFacts } from './facts.ts';
import { type ContextPlan, type PlanInput, planContext } from './memory.ts';

/** Memory that is free before a replica is loaded; of the device too, where it is to run on one that is known. */
export interface FreeMemory {
  readonly hostBytes: number;
  readonly deviceBytes?: number;
}

type Config = PlanInput['config'] & Pick<ModelConfig, 'gpuLayers'>;

/** Settings that differ from the configuration. */
export interface Adjustment {
  readonly slots?: number;
  readonly context?: number;
  readonly kvTokens?: number;
  readonly kvType?: KvType;
}

/** A setting that fits, and what it would be. */
export interface Way {
  readonly adjustment: Adjustment;
  readonly plan: ContextPlan;
  /** Share of what was asked for that is given up, 0 to 1. */
  readonly loss: number;
}

export type FitResult =
  | { readonly fits: true; readonly plan: ContextPlan }
  | {
      readonly fits: false;
      readonly plan: ContextPlan;
      /** The least loss first. */
      readonly ways: readonly Way[];
      /** The most precise smaller quantisation with which the configuration fits as it is. */
      readonly quantization?: string;
    };

export interface FitInput {
  readonly facts: ModelFacts;
  readonly config: Config;
  readonly free: FreeMemory;
}

/** Whether a replica fits as configured, and if not, what would. A need that is not known is taken to fit. */
export const fitModel = (input: FitInput): FitResult => {
  const plan = planIn(input);
  if (hasRoom(plan, input)) return { fits: true, plan };
  const ways = waysOf(input, plan).toSorted((a, b) => a.loss - b.loss);
  const quantization = smallerQuantization(input);
  return { fits: false, plan, ways, ...(quantization === undefined ? {} : { quantization }) };
};

/** Whether a plan fits into this memory. */
export const hasRoom = ({ need }: ContextPlan, { facts, config, free }: FitInput): boolean => {
  const { totalBytes, processBytes = 0, cacheBytes = 0 } = need;
  if (totalBytes === undefined) return true;
  const share = offloadedShare(config, facts, free);
  const plainBytes = processBytes + cacheBytes;
  const modelBytes = totalBytes - plainBytes;
  return modelBytes * share <= (free.deviceBytes ?? 0) && plainBytes + modelBytes * (1 - share) <= free.hostBytes;
};

const offloadedShare = ({ gpuLayers }: Config, { layers }: ModelFacts, { deviceBytes }: FreeMemory): number => {
  if (deviceBytes === undefined) return 0;
  if (typeof gpuLayers !== 'number' || layers === undefined) return 1;
  // The output layer counts as one more.
  return Math.min(1, gpuLayers / (layers + 1));
};

const planIn = ({ facts, config, free }: FitInput): ContextPlan => {
  const isOffloaded = offloadedShare(config, facts, free) > 0.5;
  return planContext({ facts, config, freeBytes: isOffloaded ? (free.deviceBytes ?? 0) : free.hostBytes });
};

/** What storing the key-value memory less precisely costs in answers, in the same unit as fewer slots or tokens. */
const KV_LOSS: Readonly<Record<KvType, number>> = { f16: 0, q8_0: 0.1, q4_0: 0.3 };
const STEP_TOKENS = 256;

const waysOf = (input: FitInput, plan: ContextPlan): Way[] => {
  const ways: Way[] = [];
  for (const kvType of kvTypesFrom(input.config)) {
    const stored = kvType === undefined ? {} : { kvType };
    const config = withAdjustment(input.config, stored);
    const whole = planIn({ ...input, config });
    const cost = kvType === undefined ? 0 : KV_LOSS[kvType];
    // Whatever gives up more than this is no nearer.
    if (hasRoom(whole, { ...input, config })) return [...ways, { adjustment: stored, plan: whole, loss: cost }];
    for (const size of sizesOf(config, plan)) {
      const way = largest({ ...input, config }, size);
      if (way === undefined) continue;
      ways.push({ ...way, adjustment: { ...way.adjustment, ...stored }, loss: 1 - (1 - way.loss) * (1 - cost) });
    }
  }
  return ways;
};

/** The type as configured, then the smaller ones where the engine has them and may use them. */
const kvTypesFrom = ({ engine, options }: Config): readonly (KvType | undefined)[] => {
  if (engine !== 'llama' || options.flashAttention === false) return [undefined];
  const now = KV_TYPES.findIndex((type) => type === (options.kvType ?? 'f16'));
  return [undefined, ...KV_TYPES.slice(now + 1)];
};

/** One setting that can be made smaller: its value `steps` steps of all the way down from `most`. */
interface Size {
  readonly most: number;
  readonly step: number;
  readonly adjust: (value: number) => Adjustment;
}

const sizesOf = ({ slots, context, kvTokens }: Config, plan: ContextPlan): readonly Size[] => [
  { most: slots - 1, step: 1, adjust: (value) => ({ slots: value }) },
  ...(context === 'auto' || typeof plan.context !== 'number'
    ? []
    : [{ most: plan.context - 1, step: STEP_TOKENS, adjust: (value: number) => ({ context: value }) }]),
  ...(kvTokens === 'auto'
    ? []
    : [{ most: kvTokens - 1, step: STEP_TOKENS, adjust: (value: number) => ({ kvTokens: value }) }]),
];

/** The largest value of a setting with which the replica fits; memory only grows with it. */
const largest = (input: FitInput, { most, step, adjust }: Size): Way | undefined => {
  const attempt = (steps: number) => {
    const adjustment = adjust(steps * step);
    const config = withAdjustment(input.config, adjustment);
    const plan = planIn({ ...input, config });
    return { adjustment, plan, fits: hasRoom(plan, { ...input, config }) };
  };
  let [low, high] = [0, Math.floor(most / step)];
  while (low < high) {
    const middle = Math.ceil((low + high) / 2);
    if (attempt(middle).fits) low = middle;
    else high = middle - 1;
  }
  if (low === 0) return undefined;
  const { adjustment, plan } = attempt(low);
  return { adjustment, plan, loss: 1 - (low * step) / (most + 1) };
};

/** A configuration with other values in it. */
export const withAdjustment = <C extends Config>(config: C, { kvType, ...sizes }: Adjustment): C => ({
  ...config,
  ...sizes,
  ...(kvType === undefined ? {} : { options: { ...config.options, kvType } }),
});

const smallerQuantization = (input: FitInput): string | undefined => {
  const { fileBytes, bitsPerWeight } = input.facts;
  if (fileBytes === undefined || bitsPerWeight === undefined) return undefined;
  const smaller = Object.entries(QUANTIZE_TYPES).find(([, { bits }]) => {
    if (bits >= bitsPerWeight) return false;
    const { matrixBytes: _, ...facts } = { ...input.facts, fileBytes: (fileBytes * bits) / bitsPerWeight };
    return hasRoom(planIn({ ...input, facts }), { ...input, facts });
  });
  return smaller?.[0];
};
