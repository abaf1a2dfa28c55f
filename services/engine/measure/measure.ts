import { readFileSync } from 'node:fs';
import { type BatchDecoder, createBatchDecoder } from '../ffi/batch-decoder.ts';
import type { Native } from '../ffi/native.ts';
import type { Pointer } from '../ffi/structs.ts';
import { createVocabulary } from '../ffi/vocabulary.ts';
import { createThreadPool } from '../llama/threads.ts';
import type { MeasureJob, MeasureResult } from './job.ts';
import { loadForMeasure, unfit } from './load.ts';
import { perplexityOf, surpriseAt } from './perplexity.ts';

const TEXT = new URL('./text.txt', import.meta.url);
const BATCH_TOKENS = 512;
/** Places of a batch whose logits are kept: as many as an engine of the default 16 slots has. */
const OUTPUTS = 16;

/** Loads a model and takes its size in memory, its speed and its perplexity. The process is to end afterwards. */
export const measure = async (native: Native, job: MeasureJob, now: () => number): Promise<MeasureResult> => {
  const { model, context, buffers } = await loadForMeasure(native, job, BATCH_TOKENS, OUTPUTS);
  const { api } = native;
  createThreadPool(native, job.threads).attach(context);
  const pointer = api.llama_model_get_vocab(model);
  const memory = api.llama_get_memory(context);
  if (pointer === null || memory === null) throw unfit(job, 'a vocabulary and a key-value memory', 'a model without');
  const vocabulary = createVocabulary(native, pointer);
  const decoder = createBatchDecoder({
    ...{ native, context, memory, batchTokens: BATCH_TOKENS, outputs: OUTPUTS, vocabulary: vocabulary.size },
    ...{ cells: job.cells, sequences: 1, canShare: false },
  });
  const words = vocabulary.tokenize(readFileSync(TEXT, 'utf8'), false);
  const text = [...(vocabulary.beginning === undefined ? [] : [vocabulary.beginning]), ...words].slice(0, BATCH_TOKENS);
  const run = createRun(decoder, job);
  // The first pass touches every weight, so that the timed ones meet the same memory.
  const surprises = surprisesIn(text, (tokens, from) =>
    run(tokens, from, true).map((place) => logitsAt(native, context, place, vocabulary.size)),
  );
  decoder.remove(0, 0);
  const prompt = Array.from({ length: job.promptTokens }, (_, index) => text[index % text.length] ?? 0);
  const prefill = timed(now, () => run(prompt, 0, false));
  const answer = timed(now, () => {
    for (let step = 0; step < job.answerTokens; step += 1) {
      run([text[step % text.length] ?? 0], job.promptTokens + step, false);
    }
  });
  const sizes = buffers.sizes();
  return {
    weightsBytes: Number(api.llama_model_size(model)),
    ...(sizes === undefined ? {} : { kvBytes: sizes.kvBytes, computeBytes: sizes.computeBytes }),
    rssBytes: process.memoryUsage.rss(),
    promptTokensPerSecond: (job.promptTokens * 1000) / prefill,
    answerTokensPerSecond: (job.answerTokens * 1000) / answer,
    perplexity: perplexityOf(surprises),
    textTokens: text.length,
  };
};

/** Computes tokens of the one sequence from a position on; gives the places of their outputs. */
const createRun =
  (decoder: BatchDecoder, job: MeasureJob) =>
  (tokens: readonly number[], from: number, isSampled: boolean): readonly number[] => {
    const last = tokens.length - 1;
    const places = tokens.map((token, index) =>
      decoder.add({ token, position: from + index, sequence: 0, isSampled: isSampled || index === last }),
    );
    if (decoder.decode() === 'done') return places;
    throw unfit(job, 'a model that can compute a text', 'a failure of llama.cpp');
  };

type Compute = (tokens: readonly number[], from: number) => readonly Float32Array[];

/** Each token but the first is judged by what the model expected after the one before it. */
const surprisesIn = (text: readonly number[], compute: Compute): readonly number[] => {
  const surprises: number[] = [];
  for (let from = 0; from < text.length - 1; from += OUTPUTS) {
    const logits = compute(text.slice(from, from + OUTPUTS), from);
    const followers = text.slice(from + 1, from + OUTPUTS + 1);
    surprises.push(...followers.map((token, index) => surpriseAt(token, logits[index] ?? new Float32Array())));
  }
  return surprises;
};

const logitsAt = ({ api, memory }: Native, context: Pointer, place: number, vocabulary: number): Float32Array => {
  const at = api.llama_get_logits_ith(context, place);
  return at === null ? new Float32Array() : memory.floats(at, vocabulary);
};

const timed = (now: () => number, work: () => unknown): number => {
  const startedAt = now();
  work();
  return now() - startedAt;
};
