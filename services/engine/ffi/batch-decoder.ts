import type { BatchToken, DecodeOutcome, Decoder } from '../loop/decoder.ts';
import type { Native } from './native.ts';
import type { Pointer } from './structs.ts';

/** Most sequences of one context whose sequences share a pool (`LLAMA_MAX_SEQ` of the pinned build). */
export const MAX_SEQUENCES = 256;

const NO_SLOT = 1;
const TO_THE_END = -1;

export interface BatchDecoderOptions {
  readonly native: Native;
  readonly context: Pointer;
  /** `null` for models that keep nothing between batches. */
  readonly memory: Pointer | null;
  readonly batchTokens: number;
  /** Absent: as many as fit into a batch. */
  readonly mixedTokens?: number;
  readonly cells: number;
  readonly sequences: number;
  readonly canShare: boolean;
  /** Whether each sequence has cells of its own. */
  readonly hasStreams?: boolean;
  /** Absent: where cells can be shared. */
  readonly canCut?: boolean;
  /** Tokens of the vocabulary. */
  readonly vocabulary: number;
  /** Most outputs of one batch. */
  readonly outputs: number;
  /** Puts other adapters on the context; absent: there are none. */
  readonly applyVariant?: (variant: string) => void;
}

export interface BatchDecoder extends Decoder {
  /** Whether the batch computed last has an output at this place. */
  hasOutput(place: number): boolean;
  free(): void;
}

/**
 * Fills a native batch through typed arrays that are mapped onto it, and computes it. Whatever llama.cpp would answer
 * with an assertion, which ends the process, is refused here with an exception.
 */
export const createBatchDecoder = (options: BatchDecoderOptions): BatchDecoder => {
  const { native, context, memory, batchTokens, sequences } = options;
  const { api } = native;
  const batch = api.llama_batch_init(batchTokens, 0, 1);
  const arrays = mapBatch(native, batch, batchTokens);
  const outputs = new Uint8Array(batchTokens);
  const starts = new Map<number, number>();
  let count = 0;
  let wanted = 0;
  let threadsInUse: number | undefined;
  let variantInUse = '';

  const checkSequence = (sequence: number): void => within('sequence', sequence, sequences);

  const removeFrom = (sequence: number, start: number, end: number): void => {
    if (memory !== null) api.llama_memory_seq_rm(memory, sequence, start, end);
  };

  const undo = (): void => {
    for (const [sequence, start] of starts) removeFrom(sequence, start, TO_THE_END);
  };

  const finish = (): void => {
    count = 0;
    wanted = 0;
    starts.clear();
  };

  return {
    batchTokens,
    mixedTokens: options.mixedTokens ?? batchTokens,
    maxOutputs: options.outputs,
    isEven: options.hasStreams ?? false,
    cells: options.cells,
    sequences,
    canShare: options.canShare,
    canCut: options.canCut ?? options.canShare,
    add({ token, position, sequence, isSampled }: BatchToken) {
      checkSequence(sequence);
      within('token', token, options.vocabulary);
      within('place in the batch', count, batchTokens);
      if (isSampled) within('output', wanted, options.outputs);
      const place = count;
      arrays.token[place] = token;
      arrays.position[place] = position;
      arrays.sequence[place]?.fill(sequence);
      arrays.output[place] = isSampled ? 1 : 0;
      if (!starts.has(sequence)) starts.set(sequence, position);
      wanted += isSampled ? 1 : 0;
      count += 1;
      return place;
    },
    useVariant(variant) {
      if (variant === variantInUse) return;
      options.applyVariant?.(variant);
      variantInUse = variant;
    },
    useThreads(threads) {
      if (threads === threadsInUse) return;
      threadsInUse = threads;
      api.llama_set_n_threads(context, threads, threads);
    },
    decode(): DecodeOutcome {
      if (count === 0) return 'done';
      batch.n_tokens = count;
      outputs.fill(0);
      const code = api.llama_decode(context, batch);
      if (code === 0) outputs.set(arrays.output.subarray(0, count));
      else undo();
      finish();
      return code === 0 ? 'done' : code === NO_SLOT ? 'full' : 'failed';
    },
    copy(from, to, start, end) {
      checkSequence(from);
      checkSequence(to);
      if (memory !== null) api.llama_memory_seq_cp(memory, from, to, start, end);
    },
    remove(sequence, start, end = TO_THE_END) {
      checkSequence(sequence);
      removeFrom(sequence, start, end);
    },
    save(sequence) {
      checkSequence(sequence);
      const state = new Uint8Array(Number(api.llama_state_seq_get_size(context, sequence)));
      const written = Number(api.llama_state_seq_get_data(context, state, state.byteLength, sequence));
      return written === state.byteLength ? state : undefined;
    },
    restore(sequence, state) {
      checkSequence(sequence);
      return Number(api.llama_state_seq_set_data(context, state, state.byteLength, sequence)) === state.byteLength;
    },
    hasOutput: (place) => outputs[place] === 1,
    free: () => api.llama_batch_free(batch),
  };
};

const mapBatch = ({ memory }: Native, batch: ReturnType<Native['api']['llama_batch_init']>, size: number) => {
  const { token, pos, n_seq_id, seq_id, logits } = batch;
  if (token === null || pos === null || n_seq_id === null || seq_id === null || logits === null) {
    throw new TypeError('llama_batch_init gave an incomplete batch');
  }
  memory.int32s(n_seq_id, size).fill(1);
  return {
    token: memory.int32s(token, size),
    position: memory.int32s(pos, size),
    sequence: memory.pointers(seq_id, size).map((at) => memory.int32s(at, 1)),
    output: memory.int8s(logits, size),
  };
};

const within = (what: string, value: number, limit: number): void => {
  if (Number.isInteger(value) && value >= 0 && value < limit) return;
  throw new RangeError(`${what}: expected 0 to ${limit - 1}, got ${value}`);
};
