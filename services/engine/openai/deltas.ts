import { createParser } from 'eventsource-parser';
import { z } from 'zod';
import { ServiceError } from '../../../core/errors/service-error.ts';
import type { FinishReason, TokenDetails, Usage } from '../protocol/generation.ts';
import { createUtf8Decoder } from '../text/utf8.ts';
import { choiceSchema, detailsOf } from './details.ts';
import { failureFromBody } from './failures.ts';

/** What one event of an upstream's stream means. */
export type Delta =
  | { readonly type: 'text'; readonly text: string; readonly details?: TokenDetails }
  | { readonly type: 'reason'; readonly reason: FinishReason }
  | { readonly type: 'usage'; readonly usage: Partial<Usage> }
  | { readonly type: 'done' };

const count = z.int().min(0);
const chunk = z.object({
  choices: z.array(choiceSchema).default([]),
  usage: z
    .object({
      prompt_tokens: count,
      completion_tokens: count.optional(),
      prompt_tokens_details: z.object({ cached_tokens: count.nullish() }).nullish(),
      completion_tokens_details: z.object({ reasoning_tokens: count.nullish() }).nullish(),
    })
    .nullish(),
});

const MAX_EVENT_CHARACTERS = 1_048_576;

/** Reads a stream of server-sent events from its bytes, however they are cut; throws a ServiceError for nonsense. */
export const createDeltaReader = (onDelta: (delta: Delta) => void): ((bytes: Uint8Array) => void) => {
  const decoder = createUtf8Decoder();
  const parser = createParser({
    maxBufferSize: MAX_EVENT_CHARACTERS,
    onEvent: ({ data }) => {
      for (const delta of readEvent(data)) onDelta(delta);
    },
    onError: (error) => {
      // Unknown fields are allowed by the format; a line without end is not a stream of events.
      if (error.type === 'max-buffer-size-exceeded') throw nonsense('an event without end');
    },
  });
  return (bytes) => parser.feed(decoder.push(bytes));
};

const readEvent = (data: string): Delta[] => {
  if (data === '[DONE]') return [{ type: 'done' }];
  const value = parseJson(data);
  if (typeof value === 'object' && value !== null && 'error' in value) throw failureFromBody(200, value);
  const parsed = chunk.safeParse(value);
  if (!parsed.success) throw nonsense('an event of another shape');
  const { choices, usage } = parsed.data;
  const deltas: Delta[] = [];
  const [choice] = choices;
  if (choice !== undefined) {
    const text = choice.delta?.content ?? choice.text ?? '';
    const details = detailsOf(choice);
    if (details !== undefined) deltas.push({ type: 'text', text, details });
    else if (text !== '') deltas.push({ type: 'text', text });
    if (choice.finish_reason != null) deltas.push({ type: 'reason', reason: toReason(choice.finish_reason) });
  }
  if (usage != null) deltas.push({ type: 'usage', usage: toUsage(usage) });
  return deltas;
};

const toReason = (reason: string): FinishReason => (reason === 'length' || reason === 'tool_calls' ? reason : 'stop');

const toUsage = (usage: NonNullable<z.output<typeof chunk>['usage']>): Partial<Usage> => ({
  promptTokens: usage.prompt_tokens,
  ...(usage.completion_tokens === undefined ? {} : { completionTokens: usage.completion_tokens }),
  cachedTokens: usage.prompt_tokens_details?.cached_tokens ?? 0,
  ...reasoningOf(usage.completion_tokens_details?.reasoning_tokens),
});

const reasoningOf = (tokens: number | null | undefined): Partial<Usage> =>
  tokens === null || tokens === undefined ? {} : { reasoningTokens: tokens };

const parseJson = (data: string): unknown => {
  try {
    return JSON.parse(data);
  } catch {
    // The cause is left out: it quotes the data, which may hold a completion.
    throw nonsense('an event that is not JSON');
  }
};

const nonsense = (what: string): ServiceError =>
  new ServiceError('ERR_ENGINE_FAILED', `upstream: expected OpenAI's stream of events, got ${what}; check baseUrl`, {
    retryAfterSeconds: 1,
  });
