import type { GenerationRequest } from '../engine/protocol/generation.ts';
import type { GenerationCall, GenerationEvent } from './call.ts';
import { generateChoices } from './choices.ts';
import { answerByChain } from './degrade.ts';
import type { Ask, Generate, Slot, Stages } from './flow.ts';

/** The answer of the model, or of what its scenario names in its place. */
export const generateAnswer = (
  call: GenerationCall,
  ask: Ask,
  slot: Slot,
  stages: Stages,
): AsyncIterable<GenerationEvent> => {
  const { route, cache, models } = stages;
  const answerFrom = (modelId: string) => {
    const generate: Generate = (request, signal) =>
      route.isReady(modelId)
        ? route.generate(modelId, request, signal)
        : generateLater(route, slot, { modelId, request, signal });
    return cache.answer({ ...ask, modelId }, generateChoices(generate, ask.choices));
  };
  // A job has time to wait for its model.
  const chain = call.isRedacted === true ? undefined : stages.degrade(call.scenario);
  if (chain === undefined) return answerFrom(ask.modelId);
  return answerByChain({
    modelId: ask.modelId,
    // Token ids are those of one vocabulary.
    chain: ask.request.input.kind === 'tokens' ? { ...chain, models: [] } : chain,
    generate: (id) =>
      answerFrom(id === ask.modelId ? id : models.choose({ ...call, allowed: call.caller.models, model: id })),
    findKept: (maxAgeMs) => cache.findOld(ask, maxAgeMs),
  });
};

interface Asked {
  readonly modelId: string;
  readonly request: GenerationRequest;
  readonly signal: AbortSignal;
}

async function* generateLater(route: Stages['route'], slot: Slot, { modelId, request, signal }: Asked) {
  await untilReady(route, slot, modelId, signal);
  yield* route.generate(modelId, request, signal);
}

/** Nobody holds a place that others could use while a model is loaded. */
export const untilReady = async (
  route: Stages['route'],
  slot: Slot,
  modelId: string,
  signal: AbortSignal,
): Promise<void> => {
  while (!route.isReady(modelId)) await slot.away(() => route.untilReady(modelId, signal));
};
