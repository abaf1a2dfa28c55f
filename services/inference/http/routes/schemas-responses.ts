import { z } from 'zod';
import { anyObject, described, maxTokens, onlyNull, reasoningEffort, temperature, topP } from './schemas.ts';
import { fineSampling, IGNORED, jsonSchemaFields, modelChoice, ONLY_DEFAULT, urgency, user } from './schemas-openai.ts';
import { SAMPLING_NOTES, templateVariables, topLogprobs } from './schemas-sampling.ts';
import { PARALLEL_NOTE, responseToolChoice, responseTools } from './schemas-tools.ts';

const part = z
  .looseObject({ type: z.string().min(1), text: z.string().optional(), refusal: z.string().optional() })
  .meta({ description: 'A part that is text; any other kind is answered with 400 `unsupported_content`.' });

/** Items of clients' making; what an earlier response answered may be sent back as it is. */
const item = z
  .looseObject({
    type: described(z.string().min(1).optional(), '`message`, `function_call`, `function_call_output` or `reasoning`.'),
    role: z.enum(['user', 'assistant', 'system', 'developer']).optional(),
    content: z.union([z.string(), z.array(part), onlyNull]).optional(),
    call_id: z.string().min(1).optional(),
    name: z.string().min(1).optional(),
    arguments: z.string().optional(),
    output: z.union([z.string(), z.array(part)]).optional(),
    summary: z.array(part).optional(),
  })
  .meta({ id: 'ResponseInputItem' });

export type ResponseItemBody = z.output<typeof item>;

const format = z.discriminatedUnion('type', [
  z.strictObject({ type: z.literal('text') }),
  z.strictObject({ type: z.literal('json_object') }),
  z.strictObject({ type: z.literal('json_schema'), ...jsonSchemaFields }),
]);

export const responseBody = z
  .strictObject({
    input: described(z.union([z.string().min(1), z.array(item).min(1)]), 'A text, or the items of a conversation.'),
    instructions: described(z.string().nullish(), 'A system message before the input.'),
    ...modelChoice,
    max_output_tokens: described(maxTokens.nullish(), 'Most tokens of the answer, at most `limits.maxOutputTokens`.'),
    temperature: described(temperature.nullish(), '0 takes the likeliest token each time. Default 1.'),
    top_p: described(topP.nullish(), 'Share of the likeliest tokens that are drawn from. Default 1.'),
    tools: described(responseTools.nullish(), 'Functions the model may call.'),
    tool_choice: described(responseToolChoice.optional(), 'Whether and which tools are called. Default `auto`.'),
    parallel_tool_calls: described(z.boolean().nullish(), PARALLEL_NOTE),
    text: z
      .strictObject({ format: format.optional(), verbosity: described(z.string().nullish(), ONLY_DEFAULT) })
      .nullish()
      .meta({ description: 'What the text of the answer must be.' }),
    reasoning: z
      .strictObject({
        effort: described(reasoningEffort.nullish(), SAMPLING_NOTES.reasoningEffort),
        summary: described(z.string().nullish(), IGNORED),
        generate_summary: described(z.string().nullish(), IGNORED),
      })
      .nullish()
      .meta({ description: 'How a model that reasons does so.' }),
    include: described(z.array(z.string()).nullish(), 'Only `message.output_text.logprobs`.'),
    top_logprobs: described(topLogprobs.nullish(), 'With log probabilities: this many likeliest tokens for each.'),
    stream: described(z.boolean().nullish(), 'Answer as server-sent events.'),
    stream_options: z
      .strictObject({ include_obfuscation: described(z.boolean().optional(), IGNORED) })
      .nullish()
      .meta({ description: 'Only with `stream`.' }),
    store: described(z.boolean().nullish(), 'False: nothing is kept here. True is answered with 400.'),
    ...fineSampling,
    ...urgency,
    chat_template_kwargs: described(templateVariables.nullish(), `Not OpenAI's: ${SAMPLING_NOTES.templateVariables}`),
    background: described(z.boolean().nullish(), ONLY_DEFAULT),
    previous_response_id: described(z.string().nullish(), ONLY_DEFAULT),
    conversation: described(z.union([z.string(), anyObject, onlyNull]).optional(), ONLY_DEFAULT),
    context_management: described(z.array(anyObject).nullish(), ONLY_DEFAULT),
    prompt: described(anyObject.nullish(), ONLY_DEFAULT),
    max_tool_calls: described(z.int().nullish(), ONLY_DEFAULT),
    moderation: described(anyObject.nullish(), ONLY_DEFAULT),
    truncation: described(z.string().nullish(), ONLY_DEFAULT),
    service_tier: described(z.string().nullish(), ONLY_DEFAULT),
    metadata: described(z.record(z.string(), z.string()).nullish(), 'Repeated in the answer.'),
    safety_identifier: described(z.string().nullish(), IGNORED),
    prompt_cache_key: described(z.string().nullish(), IGNORED),
    prompt_cache_options: described(anyObject.nullish(), IGNORED),
    prompt_cache_retention: described(z.string().nullish(), IGNORED),
    user,
  })
  .meta({ id: 'ResponseRequest' });

export type ResponseBody = z.output<typeof responseBody>;
