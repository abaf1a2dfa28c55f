import { createBatchDecoder } from './batch-decoder.ts';
import type { Native } from './native.ts';
import type { Pointer } from './structs.ts';
import { SMOKE_MODEL, SMOKE_VOCABULARY } from './write-smoke-model.ts';

const PROMPT = [1, 7, 42, 13, 5, 60, 21];
const CELLS = 256;
const BATCH = 32;

/** Computes a fixed prompt with the model of this folder; `undefined` when it cannot even be loaded. */
export const smokeDecode = (native: Native): readonly number[] | undefined => {
  const { api } = native;
  const model = api.llama_model_load_from_file(SMOKE_MODEL, { ...api.llama_model_default_params(), n_gpu_layers: 0 });
  if (model === null) return undefined;
  try {
    return decodeWith(native, model);
  } finally {
    api.llama_model_free(model);
  }
};

const decodeWith = (native: Native, model: Pointer): readonly number[] | undefined => {
  const { api } = native;
  const context = api.llama_init_from_model(model, {
    ...api.llama_context_default_params(),
    ...{ n_ctx: CELLS, n_batch: BATCH, n_ubatch: BATCH, n_seq_max: 1, n_threads: 1, n_threads_batch: 1 },
    kv_unified: true,
  });
  if (context === null) return undefined;
  const memory = api.llama_get_memory(context);
  if (memory === null) return undefined;
  const decoder = createBatchDecoder({
    ...{ native, context, memory, batchTokens: BATCH, cells: CELLS, sequences: 1, canShare: false, outputs: 1 },
    vocabulary: SMOKE_VOCABULARY,
  });
  try {
    let place = 0;
    for (const [position, token] of PROMPT.entries()) {
      place = decoder.add({ token, position, sequence: 0, isSampled: position === PROMPT.length - 1 });
    }
    const at = decoder.decode() === 'done' ? api.llama_get_logits_ith(context, place) : null;
    return at === null ? undefined : [...native.memory.floats(at, SMOKE_VOCABULARY)];
  } finally {
    decoder.free();
    api.llama_free(context);
  }
};
