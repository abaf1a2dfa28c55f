import { z } from 'zod';
import { count, finishReason, onlyNull, openAiError } from './schemas.ts';

const usage = z
  .strictObject({
    prompt_tokens: count,
    completion_tokens: count,
    total_tokens: count,
    prompt_tokens_details: z.strictObject({ cached_tokens: count }),
  })
  .meta({ id: 'CompletionUsage' });

const envelope = {
  id: z.string(),
  created: z.int().meta({ description: 'Seconds since the epoch.' }),
  model: z.string(),
  system_fingerprint: z.string(),
} as const;

export const chatCompletionSchema = z
  .strictObject({
    ...envelope,
    object: z.literal('chat.completion'),
    choices: z.array(
      z.strictObject({
        index: count,
        message: z.strictObject({ role: z.literal('assistant'), content: z.string(), refusal: onlyNull }),
        logprobs: onlyNull,
        finish_reason: finishReason,
      }),
    ),
    usage,
  })
  .meta({ id: 'ChatCompletion' });

const chatChunk = z
  .strictObject({
    ...envelope,
    object: z.literal('chat.completion.chunk'),
    choices: z.array(
      z.strictObject({
        index: count,
        delta: z.strictObject({
          role: z.literal('assistant').optional(),
          content: z.string().optional(),
          refusal: onlyNull.optional(),
        }),
        logprobs: onlyNull,
        finish_reason: finishReason.nullable(),
      }),
    ),
    usage: usage.nullable().optional(),
  })
  .meta({ id: 'ChatCompletionChunk' });

const STREAM_NOTE = 'The `data` of one server-sent event; after the last comes `[DONE]`.';

export const chatStreamSchema = z.union([chatChunk, openAiError]).meta({ description: STREAM_NOTE });

const textChoice = { index: count, text: z.string(), logprobs: onlyNull } as const;

export const textCompletionSchema = z
  .strictObject({
    ...envelope,
    object: z.literal('text_completion'),
    choices: z.array(z.strictObject({ ...textChoice, finish_reason: finishReason })),
    usage,
  })
  .meta({ id: 'Completion' });

const textChunk = z
  .strictObject({
    ...envelope,
    object: z.literal('text_completion'),
    choices: z.array(z.strictObject({ ...textChoice, finish_reason: finishReason.nullable() })),
    usage: usage.nullable().optional(),
  })
  .meta({ id: 'CompletionChunk' });

export const textStreamSchema = z.union([textChunk, openAiError]).meta({ description: STREAM_NOTE });

export const embeddingListSchema = z
  .strictObject({
    object: z.literal('list'),
    data: z.array(
      z.strictObject({
        object: z.literal('embedding'),
        index: count,
        embedding: z.union([z.array(z.number()), z.string().meta({ description: 'With `base64`.' })]),
      }),
    ),
    model: z.string(),
    usage: z.strictObject({ prompt_tokens: count, total_tokens: count }),
  })
  .meta({ id: 'EmbeddingList' });

export const openAiModel = z
  .strictObject({
    id: z.string(),
    object: z.literal('model'),
    created: z.int(),
    owned_by: z.string(),
  })
  .meta({ id: 'OpenAiModel' });

export const openAiModelList = z
  .strictObject({ object: z.literal('list'), data: z.array(openAiModel) })
  .meta({ id: 'OpenAiModelList' });
