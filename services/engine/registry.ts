import { createRegistry } from '../../core/plugins/host.ts';
import type { EnginePlugin } from './engine.ts';
import { llamaEngine } from './llama/plugin.ts';
import { nodeLlamaCppEngine } from './node-llama-cpp/plugin.ts';
import { openaiEngine } from './openai/plugin.ts';
import { scriptedEngine } from './scripted/plugin.ts';

/** A plugin that checks its own raw options when it is started: all of them have one type then. */
export type AnyEngine = EnginePlugin<unknown>;

const withOwnCheck = <Options>(plugin: EnginePlugin<Options>): AnyEngine => ({
  manifest: plugin.manifest,
  config: (raw) => raw,
  start: (context) => plugin.start({ ...context, config: plugin.config(context.config) }),
});

// The list is imported whole; native code and clients only when a plugin starts.
const engines = createRegistry<AnyEngine>([
  withOwnCheck(llamaEngine),
  withOwnCheck(nodeLlamaCppEngine),
  withOwnCheck(openaiEngine),
  withOwnCheck(scriptedEngine),
]);

/** The engine plugin of this name: one of ours, or the export `plugin` of a module. */
export const findEngine = (name: string): Promise<AnyEngine> => engines.resolve(name, 'engine');
