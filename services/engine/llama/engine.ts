import type { Engine, EngineContext, GenerationSink } from '../engine.ts';
import { asEngineError } from '../failure.ts';
import { createBatchDecoder } from '../ffi/batch-decoder.ts';
import type { Libraries } from '../ffi/libraries.ts';
import type { Native } from '../ffi/native.ts';
import { createSamplers } from '../ffi/sampler.ts';
import { createVocabulary } from '../ffi/vocabulary.ts';
import { tokenLimit } from '../fit.ts';
import { createStepLoop } from '../loop/loop.ts';
import type { GenerationRequest } from '../protocol/generation.ts';
import { createAnswerText } from './answer-text.ts';
import { createEmbedder } from './embeddings.ts';
import { type GrammarFor, loadGrammars } from './grammar.ts';
import { type Loaded, loadModel } from './load.ts';
import { type LlamaOptions, parseLlamaOptions } from './options.ts';
import { idleCells } from './pool-size.ts';
import { createPromptReader } from './prompt.ts';
import { createThreadPool } from './threads.ts';

type Context = EngineContext & { readonly config: LlamaOptions };

/** Loads the model of the specification into these libraries and runs it. */
export const startEngine = async (native: Native, libraries: Libraries, context: Context): Promise<Engine> => {
  const grammarFor = await loadGrammars();
  const loaded = await loadModel({ native, libraries, options: context.config, engine: context });
  return createEngine(loaded, grammarFor, context);
};

const createEngine = (loaded: Loaded, grammarFor: GrammarFor, context: Context): Engine => {
  const { native, contextTokens, cells } = loaded;
  const { api } = native;
  const { spec, turn, now } = context;
  let options = context.config;
  let isStopped = false;
  let threads = createThreadPool(native, spec.threads);
  threads.attach(loaded.context);
  const vocabulary = createVocabulary(native, vocabularyOf(loaded));
  const decoder = createBatchDecoder({
    ...loaded,
    memory: api.llama_get_memory(loaded.context),
    vocabulary: vocabulary.size,
    outputs: spec.slots,
  });
  const samplerFor = createSamplers({ ...loaded, vocabulary, hasOutput: decoder.hasOutput });
  const readPrompt = createPromptReader(
    vocabulary,
    options.chatTemplate ?? api.llama_model_chat_template(loaded.model, null) ?? undefined,
  );
  const embedder = createEmbedder(loaded, vocabulary, threads);
  const loop = createStepLoop({
    decoder,
    slots: spec.slots,
    threads: spec.threads,
    idleCells: idleCells(options.prefixCacheTokens, cells),
    turn,
    schedule: setImmediate,
    now,
  });

  const begin = (id: number, request: GenerationRequest, sink: GenerationSink): void => {
    const prompt = readPrompt(request.input);
    const limit = tokenLimit(request, prompt.length, contextTokens);
    const grammar = grammarFor(request.responseFormat);
    const { topK, minP } = options;
    const { temperature, topP } = request;
    const seed = request.seed ?? Math.floor(Math.random() * 0xffff_ffff);
    const sampler = samplerFor({ temperature, topP, topK, minP, seed, grammar });
    const text = createAnswerText({
      piece: vocabulary.piece,
      isJson: grammar !== undefined,
      isTrimmed: vocabulary.hasSpacedWords && request.input.kind === 'chat',
    });
    sink.accepted(prompt.length);
    loop.add({ id, owner: request.tenant ?? '', prompt, limit, sampler, text, sink });
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
      ...{ embeds: true, device: loaded.device },
    },
    generate(id, request, sink) {
      try {
        begin(id, request, sink);
      } catch (error) {
        sink.failed(asEngineError(error));
      }
    },
    cancel: (id) => void loop.cancel(id),
    embed: (inputs, signal) => embedder.embed(inputs, signal),
    configure(change) {
      // Sampling applies to the next request; everything else belongs to the loaded context.
      if (change.options !== undefined) options = parseLlamaOptions(change.options);
      if (change.threads !== undefined && change.threads !== threads.threads) useThreads(change.threads);
    },
    stats() {
      const { running, waiting, usedCells } = loop.stats();
      return { slotsUsed: running, slotsLimit: spec.slots, waiting, kvUsage: usedCells / cells };
    },
    async stop() {
      if (isStopped) return;
      isStopped = true;
      loop.stop();
      await embedder.stop();
      decoder.free();
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
