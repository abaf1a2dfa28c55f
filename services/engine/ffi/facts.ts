import type { StaticFacts } from './guard.ts';
import type { Libraries } from './libraries.ts';
import type { Native } from './native.ts';

/** What these libraries say of themselves; computes nothing. */
export const readFacts = ({ packageVersion, release }: Libraries, { api, sizes }: Native): StaticFacts => ({
  packageVersion,
  release,
  libraryVersion: api.llama_version() ?? '',
  sizes,
  defaults: {
    ...named('ModelParams', api.llama_model_default_params()),
    ...named('ContextParams', api.llama_context_default_params()),
    ...named('ChainParams', api.llama_sampler_chain_default_params()),
    ...named('QuantizeParams', api.llama_model_quantize_default_params()),
    'ThreadpoolParams.poll': api.ggml_threadpool_params_default(3).poll,
    'ThreadpoolParams.n_threads': api.ggml_threadpool_params_default(3).n_threads,
  },
});

const named = (struct: string, values: object): Record<string, number | boolean | null> =>
  Object.fromEntries(Object.entries(values).map(([field, value]) => [`${struct}.${field}`, value]));
