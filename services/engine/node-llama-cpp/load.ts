import { open } from 'node:fs/promises';
import { availableParallelism } from 'node:os';
import { basename } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { getLlama, type Llama, type LlamaContext, LlamaLogLevel, type LlamaModel } from 'node-llama-cpp';
import { ServiceError } from '../../../core/errors/service-error.ts';
import type { EngineContext } from '../engine.ts';
import type { EngineSpec } from '../protocol/messages.ts';
import { contextPerSequence } from './context-size.ts';
import { explainLoadFailure } from './load-failure.ts';
import { keepNativeLogs } from './logs.ts';
import type { LlamaOptions } from './options.ts';

export interface Loaded {
  readonly llama: Llama;
  readonly model: LlamaModel;
  readonly context: LlamaContext;
  /** Longest single request. */
  readonly contextTokens: number;
  dispose(): Promise<void>;
}

const LOGS_ARRIVE_MS = 200;

/** Loads library, model and context; every failure names the file and the cause. */
export const loadModel = async (options: LlamaOptions, context: EngineContext): Promise<Loaded> => {
  const [file] = context.spec.files;
  if (file === undefined) {
    throw new ServiceError('ERR_ENGINE_LOAD', `model ${context.spec.modelId}: expected a GGUF file, got none`);
  }
  await checkHeader(file);
  const logs = keepNativeLogs(context.log);
  try {
    return await loadAll(file, options, context, logs.logger);
  } catch (error) {
    // What llama.cpp logged comes from another thread, a little after what it threw.
    await sleep(LOGS_ARRIVE_MS);
    throw explainLoadFailure(error, logs.recent(), basename(file));
  }
};

const loadAll = async (
  file: string,
  options: LlamaOptions,
  { spec, loading, signal }: EngineContext,
  logger: (level: LlamaLogLevel, message: string) => void,
): Promise<Loaded> => {
  chooseDevices(spec.device);
  const llama = await getLlama({
    gpu: spec.device === 'cpu' ? false : 'auto',
    build: 'never',
    skipDownload: true,
    progressLogs: false,
    // No limit while loading: the context keeps the most threads it may ever use, the limit below says how many now.
    maxThreads: 0,
    logLevel: LlamaLogLevel.warn,
    logger,
  });
  requireDevice(spec.device, llama);
  const model = await llama.loadModel({
    modelPath: file,
    gpuLayers: spec.gpuLayers === 'all' ? 'max' : spec.gpuLayers,
    onLoadProgress: loading,
    loadSignal: signal,
  });
  const contextTokens = contextPerSequence(spec, model.trainContextSize);
  const context = await model.createContext({
    sequences: spec.slots,
    contextSize: contextTokens,
    batchSize: options.batchSize,
    flashAttention: options.flashAttention,
    threads: { ideal: Math.max(spec.threads, availableParallelism()) },
    batching: { itemPrioritizationStrategy: 'firstInFirstOut' },
    createSignal: signal,
    failedCreationRemedy: false,
  });
  llama.maxThreads = spec.threads;
  return { llama, model, context, contextTokens, dispose: () => llama.dispose() };
};

/** The GPU back-ends read this when they are loaded; nothing else can tell them. */
const chooseDevices = (device: EngineSpec['device']): void => {
  if (Array.isArray(device)) process.env.CUDA_VISIBLE_DEVICES = device.join(',');
};

const requireDevice = (device: EngineSpec['device'], llama: Llama): void => {
  if (!Array.isArray(device) || llama.gpu !== false) return;
  throw new ServiceError(
    'ERR_ENGINE_LOAD',
    `device: expected one of ${device.join(', ')}, but no accelerator can be used here; set device: cpu or check the driver`,
  );
};

const MAGIC = 'GGUF';

const checkHeader = async (file: string): Promise<void> => {
  const handle = await open(file).catch((cause: NodeJS.ErrnoException) => {
    throw new ServiceError(
      'ERR_MODELS_FILE',
      `${file}: cannot be read (${cause.code}); fetch it: clawdbot models pull`,
      {
        cause,
      },
    );
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
