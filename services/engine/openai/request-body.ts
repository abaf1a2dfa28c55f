import { ServiceError } from '../../../core/errors/service-error.ts';
import type {
  ChatMessage,
  GenerationInput,
  GenerationRequest,
  ResponseFormat,
  ToolUse,
} from '../protocol/generation.ts';
import type { OpenaiOptions } from './options.ts';

/** OpenAI's own limit; the rest is cut on this side. */
const MAX_STOPS = 4;

export interface UpstreamCall {
  readonly path: string;
  readonly body: Readonly<Record<string, unknown>>;
  readonly traceparent?: string;
}

/** What to send for a generation: always a stream, always with usage. */
export const toUpstreamCall = (
  request: GenerationRequest,
  model: string,
  maxTokensField: OpenaiOptions['maxTokensField'],
): UpstreamCall => {
  refuseLocal(request);
  const { input, maxTokens, seed, stop } = request;
  const common = {
    model,
    stream: true,
    stream_options: { include_usage: true },
    temperature: request.temperature,
    top_p: request.topP,
    ...(maxTokens === null ? {} : { [input.kind === 'chat' ? maxTokensField : 'max_tokens']: maxTokens }),
    ...(seed === null ? {} : { seed }),
    ...(stop.length === 0 ? {} : { stop: stop.slice(0, MAX_STOPS) }),
    ...formatOf(request.responseFormat),
    ...samplingOf(request),
  };
  const { traceparent } = request;
  const traced = traceparent === undefined ? {} : { traceparent };
  if (input.kind !== 'chat') {
    const prompt = input.kind === 'text' ? input.prompt : input.tokens;
    return { path: '/completions', body: { ...common, prompt }, ...traced };
  }
  return { path: '/chat/completions', body: { ...common, ...chatOf(input) }, ...traced };
};

// An upstream that does not know these would ignore them without a word.
const refuseLocal = ({ adapters, shiftsContext }: GenerationRequest): void => {
  const what = adapters !== undefined ? 'LoRA adapters' : shiftsContext === true ? 'context shift' : undefined;
  if (what === undefined) return;
  throw new ServiceError(
    'ERR_MODELS_CAPABILITY',
    `this model answers through an upstream without ${what}; leave it out`,
  );
};

/** Only what was asked for: many upstreams refuse names they do not know. */
const samplingOf = (request: GenerationRequest): Readonly<Record<string, unknown>> => {
  const { logprobs, input } = request;
  const isChat = input.kind === 'chat';
  return withoutAbsent({
    top_k: request.topK,
    min_p: request.minP,
    frequency_penalty: request.frequencyPenalty,
    presence_penalty: request.presencePenalty,
    repeat_penalty: request.repeatPenalty,
    logit_bias: request.logitBias,
    logprobs: isChat && logprobs !== undefined ? true : logprobs,
    top_logprobs: isChat ? logprobs : undefined,
  });
};

const withoutAbsent = (fields: Readonly<Record<string, unknown>>): Readonly<Record<string, unknown>> =>
  Object.fromEntries(Object.entries(fields).filter(([, value]) => value !== undefined));

const chatOf = (input: GenerationInput & { readonly kind: 'chat' }): Readonly<Record<string, unknown>> => ({
  messages: input.messages.map(messageOf),
  ...(input.toolUse === undefined ? {} : toolsOf(input.toolUse)),
  ...withoutAbsent({ reasoning_effort: input.reasoningEffort, chat_template_kwargs: input.templateVariables }),
});

const messageOf = ({ role, content, name, toolCalls, toolCallId, reasoning }: ChatMessage) => ({
  // `developer` is a name only the newest upstreams know; it means the same.
  role: role === 'developer' ? 'system' : role,
  content,
  ...withoutAbsent({
    name,
    tool_call_id: toolCallId,
    reasoning_content: reasoning,
    tool_calls: toolCalls?.map((call) => ({
      id: call.id,
      type: 'function',
      function: { name: call.name, arguments: call.arguments },
    })),
  }),
});

const toolsOf = ({ tools, choice, isParallel }: ToolUse) => ({
  tools: tools.map((tool) => ({ type: 'function', function: tool })),
  tool_choice: typeof choice === 'string' ? choice : { type: 'function', function: choice },
  parallel_tool_calls: isParallel,
});

const formatOf = (format: ResponseFormat): Readonly<Record<string, unknown>> => {
  if (format.type === 'text') return {};
  if (format.type === 'json_object') return { response_format: { type: 'json_object' } };
  if (format.type === 'grammar') return { grammar: format.grammar };
  return {
    response_format: { type: 'json_schema', json_schema: { name: 'answer', strict: true, schema: format.schema } },
  };
};
