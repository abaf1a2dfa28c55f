import type { GenerationRequest, ResponseFormat, ToolChoice, ToolUse } from '../../../engine/protocol/generation.ts';
import { given } from './given.ts';
import {
  adaptersOf,
  compileHarmless,
  DEFAULT_TEMPERATURE,
  DEFAULT_TOP_P,
  fineSamplingOf,
  NOTHING,
  only,
} from './openai-parameters.ts';
import { checkTokenLimit, invalidField, unsupportedParameter } from './refusals.ts';
import { conversationOf } from './responses-input.ts';
import type { ResponseBody } from './schemas-responses.ts';
import { allowedTools, toolOf, toolUseOf } from './tool-use.ts';

/** Parameters of an API that keeps state or runs tools itself: here nothing is kept and no tool is run. */
const refuseUnsupported = compileHarmless<ResponseBody>({
  store: only(false),
  background: only(false),
  previous_response_id: NOTHING,
  conversation: NOTHING,
  context_management: NOTHING,
  prompt: NOTHING,
  max_tool_calls: NOTHING,
  moderation: NOTHING,
  truncation: only('disabled'),
  service_tier: only('auto', 'default'),
});

const LOGPROBS = 'message.output_text.logprobs';
/** What OpenAI's own agents ask for with every request; without stored reasoning there is nothing to encrypt. */
const HARMLESS_INCLUDES: readonly string[] = [LOGPROBS, 'reasoning.encrypted_content'];

/** What the engine is asked for. */
export const responseRequestOf = (body: ResponseBody, maxOutputTokens: number): GenerationRequest => {
  refuseUnsupported(body);
  checkParts(body);
  checkTokenLimit('max_output_tokens', body.max_output_tokens, maxOutputTokens);
  return {
    input: {
      kind: 'chat',
      messages: conversationOf(body),
      ...given({
        toolUse: toolsOf(body),
        reasoningEffort: body.reasoning?.effort,
        templateVariables: body.chat_template_kwargs,
      }),
    },
    maxTokens: body.max_output_tokens ?? null,
    temperature: body.temperature ?? DEFAULT_TEMPERATURE,
    topP: body.top_p ?? DEFAULT_TOP_P,
    seed: null,
    stop: [],
    ...fineSamplingOf({
      topK: body.top_k,
      minP: body.min_p,
      repeatPenalty: body.repeat_penalty,
      biasField: 'logit_bias',
    }),
    ...adaptersOf(body),
    ...(body.context_shift === true ? { shiftsContext: true } : {}),
    ...logprobsOf(body),
    responseFormat: formatOf(body),
  };
};

const checkParts = ({ text, include, stream, stream_options: options }: ResponseBody): void => {
  const verbosity = text?.verbosity;
  if (verbosity !== undefined && verbosity !== null && verbosity !== 'medium') {
    throw unsupportedParameter('text.verbosity', '"medium"', 'another');
  }
  const wrong = (include ?? []).findIndex((entry) => !HARMLESS_INCLUDES.includes(entry));
  if (wrong !== -1) throw unsupportedParameter(`include[${wrong}]`, JSON.stringify(LOGPROBS), 'another');
  if (options !== undefined && options !== null && stream !== true) {
    throw invalidField('stream_options', 'nothing without `stream: true`', 'an object', 'leave it out');
  }
};

const logprobsOf = ({ include, top_logprobs: top }: ResponseBody): { readonly logprobs?: number } =>
  include?.includes(LOGPROBS) === true || (top ?? 0) > 0 ? { logprobs: top ?? 0 } : {};

const formatOf = ({ text }: ResponseBody): ResponseFormat => {
  const format = text?.format;
  if (format === undefined) return { type: 'text' };
  if (format.type !== 'json_schema') return format;
  return format.schema === undefined ? { type: 'json_object' } : { type: 'json_schema', schema: format.schema };
};

const FIELDS = { tools: 'tools', choice: 'tool_choice' } as const;

const toolsOf = ({
  tools: described,
  tool_choice,
  parallel_tool_calls: isParallel,
}: ResponseBody): ToolUse | undefined => {
  const tools = (described ?? []).map(toolOf);
  const choice = tool_choice ?? 'auto';
  if (typeof choice === 'object' && choice.type === 'allowed_tools') {
    const names = choice.tools.map(({ name }) => name);
    const kept = allowedTools(tools, names, 'tool_choice.tools');
    return toolUseOf({ tools: kept, choice: choice.mode, isParallel, fields: FIELDS });
  }
  const plain: ToolChoice = typeof choice === 'string' ? choice : { name: choice.name };
  return toolUseOf({ tools, choice: plain, isParallel, fields: FIELDS });
};

/** The parameters with their defaults, as OpenAI repeats them in each response. */
export const repeatedParameters = (body: ResponseBody): Readonly<Record<string, unknown>> => ({
  background: false,
  instructions: body.instructions ?? null,
  max_output_tokens: body.max_output_tokens ?? null,
  max_tool_calls: null,
  metadata: body.metadata ?? {},
  parallel_tool_calls: body.parallel_tool_calls ?? toolsOf(body)?.isParallel ?? true,
  previous_response_id: null,
  reasoning: { effort: body.reasoning?.effort ?? null, summary: null },
  service_tier: 'default',
  store: false,
  temperature: body.temperature ?? DEFAULT_TEMPERATURE,
  text: { format: body.text?.format ?? { type: 'text' }, verbosity: 'medium' },
  tool_choice: body.tool_choice ?? 'auto',
  tools: body.tools ?? [],
  top_logprobs: body.top_logprobs ?? 0,
  top_p: body.top_p ?? DEFAULT_TOP_P,
  truncation: 'disabled',
});
