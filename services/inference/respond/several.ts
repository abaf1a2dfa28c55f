import type { GenerationEvent } from '../call.ts';
import type { Finished } from './answer.ts';
import { stepsOf, totalOf } from './beside.ts';

interface Several {
  /** One for each prompt. */
  readonly generations: readonly AsyncIterable<GenerationEvent>[];
  /** Answers to each of them. */
  readonly choicesEach: number;
  /** Ends all of them; called when one fails or nobody reads on. */
  readonly cancel: () => void;
}

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
    const running = generations.map((generation) => generation[Symbol.asyncIterator]());
    for await (const { index: prompt, event } of stepsOf(running)) {
      if (event.type === 'finished') ends[prompt] = event;
      if (event.type === 'accepted' && isAccepted) continue;
      isAccepted = true;
      yield* renumber(event, prompt * choicesEach, choicesEach);
    }
    isComplete = true;
    yield totalOf(ends, generations.length, 'several prompts');
  } finally {
    if (!isComplete) cancel();
  }
}

const renumber = (event: GenerationEvent, first: number, choicesEach: number): GenerationEvent[] => {
  // Each prompt has its own way through the cache; there is no one word for all of them.
  if (event.type === 'accepted') return [{ type: 'accepted', model: event.model, promptTokens: event.promptTokens }];
  if (event.type !== 'finished') return [{ ...event, choice: first + (event.choice ?? 0) }];
  return choicesEach === 1 ? [{ type: 'ended', choice: first, reason: event.reason }] : [];
};
