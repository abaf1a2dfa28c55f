import type { EmbeddingCall, Embeddings, GenerationCall, GenerationEvent } from './call.ts';

/** The request arrow after `auth`: what routes and jobs call. */
export interface Flow {
  /**
   * Chooses a model, waits for admission, generates. Ends with `finished` or throws a ServiceError
   * (also in the middle of an answer). Leaving the loop early cancels the generation.
   */
  generate(call: GenerationCall): AsyncIterable<GenerationEvent>;
  embed(call: EmbeddingCall): Promise<Embeddings>;
}
