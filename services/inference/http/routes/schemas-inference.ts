import { z } from 'zod';
import {
  count,
  described,
  finishedUsage,
  finishReason,
  maxTokens,
  milliseconds,
  modelName,
  nativeError,
  priority,
  scenarioName,
  seed,
  stopText,
  temperature,
  topP,
} from './schemas.ts';

export const NATIVE_DEFAULTS = { temperature: 0.7, topP: 0.95, priority: 'normal', mode: 'sync' } as const;

const MAX_STOPS = 16;
const MAX_URL_CHARACTERS = 2048;
const MAX_DEADLINE_MS = 86_400_000;

const message = z
  .strictObject({
    role: z.enum(['system', 'developer', 'user', 'assistant', 'tool']),
    content: z.string(),
    name: z.string().min(1).max(64).optional(),
  })
  .meta({ id: 'Message', description: 'One turn of a conversation.' });

const responseFormat = z
  .discriminatedUnion('type', [
    z.strictObject({ type: z.literal('text') }),
    z.strictObject({ type: z.literal('json_object') }),
    z.strictObject({
      type: z.literal('json_schema'),
      schema: described(z.record(z.string(), z.unknown()), 'JSON Schema the text of the answer will match.'),
    }),
  ])
  .meta({ description: 'What the text of the answer must be; the default is plain text.' });

export const inferenceBody = z
  .strictObject({
    prompt: described(
      z.string().min(1).optional(),
      'Text to continue, as it is: no chat template is applied. Exactly one of `prompt` and `messages`.',
    ),
    messages: described(z.array(message).min(1).optional(), "A conversation, put into the model's chat template."),
    model: modelName.optional(),
    scenario: scenarioName.optional(),
    maxTokens: described(
      maxTokens.optional(),
      'Most tokens of the answer, at most `limits.maxOutputTokens`. Default: that limit, or the end of the context.',
    ),
    temperature: described(temperature.default(NATIVE_DEFAULTS.temperature), '0 takes the likeliest token each time.'),
    topP: described(topP.default(NATIVE_DEFAULTS.topP), 'Share of the likeliest tokens that are drawn from.'),
    seed: described(seed.optional(), 'The same seed and request give the same answer, on the same machine and load.'),
    stop: described(
      z.union([stopText, z.array(stopText).max(MAX_STOPS)]).optional(),
      'The answer ends before the first of these texts; none of them is part of it.',
    ),
    responseFormat: responseFormat.optional(),
    stream: described(z.boolean().default(false), 'Answer as server-sent events.'),
    mode: described(
      z.enum(['sync', 'async']).default(NATIVE_DEFAULTS.mode),
      '`async`: answered at once with a job, which survives a restart.',
    ),
    callbackUrl: described(
      z
        .url({ protocol: /^https?$/ })
        .max(MAX_URL_CHARACTERS)
        .optional(),
      'With `async`: gets a signed POST (Standard Webhooks) when the job has ended. Its host must be allowed in the configuration.',
    ),
    priority: described(priority.default(NATIVE_DEFAULTS.priority), 'Who waits less when requests have to wait.'),
    deadlineMs: described(
      z.int().min(1).max(MAX_DEADLINE_MS).optional(),
      'Milliseconds after which the answer is worthless. Default: `limits.deadlineMs`; a job has none.',
    ),
  })
  .meta({ id: 'InferenceRequest' });

export type InferenceBody = z.output<typeof inferenceBody>;

const summary = {
  id: described(z.string(), 'The request id.'),
  model: z.string(),
  scenario: z.string().optional(),
  finishReason,
  usage: z
    .strictObject({
      promptTokens: finishedUsage.promptTokens,
      completionTokens: finishedUsage.completionTokens,
      totalTokens: count,
      cachedTokens: finishedUsage.cachedTokens,
      estimated: finishedUsage.estimated,
    })
    .meta({ id: 'Usage' }),
  timings: z
    .strictObject({
      queueMs: described(milliseconds, 'Waited for admission and for a slot.'),
      firstTokenMs: described(milliseconds.nullable(), 'Until the first text; null: there was none.'),
      totalMs: milliseconds,
      tokensPerSecond: described(z.number().min(0).nullable(), 'While decoding; null: too few tokens to measure.'),
    })
    .meta({ id: 'Timings' }),
} as const;

export const inferenceAnswer = z.strictObject({ ...summary, text: z.string() }).meta({ id: 'InferenceAnswer' });

/** One `data` object of the stream; the name of its event says which of these it is. */
export const inferenceEvent = z
  .union([
    z.strictObject({ id: summary.id, model: z.string(), promptTokens: count.nullable() }).meta({
      description:
        'Event `accepted`, first: the prompt was read and fits. `promptTokens` is null where only an upstream can count.',
    }),
    z.strictObject({ text: z.string().min(1) }).meta({ description: 'Event `token`: more text.' }),
    z.strictObject(summary).meta({ description: 'Event `done`, last.' }),
    nativeError,
  ])
  .meta({ id: 'InferenceEvent', description: 'The `data` of one server-sent event.' });
