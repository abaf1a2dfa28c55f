import type { GenerationRequest } from '../engine/protocol/generation.ts';
import type { GenerationEvent } from './call.ts';
import type { Finished } from './respond/answer.ts';
import { stepsOf, totalOf } from './respond/beside.ts';

type Generate = (request: GenerationRequest, signal: AbortSignal) => AsyncIterable<GenerationEvent>;

/**
 * Makes one stream of several answers to a prompt: accepted when the first of them is, finished when all are, failed when
 * one is. A single answer is handed through untouched; at temperature 0 all of them are the same one, generated once.
 */
export const generateChoices = (generate: Generate, choices: number): Generate => {
  if (choices === 1) return generate;
  return (request, signal) =>
    request.temperature === 0
      ? repeat(generate(request, signal), choices)
      : merge(generate, requestsOf(request, choices), signal);
};

/** Equal seeds would give equal answers. */
const requestsOf = (request: GenerationRequest, choices: number): GenerationRequest[] =>
  Array.from({ length: choices }, (_, choice) => {
    const { seed } = request;
    return seed === null || choice === 0 ? request : { ...request, seed: seedAfter(seed, choice) };
  });

// Counted down where there is no next number.
const seedAfter = (seed: number, steps: number): number =>
  seed + steps <= Number.MAX_SAFE_INTEGER ? seed + steps : seed - steps;

async function* repeat(events: AsyncIterable<GenerationEvent>, choices: number): AsyncGenerator<GenerationEvent> {
  for await (const event of events) {
    if (event.type === 'accepted') yield event;
    else if (event.type !== 'finished') for (let choice = 0; choice < choices; choice += 1) yield { ...event, choice };
    else {
      const ends = Array.from({ length: choices }, () => event);
      for (const choice of ends.keys()) yield { type: 'ended', choice, reason: event.reason };
      yield totalOf(ends, choices, 'one prompt');
    }
  }
}

async function* merge(
  generate: Generate,
  requests: readonly GenerationRequest[],
  signal: AbortSignal,
): AsyncGenerator<GenerationEvent> {
  signal.throwIfAborted();
  const group = new AbortController();
  const leave = () => group.abort(signal.reason);
  signal.addEventListener('abort', leave, { once: true });
  const ends: Finished[] = [];
  let isAccepted = false;
  let isComplete = false;
  try {
    const generations = requests.map((request) => generate(request, group.signal)[Symbol.asyncIterator]());
    for await (const { index: choice, event } of stepsOf(generations)) {
      if (event.type === 'finished') ends[choice] = event;
      if (event.type === 'accepted' && isAccepted) continue;
      isAccepted = true;
      yield asChoice(event, choice);
    }
    isComplete = true;
    yield totalOf(ends, requests.length, 'one prompt');
  } finally {
    signal.removeEventListener('abort', leave);
    if (!isComplete) group.abort();
  }
}

const asChoice = (event: GenerationEvent, choice: number): GenerationEvent => {
  if (event.type === 'accepted') return event;
  return event.type === 'finished' ? { type: 'ended', choice, reason: event.reason } : { ...event, choice };
};
