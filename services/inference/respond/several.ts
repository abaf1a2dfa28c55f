import { ServiceError } from '../../../core/errors/service-error.ts';
import type { Timings, Usage } from '../../engine/protocol/generation.ts';
import type { GenerationEvent } from '../call.ts';
import type { Finished } from './answer.ts';

interface Several {
  /** One for each prompt. */
  readonly generations: readonly AsyncIterable<GenerationEvent>[];
  /** Answers to each of them. */
  readonly choicesEach: number;
  /** Ends all of them; called when one fails or nobody reads on. */
  readonly cancel: () => void;
}

type Step =
  | { readonly prompt: number; readonly event: GenerationEvent }
  /** One of them is over, well or with what was thrown. */
  | { readonly failure?: { readonly error: unknown } };

/**
 * Generations of several prompts as one with as many choices as all of them: those of the first prompt come first.
 * Accepted when the first of them is, finished when all are.
 */
export async function* mergeGenerations(several: Several): AsyncGenerator<GenerationEvent> {
  const { generations, choicesEach, cancel } = several;
  const ends: Finished[] = [];
  let isAccepted = false;
  let isComplete = false;
  try {
    for await (const { prompt, event } of stepsOf(generations)) {
      if (event.type === 'finished') ends[prompt] = event;
      if (event.type === 'accepted' && isAccepted) continue;
      isAccepted = true;
      yield* renumber(event, prompt * choicesEach, choicesEach);
    }
    isComplete = true;
    yield totalOf(ends, generations.length);
  } finally {
    if (!isComplete) cancel();
  }
}

/** Reads all of them at once; ends with the last, or throws with the first that does. */
async function* stepsOf(generations: Several['generations']) {
  const steps: Step[] = [];
  let wake = (): void => undefined;
  const push = (step: Step): void => {
    steps.push(step);
    wake();
  };
  const read = async (generation: AsyncIterable<GenerationEvent>, prompt: number): Promise<void> => {
    try {
      for await (const event of generation) push({ prompt, event });
      push({});
    } catch (error) {
      push({ failure: { error } });
    }
  };
  generations.forEach((generation, prompt) => void read(generation, prompt));
  for (let left = generations.length; left > 0; ) {
    const step = steps.shift();
    if (step === undefined) {
      await new Promise<void>((resolve) => {
        wake = resolve;
      });
    } else if ('event' in step) {
      yield step;
    } else {
      if (step.failure !== undefined) throw step.failure.error;
      left -= 1;
    }
  }
}

const renumber = (event: GenerationEvent, first: number, choicesEach: number): GenerationEvent[] => {
  // Each prompt has its own way through the cache; there is no one word for all of them.
  if (event.type === 'accepted') return [{ type: 'accepted', model: event.model, promptTokens: event.promptTokens }];
  if (event.type !== 'finished') return [{ ...event, choice: first + (event.choice ?? 0) }];
  return choicesEach === 1 ? [{ type: 'ended', choice: first, reason: event.reason }] : [];
};

const totalOf = (ends: readonly Finished[], expected: number): Finished => {
  const [first, ...others] = ends;
  if (first === undefined || Object.keys(ends).length !== expected) {
    throw new ServiceError('ERR_HTTP_INTERNAL', 'a generation ended without being finished');
  }
  return {
    ...first,
    usage: others.reduce((sum, { usage }) => addUsage(sum, usage), first.usage),
    timings: others.reduce((longest, { timings }) => longerOf(longest, timings), first.timings),
  };
};

const addUsage = (a: Usage, b: Usage): Usage => ({
  promptTokens: a.promptTokens + b.promptTokens,
  completionTokens: a.completionTokens + b.completionTokens,
  cachedTokens: a.cachedTokens + b.cachedTokens,
  ...(a.estimated === true || b.estimated === true ? { estimated: true } : {}),
});

const longerOf = (a: Timings, b: Timings): Timings => ({
  queueMs: Math.max(a.queueMs, b.queueMs),
  prefillMs: Math.max(a.prefillMs, b.prefillMs),
  decodeMs: Math.max(a.decodeMs, b.decodeMs),
});
