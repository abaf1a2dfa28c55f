import type { FinishReason, Usage } from '../../engine/protocol/generation.ts';
import type { Embeddings } from '../call.ts';
import type { Answer } from './answer.ts';

/** What an answer of the OpenAI dialect says about itself, besides its content. */
export interface OpenAiEnvelope {
  readonly id: string;
  /** Seconds since the epoch. */
  readonly created: number;
  /** Names the back-end configuration: equal seeds give equal answers only under an equal fingerprint. */
  readonly fingerprint: string;
}

/** Token counts in OpenAI's words. */
export const openAiUsage = ({ promptTokens, completionTokens, cachedTokens }: Usage) => ({
  prompt_tokens: promptTokens,
  completion_tokens: completionTokens,
  total_tokens: promptTokens + completionTokens,
  prompt_tokens_details: { cached_tokens: cachedTokens },
});

const finishOf = (reason: FinishReason) => ({ logprobs: null, finish_reason: reason });

/** `chat.completion`. */
export const chatCompletion = (answer: Answer, { id, created, fingerprint }: OpenAiEnvelope) => ({
  id,
  object: 'chat.completion' as const,
  created,
  model: answer.model,
  system_fingerprint: fingerprint,
  choices: [
    {
      index: 0,
      message: { role: 'assistant' as const, content: answer.text, refusal: null },
      ...finishOf(answer.finished.reason),
    },
  ],
  usage: openAiUsage(answer.finished.usage),
});

/** `text_completion`; `echo` comes before the text. */
export const textCompletion = (answer: Answer, { id, created, fingerprint }: OpenAiEnvelope, echo: string) => ({
  id,
  object: 'text_completion' as const,
  created,
  model: answer.model,
  system_fingerprint: fingerprint,
  choices: [{ index: 0, text: echo + answer.text, ...finishOf(answer.finished.reason) }],
  usage: openAiUsage(answer.finished.usage),
});

export type EmbeddingEncoding = 'float' | 'base64';

/** A list of embeddings; `base64` is what the official clients ask for: little-endian 32-bit floats. */
export const embeddingList = ({ vectors, model, promptTokens }: Embeddings, encoding: EmbeddingEncoding) => ({
  object: 'list' as const,
  data: vectors.map((vector, index) => ({
    object: 'embedding' as const,
    index,
    embedding: encoding === 'base64' ? encodeFloats(vector) : vector,
  })),
  model,
  usage: { prompt_tokens: promptTokens, total_tokens: promptTokens },
});

const FLOAT_BYTES = 4;

const encodeFloats = (vector: readonly number[]): string => {
  const bytes = Buffer.alloc(vector.length * FLOAT_BYTES);
  vector.forEach((value, index) => {
    bytes.writeFloatLE(value, index * FLOAT_BYTES);
  });
  return bytes.toString('base64');
};

/** One model as OpenAI lists it. */
export const modelEntry = (id: string, created: number) => ({
  id,
  object: 'model' as const,
  created,
  owned_by: 'clawdbot',
});

/** A list in OpenAI's shape. */
export const listOf = <Entry>(data: readonly Entry[]) => ({ object: 'list' as const, data });
