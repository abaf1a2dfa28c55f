import { z } from 'zod';
import { described, modelName, onlyNull, scenarioName, seed, stopText, temperature, topP } from './schemas.ts';

/** OpenAI's own limits where it has one; every field of its API is here, so that none is ever ignored by accident. */
const MAX_STOPS = 4;
const MAX_CHOICES = 128;
const MAX_PENALTY = 2;

const ONLY_DEFAULT = 'Accepted where it changes nothing; any other value is answered with 400 `unsupported_parameter`.';
const IGNORED = 'Accepted and not used.';

const tokens = z.int().min(1);
const penalty = described(z.number().min(-MAX_PENALTY).max(MAX_PENALTY).nullish(), ONLY_DEFAULT);

/** What chat and legacy completions have in common. */
const generation = {
  // The official clients always send one; without it the service's default model answers.
  model: described(modelName.optional(), 'Id of a configured model; default: the first one.'),
  scenario: described(
    scenarioName.optional(),
    "Not OpenAI's: chooses the model by the constraints of a scenario, whatever `model` says.",
  ),
  max_tokens: described(tokens.nullish(), 'Most tokens of the answer, at most `limits.maxOutputTokens`.'),
  temperature: described(temperature.nullish(), '0 takes the likeliest token each time. Default 1.'),
  top_p: described(topP.nullish(), 'Share of the likeliest tokens that are drawn from. Default 1.'),
  seed: described(seed.nullish(), 'The same seed and request give the same answer under one `system_fingerprint`.'),
  stop: described(
    z.union([stopText, z.array(stopText).max(MAX_STOPS), onlyNull]).optional(),
    'The answer ends before the first of these texts; none of them is part of it.',
  ),
  stream: described(z.boolean().nullish(), 'Answer as server-sent events.'),
  stream_options: z
    .strictObject({
      include_usage: described(z.boolean().optional(), 'One more chunk before `[DONE]`, with the token counts.'),
      include_obfuscation: described(z.boolean().optional(), IGNORED),
    })
    .nullish()
    .meta({ description: 'Only with `stream`.' }),
  n: described(z.int().min(1).max(MAX_CHOICES).nullish(), ONLY_DEFAULT),
  frequency_penalty: penalty,
  presence_penalty: penalty,
  logit_bias: described(z.record(z.string(), z.number().min(-100).max(100)).nullish(), ONLY_DEFAULT),
  user: described(z.string().nullish(), IGNORED),
} as const;

const anyObject = z.record(z.string(), z.unknown());

const part = z
  .looseObject({ type: z.string().min(1), text: z.string().optional(), refusal: z.string().optional() })
  .meta({ description: 'A `text` part; any other kind is answered with 400 `unsupported_content`.' });

const message = z
  .strictObject({
    role: z.enum(['system', 'developer', 'user', 'assistant', 'tool']),
    content: described(
      z.union([z.string(), z.array(part).min(1), onlyNull]).optional(),
      'Null only in an assistant message.',
    ),
    name: z.string().min(1).optional(),
    tool_call_id: z.string().optional(),
    refusal: z.string().nullish(),
    annotations: described(z.array(z.unknown()).nullish(), IGNORED),
    audio: described(z.unknown().optional(), ONLY_DEFAULT),
    tool_calls: described(z.array(z.unknown()).nullish(), ONLY_DEFAULT),
    function_call: described(z.unknown().optional(), ONLY_DEFAULT),
  })
  .meta({ id: 'ChatMessage' });

export type ChatMessageBody = z.output<typeof message>;

const formats = z.discriminatedUnion('type', [
  z.strictObject({ type: z.literal('text') }),
  z.strictObject({ type: z.literal('json_object') }),
  z.strictObject({
    type: z.literal('json_schema'),
    json_schema: z.strictObject({
      name: z.string().regex(/^[a-zA-Z0-9_-]{1,64}$/, 'letters, digits, _ and - (1 to 64 characters)'),
      description: z.string().optional(),
      schema: anyObject.optional(),
      strict: described(z.boolean().nullish(), 'The schema is always enforced.'),
    }),
  }),
]);

const responseFormat = z
  .union([formats, onlyNull])
  .optional()
  .meta({ description: 'What the text of the answer must be.' });

export const chatBody = z
  .strictObject({
    messages: described(z.array(message).min(1), 'The conversation so far; its last message is the one to answer.'),
    ...generation,
    max_completion_tokens: described(tokens.nullish(), 'The current name of `max_tokens`.'),
    response_format: responseFormat,
    tools: described(z.array(anyObject).nullish(), ONLY_DEFAULT),
    tool_choice: described(z.union([z.string(), anyObject, onlyNull]).optional(), ONLY_DEFAULT),
    functions: described(z.array(anyObject).nullish(), ONLY_DEFAULT),
    function_call: described(z.union([z.string(), anyObject, onlyNull]).optional(), ONLY_DEFAULT),
    logprobs: described(z.boolean().nullish(), ONLY_DEFAULT),
    top_logprobs: described(z.int().min(0).max(20).nullish(), ONLY_DEFAULT),
    modalities: described(z.array(z.string()).nullish(), ONLY_DEFAULT),
    audio: described(anyObject.nullish(), ONLY_DEFAULT),
    prediction: described(anyObject.nullish(), ONLY_DEFAULT),
    reasoning_effort: described(z.string().nullish(), ONLY_DEFAULT),
    verbosity: described(z.string().nullish(), ONLY_DEFAULT),
    web_search_options: described(anyObject.nullish(), ONLY_DEFAULT),
    moderation: described(anyObject.nullish(), ONLY_DEFAULT),
    store: described(z.boolean().nullish(), ONLY_DEFAULT),
    service_tier: described(z.string().nullish(), ONLY_DEFAULT),
    parallel_tool_calls: described(z.boolean().nullish(), IGNORED),
    metadata: described(z.record(z.string(), z.string()).nullish(), IGNORED),
    safety_identifier: described(z.string().nullish(), IGNORED),
    prompt_cache_key: described(z.string().nullish(), IGNORED),
    prompt_cache_options: described(anyObject.nullish(), IGNORED),
    prompt_cache_retention: described(z.string().nullish(), IGNORED),
  })
  .meta({ id: 'ChatCompletionRequest' });

export type ChatBody = z.output<typeof chatBody>;

export const completionBody = z
  .strictObject({
    prompt: described(
      z.union([z.string().min(1), z.array(z.unknown()).min(1)]),
      'A text, or a list with one text. Token ids and several prompts are answered with 400 `unsupported_parameter`.',
    ),
    ...generation,
    echo: described(z.boolean().nullish(), 'The prompt comes first in the text of the answer.'),
    best_of: described(z.int().min(1).max(20).nullish(), ONLY_DEFAULT),
    logprobs: described(z.int().min(0).max(5).nullish(), ONLY_DEFAULT),
    suffix: described(z.string().nullish(), ONLY_DEFAULT),
  })
  .meta({ id: 'CompletionRequest' });

export type CompletionBody = z.output<typeof completionBody>;

const MAX_INPUTS = 2048;

export const embeddingBody = z
  .strictObject({
    input: described(
      z.union([z.string().min(1), z.array(z.unknown()).min(1).max(MAX_INPUTS)]),
      'One or more texts. Token ids are answered with 400 `unsupported_parameter`.',
    ),
    model: generation.model,
    scenario: generation.scenario,
    encoding_format: described(
      z.enum(['float', 'base64']).nullish(),
      '`base64`: little-endian 32-bit floats. Default `float`.',
    ),
    dimensions: described(z.int().min(1).nullish(), 'Must be what the model gives.'),
    user: generation.user,
  })
  .meta({ id: 'EmbeddingRequest' });

export type EmbeddingBody = z.output<typeof embeddingBody>;
