import type { StructName } from './structs.ts';

/** Some logits of the smoke decode: token and value. */
export type RecordedLogits = readonly (readonly [token: number, logit: number])[];

/** Everything that tells one build of llama.cpp from another as far as this table of its C API is concerned. */
export interface BuildFacts {
  /** Of the npm package that ships the shared libraries. */
  readonly packageVersion: string;
  /** The tag of llama.cpp they were built from, as the package says and as the library says. */
  readonly release: string;
  readonly libraryVersion: string;
  readonly sizes: Readonly<Record<StructName, number>>;
  /** Default values by name; a shifted struct shows here first. */
  readonly defaults: Readonly<Record<string, number | boolean | null>>;
  /** The highest of the smoke decode; smoke.gguf comes from write-smoke-model.ts. */
  readonly logits: RecordedLogits;
}

/** The build that the tables in this folder were written for and tested with. */
export const PINNED: BuildFacts = {
  packageVersion: '3.22.1',
  release: 'v0.5.0',
  libraryVersion: '0.5.0-dev',
  sizes: {
    ModelParams: 80,
    ContextParams: 160,
    Batch: 56,
    QuantizeParams: 64,
    ChainParams: 1,
    ThreadpoolParams: 528,
    TokenDataArray: 32,
  },
  defaults: {
    'ModelParams.devices': null,
    'ModelParams.tensor_buft_overrides': null,
    'ModelParams.n_gpu_layers': -1,
    'ModelParams.split_mode': 1,
    'ModelParams.load_mode': -1,
    'ModelParams.lazy_mode': 1,
    'ModelParams.main_gpu': 0,
    'ModelParams.tensor_split': null,
    'ModelParams.progress_callback': null,
    'ModelParams.progress_callback_user_data': null,
    'ModelParams.kv_overrides': null,
    'ModelParams.vocab_only': false,
    'ModelParams.check_tensors': false,
    'ModelParams.use_extra_bufts': true,
    'ModelParams.no_host': false,
    'ModelParams.no_alloc': false,
    'ModelParams.load_mtp': false,
    'ContextParams.n_ctx': 512,
    'ContextParams.n_batch': 2048,
    'ContextParams.n_ubatch': 512,
    'ContextParams.n_seq_max': 1,
    'ContextParams.n_rs_seq': 0,
    'ContextParams.n_outputs_max': 0,
    'ContextParams.n_outputs_max_per_seq': 1,
    'ContextParams.n_threads': 4,
    'ContextParams.n_threads_batch': 4,
    'ContextParams.ctx_type': 0,
    'ContextParams.rope_scaling_type': -1,
    'ContextParams.pooling_type': -1,
    'ContextParams.attention_type': -1,
    'ContextParams.flash_attn_type': -1,
    'ContextParams.rope_freq_base': 0,
    'ContextParams.rope_freq_scale': 0,
    'ContextParams.yarn_ext_factor': -1,
    'ContextParams.yarn_attn_factor': -1,
    'ContextParams.yarn_beta_fast': -1,
    'ContextParams.yarn_beta_slow': -1,
    'ContextParams.yarn_orig_ctx': 0,
    'ContextParams.defrag_thold': -1,
    'ContextParams.cb_eval': null,
    'ContextParams.cb_eval_user_data': null,
    'ContextParams.type_k': 1,
    'ContextParams.type_v': 1,
    'ContextParams.abort_callback': null,
    'ContextParams.abort_callback_data': null,
    'ContextParams.embeddings': false,
    'ContextParams.offload_kqv': true,
    'ContextParams.no_perf': true,
    'ContextParams.op_offload': true,
    'ContextParams.swa_full': true,
    'ContextParams.kv_unified': false,
    'ContextParams.samplers': null,
    'ContextParams.n_samplers': 0,
    'ContextParams.ctx_other': null,
    'ChainParams.no_perf': true,
    'QuantizeParams.nthread': 0,
    'QuantizeParams.ftype': 7,
    'QuantizeParams.output_tensor_type': 43,
    'QuantizeParams.token_embedding_type': 43,
    'QuantizeParams.allow_requantize': false,
    'QuantizeParams.quantize_output_tensor': true,
    'QuantizeParams.only_copy': false,
    'QuantizeParams.pure': false,
    'QuantizeParams.keep_split': false,
    'QuantizeParams.dry_run': false,
    'QuantizeParams.imatrix': null,
    'QuantizeParams.kv_overrides': null,
    'QuantizeParams.tt_overrides': null,
    'QuantizeParams.prune_layers': null,
    'QuantizeParams.max_buf_size': 8_589_934_592,
    'ThreadpoolParams.poll': 50,
    'ThreadpoolParams.n_threads': 3,
  },
  logits: [
    [42, 2.3044],
    [2, 2.1024],
    [41, 2.0977],
    [25, 1.5288],
    [61, 1.2485],
    [53, 1.2167],
    [38, 1.0722],
    [59, 1.0475],
  ],
};
