import { setImmediate as nextTurn } from 'node:timers/promises';
import { promisify } from 'node:util';
import { ServiceError } from '../../../core/errors/service-error.ts';
import { type BatchDecoder, createBatchDecoder } from '../ffi/batch-decoder.ts';
import type { Pointer } from '../ffi/structs.ts';
import type { Vocabulary } from '../ffi/vocabulary.ts';
import type { EmbeddingVectors } from '../tasks.ts';
import { checkTokens } from '../token-ids.ts';
import type { Loaded } from './load.ts';
import { exceeds, isLong } from './long-text.ts';
import type { ThreadPool } from './threads.ts';

const MOST_TOKENS = 2048;
/** Tokens after which running answers have their turn, where the model allows to stop in between. */
const PAUSE_TOKENS = 128;
/** `LLAMA_POOLING_TYPE_NONE`: a model made for text, whose last token stands for the whole input. */
const NO_POOLING = 0;

export interface Embedder {
  embed(inputs: readonly Input[], signal: AbortSignal): Promise<EmbeddingVectors>;
  /** What a model made for it finds of pairs of texts, each already in its own form: 0 to 1. */
  classify(prompts: readonly (readonly number[])[], signal: AbortSignal): Promise<readonly number[]>;
  use(threads: ThreadPool): void;
  stop(): Promise<void>;
}

type Input = string | readonly number[];

interface Opened {
  readonly context: Pointer;
  readonly decoder: BatchDecoder;
  readonly isPooled: boolean;
}

/** Makes embeddings in a small context of its own, which exists from the first request on. */
export const createEmbedder = (loaded: Loaded, vocabulary: Vocabulary, initial: ThreadPool): Embedder => {
  const { api, memory } = loaded.native;
  const limit = Math.min(MOST_TOKENS, api.llama_model_n_ctx_train(loaded.model));
  let threads = initial;
  let opening: Promise<Opened> | undefined;
  // One context: inputs of several requests take turns, whole input by whole input.
  let last: Promise<unknown> = Promise.resolve();

  const open = (): Promise<Opened> => {
    opening ??= openContext(loaded, vocabulary, limit, () => threads).catch((error: unknown) => {
      opening = undefined;
      throw error;
    });
    return opening;
  };

  const compute = async (
    { context, decoder, isPooled }: Opened,
    tokens: readonly number[],
    width: number,
  ): Promise<Float32Array> => {
    let place = 0;
    for (const [position, token] of tokens.entries()) {
      place = decoder.add({ token, position, sequence: 0, isSampled: true });
      const isPause = !isPooled && place === PAUSE_TOKENS - 1;
      if (!isPause && position < tokens.length - 1) continue;
      if (decoder.decode() !== 'done') throw new ServiceError('ERR_ENGINE_FAILED', 'llama.cpp made no embedding');
      if (position < tokens.length - 1) await nextTurn();
    }
    const at = isPooled ? api.llama_get_embeddings_seq(context, 0) : api.llama_get_embeddings_ith(context, place);
    if (at === null) throw new ServiceError('ERR_ENGINE_FAILED', 'llama.cpp made no embedding');
    // A copy: the next input is written over it.
    const values = memory.floats(at, width).slice();
    decoder.remove(0, 0);
    return values;
  };

  const computeAll = async (prompts: readonly (readonly number[])[], width: number, signal: AbortSignal) => {
    for (const [index, tokens] of prompts.entries()) check(tokens, index, limit, vocabulary.size);
    const opened = await open();
    const results: Float32Array[] = [];
    for (const tokens of prompts) {
      await nextTurn();
      signal.throwIfAborted();
      const turn = last.then(() => compute(opened, tokens, width));
      last = turn.catch(() => {});
      results.push(await turn);
    }
    return results;
  };

  return {
    async embed(inputs, signal) {
      const prompts = await tokenizeAll(vocabulary, inputs, limit);
      const width = api.llama_model_n_embd_out(loaded.model);
      const vectors = (await computeAll(prompts, width, signal)).map(toUnitLength);
      return { vectors, promptTokens: prompts.reduce((sum, { length }) => sum + length, 0) };
    },
    async classify(prompts, signal) {
      const width = Math.max(1, api.llama_model_n_cls_out(loaded.model));
      return (await computeAll(prompts, width, signal)).map(toScore);
    },
    use(next) {
      threads = next;
      opening?.then(
        ({ context }) => threads.attach(context),
        () => {},
      );
    },
    async stop() {
      await last;
      const opened = await opening?.catch(() => undefined);
      opening = undefined;
      if (opened === undefined) return;
      opened.decoder.free();
      api.llama_free(opened.context);
    },
  };
};

const openContext = async (
  { native, model }: Loaded,
  vocabulary: Vocabulary,
  limit: number,
  threads: () => ThreadPool,
): Promise<Opened> => {
  const { api } = native;
  const context = await promisify(api.llama_init_from_model.async)(model, {
    ...api.llama_context_default_params(),
    ...{ n_ctx: limit, n_batch: limit, n_ubatch: limit, n_seq_max: 1, embeddings: true, kv_unified: true },
  });
  if (context === null) throw new ServiceError('ERR_ENGINE_LOAD', 'not enough memory for embeddings');
  threads().attach(context);
  const decoder = createBatchDecoder({
    ...{
      native,
      context,
      batchTokens: limit,
      mixedTokens: limit,
      cells: limit,
      sequences: 1,
      canShare: false,
      outputs: limit,
    },
    memory: api.llama_get_memory(context),
    vocabulary: vocabulary.size,
  });
  return { context, decoder, isPooled: api.llama_pooling_type(context) !== NO_POOLING };
};

/** One after another; none holds up everybody else, and of one that is too long for certain only the beginning is read. */
const tokenizeAll = async (
  vocabulary: Vocabulary,
  inputs: readonly Input[],
  limit: number,
): Promise<readonly (readonly number[])[]> => {
  const prompts: (readonly number[])[] = [];
  let atOnce = 0;
  for (const [index, input] of inputs.entries()) {
    if (typeof input === 'string' && isLong(input.length)) {
      if (await exceeds(vocabulary, input, limit)) throw tooLong(index, limit, 'more');
      prompts.push(await vocabulary.tokenizeLater(input, { isWhole: true }));
      continue;
    }
    prompts.push(typeof input === 'string' ? vocabulary.tokenizeWhole(input) : input);
    atOnce += input.length;
    if (!isLong(atOnce)) continue;
    atOnce = 0;
    await nextTurn();
  }
  return prompts;
};

const check = (tokens: readonly number[], index: number, contextTokens: number, vocabulary: number): void => {
  if (tokens.length === 0 || tokens.length >= contextTokens) {
    throw tooLong(index, contextTokens, tokens.length);
  }
  checkTokens(tokens, `input ${index}`, vocabulary);
};

const tooLong = (index: number, contextTokens: number, got: number | 'more'): ServiceError =>
  new ServiceError(
    'ERR_ENGINE_CONTEXT_OVERFLOW',
    `input ${index}: expected 1 to ${contextTokens - 1} tokens, got ${got}`,
    { details: { promptTokens: got === 'more' ? null : got, maxTokens: null, contextTokens } },
  );

const toUnitLength = (vector: Float32Array): number[] => {
  const length = Math.hypot(...vector) || 1;
  return Array.from(vector, (value) => value / length);
};

/** One output is a logit; of several that are probabilities already, the first is the one for "yes". */
const toScore = (outputs: Float32Array): number => {
  const [first = 0] = outputs;
  const sum = outputs.reduce((total, value) => total + value, 0);
  const areShares = outputs.length > 1 && Math.abs(sum - 1) < 1e-3 && outputs.every((value) => value >= 0);
  return areShares ? first : 1 / (1 + Math.exp(-first));
};
