import type { Lane } from '../load/generations.ts';
import type { PromptWriter } from '../models/prompts.ts';
import { SCENARIO } from './steps.ts';

export const WORKLOADS = ['A', 'B'] as const;
export type Workload = (typeof WORKLOADS)[number];

const CLIENTS = 16;
/** One request in so many is the same as the others of its kind. */
const IDENTICAL_EVERY = 4;

interface Sizes {
  readonly requests: number;
  readonly prefix: number;
  readonly own: number;
  readonly answer: { readonly A: number; readonly B: number };
}

const FULL: Sizes = { requests: 32, prefix: 1024, own: 64, answer: { A: 64, B: 32 } };
const SMOKE: Sizes = { requests: 4, prefix: 64, own: 8, answer: { A: 4, B: 4 } };

/**
 * A: distinct requests. B: a system prompt that all share and that stays the same from round to round, as system prompts
 * do, then a text of their own; a quarter of them is the same request, another one in each round.
 */
export const workloadLanes = (
  { prompt, isSmoke }: { readonly prompt: PromptWriter; readonly isSmoke: boolean },
  workload: Workload,
  round: number,
): readonly Lane[] => {
  const { requests, prefix, own, answer } = isSmoke ? SMOKE : FULL;
  const name = (index: number): string =>
    workload === 'B' && index % IDENTICAL_EVERY === 0 ? `same ${round}` : `${workload} ${round} ${index}`;
  const text = (index: number): string => (workload === 'B' ? prompt(prefix, 'system') : '') + prompt(own, name(index));
  const bodies = Array.from({ length: requests }, (_, index) => bodyOf(text(index), answer[workload]));
  return [{ name: workload, connections: CLIENTS, bodies }];
};

/** The system prompt once, so that whoever can keep it has it. */
export const warmUpLanes = (context: { readonly prompt: PromptWriter; readonly isSmoke: boolean }): readonly Lane[] => {
  const { prefix } = context.isSmoke ? SMOKE : FULL;
  const body = bodyOf(context.prompt(prefix, 'system') + context.prompt(8, 'warm-up'), 4);
  return [{ name: 'warm-up', connections: 1, bodies: [body] }];
};

const bodyOf = (prompt: string, maxTokens: number): string =>
  JSON.stringify({ model: 'bench', scenario: SCENARIO, prompt, max_tokens: maxTokens, temperature: 0 });
