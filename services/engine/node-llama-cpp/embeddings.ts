import type { LlamaEmbeddingContext, LlamaModel, Token } from 'node-llama-cpp';
import { ServiceError } from '../../../core/errors/service-error.ts';
import type { EmbeddingVectors } from '../tasks.ts';

const MAX_CONTEXT = 2048;
const SMALL_BATCH = 256;
/** `pooling_type` of a GGUF file: mean, cls. */
const WHOLE_INPUT_POOLING: ReadonlySet<number> = new Set([1, 2]);

type Input = string | readonly number[];

export interface Embedder {
  embed(inputs: readonly Input[], signal: AbortSignal): Promise<EmbeddingVectors>;
  stop(): Promise<void>;
}

/** Makes embeddings in a small context of its own, which exists from the first request on. */
export const createEmbedder = (model: LlamaModel): Embedder => {
  const contextSize = Math.min(MAX_CONTEXT, model.trainContextSize);
  let opening: Promise<LlamaEmbeddingContext> | undefined;

  const open = (): Promise<LlamaEmbeddingContext> => {
    opening ??= model
      .createEmbeddingContext({ contextSize, batchSize: batchSizeOf(model, contextSize) })
      .catch((error: unknown) => {
        opening = undefined;
        throw error;
      });
    return opening;
  };

  return {
    async embed(given, signal) {
      // Safe: a token of the library is a number with a mark on it.
      const inputs = given.map((input) => (typeof input === 'string' ? input : ([...input] as Token[])));
      const context = await open();
      const lengths = inputs.map((input, index) => measure(context, input, index, contextSize));
      const vectors: number[][] = [];
      for (const input of inputs) {
        signal.throwIfAborted();
        vectors.push(toUnitLength((await context.getEmbeddingFor(input)).vector));
      }
      return { vectors, promptTokens: lengths.reduce((sum, length) => sum + length, 0) };
    },
    async stop() {
      await (await opening)?.dispose();
    },
  };
};

/**
 * Models that sum up all tokens (mean) or look back at the first (cls) need the whole input in one batch. The others
 * take their last token, and a small batch spares the table of logits llama.cpp reserves for each of its tokens.
 */
const batchSizeOf = ({ fileInfo }: LlamaModel, contextSize: number): number => {
  const { pooling_type: pooling } = fileInfo.architectureMetadata;
  const isPooled = pooling !== undefined && WHOLE_INPUT_POOLING.has(pooling);
  return isPooled ? contextSize : Math.min(SMALL_BATCH, contextSize);
};

const measure = (
  context: LlamaEmbeddingContext,
  input: string | Token[],
  index: number,
  contextTokens: number,
): number => {
  const promptTokens = context.calculateInputLength(input);
  if (promptTokens > 0 && promptTokens < contextTokens) return promptTokens;
  throw new ServiceError(
    'ERR_ENGINE_CONTEXT_OVERFLOW',
    `input ${index}: expected 1 to ${contextTokens - 1} tokens, got ${promptTokens}`,
    { details: { promptTokens, maxTokens: null, contextTokens } },
  );
};

const toUnitLength = (vector: readonly number[]): number[] => {
  const length = Math.hypot(...vector) || 1;
  return vector.map((value) => value / length);
};
