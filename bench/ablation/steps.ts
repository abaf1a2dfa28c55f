import type { Variation } from '../peer/servers.ts';

/** Which file of the model runs: as it comes, or made as large as naive services keep it. */
export type Weights = 'f16' | 'q4_1';

/** A service with all optimisations up to one. */
export interface Step {
  readonly name: string;
  readonly weights: Weights;
  readonly slots: number;
  readonly options: Readonly<Record<string, unknown>>;
  readonly coalesces: boolean;
  readonly caches: boolean;
}

export const SLOTS = 16;
export const CONTEXT = 2048;

const NAIVE: Step = {
  ...{ name: 'naive', weights: 'f16', slots: 1, coalesces: false, caches: false },
  options: { flashAttention: false, kvType: 'f16', prefixSharing: false },
};

const ADDED: readonly (Partial<Step> & Pick<Step, 'name'>)[] = [
  { name: '+ batching', slots: SLOTS },
  { name: '+ prefix cache', options: { prefixSharing: true } },
  { name: '+ Q4_1 weights', weights: 'q4_1' },
  // Before the smaller key-value types, which need it.
  { name: '+ flash attention', options: { flashAttention: true } },
  { name: '+ KV q8_0', options: { kvType: 'q8_0' } },
  { name: '+ coalescing', coalesces: true },
  { name: '+ response cache', caches: true },
  // Not part of the whole: it halves the memory once more and costs speed.
  { name: '+ KV q4_0', options: { kvType: 'q4_0' } },
];

const addEach = (first: Step, added: typeof ADDED): readonly Step[] => {
  const steps = [first];
  let last = first;
  for (const more of added) {
    last = { ...last, ...more, options: { ...last.options, ...more.options } };
    steps.push(last);
  }
  return steps;
};

/** From the naive service to the whole product, one optimisation more each time. */
export const STEPS: readonly Step[] = addEach(NAIVE, ADDED);

/** All that needs no kept answers. */
export const BEFORE_CACHE = '+ coalescing';
export const WITH_CACHE = '+ response cache';

/** The scenario that the requests name. */
export const SCENARIO = 'bench';

/** The configuration of a step; every one has the same room for keys and values. */
export const variationOf = ({ slots, options, coalesces, caches }: Step): Variation => ({
  model: { slots, options, kvTokens: SLOTS * CONTEXT },
  config: { cache: { coalesce: coalesces }, scenarios: { [SCENARIO]: { cache: caches } } },
});
