import { createBatchDecoder } from './batch-decoder.ts';
import type { Native } from './native.ts';
import type { Pointer } from './structs.ts';
import { SMOKE_MODEL, SMOKE_VOCABULARY } from './write-smoke-model.ts';

const PROMPT = [1, 7, 42, 13, 5, 60, 21];
const CELLS = 256;
const BATCH = 32;

/** The model of this folder, ready to compute its prompt. */
export interface Smoke {
  readonly context: Pointer;
  /** Where in the batch the logits are. */
  readonly place: number;
  /** Computes the prompt; `undefined` when the library could not. */
  decode(): readonly number[] | undefined;
  free(): void;
}

/** Computes a fixed prompt with the model of this folder; `undefined` when it cannot even be loaded. */
export const smokeDecode = (native: Native): readonly number[] | undefined => {
  const smoke = openSmoke(native);
  const logits = smoke?.decode();
  smoke?.free();
  return logits;
};

/** Loads the model of this folder; `undefined` when it cannot be. */
export const openSmoke = (native: Native): Smoke | undefined => {
  const { api } = native;
  const model = api.llama_model_load_from_file(SMOKE_MODEL, { ...api.llama_model_default_params(), n_gpu_layers: 0 });
  if (model === null) return undefined;
  const context = api.llama_init_from_model(model, {
    ...api.llama_context_default_params(),
    ...{ n_ctx: CELLS, n_batch: BATCH, n_ubatch: BATCH, n_seq_max: 1, n_threads: 1, n_threads_batch: 1 },
    kv_unified: true,
  });
  const memory = context === null ? null : api.llama_get_memory(context);
  if (context === null || memory === null) {
    if (context !== null) api.llama_free(context);
    api.llama_model_free(model);
    return undefined;
  }
  const decoder = createBatchDecoder({
    ...{ native, context, memory, batchTokens: BATCH, cells: CELLS, sequences: 1, canShare: false, outputs: 1 },
    mixedTokens: BATCH,
    vocabulary: SMOKE_VOCABULARY,
  });
  const last = PROMPT.length - 1;
  return {
    context,
    place: last,
    decode() {
      for (const [position, token] of PROMPT.entries()) {
        decoder.add({ token, position, sequence: 0, isSampled: position === last });
      }
      const at = decoder.decode() === 'done' ? api.llama_get_logits_ith(context, last) : null;
      return at === null ? undefined : [...native.memory.floats(at, SMOKE_VOCABULARY)];
    },
    free() {
      decoder.free();
      api.llama_free(context);
      api.llama_model_free(model);
    },
  };
};
