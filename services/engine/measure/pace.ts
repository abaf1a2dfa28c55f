import { createBatchDecoder } from '../ffi/batch-decoder.ts';
import type { Native } from '../ffi/native.ts';
import { createVocabulary } from '../ffi/vocabulary.ts';
import { createThreadPool } from '../llama/threads.ts';
import { loadForMeasure, unfit } from './load.ts';
import type { PaceJob, PaceResult } from './pace-job.ts';

const CELLS_PER_SEQUENCE = 512;
const WARM_UP_STEPS = 2;
const LEAST_STEPS = 3;
/** Any token does: what a step costs does not depend on it. */
const TOKEN = 1;

/** Takes the time of single steps, fewer and more sequences in turn, so that a noisy moment meets all of them. */
export const takePace = async (native: Native, job: PaceJob, now: () => number): Promise<PaceResult> => {
  const most = Math.max(...job.sequences);
  const cells = most * CELLS_PER_SEQUENCE;
  const { model, context } = await loadForMeasure(native, { ...job, cells, sequences: most }, most, most);
  createThreadPool(native, job.threads).attach(context);
  const pointer = native.api.llama_model_get_vocab(model);
  const memory = native.api.llama_get_memory(context);
  if (pointer === null || memory === null) throw unfit(job, 'a vocabulary and a key-value memory', 'a model without');
  const decoder = createBatchDecoder({
    ...{ native, context, memory, batchTokens: most, outputs: most, cells, sequences: most, canShare: false },
    vocabulary: createVocabulary(native, pointer).size,
  });
  const positions = Array.from({ length: most }, () => 0);
  const step = (sequences: number): number => {
    for (let sequence = 0; sequence < sequences; sequence += 1) {
      const position = positions[sequence] ?? 0;
      decoder.add({ token: TOKEN, position, sequence, isSampled: true });
      positions[sequence] = position + 1;
    }
    const startedAt = now();
    if (decoder.decode() !== 'done') throw unfit(job, 'a model that can compute a text', 'a failure of llama.cpp');
    return (now() - startedAt) / 1000;
  };
  // The first pass touches every weight, so that the timed ones meet the same memory.
  for (let index = 0; index < WARM_UP_STEPS; index += 1) step(most);
  const times = new Map(job.sequences.map((sequences) => [sequences, [] as number[]]));
  const endsAt = now() + job.forMs;
  for (let round = 0; round < CELLS_PER_SEQUENCE / 2 / job.sequences.length; round += 1) {
    if (round > 0 && now() > endsAt + (round < LEAST_STEPS ? job.forMs : 0)) break;
    for (const [sequences, seconds] of times) seconds.push(step(sequences));
  }
  return {
    steps: [...times].map(([sequences, seconds]) => ({ sequences, seconds: median(seconds), count: seconds.length })),
  };
};

const median = (values: readonly number[]): number =>
  values.toSorted((a, b) => a - b)[Math.floor(values.length / 2)] ?? Number.NaN;
