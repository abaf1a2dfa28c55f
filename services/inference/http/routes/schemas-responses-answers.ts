import { z } from 'zod';
import { count, onlyNull } from './schemas.ts';
import { tokenLogprob } from './schemas-openai-answers.ts';

const status = z.enum(['in_progress', 'completed', 'incomplete']);

const textPart = z.strictObject({
  type: z.literal('output_text'),
  text: z.string(),
  annotations: z.array(z.unknown()).max(0),
  logprobs: z.array(tokenLogprob),
});

const reasoningPart = z.strictObject({ type: z.literal('reasoning_text'), text: z.string() });

const outputItem = z
  .discriminatedUnion('type', [
    z.strictObject({
      type: z.literal('message'),
      id: z.string(),
      status,
      role: z.literal('assistant'),
      content: z.array(textPart),
    }),
    z.strictObject({
      type: z.literal('reasoning'),
      id: z.string(),
      status,
      summary: z.array(z.unknown()).max(0),
      content: z.array(reasoningPart),
    }),
    z.strictObject({
      type: z.literal('function_call'),
      id: z.string(),
      status,
      call_id: z.string(),
      name: z.string(),
      arguments: z.string(),
    }),
  ])
  .meta({ id: 'ResponseOutputItem' });

const usage = z
  .strictObject({
    input_tokens: count,
    input_tokens_details: z.strictObject({ cached_tokens: count }),
    output_tokens: count,
    output_tokens_details: z.strictObject({ reasoning_tokens: count }),
    total_tokens: count,
  })
  .meta({ id: 'ResponseUsage' });

export const responseSchema = z
  .looseObject({
    id: z.string(),
    object: z.literal('response'),
    created_at: z.int(),
    status,
    error: onlyNull,
    incomplete_details: z.strictObject({ reason: z.literal('max_output_tokens') }).nullable(),
    model: z.string(),
    output: z.array(outputItem),
    usage: usage.nullable(),
  })
  .meta({ id: 'Response', description: 'With it come the parameters of the request.' });

const sequence = { sequence_number: count } as const;
const place = { ...sequence, item_id: z.string(), output_index: count } as const;
const part = z.union([textPart, reasoningPart]);

/** One `data` object of the stream; the name of its event is its `type`. */
export const responseEventSchema = z
  .discriminatedUnion('type', [
    z.strictObject({
      type: z.enum(['response.created', 'response.in_progress', 'response.completed', 'response.incomplete']),
      ...sequence,
      response: responseSchema,
    }),
    z.strictObject({
      type: z.enum(['response.output_item.added', 'response.output_item.done']),
      ...sequence,
      output_index: count,
      item: outputItem,
    }),
    z.strictObject({
      type: z.enum(['response.content_part.added', 'response.content_part.done']),
      ...place,
      content_index: count,
      part,
    }),
    z.strictObject({
      type: z.literal('response.output_text.delta'),
      ...place,
      content_index: count,
      delta: z.string(),
      logprobs: z.array(tokenLogprob),
    }),
    z.strictObject({
      type: z.literal('response.output_text.done'),
      ...place,
      content_index: count,
      text: z.string(),
      logprobs: z.array(tokenLogprob),
    }),
    z.strictObject({
      type: z.literal('response.reasoning_text.delta'),
      ...place,
      content_index: count,
      delta: z.string(),
    }),
    z.strictObject({
      type: z.literal('response.reasoning_text.done'),
      ...place,
      content_index: count,
      text: z.string(),
    }),
    z.strictObject({ type: z.literal('response.function_call_arguments.delta'), ...place, delta: z.string() }),
    z.strictObject({
      type: z.literal('response.function_call_arguments.done'),
      ...place,
      name: z.string(),
      arguments: z.string(),
    }),
    z.strictObject({
      type: z.literal('error'),
      ...sequence,
      code: z.string().nullable(),
      message: z.string(),
      param: z.string().nullable(),
    }),
  ])
  .meta({ id: 'ResponseEvent', description: 'The `data` of one server-sent event, named after its `type`.' });
