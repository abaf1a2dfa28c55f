import type { GenerationRequest, ToolUse } from '../../../engine/protocol/generation.ts';
import { inputOf } from './native-input.ts';
import { fineSamplingOf, stopsOf } from './openai-parameters.ts';
import { checkTokenLimit } from './refusals.ts';
import type { InferenceBody } from './schemas-inference.ts';
import { toolOf, toolUseOf } from './tool-use.ts';

/** What the engine is asked for, from the product's own words. */
export const requestOf = (body: InferenceBody, maxOutputTokens: number): GenerationRequest => {
  checkTokenLimit('maxTokens', body.maxTokens, maxOutputTokens);
  const { reasoningEffort, templateVariables, logprobs, adapters } = body;
  return {
    input: inputOf(body, { toolUse: toolsOf(body), reasoningEffort, templateVariables }),
    maxTokens: body.maxTokens ?? null,
    temperature: body.temperature,
    topP: body.topP,
    seed: body.seed ?? null,
    stop: stopsOf(body.stop),
    ...fineSamplingOf({ ...body, biasField: 'logitBias' }),
    ...(logprobs === undefined ? {} : { logprobs }),
    ...(adapters === undefined || adapters.length === 0 ? {} : { adapters }),
    ...(body.contextShift === true ? { shiftsContext: true } : {}),
    responseFormat: body.responseFormat ?? { type: 'text' },
  };
};

const toolsOf = ({ tools = [], toolChoice = 'auto', parallelToolCalls }: InferenceBody): ToolUse | undefined =>
  toolUseOf({
    tools: tools.map(toolOf),
    choice: toolChoice,
    isParallel: parallelToolCalls,
    fields: { tools: 'tools', choice: 'toolChoice' },
  });
