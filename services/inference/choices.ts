import { ServiceError } from '../../core/errors/service-error.ts';
import type { GenerationRequest, Timings, Usage } from '../engine/protocol/generation.ts';
import type { GenerationEvent } from './call.ts';

type Generate = (request: GenerationRequest, signal: AbortSignal) => AsyncIterable<GenerationEvent>;
type Finished = GenerationEvent & { readonly type: 'finished' };

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
      yield totalOf(ends, choices);
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
    for await (const { choice, event } of stepsOf(generations)) {
      if (event.type === 'finished') ends[choice] = event;
      if (event.type === 'accepted' && isAccepted) continue;
      isAccepted = true;
      yield asChoice(event, choice);
    }
    isComplete = true;
    yield totalOf(ends, requests.length);
  } finally {
    signal.removeEventListener('abort', leave);
    if (!isComplete) group.abort();
  }
}

const asChoice = (event: GenerationEvent, choice: number): GenerationEvent => {
  if (event.type === 'accepted') return event;
  return event.type === 'finished' ? { type: 'ended', choice, reason: event.reason } : { ...event, choice };
};

/** The next event of one choice, or what its generation threw. */
type Step = { readonly choice: number } & (
  | { readonly result: IteratorResult<GenerationEvent> }
  | { readonly thrown: unknown }
);

/** Reads all of them at once, each no further than one event ahead, so that a slow reader slows down all of them. */
async function* stepsOf(generations: readonly AsyncIterator<GenerationEvent>[]) {
  const steps: Step[] = [];
  let wake = (): void => undefined;
  const push = (step: Step): void => {
    steps.push(step);
    wake();
  };
  const ask = (choice: number): void =>
    void generations[choice]?.next().then(
      (result) => push({ choice, result }),
      (thrown) => push({ choice, thrown }),
    );
  for (const choice of generations.keys()) ask(choice);
  for (let left = generations.length; left > 0; ) {
    const step = steps.shift();
    if (step === undefined) {
      await new Promise<void>((resolve) => {
        wake = resolve;
      });
      continue;
    }
    const { choice } = step;
    if ('thrown' in step) throw step.thrown;
    if (step.result.done === true) {
      left -= 1;
      continue;
    }
    ask(choice);
    yield { choice, event: step.result.value };
  }
}

const totalOf = (ends: readonly Finished[], choices: number): Finished => {
  const [first, ...others] = ends;
  if (first === undefined || Object.keys(ends).length !== choices) {
    throw new ServiceError('ERR_ENGINE_FAILED', 'one of the generations ended without saying that it finished');
  }
  return {
    ...first,
    usage: others.reduce((sum, { usage }) => addUsage(sum, usage), first.usage),
    timings: others.reduce((longest, { timings }) => longerOf(longest, timings), first.timings),
  };
};

/** They share their prompt, so it counts once, as the first of them found it. */
const addUsage = (sum: Usage, more: Usage): Usage => ({
  ...sum,
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
