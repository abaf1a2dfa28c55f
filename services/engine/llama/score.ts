import { setImmediate as nextTurn } from 'node:timers/promises';
import { promisify } from 'node:util';
import { ServiceError } from '../../../core/errors/service-error.ts';
import { type BatchDecoder, createBatchDecoder } from '../ffi/batch-decoder.ts';
import { readLikelihoods } from '../ffi/likelihoods.ts';
import type { Pointer } from '../ffi/structs.ts';
import type { Vocabulary } from '../ffi/vocabulary.ts';
import type { PromptLogprob } from '../protocol/generation.ts';
import { cannotDo } from '../tasks.ts';
import type { Loaded } from './load.ts';
import type { ThreadPool } from './threads.ts';

/** Tokens computed at a time: each has a whole vocabulary of logits, and running answers have their turn in between. */
const BATCH_TOKENS = 32;
/** Longest prompt: its keys and values come on top of the memory that was planned. */
const MOST_TOKENS = 4096;
/** llama.cpp rounds contexts up to whole blocks of cells. */
const BLOCK = 256;

/** How likely each token of a prompt is after those before it, with so many alternatives in its place. */
export type ScorePrompt = (
  prompt: readonly number[],
  top: number,
  signal: AbortSignal,
) => Promise<readonly PromptLogprob[]>;

export interface Scorer {
  readonly score: ScorePrompt;
  stop(): Promise<void>;
}

interface Opened {
  readonly context: Pointer;
  readonly decoder: BatchDecoder;
}

/** Reads prompts in a context made for each of them, so that its memory is held no longer than it is needed. */
export const createScorer = (loaded: Loaded, vocabulary: Vocabulary, threads: () => ThreadPool): Scorer => {
  const { api, memory } = loaded.native;
  const limit = Math.min(MOST_TOKENS, loaded.contextTokens);
  // One at a time: each holds the whole of such a context.
  let last: Promise<unknown> = Promise.resolve();

  const compute = async ({ context, decoder }: Opened, tokens: readonly number[], top: number, signal: AbortSignal) => {
    const found: PromptLogprob[] = [untold(vocabulary, tokens[0] ?? vocabulary.nothing)];
    const describe = (place: number, next: number): PromptLogprob => {
      const at = api.llama_get_logits_ith(context, place);
      if (at === null) throw notScored();
      return readLikelihoods(memory.floats(at, vocabulary.size), top, vocabulary.name)(next);
    };
    // The last token has nothing after it that could be judged.
    for (let start = 0; start < tokens.length - 1; start += BATCH_TOKENS) {
      await nextTurn();
      signal.throwIfAborted();
      const part = tokens.slice(start, Math.min(start + BATCH_TOKENS, tokens.length - 1));
      const places = part.map((token, index) =>
        decoder.add({ token, position: start + index, sequence: 0, isSampled: true }),
      );
      // Another pool may have taken the place of the one before while others had their turn.
      threads().attach(context);
      if (decoder.decode() !== 'done') throw notScored();
      for (const [index, place] of places.entries()) found.push(describe(place, tokens[start + index + 1] ?? 0));
    }
    // What the model wants before every text is no part of it.
    return tokens[0] === vocabulary.beginning ? found.slice(1) : found;
  };

  const run: ScorePrompt = async (prompt, top, signal) => {
    signal.throwIfAborted();
    const opened = await open(loaded, vocabulary, prompt.length);
    try {
      return await compute(opened, prompt, top, signal);
    } finally {
      opened.decoder.free();
      api.llama_free(opened.context);
    }
  };

  return {
    score(prompt, top, signal) {
      if (!loaded.canWrite) return Promise.reject(cannotDo('score'));
      if (prompt.length > limit) return Promise.reject(tooLong(prompt.length, limit));
      const turn = last.then(() => run(prompt, top, signal));
      last = turn.catch(() => {});
      return turn;
    },
    stop: async () => void (await last),
  };
};

const open = async ({ native, model }: Loaded, vocabulary: Vocabulary, length: number): Promise<Opened> => {
  const { api } = native;
  const cells = Math.ceil(length / BLOCK) * BLOCK;
  const context = await promisify(api.llama_init_from_model.async)(model, {
    ...api.llama_context_default_params(),
    ...{ n_ctx: cells, n_batch: BATCH_TOKENS, n_ubatch: BATCH_TOKENS, n_outputs_max: BATCH_TOKENS },
    ...{ n_seq_max: 1, kv_unified: true, no_perf: true },
  });
  if (context === null) throw new ServiceError('ERR_ENGINE_FAILED', 'not enough memory to read the prompt on its own');
  const decoder = createBatchDecoder({
    ...{ native, context, batchTokens: BATCH_TOKENS, outputs: BATCH_TOKENS, vocabulary: vocabulary.size },
    ...{ memory: api.llama_get_memory(context), cells, sequences: 1, canShare: false },
  });
  return { context, decoder };
};

const REPLACING = new TextDecoder('utf-8', { ignoreBOM: true });

/** The first token comes after nothing. */
const untold = ({ name }: Vocabulary, token: number): PromptLogprob => {
  const bytes = name(token);
  return { token: REPLACING.decode(bytes), bytes: [...bytes], logprob: null, top: [] };
};

const notScored = (): ServiceError => new ServiceError('ERR_ENGINE_FAILED', 'llama.cpp could not read the prompt');

const tooLong = (length: number, limit: number): ServiceError =>
  new ServiceError(
    'ERR_ENGINE_CONTEXT_OVERFLOW',
    `prompt: expected at most ${limit} tokens where its own log probabilities are wanted, got ${length}`,
    { details: { promptTokens: length, maxTokens: null, contextTokens: limit } },
  );
