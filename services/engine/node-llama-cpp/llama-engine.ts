import type { LlamaModel } from 'node-llama-cpp';
import type { Engine, EngineContext, GenerationSink } from '../engine.ts';
import { asEngineError } from '../failure.ts';
import { tokenLimit } from '../fit.ts';
import type { GenerationRequest } from '../protocol/generation.ts';
import type { LoadedModel } from '../protocol/messages.ts';
import { createSlots } from '../slots.ts';
import { createCompute } from './compute.ts';
import { createEmbedder } from './embeddings.ts';
import { createGeneration } from './generation.ts';
import { createGrammars } from './grammar.ts';
import { type Loaded, loadModel } from './load.ts';
import { type LlamaOptions, parseLlamaOptions } from './options.ts';
import { createPromptReader } from './prompt.ts';
import { createReclaimer, exposedCollector } from './reclaim.ts';
import { checkSampling } from './sampling.ts';
import { createSequences } from './sequences.ts';
import { createStepLoop } from './step-loop.ts';

type Context = EngineContext & { readonly config: LlamaOptions };

/** Loads the model of the specification and runs it; importing this file loads native code. */
export const startLlamaEngine = async (context: Context): Promise<Engine> =>
  createLlamaEngine(await loadModel(context.config, context), context);

const createLlamaEngine = (loaded: Loaded, context: Context): Engine => {
  const { llama, model, contextTokens } = loaded;
  const { spec, turn } = context;
  let options = context.config;
  const grammarFor = createGrammars(llama);
  const sequences = createSequences(loaded.context, spec.slots);
  const slots = createSlots(spec.slots);
  const vocabulary = vocabularySize(model);
  const prompts = createPromptReader(model, vocabulary, options.chatTemplate);
  const onEvaluation = createReclaimer(vocabulary, exposedCollector());
  const embedder = createEmbedder(model);
  const compute = createCompute({ model, vocabulary, embedder, readPrompt: prompts.read });
  const preparing = new Set<number>();
  const loop = createStepLoop({
    batchSize: options.batchSize,
    turn,
    onEnd: ({ id, place }) => {
      sequences.giveBack(place);
      slots.leave(id);
    },
    onFailure: (error) => {
      // Nothing can be decoded any more; the host reports it and ends the process.
      queueMicrotask(() => {
        throw error;
      });
    },
  });

  const run = async (id: number, request: GenerationRequest, sink: GenerationSink): Promise<void> => {
    checkSampling(request, vocabulary);
    const { prompt, plan } = prompts.prepare(request);
    const limit = tokenLimit(request, prompt.length, contextTokens);
    const grammar = await grammarFor(plan.grammar);
    // Cancelled while the grammar was built.
    if (!preparing.delete(id)) return;
    sink.accepted(prompt.length);
    slots.enter(id, () => {
      const { place, sequence } = sequences.take();
      sink.started();
      loop.add(
        createGeneration({
          id,
          place,
          model,
          sequence,
          prompt,
          plan,
          limit,
          request,
          grammar,
          sampling: options,
          sink,
          onEvaluation,
        }),
      );
    });
  };

  return {
    info: describe(loaded, spec.slots, spec.threads),
    generate(id, request, sink) {
      preparing.add(id);
      run(id, request, sink).catch((error: unknown) => {
        preparing.delete(id);
        sink.failed(asEngineError(error));
      });
    },
    cancel(id) {
      if (preparing.delete(id)) return;
      if (!loop.cancel(id)) slots.leave(id);
    },
    compute,
    configure(change) {
      // Sampling applies to the next request; batch size, attention and template belong to the loaded context.
      if (change.options !== undefined) options = parseLlamaOptions(change.options);
      if (change.threads !== undefined) llama.maxThreads = change.threads;
    },
    stats: () => ({
      slotsUsed: slots.used,
      slotsLimit: slots.limit,
      waiting: slots.waiting,
      kvUsage: sequences.tokensHeld() / (contextTokens * spec.slots),
    }),
    async stop() {
      await loop.stop();
      await loaded.dispose();
    },
  };
};

const describe = ({ llama, model, contextTokens }: Loaded, slots: number, threads: number): LoadedModel => ({
  plugin: 'node-llama-cpp',
  context: contextTokens,
  slots,
  threads,
  embeds: !(model.fileInsights.hasEncoder && model.fileInsights.hasDecoder),
  device: llama.gpu === false || model.gpuLayers === 0 ? 'cpu' : llama.gpu,
});

/** The largest in use, where the file does not say. */
const LARGE_VOCABULARY = 262_144;

const vocabularySize = ({ fileInfo }: LlamaModel): number =>
  fileInfo.metadata.tokenizer?.ggml.tokens.length ?? LARGE_VOCABULARY;
