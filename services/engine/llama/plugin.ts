import { ServiceError } from '../../../core/errors/service-error.ts';
import { definePlugin } from '../../../core/plugins/plugin.ts';
import type { Engine, EngineContext, EnginePlugin } from '../engine.ts';
import type { Opening, Wanted } from './open.ts';
import { type LlamaOptions, parseLlamaOptions } from './options.ts';

/** Opens and checks the native libraries for a device and a model. */
export type OpenLibraries = (wanted: Wanted) => Promise<Opening>;

/** The llama engine over libraries that `open` finds; where it refuses them, node-llama-cpp steps in. */
export const createLlamaPlugin = (open: OpenLibraries): EnginePlugin<LlamaOptions> =>
  definePlugin<LlamaOptions, EngineContext, Engine>({
    manifest: {
      id: 'engine.llama',
      kind: 'engine',
      summary: 'Runs a GGUF model with llama.cpp on this machine at native speed.',
    },
    config: parseLlamaOptions,
    async start(context) {
      const opening = await open(context.spec).catch(refusal);
      if (!opening.ok) return (await import('./fall-back.ts')).startFallBack(context, opening.reasons);
      const { startEngine } = await import('./engine.ts');
      return startEngine(opening.native, opening.libraries, context);
    },
  });

/** Without the FFI package, or with libraries that cannot be opened, the import or the opening itself fails. */
const refusal = (error: unknown): Opening => {
  if (error instanceof ServiceError) throw error;
  return { ok: false, reasons: [error instanceof Error ? error.message : String(error)] };
};

/** Runs GGUF models through llama.cpp's C API in a loop of our own. */
export const llamaEngine = createLlamaPlugin(async (wanted) => (await import('./open.ts')).openLibraries(wanted));
