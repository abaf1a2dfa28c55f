import { ServiceError } from '../../../core/errors/service-error.ts';
import type { Engine, EngineContext, GenerationSink } from '../engine.ts';
import { asEngineError } from '../failure.ts';
import type { GenerationRequest } from '../protocol/generation.ts';
import { createSlots } from '../slots.ts';
import { cannotDo, textsOf } from '../tasks.ts';
import { createUpstreamClient, type UpstreamClient } from './client.ts';
import { readContextSize } from './context-size.ts';
import { embedUpstream } from './embeddings.ts';
import { runExchange } from './exchange.ts';
import { type OpenaiOptions, parseOpenaiOptions } from './options.ts';
import { toUpstreamCall, type UpstreamCall } from './request-body.ts';
import { type Wait, watchSilence } from './silence.ts';

type Context = EngineContext & { readonly config: OpenaiOptions };

/** Connects to the upstream of the options; whether it answers is for the readiness probe to find out. */
export const startUpstreamEngine = async (context: Context): Promise<Engine> => {
  const { spec, now, turn } = context;
  let options = context.config;
  let client = createUpstreamClient(options, context.egress);
  const silence = watchSilence({ timeoutMs: () => options.timeoutMs, now, turn });
  const slots = createSlots(options.maxConcurrency ?? spec.slots);
  const waits = new Map<number, Wait>();
  const modelName = () => options.model ?? spec.modelId;
  const contextTokens = options.context ?? (await askContextSize(client, modelName(), silence.begin()));

  const run = (id: number, call: UpstreamCall, request: GenerationRequest, sink: GenerationSink): void => {
    const wait = silence.begin();
    waits.set(id, wait);
    sink.started();
    const outputCap = request.maxTokens === null ? request.outputCap : undefined;
    void runExchange({ client, call, wait, sink, outputCap, turn }).finally(() => {
      waits.delete(id);
      slots.leave(id);
    });
  };

  return {
    info: {
      plugin: 'openai',
      context: contextTokens,
      slots: slots.limit,
      threads: spec.threads,
      embeds: options.embeddings,
      device: 'remote',
    },
    generate(id, request, sink) {
      try {
        const call = toUpstreamCall(request, modelName(), options.maxTokensField);
        slots.enter(id, () => run(id, call, request, sink));
      } catch (error) {
        sink.failed(asEngineError(error));
      }
    },
    cancel(id) {
      waits.get(id)?.abort();
      slots.leave(id);
    },
    async compute(task, signal) {
      if (task.kind !== 'embed') throw cannotDo(task.kind);
      if (!options.embeddings) throw noEmbeddings();
      const wait = silence.begin();
      signal.addEventListener('abort', wait.abort, { once: true });
      return { kind: task.kind, ...(await embedUpstream(client, modelName(), textsOf(task.inputs), wait)) };
    },
    configure(change) {
      if (change.options === undefined) return;
      options = parseOpenaiOptions(change.options);
      client.retire();
      client = createUpstreamClient(options, context.egress);
      slots.resize(options.maxConcurrency ?? spec.slots);
    },
    stats: () => ({ slotsUsed: slots.used, slotsLimit: slots.limit, waiting: slots.waiting }),
    stop: () => client.stop(),
  };
};

const askContextSize = async (client: UpstreamClient, model: string, wait: Wait): Promise<number | null> => {
  const models = await client.look('/models', wait.signal);
  wait.end();
  return readContextSize(models, model);
};

const noEmbeddings = (): ServiceError =>
  new ServiceError('ERR_MODELS_CAPABILITY', 'this upstream is not set up for embeddings; set options.embeddings: true');
