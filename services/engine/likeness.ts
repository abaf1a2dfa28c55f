import { ServiceError } from '../../core/errors/service-error.ts';
import type { ResultOf, Task } from './protocol/generation.ts';
import type { EmbeddingVectors } from './tasks.ts';

type Embed = (inputs: readonly string[], signal: AbortSignal) => Promise<EmbeddingVectors>;

/** Ranks documents with a model that was not made for it: by how alike their embeddings and that of the query are. */
export const rankByLikeness = async (
  embed: Embed,
  { query, documents }: Task & { readonly kind: 'rerank' },
  signal: AbortSignal,
): Promise<ResultOf<'rerank'>> => {
  const { vectors, promptTokens } = await embed([query, ...documents], signal);
  const [asked, ...others] = vectors;
  if (asked === undefined) throw new ServiceError('ERR_ENGINE_FAILED', 'the query has no embedding');
  return { kind: 'rerank', scores: others.map((vector) => likeness(asked, vector)), method: 'embedding', promptTokens };
};

/** The cosine of two vectors of length 1, moved from -1…1 to 0…1. */
const likeness = (one: readonly number[], other: readonly number[]): number => {
  const cosine = one.reduce((sum, value, index) => sum + value * (other[index] ?? 0), 0);
  return Math.min(1, Math.max(0, (cosine + 1) / 2));
};
