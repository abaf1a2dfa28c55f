import { z } from 'zod';
import { count, described, finishedUsage, finishReason, milliseconds, nativeError } from './schemas.ts';
import { nativeToolCalls } from './schemas-tools.ts';

const degraded = z
  .union([
    z.strictObject({ by: z.literal('model'), insteadOf: described(z.string(), 'The model that could not answer.') }),
    z.strictObject({ by: z.literal('cache'), ageMs: described(milliseconds, 'Since the answer was made.') }),
  ])
  .meta({
    id: 'Degraded',
    description: 'Another model, or an earlier answer to the same question, in place of the model asked for.',
  });

const summary = {
  id: described(z.string(), 'The request id.'),
  model: z.string(),
  scenario: z.string().optional(),
  degraded: degraded.optional(),
  finishReason,
  usage: z
    .strictObject({
      promptTokens: finishedUsage.promptTokens,
      completionTokens: finishedUsage.completionTokens,
      totalTokens: count,
      cachedTokens: finishedUsage.cachedTokens,
      reasoningTokens: finishedUsage.reasoningTokens,
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

const likelihood = { token: z.string(), bytes: z.array(count), logprob: z.number() } as const;

export const nativeLogprobs = z.array(
  z
    .strictObject({
      ...likelihood,
      top: described(z.array(z.strictObject(likelihood)), 'The likeliest tokens in its place, best first.'),
    })
    .meta({ id: 'TokenLogprob' }),
);

export const inferenceAnswer = z
  .strictObject({
    ...summary,
    text: z.string(),
    reasoning: described(z.string().optional(), 'What the model thought before it answered.'),
    toolCalls: described(nativeToolCalls.optional(), 'What the model calls.'),
    logprobs: nativeLogprobs.optional(),
  })
  .meta({ id: 'InferenceAnswer' });

const toolCallPiece = z.strictObject({
  index: count,
  id: z.string().optional(),
  name: z.string().optional(),
  arguments: z.string(),
});

/** One `data` object of the stream; the name of its event says which of these it is. */
export const inferenceEvent = z
  .union([
    z
      .strictObject({
        id: summary.id,
        model: z.string(),
        promptTokens: count.nullable(),
        degraded: degraded.optional(),
      })
      .meta({
        description:
          'Event `accepted`, first: the prompt was read and fits. `promptTokens` is null where only an upstream can count.',
      }),
    z
      .strictObject({ text: z.string(), logprobs: nativeLogprobs.optional() })
      .meta({ description: 'Event `token`: more text.' }),
    z
      .strictObject({ reasoning: z.string().min(1) })
      .meta({ description: 'Event `reasoning`: more of what it thinks.' }),
    z.strictObject({ toolCalls: z.array(toolCallPiece) }).meta({
      description: 'Event `toolCalls`: more of the calls; `id` and `name` come once, with the first piece of a call.',
    }),
    z.strictObject(summary).meta({ description: 'Event `done`, last.' }),
    nativeError,
  ])
  .meta({ id: 'InferenceEvent', description: 'The `data` of one server-sent event.' });
