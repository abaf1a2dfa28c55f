import { ServiceError } from '../../core/errors/service-error.ts';
import type { GenerationRequest } from './protocol/generation.ts';

/**
 * How many tokens may be generated after a prompt of this length; throws ERR_ENGINE_CONTEXT_OVERFLOW when the prompt
 * leaves no room for one token, or none for the `maxTokens` that were asked for. One that shifts its context is only
 * refused where its prompt does not fit.
 */
export const tokenLimit = (
  request: Pick<GenerationRequest, 'maxTokens' | 'outputCap' | 'shiftsContext'>,
  promptTokens: number,
  contextTokens: number,
): number => {
  const room = contextTokens - promptTokens;
  const { maxTokens } = request;
  const isEndless = request.shiftsContext === true;
  if (room < 1 || (maxTokens !== null && maxTokens > room && !isEndless))
    throw overflow(promptTokens, maxTokens, contextTokens);
  if (isEndless) return maxTokens ?? request.outputCap ?? room;
  return maxTokens ?? Math.min(room, request.outputCap ?? room);
};

const overflow = (promptTokens: number, maxTokens: number | null, contextTokens: number): ServiceError => {
  const answer = maxTokens === null ? 'the answer needs at least 1' : `${maxTokens} are asked for the answer`;
  return tooLong(
    contextTokens,
    `the prompt has ${promptTokens} tokens and ${answer}; shorten the prompt or lower maxTokens`,
    {
      ...{ promptTokens, maxTokens, contextTokens },
    },
  );
};

/** The refusal of a prompt that is too long by its beginning alone, so that nobody counted the rest. */
export const overflowUncounted = (maxTokens: number | null, contextTokens: number): ServiceError =>
  tooLong(contextTokens, `the prompt has more than ${contextTokens} tokens; shorten it`, {
    ...{ promptTokens: null, maxTokens, contextTokens },
  });

// OpenAI's words for the limit: clients and other gateways look for them.
const tooLong = (contextTokens: number, what: string, details: Readonly<Record<string, unknown>>): ServiceError =>
  new ServiceError(
    'ERR_ENGINE_CONTEXT_OVERFLOW',
    `the model's maximum context length is ${contextTokens} tokens, but ${what}`,
    { details },
  );
