/**
 * The structs of llama.cpp's C API that cross the boundary, field by field in the order of its headers. Generated code
 * would be longer and no safer: the guard compares sizes and default values with what the pinned build is known to have.
 */
export const STRUCTS = {
  ModelParams: {
    devices: 'void*',
    tensor_buft_overrides: 'void*',
    n_gpu_layers: 'int32',
    split_mode: 'int32',
    load_mode: 'int32',
    lazy_mode: 'int32',
    main_gpu: 'int32',
    tensor_split: 'void*',
    progress_callback: 'void*',
    progress_callback_user_data: 'void*',
    kv_overrides: 'void*',
    vocab_only: 'bool',
    check_tensors: 'bool',
    use_extra_bufts: 'bool',
    no_host: 'bool',
    no_alloc: 'bool',
    load_mtp: 'bool',
  },
  ContextParams: {
    n_ctx: 'uint32',
    n_batch: 'uint32',
    n_ubatch: 'uint32',
    n_seq_max: 'uint32',
    n_rs_seq: 'uint32',
    n_outputs_max: 'uint32',
    n_outputs_max_per_seq: 'uint32',
    n_threads: 'int32',
    n_threads_batch: 'int32',
    ctx_type: 'int32',
    rope_scaling_type: 'int32',
    pooling_type: 'int32',
    attention_type: 'int32',
    flash_attn_type: 'int32',
    rope_freq_base: 'float',
    rope_freq_scale: 'float',
    yarn_ext_factor: 'float',
    yarn_attn_factor: 'float',
    yarn_beta_fast: 'float',
    yarn_beta_slow: 'float',
    yarn_orig_ctx: 'uint32',
    defrag_thold: 'float',
    cb_eval: 'void*',
    cb_eval_user_data: 'void*',
    type_k: 'int32',
    type_v: 'int32',
    abort_callback: 'void*',
    abort_callback_data: 'void*',
    embeddings: 'bool',
    offload_kqv: 'bool',
    no_perf: 'bool',
    op_offload: 'bool',
    swa_full: 'bool',
    kv_unified: 'bool',
    samplers: 'void*',
    n_samplers: 'size_t',
    ctx_other: 'void*',
  },
  Batch: {
    n_tokens: 'int32',
    token: 'void*',
    embd: 'void*',
    pos: 'void*',
    n_seq_id: 'void*',
    seq_id: 'void*',
    logits: 'void*',
  },
  QuantizeParams: {
    nthread: 'int32',
    ftype: 'int32',
    output_tensor_type: 'int32',
    token_embedding_type: 'int32',
    allow_requantize: 'bool',
    quantize_output_tensor: 'bool',
    only_copy: 'bool',
    pure: 'bool',
    keep_split: 'bool',
    dry_run: 'bool',
    imatrix: 'void*',
    kv_overrides: 'void*',
    tt_overrides: 'void*',
    prune_layers: 'void*',
    max_buf_size: 'size_t',
  },
  ChainParams: { no_perf: 'bool' },
  ThreadpoolParams: {
    cpumask: 'bool[512]',
    n_threads: 'int32',
    prio: 'int32',
    poll: 'uint32',
    strict_cpu: 'bool',
    paused: 'bool',
  },
  TokenDataArray: { data: 'void*', size: 'size_t', selected: 'int64', sorted: 'bool' },
} as const;

/** An address in native memory. */
export type Pointer = bigint;

/** What each type of the table is in TypeScript. */
interface Primitives {
  readonly void: undefined;
  readonly bool: boolean;
  readonly int32: number;
  readonly int64: number;
  readonly uint32: number;
  readonly uint64: number;
  readonly float: number;
  readonly size_t: number;
  readonly str: string | null;
  readonly 'void*': Pointer | null;
  readonly 'bool[512]': readonly boolean[];
}

export type StructName = keyof typeof STRUCTS;

/** One struct as a value; it is copied on the way in and out. */
export type Struct<Name extends StructName> = {
  -readonly [Field in keyof (typeof STRUCTS)[Name]]: (typeof STRUCTS)[Name][Field] extends keyof Primitives
    ? Primitives[(typeof STRUCTS)[Name][Field]]
    : never;
};

export type TypeName = keyof Primitives | StructName;

/** A result of a native function. */
export type Result<Name extends TypeName> = Name extends StructName
  ? Struct<Name>
  : Name extends keyof Primitives
    ? Primitives[Name]
    : never;

/** An argument: where an address is expected, memory of ours does as well for the length of the call. */
export type Argument<Name extends TypeName> = Name extends 'void*'
  ? Pointer | NodeJS.ArrayBufferView | null
  : Result<Name>;
