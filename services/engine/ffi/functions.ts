import type { Argument, Result, TypeName } from './structs.ts';

/** Which shared library a function lives in. */
export type LibraryName = 'llama' | 'ggml' | 'base';

interface Signature {
  readonly library: LibraryName;
  readonly result: TypeName;
  readonly takes: readonly TypeName[];
}

const llama = <const Returns extends TypeName, const Takes extends readonly TypeName[]>(
  result: Returns,
  ...takes: Takes
) => ({ library: 'llama', result, takes }) as const;

const ggml = <const Returns extends TypeName, const Takes extends readonly TypeName[]>(
  result: Returns,
  ...takes: Takes
) => ({ library: 'ggml', result, takes }) as const;

const base = <const Returns extends TypeName, const Takes extends readonly TypeName[]>(
  result: Returns,
  ...takes: Takes
) => ({ library: 'base', result, takes }) as const;

/** The functions of llama.cpp's public C API that the engine calls. */
export const FUNCTIONS = {
  llama_version: llama('str'),
  llama_backend_init: llama('void'),
  llama_log_set: llama('void', 'void*', 'void*'),
  llama_max_devices: llama('size_t'),

  llama_model_default_params: llama('ModelParams'),
  llama_context_default_params: llama('ContextParams'),
  llama_sampler_chain_default_params: llama('ChainParams'),
  llama_model_load_from_file: llama('void*', 'str', 'ModelParams'),
  llama_model_free: llama('void', 'void*'),
  llama_model_quantize_default_params: llama('QuantizeParams'),
  llama_model_quantize: llama('uint32', 'str', 'str', 'void*'),
  llama_init_from_model: llama('void*', 'void*', 'ContextParams'),
  llama_free: llama('void', 'void*'),

  llama_get_memory: llama('void*', 'void*'),
  llama_n_ctx: llama('uint32', 'void*'),
  llama_n_batch: llama('uint32', 'void*'),
  llama_pooling_type: llama('int32', 'void*'),
  llama_set_n_threads: llama('void', 'void*', 'int32', 'int32'),
  llama_attach_threadpool: llama('void', 'void*', 'void*', 'void*'),
  llama_detach_threadpool: llama('void', 'void*'),

  llama_model_size: llama('uint64', 'void*'),
  llama_model_n_cls_out: llama('uint32', 'void*'),
  llama_adapter_lora_init: llama('void*', 'void*', 'str'),
  llama_adapter_get_alora_n_invocation_tokens: llama('uint64', 'void*'),
  llama_set_adapters_lora: llama('int32', 'void*', 'void*', 'size_t', 'void*'),

  llama_model_get_vocab: llama('void*', 'void*'),
  llama_model_n_ctx_train: llama('int32', 'void*'),
  llama_model_n_embd_out: llama('int32', 'void*'),
  llama_model_n_layer: llama('int32', 'void*'),
  llama_model_n_embd: llama('int32', 'void*'),
  llama_model_n_head: llama('int32', 'void*'),
  llama_model_n_head_kv: llama('int32', 'void*'),
  llama_model_n_swa: llama('int32', 'void*'),
  llama_model_is_recurrent: llama('bool', 'void*'),
  llama_model_is_hybrid: llama('bool', 'void*'),
  llama_model_is_diffusion: llama('bool', 'void*'),
  llama_model_has_encoder: llama('bool', 'void*'),
  llama_model_has_decoder: llama('bool', 'void*'),
  llama_model_chat_template: llama('str', 'void*', 'str'),

  llama_vocab_n_tokens: llama('int32', 'void*'),
  llama_vocab_type: llama('int32', 'void*'),
  llama_vocab_get_text: llama('str', 'void*', 'int32'),
  llama_vocab_get_attr: llama('int32', 'void*', 'int32'),
  llama_vocab_is_eog: llama('bool', 'void*', 'int32'),
  llama_vocab_bos: llama('int32', 'void*'),
  llama_vocab_eos: llama('int32', 'void*'),
  llama_vocab_sep: llama('int32', 'void*'),
  llama_vocab_get_add_bos: llama('bool', 'void*'),
  llama_vocab_get_add_eos: llama('bool', 'void*'),
  llama_vocab_get_add_sep: llama('bool', 'void*'),
  llama_tokenize: llama('int32', 'void*', 'void*', 'int32', 'void*', 'int32', 'bool', 'bool'),
  llama_token_to_piece: llama('int32', 'void*', 'int32', 'void*', 'int32', 'int32', 'bool'),

  llama_batch_init: llama('Batch', 'int32', 'int32', 'int32'),
  llama_batch_free: llama('void', 'Batch'),
  llama_decode: llama('int32', 'void*', 'Batch'),
  llama_get_logits_ith: llama('void*', 'void*', 'int32'),
  llama_get_embeddings_ith: llama('void*', 'void*', 'int32'),
  llama_get_embeddings_seq: llama('void*', 'void*', 'int32'),

  llama_memory_clear: llama('void', 'void*', 'bool'),
  llama_memory_seq_rm: llama('bool', 'void*', 'int32', 'int32', 'int32'),
  llama_memory_seq_cp: llama('void', 'void*', 'int32', 'int32', 'int32', 'int32'),
  llama_state_seq_get_size: llama('size_t', 'void*', 'int32'),
  llama_state_seq_get_data: llama('size_t', 'void*', 'void*', 'size_t', 'int32'),
  llama_state_seq_set_data: llama('size_t', 'void*', 'void*', 'size_t', 'int32'),

  llama_sampler_chain_init: llama('void*', 'ChainParams'),
  llama_sampler_chain_add: llama('void', 'void*', 'void*'),
  llama_sampler_free: llama('void', 'void*'),
  llama_sampler_init_greedy: llama('void*'),
  llama_sampler_init_dist: llama('void*', 'uint32'),
  llama_sampler_init_top_k: llama('void*', 'int32'),
  llama_sampler_init_top_p: llama('void*', 'float', 'size_t'),
  llama_sampler_init_min_p: llama('void*', 'float', 'size_t'),
  llama_sampler_init_temp: llama('void*', 'float'),
  llama_sampler_init_grammar: llama('void*', 'void*', 'str', 'str'),
  llama_sampler_apply: llama('void', 'void*', 'void*'),
  llama_sampler_accept: llama('void', 'void*', 'int32'),
  llama_sampler_sample: llama('int32', 'void*', 'void*', 'int32'),

  ggml_backend_load: ggml('void*', 'str'),
  ggml_backend_load_all_from_path: ggml('void', 'str'),
  ggml_backend_dev_count: ggml('size_t'),
  ggml_backend_dev_get: ggml('void*', 'size_t'),
  ggml_backend_dev_by_type: ggml('void*', 'int32'),
  ggml_backend_dev_type: base('int32', 'void*'),
  ggml_backend_dev_backend_reg: base('void*', 'void*'),
  ggml_backend_reg_get_proc_address: base('void*', 'void*', 'str'),
  ggml_threadpool_params_default: base('ThreadpoolParams', 'int32'),
} as const satisfies Record<string, Signature>;

export type FunctionName = keyof typeof FUNCTIONS;

type Arguments<Takes extends readonly TypeName[]> = { [Index in keyof Takes]: Argument<Takes[Index]> };

/** A native function; `async` runs it on a thread of its own, so that the event loop goes on meanwhile. */
export interface NativeFunction<Takes extends readonly unknown[], Returns> {
  (...args: Takes): Returns;
  async(...args: [...Takes, (error: unknown, result: Returns) => void]): void;
}

/** The whole table as callable functions. */
export type Api = {
  readonly [Name in FunctionName]: NativeFunction<
    Arguments<(typeof FUNCTIONS)[Name]['takes']>,
    Result<(typeof FUNCTIONS)[Name]['result']>
  >;
};
