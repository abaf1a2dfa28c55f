import { definePlugin } from '../../../core/plugins/plugin.ts';
import type { Engine, EngineContext } from '../engine.ts';
import { type OpenaiOptions, parseOpenaiOptions } from './options.ts';

/** Passes generations on to any server that speaks OpenAI's API, such as vLLM, llama-server or another Clawdbot. */
export const openaiEngine = definePlugin<OpenaiOptions, EngineContext, Engine>({
  manifest: { id: 'engine.openai', kind: 'engine', summary: 'Uses a model behind any OpenAI-compatible server.' },
  config: parseOpenaiOptions,
  start: async (context) => (await import('./upstream-engine.ts')).startUpstreamEngine(context),
});
