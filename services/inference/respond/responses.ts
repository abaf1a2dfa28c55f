import { randomUUID } from 'node:crypto';
import type { TokenLogprob, ToolCall, Usage } from '../../engine/protocol/generation.ts';
import type { Answer } from './answer.ts';
import { tokenLogprobs } from './logprobs.ts';

/** What a response says about itself, besides its output. */
export interface ResponseEnvelope {
  readonly id: string;
  /** Seconds since the epoch. */
  readonly created: number;
  /** The parameters of the request with their defaults, as OpenAI repeats them. */
  readonly parameters: Readonly<Record<string, unknown>>;
}

type ItemStatus = 'in_progress' | 'completed' | 'incomplete';

/** A new id of an item of the output, such as `msg_…`. */
export const itemId = (prefix: 'msg' | 'fc' | 'rs'): string => `${prefix}_${randomUUID().replaceAll('-', '')}`;

/** Token counts in the words of the Responses API. */
export const responseUsage = ({ promptTokens, completionTokens, cachedTokens, reasoningTokens = 0 }: Usage) => ({
  input_tokens: promptTokens,
  input_tokens_details: { cached_tokens: cachedTokens },
  output_tokens: completionTokens,
  output_tokens_details: { reasoning_tokens: reasoningTokens },
  total_tokens: promptTokens + completionTokens,
});

/** A part of a message: text. */
export const textPart = (text: string, logprobs: readonly TokenLogprob[] = []) => ({
  type: 'output_text' as const,
  text,
  annotations: [],
  logprobs: tokenLogprobs(logprobs),
});

/** What the model said; without a part while it is only beginning. */
export const messageItem = (id: string, status: ItemStatus, part?: ReturnType<typeof textPart>) => ({
  type: 'message' as const,
  id,
  status,
  role: 'assistant' as const,
  content: part === undefined ? [] : [part],
});

/** What the model thought; without a text while it is only beginning. */
export const reasoningItem = (id: string, status: ItemStatus, text?: string) => ({
  type: 'reasoning' as const,
  id,
  status,
  summary: [],
  content: text === undefined ? [] : [{ type: 'reasoning_text' as const, text }],
});

/** A call of a tool. */
export const callItem = (id: string, status: ItemStatus, call: ToolCall) => ({
  type: 'function_call' as const,
  id,
  status,
  call_id: call.id,
  name: call.name,
  arguments: call.arguments,
});

export type OutputItem = ReturnType<typeof messageItem | typeof reasoningItem | typeof callItem>;

interface State {
  readonly model: string;
  readonly status: 'in_progress' | 'completed' | 'incomplete';
  readonly output: readonly OutputItem[];
  readonly usage: Usage | null;
}

/** The response object in one of its states. */
export const responseObject = (
  { id, created, parameters }: ResponseEnvelope,
  { model, status, output, usage }: State,
) => ({
  id,
  object: 'response' as const,
  created_at: created,
  status,
  error: null,
  incomplete_details: status === 'incomplete' ? { reason: 'max_output_tokens' as const } : null,
  model,
  output,
  ...parameters,
  usage: usage === null ? null : responseUsage(usage),
});

/** A complete answer as a response: what was thought, what was said, what is called. */
export const responseOf = ({ model, choices: [choice], finished }: Answer, envelope: ResponseEnvelope) => {
  const status = choice.reason === 'length' ? 'incomplete' : 'completed';
  const { text, reasoning, toolCalls, logprobs } = choice;
  const output: OutputItem[] = [];
  if (reasoning !== '') output.push(reasoningItem(itemId('rs'), 'completed', reasoning));
  if (text !== '' || toolCalls.length === 0) {
    output.push(messageItem(itemId('msg'), status, textPart(text, logprobs)));
  }
  for (const call of toolCalls) output.push(callItem(itemId('fc'), status, call));
  return responseObject(envelope, { model, status, output, usage: finished.usage });
};
