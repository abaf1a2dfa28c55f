import type { Engine, EngineContext } from '../engine.ts';
import { parseLlamaOptions as parseSlowOptions } from '../node-llama-cpp/options.ts';
import { type LlamaOptions, parseLlamaOptions } from './options.ts';

type Context = EngineContext & { readonly config: LlamaOptions };

/** The same model through node-llama-cpp's own API, which is slower and says so in `info.plugin`. */
export const startFallBack = async (context: Context, reasons: readonly string[]): Promise<Engine> => {
  context.log(
    `engine llama is not used, engine node-llama-cpp runs instead and is slower: ${reasons.join('; ')}; install the pinned versions with npm ci`,
  );
  const { startLlamaEngine } = await import('../node-llama-cpp/llama-engine.ts');
  const engine = await startLlamaEngine({ ...context, config: toSlowOptions(context.config) });
  return {
    ...engine,
    info: { ...engine.info, fallBackReason: reasons.join('; ') },
    configure: ({ options, ...change }) =>
      engine.configure({
        ...change,
        ...(options === undefined ? {} : { options: toSlowOptions(parseLlamaOptions(options)) }),
      }),
  };
};

/** What the other engine has no setting for is left out: it keeps no prefixes, and its key-value memory is one pool of f16. */
const toSlowOptions = ({
  kvType: _type,
  kvLayout: _layout,
  prefixSharing: _sharing,
  prefixCacheTokens: _tokens,
  prefixCacheBytes: _bytes,
  speculation: _guesses,
  ...options
}: LlamaOptions) => parseSlowOptions(options);
