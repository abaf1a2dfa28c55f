import { z } from 'zod';
import { anyObject, described, maxTokens, onlyNull, reasoningEffort } from './schemas.ts';
import { generation, IGNORED, jsonSchemaFields, ONLY_DEFAULT } from './schemas-openai.ts';
import { grammarText, SAMPLING_NOTES, templateVariables, topLogprobs } from './schemas-sampling.ts';
import {
  chatFunctionCall,
  chatFunctions,
  chatToolCalls,
  chatToolChoice,
  chatTools,
  functionChoice,
  PARALLEL_NOTE,
} from './schemas-tools.ts';

const part = z
  .looseObject({ type: z.string().min(1), text: z.string().optional(), refusal: z.string().optional() })
  .meta({ description: 'A `text` part; any other kind is answered with 400 `unsupported_content`.' });

const message = z
  .strictObject({
    role: described(
      z.enum(['system', 'developer', 'user', 'assistant', 'tool', 'function']),
      '`function` is the deprecated name of `tool`.',
    ),
    content: described(
      z.union([z.string(), z.array(part).min(1), onlyNull]).optional(),
      'Null only in an assistant message.',
    ),
    name: z.string().min(1).optional(),
    tool_call_id: described(z.string().min(1).optional(), 'Which call a `tool` message answers.'),
    refusal: z.string().nullish(),
    reasoning_content: described(z.string().nullish(), "Not OpenAI's: what an earlier turn thought."),
    parsed: described(z.unknown().optional(), IGNORED),
    annotations: described(z.array(z.unknown()).nullish(), IGNORED),
    audio: described(z.unknown().optional(), ONLY_DEFAULT),
    tool_calls: described(chatToolCalls.nullish(), 'What an earlier turn called.'),
    function_call: described(chatFunctionCall.nullish(), 'The deprecated form of `tool_calls`.'),
  })
  .meta({ id: 'ChatMessage' });

export type ChatMessageBody = z.output<typeof message>;

const formats = z.discriminatedUnion('type', [
  z.strictObject({ type: z.literal('text') }),
  z.strictObject({ type: z.literal('json_object') }),
  z.strictObject({ type: z.literal('json_schema'), json_schema: z.strictObject(jsonSchemaFields) }),
]);

const responseFormat = z
  .union([formats, onlyNull])
  .optional()
  .meta({ description: 'What the text of the answer must be.' });

export const chatBody = z
  .strictObject({
    messages: described(z.array(message).min(1), 'The conversation so far; its last message is the one to answer.'),
    ...generation,
    max_completion_tokens: described(maxTokens.nullish(), 'The current name of `max_tokens`.'),
    response_format: responseFormat,
    grammar: described(grammarText.nullish(), `Not OpenAI's: ${SAMPLING_NOTES.grammar}`),
    tools: described(chatTools.nullish(), 'Functions the model may call.'),
    tool_choice: described(chatToolChoice.optional(), 'Whether and which tools are called. Default `auto`.'),
    parallel_tool_calls: described(z.boolean().nullish(), PARALLEL_NOTE),
    functions: described(chatFunctions.nullish(), 'The deprecated form of `tools`.'),
    function_call: described(functionChoice.optional(), 'The deprecated form of `tool_choice`.'),
    logprobs: described(z.boolean().nullish(), 'The log probability of each token of the answer.'),
    top_logprobs: described(topLogprobs.nullish(), 'With `logprobs`: this many likeliest tokens in the place of each.'),
    reasoning_effort: described(reasoningEffort.nullish(), SAMPLING_NOTES.reasoningEffort),
    chat_template_kwargs: described(templateVariables.nullish(), `Not OpenAI's: ${SAMPLING_NOTES.templateVariables}`),
    modalities: described(z.array(z.string()).nullish(), ONLY_DEFAULT),
    audio: described(anyObject.nullish(), ONLY_DEFAULT),
    prediction: described(anyObject.nullish(), ONLY_DEFAULT),
    verbosity: described(z.string().nullish(), ONLY_DEFAULT),
    web_search_options: described(anyObject.nullish(), ONLY_DEFAULT),
    moderation: described(anyObject.nullish(), ONLY_DEFAULT),
    store: described(z.boolean().nullish(), ONLY_DEFAULT),
    service_tier: described(z.string().nullish(), ONLY_DEFAULT),
    metadata: described(z.record(z.string(), z.string()).nullish(), IGNORED),
    safety_identifier: described(z.string().nullish(), IGNORED),
    prompt_cache_key: described(z.string().nullish(), IGNORED),
    prompt_cache_options: described(anyObject.nullish(), IGNORED),
    prompt_cache_retention: described(z.string().nullish(), IGNORED),
  })
  .meta({ id: 'ChatCompletionRequest' });

export type ChatBody = z.output<typeof chatBody>;
