import { ServiceError } from '../../../core/errors/service-error.ts';
import type { Timings, Usage } from '../../engine/protocol/generation.ts';
import type { GenerationEvent } from '../call.ts';
import type { Finished } from './answer.ts';

/** An event of one of several generations. */
export interface BesideEvent {
  readonly index: number;
  readonly event: GenerationEvent;
}

/** The next event of one generation, or what it threw. */
type Step = { readonly index: number } & (
  | { readonly result: IteratorResult<GenerationEvent> }
  | { readonly thrown: unknown }
);

/**
 * The events of generations that run beside each other, as they come; throws with the first that does. Each is read no
 * further than one event ahead, so that a slow reader slows down all of them.
 */
export async function* stepsOf(generations: readonly AsyncIterator<GenerationEvent>[]): AsyncGenerator<BesideEvent> {
  const steps: Step[] = [];
  let wake = (): void => undefined;
  const push = (step: Step): void => {
    steps.push(step);
    wake();
  };
  const ask = (index: number): void =>
    void generations[index]?.next().then(
      (result) => push({ index, result }),
      (thrown) => push({ index, thrown }),
    );
  try {
    for (const index of generations.keys()) ask(index);
    for (let left = generations.length; left > 0; ) {
      const step = steps.shift();
      if (step === undefined) {
        await new Promise<void>((resolve) => {
          wake = resolve;
        });
        continue;
      }
      const { index } = step;
      if ('thrown' in step) throw step.thrown;
      if (step.result.done === true) {
        left -= 1;
        continue;
      }
      ask(index);
      yield { index, event: step.result.value };
    }
  } finally {
    // One that nobody asks any more would never give back what it holds.
    for (const generation of generations) void generation.return?.().catch(() => undefined);
  }
}

/** The end of all of them: their tokens together, and a prompt they have in common once, as the first of them found it. */
export const totalOf = (
  ends: readonly Finished[],
  expected: number,
  of: 'one prompt' | 'several prompts',
): Finished => {
  const [first, ...others] = ends;
  if (first === undefined || Object.keys(ends).length !== expected) {
    throw new ServiceError('ERR_ENGINE_FAILED', 'one of the generations ended without saying that it finished');
  }
  return {
    ...first,
    usage: others.reduce((sum, { usage }) => addUsage(sum, usage, of === 'several prompts'), first.usage),
    timings: others.reduce((longest, { timings }) => longerOf(longest, timings), first.timings),
  };
};

const addUsage = (sum: Usage, more: Usage, addsPrompt: boolean): Usage => ({
  ...sum,
  ...(addsPrompt
    ? { promptTokens: sum.promptTokens + more.promptTokens, cachedTokens: sum.cachedTokens + more.cachedTokens }
    : {}),
  completionTokens: sum.completionTokens + more.completionTokens,
  ...addOptional(sum, more, 'reasoningTokens'),
  ...addOptional(sum, more, 'acceptedTokens'),
  ...addOptional(sum, more, 'rejectedTokens'),
  ...(more.estimated === true ? { estimated: true as const } : {}),
});

const addOptional = (sum: Usage, more: Usage, name: 'reasoningTokens' | 'acceptedTokens' | 'rejectedTokens') =>
  sum[name] === undefined && more[name] === undefined ? {} : { [name]: (sum[name] ?? 0) + (more[name] ?? 0) };

/** They ran beside each other. */
const longerOf = (a: Timings, b: Timings): Timings => ({
  queueMs: Math.max(a.queueMs, b.queueMs),
  prefillMs: Math.max(a.prefillMs, b.prefillMs),
  decodeMs: Math.max(a.decodeMs, b.decodeMs),
});
