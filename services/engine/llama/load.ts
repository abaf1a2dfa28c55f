import { open } from 'node:fs/promises';
import { basename } from 'node:path';
import { promisify } from 'node:util';
import { ServiceError } from '../../../core/errors/service-error.ts';
import type { EngineContext } from '../engine.ts';
import { MAX_SEQUENCES } from '../ffi/batch-decoder.ts';
import type { Libraries } from '../ffi/libraries.ts';
import type { Native } from '../ffi/native.ts';
import type { Pointer } from '../ffi/structs.ts';
import { explainLoadFailure } from '../node-llama-cpp/load-failure.ts';
import type { EngineSpec, LoadedModel } from '../protocol/messages.ts';
import { type Adapters, loadAdapters } from './adapters.ts';
import { keepNativeLogs, type NativeLogs } from './native-logs.ts';
import { type LlamaOptions, outputsFor } from './options.ts';
import { type PoolSize, poolSize, streamSize } from './pool-size.ts';
import { checkVocabulary } from './vocabulary-check.ts';

/** A model and its context in native memory. */
export interface Loaded {
  readonly native: Native;
  readonly model: Pointer;
  readonly context: Pointer;
  readonly contextTokens: number;
  readonly cells: number;
  /** Sequences that may be numbered, running ones and kept prefixes together. */
  readonly sequences: number;
  readonly canShare: boolean;
  readonly canCut: boolean;
  /** Whether each slot has cells of its own. */
  readonly hasStreams: boolean;
  readonly batchTokens: number;
  /** It writes text; others only make embeddings or judge pairs of texts. */
  readonly canWrite: boolean;
  readonly isClassifier: boolean;
  readonly device: string;
  readonly adapters: Adapters;
  /** Absent where llama.cpp did not say. */
  readonly memory: LoadedModel['memory'];
  free(): void;
}

export interface LoadInput {
  readonly native: Native;
  readonly libraries: Libraries;
  readonly options: LlamaOptions;
  readonly engine: EngineContext;
}

/** Loads model and context without blocking the event loop; every failure names the file and the cause. */
export const loadModel = async (input: LoadInput): Promise<Loaded> => {
  const { spec } = input.engine;
  const [file] = spec.files;
  if (file === undefined) {
    throw new ServiceError('ERR_ENGINE_LOAD', `model ${spec.modelId}: expected a GGUF file, got none`);
  }
  await checkHeader(file);
  const logs = keepNativeLogs(input.native, input.engine.log);
  try {
    return await loadAll(input, spec.files, logs);
  } catch (error) {
    throw explainLoadFailure(error, logs.lines, basename(file), input.libraries.release);
  } finally {
    logs.stop();
  }
};

const loadAll = async (input: LoadInput, files: readonly string[], logs: NativeLogs): Promise<Loaded> => {
  const { native, engine } = input;
  const { api } = native;
  const model = await loadWeights(input, files);
  try {
    checkKind(native, model);
    const adapters = await loadAdapters(native, model, engine.spec, () => logs.lines.at(-1) ?? 'it could not be read');
    const isOnProcessor = gpuLayers(engine.spec) === 0 || !hasAccelerator(native);
    const canCut = hasPlainCells(native, model);
    const pool = poolSize(engine.spec, api.llama_model_n_ctx_train(model));
    const streams = isOnProcessor && canCut ? streamsFor(input, pool) : undefined;
    const { contextTokens, cells } = streams ?? pool;
    if (gpuLayers(engine.spec) === 0) checkMemory(input, model, cells);
    const context = await openContext(input, model, { cells, hasStreams: streams !== undefined });
    const isClassifier = api.llama_pooling_type(context) === RANK_POOLING;
    const canShare = canCut && streams === undefined;
    return {
      native,
      model,
      context,
      contextTokens,
      cells: api.llama_n_ctx(context),
      sequences: canShare ? MAX_SEQUENCES : engine.spec.slots,
      ...{ canShare, canCut, hasStreams: streams !== undefined },
      batchTokens: api.llama_n_batch(context),
      canWrite: api.llama_get_memory(context) !== null && !isClassifier,
      isClassifier,
      adapters,
      memory: memoryOf(native, model, logs),
      device: isOnProcessor ? 'cpu' : input.libraries.backend,
      free() {
        api.llama_free(context);
        api.llama_model_free(model);
      },
    };
  } catch (error) {
    api.llama_model_free(model);
    throw error;
  }
};

const loadWeights = async (
  { native, engine: { spec, loading, signal } }: LoadInput,
  files: readonly string[],
): Promise<Pointer> => {
  const { api } = native;
  const progress = native.callback('progress', (ratio: number) => {
    loading(ratio);
    return !signal.aborted;
  });
  const params = {
    ...api.llama_model_default_params(),
    n_gpu_layers: gpuLayers(spec),
    split_mode: SPLIT_MODES[spec.split ?? 'layer'],
    progress_callback: progress.pointer,
  };
  try {
    const model = await promisify(api.llama_model_load_from_file.async)(files[0] ?? '', params);
    signal.throwIfAborted();
    if (model === null) throw new Error('the model could not be loaded');
    return model;
  } finally {
    progress.release();
  }
};

const gpuLayers = ({ device, gpuLayers: layers }: Pick<EngineSpec, 'device' | 'gpuLayers'>): number => {
  if (device === 'cpu') return 0;
  return typeof layers === 'number' ? layers : ALL_LAYERS;
};

const ALL_LAYERS = -1;
/** `LLAMA_SPLIT_MODE_…`; over how much of which device the library decides by what is free there. */
const SPLIT_MODES = { none: 0, layer: 1, row: 2 } as const satisfies Record<NonNullable<EngineSpec['split']>, number>;
const KV_TYPES = { f16: 1, q4_0: 2, q8_0: 8 } as const satisfies Record<LlamaOptions['kvType'], number>;
const FLASH_ATTENTION = { auto: -1, false: 0, true: 1 } as const;

const streamsFor = ({ options, engine }: LoadInput, pool: PoolSize): PoolSize | undefined => {
  const { kvLayout: layout, speculation } = options;
  return layout === 'pool' ? undefined : streamSize(engine.spec, pool, { layout, spare: speculation.tokens });
};

const openContext = async (
  { native, options, engine }: LoadInput,
  model: Pointer,
  { cells, hasStreams }: { readonly cells: number; readonly hasStreams: boolean },
): Promise<Pointer> => {
  const { api } = native;
  const { slots, threads } = engine.spec;
  // One micro-batch per step, and room in it for a token of every slot.
  const outputs = outputsFor(slots, options);
  const batch = Math.max(options.batchSize, outputs);
  const context = await promisify(api.llama_init_from_model.async)(model, {
    ...api.llama_context_default_params(),
    ...{ n_ctx: cells, n_batch: batch, n_ubatch: batch, n_outputs_max: outputs + 1 },
    // A pool needs one more sequence, by which prefixes are written out.
    ...{ kv_unified: !hasStreams, n_seq_max: hasStreams ? slots : slots + 1 },
    ...{ n_threads: threads, n_threads_batch: threads, no_perf: true },
    flash_attn_type: FLASH_ATTENTION[`${options.flashAttention}`],
    type_k: KV_TYPES[options.kvType],
    type_v: KV_TYPES[options.kvType],
  });
  if (context !== null) return context;
  throw new Error(`failed to allocate a context of ${cells} tokens with ${slots} slots`);
};

/** What the library keeps of each cell beside its keys and values. */
const CELL_BYTES = 64;
const VALUE_BYTES = { f16: 2, q8_0: 34 / 32, q4_0: 18 / 32 } as const satisfies Record<LlamaOptions['kvType'], number>;

/** The library fills its pool with zeros at once: more than is free would end this process, or another. */
const checkMemory = ({ native: { api }, options }: LoadInput, model: Pointer, cells: number): void => {
  const heads = Math.max(1, api.llama_model_n_head(model));
  const width = (api.llama_model_n_embd(model) / heads) * api.llama_model_n_head_kv(model);
  const perCell = CELL_BYTES + 2 * api.llama_model_n_layer(model) * width * VALUE_BYTES[options.kvType];
  const free = process.availableMemory();
  if (perCell * cells <= free) return;
  const [needs, has] = [perCell * cells, free].map((bytes) => Math.ceil(bytes / MIB));
  throw new ServiceError(
    'ERR_ENGINE_LOAD',
    `kvTokens: ${cells} cells of key-value memory need ${needs} MiB, ${has} MiB are free; lower slots, context or kvTokens, or choose a smaller kvType`,
  );
};

const MIB = 1024 * 1024;

const memoryOf = ({ api }: Native, model: Pointer, { buffers }: NativeLogs): LoadedModel['memory'] => {
  const sizes = buffers.sizes();
  if (sizes === undefined) return undefined;
  const { kvBytes, computeBytes, adapterBytes } = sizes;
  return { weightsBytes: Number(api.llama_model_size(model)) + adapterBytes, kvBytes, computeBytes };
};

/** `LLAMA_POOLING_TYPE_RANK`. */
const RANK_POOLING = 4;
/** Models that need more than a decoder, or another way to decode, which this loop does not have. */
const checkKind = ({ api }: Native, model: Pointer): void => {
  checkVocabulary(api, model);
  const isPlain = api.llama_model_has_decoder(model) && !api.llama_model_has_encoder(model);
  if (isPlain && !api.llama_model_is_diffusion(model)) return;
  throw new ServiceError(
    'ERR_MODELS_CAPABILITY',
    'engine llama: expected a model that only decodes, got one with an encoder or a diffusion model; use engine: node-llama-cpp or openai',
  );
};

/** Whether each cell holds one token of one position for good: recurrent states and sliding windows do not. */
const hasPlainCells = ({ api }: Native, model: Pointer): boolean =>
  !api.llama_model_is_recurrent(model) && !api.llama_model_is_hybrid(model) && api.llama_model_n_swa(model) === 0;

const GPU_TYPES: ReadonlySet<number> = new Set([1, 2]);

/** Whether ggml found a device that is not the processor. */
export const hasAccelerator = ({ api }: Native): boolean => {
  for (let index = 0; index < api.ggml_backend_dev_count(); index += 1) {
    const device = api.ggml_backend_dev_get(index);
    if (device !== null && GPU_TYPES.has(api.ggml_backend_dev_type(device))) return true;
  }
  return false;
};

const MAGIC = 'GGUF';

const checkHeader = async (file: string): Promise<void> => {
  const handle = await open(file).catch((cause: NodeJS.ErrnoException) => {
    const message = `${file}: cannot be read (${cause.code}); fetch it: clawdbot models pull`;
    throw new ServiceError('ERR_MODELS_FILE', message, { cause });
  });
  try {
    const { buffer, bytesRead } = await handle.read(Buffer.alloc(MAGIC.length), 0, MAGIC.length, 0);
    if (bytesRead === MAGIC.length && buffer.toString('latin1') === MAGIC) return;
  } finally {
    await handle.close();
  }
  throw new ServiceError(
    'ERR_MODELS_FILE',
    `${basename(file)}: expected a GGUF file, got something else; fetch it again`,
  );
};
