import { z } from 'zod';
import { PRIORITIES, REASONING_EFFORTS } from '../../../engine/protocol/generation.ts';
import { pathText } from '../path-text.ts';

/** A schema with the sentence the API document says about it. */
export const described = <Schema extends z.ZodType>(schema: Schema, description: string): Schema =>
  // Safe: `meta` answers a copy of the same schema.
  schema.meta({ description }) as Schema;

export const onlyNull = z.null();

const STOP_CHARACTERS = 1024;
const NAME_CHARACTERS = 128;

const MODEL_NAME = 'Id of a configured model.';
export const modelName = described(z.string().min(1).max(NAME_CHARACTERS), MODEL_NAME);
export const modelInPath = pathText(NAME_CHARACTERS, MODEL_NAME);
export const scenarioName = described(
  z.string().min(1).max(NAME_CHARACTERS),
  'Name of a configured scenario; the model is chosen by its constraints.',
);
export const stopText = z.string().min(1).max(STOP_CHARACTERS);
export const temperature = z.number().min(0).max(2);
export const topP = z.number().min(0).max(1);
export const seed = z.int();
export const maxTokens = z.int().min(1);
export const priority = z.enum(PRIORITIES);
export const reasoningEffort = z.enum(REASONING_EFFORTS);

/** For the document: fields of a body that exclude each other; the handlers check it and say it better. */
export const ONE_INPUT = { oneOf: [{ required: ['prompt'] }, { required: ['messages'] }] };
export const ONE_CHOICE = { not: { required: ['model', 'scenario'] } };

/** Any JSON object. */
export const anyObject = z.record(z.string(), z.unknown());

/** Counts that can be zero but not absent. */
export const count = z.int().min(0);
export const milliseconds = z.number().min(0);
/** The one time format of the API. */
export const isoTime = z.iso.datetime();

export const finishReason = described(
  z.enum(['stop', 'length', 'tool_calls']),
  [
    '`stop`: the model was done or reached a stop text. `length`: the token limit or the end of the context.',
    '`tool_calls`: the model called tools and waits for what they answer.',
  ].join(' '),
);

export const finishedUsage = {
  promptTokens: count,
  completionTokens: count,
  cachedTokens: described(count, 'Prompt tokens taken from a prefix cache instead of computed.'),
  reasoningTokens: described(count.optional(), 'Completion tokens spent thinking, where the model tells them apart.'),
  acceptedTokens: described(count.optional(), 'Tokens that were guessed ahead and proved right.'),
  rejectedTokens: described(count.optional(), 'Tokens that were guessed ahead and proved wrong.'),
  estimated: described(z.literal(true).optional(), 'Present where an upstream did not count.'),
} as const;

/** The error body of a stream's `error` event; the same as that of an HTTP error. */
export const nativeError = z
  .strictObject({
    error: z.strictObject({
      code: z.string(),
      message: z.string(),
      requestId: z.string(),
      details: z.record(z.string(), z.unknown()).optional(),
    }),
  })
  .meta({ description: 'What went wrong after the stream had begun; the answer is not complete.' });

export const openAiError = z
  .strictObject({
    error: z.strictObject({
      message: z.string(),
      type: z.string(),
      param: z.string().nullable(),
      code: z.string().nullable(),
    }),
  })
  .meta({ description: 'What went wrong after the stream had begun; the answer is not complete.' });

export const RATE_HEADERS_NOTE =
  'Where limits per key are configured, answers carry `x-ratelimit-*` headers, and refusals `retry-after`.';
