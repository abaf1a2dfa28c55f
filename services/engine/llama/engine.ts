import { ServiceError } from '../../../core/errors/service-error.ts';
import { createAnswerReader } from '../chat/answer-reader.ts';
import { createMarkBytes } from '../chat/mark-bytes.ts';
import { type Engine, type EngineContext, type GenerationSink, PROBE_ID } from '../engine.ts';
import { asEngineError } from '../failure.ts';
import { createBatchDecoder } from '../ffi/batch-decoder.ts';
import type { Libraries } from '../ffi/libraries.ts';
import type { Native } from '../ffi/native.ts';
import { createSamplers } from '../ffi/sampler.ts';
import { createVocabulary } from '../ffi/vocabulary.ts';
import { tokenLimit } from '../fit.ts';
import { createStepLoop } from '../loop/loop.ts';
import type { GenerationRequest } from '../protocol/generation.ts';
import { createAnswerText, needsReader } from './answer-text.ts';
import { createCompute } from './compute.ts';
import { createEmbedder } from './embeddings.ts';
import { type Loaded, loadModel } from './load.ts';
import { type LlamaOptions, outputsFor, parseLlamaOptions } from './options.ts';
import { idleCells, stashBytes } from './pool-size.ts';
import { createPromptReader, isLongPrompt, type Prepared } from './prompt.ts';
import { createReadings } from './readings.ts';
import { createScorer } from './score.ts';
import { createThreadPool } from './threads.ts';

type Context = EngineContext & { readonly config: LlamaOptions };

/** Loads the model of the specification into these libraries and runs it. */
export const startEngine = async (native: Native, libraries: Libraries, context: Context): Promise<Engine> => {
  const loaded = await loadModel({ native, libraries, options: context.config, engine: context });
  return createEngine(loaded, context);
};

/** One row less than a tile of ggml's attention on the CPU. */
const CPU_MIXED_TOKENS = 63;

const createEngine = (loaded: Loaded, context: Context): Engine => {
  const { native, contextTokens, cells } = loaded;
  const { api } = native;
  const { spec, turn, now } = context;
  let options = context.config;
  const isSharing = options.prefixSharing;
  let isStopped = false;
  let threads = createThreadPool(native, spec.threads);
  threads.attach(loaded.context);
  const vocabulary = createVocabulary(native, vocabularyOf(loaded));
  const decoder = createBatchDecoder({
    ...loaded,
    memory: api.llama_get_memory(loaded.context),
    vocabulary: vocabulary.size,
    outputs: outputsFor(spec.slots, context.config),
    mixedTokens: loaded.device === 'cpu' && !loaded.hasStreams ? CPU_MIXED_TOKENS : loaded.batchTokens,
    applyVariant: (variant) => loaded.adapters.apply(loaded.context, variant),
  });
  const samplers = createSamplers({ ...loaded, vocabulary, hasOutput: decoder.hasOutput });
  const prompts = createPromptReader(
    vocabulary,
    options.chatTemplate ?? api.llama_model_chat_template(loaded.model, null) ?? undefined,
  );
  const readings = createReadings();
  const embedder = createEmbedder(loaded, vocabulary, threads);
  const scorer = createScorer(loaded, vocabulary, () => threads);
  const { isClassifier, canWrite } = loaded;
  const compute = createCompute({
    ...{ vocabulary, embedder, readPrompt: prompts.readAll, isClassifier },
    score: scorer.score,
    rerankTemplate: api.llama_model_chat_template(loaded.model, 'rerank') ?? undefined,
  });
  const loop = createStepLoop({
    decoder,
    slots: spec.slots,
    threads: spec.threads,
    idleCells: isSharing ? idleCells(options.prefixCacheTokens, cells) : 0,
    stashBytes: isSharing ? stashBytes(options.prefixCacheBytes, process.availableMemory()) : 0,
    speculation: options.speculation,
    turn,
    schedule: setImmediate,
    now,
  });

  const read = (id: number, request: GenerationRequest, sink: GenerationSink): void => {
    const goOn = (prepared: Prepared) => begin(id, request, sink, prepared);
    if (!isLongPrompt(request.input)) return goOn(prompts.prepare(request));
    readings.add(id, prompts.prepareLater(request, contextTokens), sink, goOn);
  };

  const begin = (id: number, request: GenerationRequest, sink: GenerationSink, { prompt, plan }: Prepared): void => {
    const limit = tokenLimit(request, prompt.length, contextTokens);
    const variant = loaded.adapters.variantOf(request.adapters);
    const seed = request.seed ?? Math.floor(Math.random() * 0xffff_ffff);
    // What the request does not say is as the options have it, also where they changed since.
    const { topK = options.topK, minP = options.minP } = request;
    const sampler = samplers.create({ ...request, topK, minP, seed, grammar: plan.grammar, prompt });
    const text = createAnswerText({
      bytesOf: createMarkBytes(plan, vocabulary),
      isTrimmed: vocabulary.hasSpacedWords && request.input.kind === 'chat',
      ...(needsReader(plan) ? { reader: createAnswerReader(plan) } : {}),
    });
    sink.accepted(prompt.length);
    loop.add({
      id,
      owner: ownerOf(id, request, { variant, isSharing }),
      variant,
      prompt,
      limit,
      sampler,
      text,
      sink,
      ...shiftOf(request, contextTokens),
      ...turnOf(request),
    });
  };

  /** A model that does not write proves in its own way that it works. */
  const prove = async (sink: GenerationSink): Promise<void> => {
    const task = isClassifier
      ? ({ kind: 'rerank', query: 'Hi', documents: ['Hi'] } as const)
      : ({ kind: 'embed', inputs: ['Hi'] } as const);
    await compute(task, context.signal);
    sink.finished('stop');
  };

  const generate = (id: number, request: GenerationRequest, sink: GenerationSink): void => {
    if (canWrite) return read(id, request, sink);
    if (id !== PROBE_ID) throw writesNothing();
    prove(sink).catch((error: unknown) => sink.failed(asEngineError(error)));
  };

  const useThreads = (count: number): void => {
    const old = threads;
    threads = createThreadPool(native, count);
    threads.attach(loaded.context);
    embedder.use(threads);
    loop.limitThreads(count);
    old.free();
  };

  return {
    info: {
      ...{ plugin: 'llama', context: contextTokens, slots: spec.slots, threads: spec.threads },
      ...{ embeds: !isClassifier, device: loaded.device },
      ...(loaded.memory === undefined ? {} : { memory: loaded.memory }),
    },
    generate(id, request, sink) {
      try {
        generate(id, request, sink);
      } catch (error) {
        sink.failed(asEngineError(error));
      }
    },
    cancel(id) {
      readings.cancel(id);
      loop.cancel(id);
    },
    compute,
    configure(change) {
      // Sampling applies to the next request; everything else belongs to the loaded context.
      if (change.options !== undefined) options = parseLlamaOptions(change.options);
      if (change.threads !== undefined && change.threads !== threads.threads) useThreads(change.threads);
    },
    stats() {
      const { running, waiting, usedCells } = loop.stats();
      return {
        slotsUsed: running,
        slotsLimit: spec.slots,
        waiting,
        kvUsage: usedCells / cells,
        steps: loop.takeSteps(),
      };
    },
    async stop() {
      if (isStopped) return;
      isStopped = true;
      loop.stop();
      await readings.stop();
      await embedder.stop();
      await scorer.stop();
      decoder.free();
      samplers.free();
      loaded.free();
      threads.free();
    },
  };
};

const vocabularyOf = ({ native, model }: Loaded) => {
  const vocabulary = native.api.llama_model_get_vocab(model);
  if (vocabulary === null) throw new TypeError('llama.cpp gave a model without a vocabulary');
  return vocabulary;
};

/** Whose beginnings it may go on with: those of its tenant under the same adapters, or nobody's. */
const ownerOf = (
  id: number,
  { tenant = '' }: GenerationRequest,
  { variant, isSharing }: { readonly variant: string; readonly isSharing: boolean },
): string => {
  if (!isSharing) return `request ${id}`;
  return variant === '' ? tenant : JSON.stringify([tenant, variant]);
};

/** Whether a request goes on past the end of its context. */
const shiftOf = ({ shiftsContext }: GenerationRequest, contextTokens: number) =>
  shiftsContext === true ? { shiftAt: contextTokens } : {};

/** What decides when a request has its turn. */
const turnOf = ({ keyId, priority, deadlineMs, isWhole }: GenerationRequest) => ({
  ...(keyId === undefined ? {} : { keyId }),
  ...(priority === undefined ? {} : { priority }),
  ...(deadlineMs === undefined ? {} : { deadlineMs }),
  ...(isWhole === undefined ? {} : { isWhole }),
});

const writesNothing = (): ServiceError =>
  new ServiceError('ERR_MODELS_CAPABILITY', 'this model writes no text, it makes embeddings or ranks documents');
