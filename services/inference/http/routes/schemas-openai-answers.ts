import { z } from 'zod';
import { count, finishReason, onlyNull, openAiError } from './schemas.ts';

const usage = z
  .strictObject({
    prompt_tokens: count,
    completion_tokens: count,
    total_tokens: count,
    prompt_tokens_details: z.strictObject({ cached_tokens: count }),
    completion_tokens_details: z
      .strictObject({ reasoning_tokens: count })
      .optional()
      .meta({ description: 'Where the model tells what it thinks apart from what it says.' }),
  })
  .meta({ id: 'CompletionUsage' });

const envelope = {
  id: z.string(),
  created: z.int().meta({ description: 'Seconds since the epoch.' }),
  model: z.string(),
  system_fingerprint: z.string(),
} as const;

const likelihood = { token: z.string(), logprob: z.number(), bytes: z.array(count) } as const;

/** One token of an answer and the likeliest ones in its place. */
export const tokenLogprob = z
  .strictObject({ ...likelihood, top_logprobs: z.array(z.strictObject(likelihood)) })
  .meta({ id: 'ChatTokenLogprob' });

const chatLogprobs = z.strictObject({ content: z.array(tokenLogprob), refusal: onlyNull }).nullable();

const chatFinishReason = z.enum([...finishReason.options, 'function_call']).meta({
  description: `${finishReason.meta()?.description ?? ''} \`function_call\`: the same, for the deprecated \`functions\`.`,
});

const toolCall = z
  .strictObject({
    id: z.string(),
    type: z.literal('function'),
    function: z.strictObject({ name: z.string(), arguments: z.string() }),
  })
  .meta({ id: 'ChatToolCall' });

const reasoningContent = z
  .string()
  .optional()
  .meta({ description: "Not OpenAI's: what the model thought before it answered." });

export const chatCompletionSchema = z
  .strictObject({
    ...envelope,
    object: z.literal('chat.completion'),
    choices: z.array(
      z.strictObject({
        index: count,
        message: z.strictObject({
          role: z.literal('assistant'),
          content: z.string().nullable().meta({ description: 'Null where the answer is calls alone.' }),
          refusal: onlyNull,
          reasoning_content: reasoningContent,
          tool_calls: z.array(toolCall).optional(),
          function_call: z.strictObject({ name: z.string(), arguments: z.string() }).optional(),
        }),
        logprobs: chatLogprobs,
        finish_reason: chatFinishReason,
      }),
    ),
    usage,
  })
  .meta({ id: 'ChatCompletion' });

const toolCallDelta = z
  .strictObject({
    index: count,
    id: z.string().optional(),
    type: z.literal('function').optional(),
    function: z.strictObject({ name: z.string().optional(), arguments: z.string() }),
  })
  .meta({ description: 'The first piece of a call has its id and name, the others more of the arguments.' });

const chatChunk = z
  .strictObject({
    ...envelope,
    object: z.literal('chat.completion.chunk'),
    choices: z.array(
      z.strictObject({
        index: count,
        delta: z.strictObject({
          role: z.literal('assistant').optional(),
          content: z.string().nullable().optional(),
          refusal: onlyNull.optional(),
          reasoning_content: reasoningContent,
          tool_calls: z.array(toolCallDelta).optional(),
          function_call: z.strictObject({ name: z.string().optional(), arguments: z.string() }).optional(),
        }),
        logprobs: chatLogprobs,
        finish_reason: chatFinishReason.nullable(),
      }),
    ),
    usage: usage.nullable().optional(),
  })
  .meta({ id: 'ChatCompletionChunk' });

const STREAM_NOTE = 'The `data` of one server-sent event; after the last comes `[DONE]`.';

export const chatStreamSchema = z.union([chatChunk, openAiError]).meta({ description: STREAM_NOTE });

const textLogprobs = z
  .strictObject({
    tokens: z.array(z.string()),
    token_logprobs: z.array(z.number().nullable()).meta({ description: 'Null for the first token of a prompt.' }),
    top_logprobs: z.array(z.record(z.string(), z.number()).nullable()),
    text_offset: z.array(count).meta({ description: 'Where each token begins, in characters.' }),
  })
  .nullable();

const textChoice = { index: count, text: z.string(), logprobs: textLogprobs } as const;

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
