import { definePlugin } from '../../../core/plugins/plugin.ts';
import type { Engine, EngineContext } from '../engine.ts';
import { type LlamaOptions, parseLlamaOptions } from './options.ts';

/** Runs GGUF models through the public API of node-llama-cpp. */
export const nodeLlamaCppEngine = definePlugin<LlamaOptions, EngineContext, Engine>({
  manifest: {
    id: 'engine.node-llama-cpp',
    kind: 'engine',
    summary: 'Runs a GGUF model with llama.cpp on this machine.',
  },
  config: parseLlamaOptions,
  start: async (context) => (await import('./llama-engine.ts')).startLlamaEngine(context),
});
