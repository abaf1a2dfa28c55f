import { readFileSync } from 'node:fs';
import { setTimeout as sleep } from 'node:timers/promises';
import { ServiceError } from '../../../core/errors/service-error.ts';
import { definePlugin } from '../../../core/plugins/plugin.ts';
import { type Engine, type EngineContext, type GenerationSink, PROBE_ID } from '../engine.ts';
import { asEngineError } from '../failure.ts';
import { tokenLimit } from '../fit.ts';
import type { GenerationRequest } from '../protocol/generation.ts';
import { createSlots } from '../slots.ts';
import { estimatePromptTokens } from '../text/estimate.ts';
import { computeScripted } from './compute.ts';
import { type Faults, NO_FAULTS } from './fate.ts';
import { crash, sendGarbage } from './faults.ts';
import { createLoop } from './loop.ts';
import { parseScriptedOptions, type ScriptedOptions } from './options.ts';
import { type Performance, performanceOf } from './performance.ts';
import { createRandom, createScript } from './script.ts';

const DEFAULT_CONTEXT = 8192;
const DEFAULT_SEED = 1;

/** Plays a script instead of running a model; for tests, drills and benches. From outside it looks like any engine. */
export const scriptedEngine = definePlugin<ScriptedOptions, EngineContext, Engine>({
  manifest: { id: 'engine.scripted', kind: 'engine', summary: 'Echoes or plays a script, with faults on demand.' },
  config: parseScriptedOptions,
  start: async (context) => {
    await pretendToLoad(context);
    return createScriptedEngine(context);
  },
});

/** What is said, and how much of it. */
interface Part extends Performance {
  readonly limit: number;
}

const LOAD_STEPS = 4;

const pretendToLoad = async ({ config, loading, signal }: EngineContext & { config: ScriptedOptions }) => {
  for (let step = 1; config.loadMs > 0 && step <= LOAD_STEPS; step += 1) {
    await sleep(config.loadMs / LOAD_STEPS, undefined, { signal });
    loading(step / LOAD_STEPS);
  }
};

const createScriptedEngine = ({ config, spec, now, turn }: EngineContext & { config: ScriptedOptions }): Engine => {
  let options = config;
  let fixedReply = readReply(options.reply);
  const slots = createSlots(options.slots ?? spec.slots);
  const contextTokens = spec.context === 'auto' ? DEFAULT_CONTEXT : spec.context;
  const luck = createRandom(DEFAULT_SEED);
  const faults = (): Faults => options;
  const spared = (): Faults => NO_FAULTS;
  const loop = createLoop({
    tokenMs: () => options.tokenMs,
    now,
    turn,
    onEnd: (id) => slots.leave(id),
    onFault: (fate) => (fate === 'crash' ? crash() : sendGarbage(options.wrongBytes)),
  });

  const begin = (id: number, request: GenerationRequest, { limit, text, ...how }: Part, sink: GenerationSink): void => {
    sink.started();
    const random = createRandom(request.seed ?? DEFAULT_SEED);
    loop.add({
      id,
      sink,
      script: createScript(text, options.charactersPerChunk, random),
      ...how,
      limit,
      isDoomed: id !== PROBE_ID && options.failRate > 0 && luck() < options.failRate,
      faults: id === PROBE_ID ? spared : faults,
      sent: 0,
      dueAt: now() + options.firstTokenMs,
    });
  };

  return {
    info: {
      plugin: 'scripted',
      context: contextTokens,
      slots: slots.limit,
      threads: spec.threads,
      embeds: true,
      device: 'cpu',
    },
    generate(id, request, sink) {
      try {
        const promptTokens = estimatePromptTokens(request.input);
        const limit = tokenLimit(request, promptTokens, contextTokens);
        const part = { ...performanceOf(request, fixedReply, options.reasoning), limit };
        sink.accepted(promptTokens);
        slots.enter(id, () => begin(id, request, part, sink));
      } catch (error) {
        sink.failed(asEngineError(error));
      }
    },
    cancel(id) {
      if (!loop.remove(id)) slots.leave(id);
    },
    compute: async (task) => computeScripted(task),
    configure(change) {
      if (change.options === undefined) return;
      const next = parseScriptedOptions(change.options);
      fixedReply = readReply(next.reply);
      options = next;
      slots.resize(options.slots ?? spec.slots);
      loop.resume();
    },
    stats: () => ({ slotsUsed: slots.used, slotsLimit: slots.limit, waiting: slots.waiting }),
    stop: async () => loop.stop(),
  };
};

const FILE = /^\.{0,2}\//;

/** The text of every reply, or `undefined` to echo. */
const readReply = (reply: string): string | undefined => {
  if (reply === 'echo') return undefined;
  if (!FILE.test(reply)) return reply;
  try {
    return readFileSync(reply, 'utf8');
  } catch (cause) {
    throw new ServiceError(
      'ERR_CONFIG_INVALID',
      `models[].options.reply: expected echo, a text, or a file that can be read, got the path "${reply}"`,
      { cause },
    );
  }
};
