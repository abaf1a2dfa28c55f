import type { Computed } from '../call.ts';

export type EmbeddingEncoding = 'float' | 'base64';

/** A list of embeddings; `base64` is what the official clients ask for: little-endian 32-bit floats. */
export const embeddingList = (
  { vectors, model, promptTokens }: Omit<Computed<'embed'>, 'kind'>,
  encoding: EmbeddingEncoding,
) => ({
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

interface RankOptions {
  /** At most this many results. */
  readonly top: number;
  /** Repeated beside their scores; absent: they are not. */
  readonly documents?: readonly string[];
}

/** Documents by how well they answer the query, the best first; equal ones keep their order. */
export const rerankList = (
  { scores, method, model, promptTokens }: Omit<Computed<'rerank'>, 'kind'>,
  { top, documents }: RankOptions,
) => ({
  object: 'list' as const,
  model,
  method,
  results: scores
    .map((score, index) => ({
      index,
      relevance_score: score,
      ...(documents === undefined ? {} : { document: { text: documents[index] ?? '' } }),
    }))
    .sort((a, b) => b.relevance_score - a.relevance_score)
    .slice(0, top),
  usage: { prompt_tokens: promptTokens, total_tokens: promptTokens },
});
