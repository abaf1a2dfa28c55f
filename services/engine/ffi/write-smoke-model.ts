import { writeFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';

/** Where the model of the smoke decode lies. */
export const SMOKE_MODEL = fileURLToPath(new URL('smoke.gguf', import.meta.url));

/** Tokens in its vocabulary, which has no words. */
export const SMOKE_VOCABULARY = 64;

const WIDTH = 64;
const HEADS = 4;
const KV_HEADS = 2;
const FEED_FORWARD = 128;
const LAYERS = 2;
const ALIGNMENT = 32;
const F32 = 0;
const Q8_0 = 8;
const BLOCK = 32;
/** In half precision. */
const NOT_A_NUMBER = 0x7e00;

interface Tensor {
  readonly name: string;
  readonly dimensions: readonly number[];
  readonly type: typeof F32 | typeof Q8_0;
  readonly data: Buffer;
}

/** What a model of this kind may have beside its weights. */
export interface TinyModel {
  readonly name: string;
  /** Its words, one for each row of the embedding; as many as SMOKE_VOCABULARY, and nameless, where there are none. */
  readonly words?: readonly TinyWord[];
  /** `LLAMA_POOLING_TYPE_…` of models that make embeddings. */
  readonly pooling?: number;
  /** Rows of the embedding that hold no numbers, as in a damaged file. */
  readonly brokenTokens?: readonly number[];
}

/** A word, and `LLAMA_TOKEN_TYPE_…`: 1 normal, 2 unknown, 3 control, 6 byte. */
export interface TinyWord {
  readonly text: string;
  readonly type: number;
}

/** The model of the smoke decode: every kind of operation of a real one, in less than 100 kB. */
export const writeSmokeModel = (): Buffer => writeTinyModel({ name: 'smoke' });

/** A two-layer model with fixed pseudo-random weights. */
export const writeTinyModel = ({ name, words, pooling, brokenTokens = [] }: TinyModel): Buffer => {
  const vocabulary = words?.length ?? SMOKE_VOCABULARY;
  const tensors = allTensors(vocabulary);
  for (const token of brokenTokens) tensors[0]?.data.writeUInt16LE(NOT_A_NUMBER, (token * WIDTH * (BLOCK + 2)) / BLOCK);
  const metadata = [
    text('general.architecture', 'llama'),
    text('general.name', name),
    uint('llama.block_count', LAYERS),
    uint('llama.context_length', 128),
    uint('llama.embedding_length', WIDTH),
    uint('llama.feed_forward_length', FEED_FORWARD),
    uint('llama.attention.head_count', HEADS),
    uint('llama.attention.head_count_kv', KV_HEADS),
    uint('llama.rope.dimension_count', WIDTH / HEADS),
    float('llama.attention.layer_norm_rms_epsilon', 1e-5),
    uint('llama.vocab_size', vocabulary),
    ...(pooling === undefined ? [] : [uint('llama.pooling_type', pooling)]),
    ...(words === undefined ? [text('tokenizer.ggml.model', 'no_vocab')] : tokenizer(words)),
  ];
  let offset = 0;
  const table = tensors.map(({ name, dimensions, type, data }) => {
    const row = [string(name), u32(dimensions.length), ...dimensions.map(u64), u32(type), u64(offset)];
    offset += data.length;
    return Buffer.concat(row);
  });
  const head = Buffer.concat([
    ...[Buffer.from('GGUF'), u32(3), u64(tensors.length), u64(metadata.length)],
    ...metadata,
    ...table,
  ]);
  return Buffer.concat([padded(head), ...tensors.map(({ data }) => data)]);
};

const allTensors = (vocabulary: number): Tensor[] => {
  const next = createNormal(1);
  const matrix = (name: string, columns: number, rows: number): Tensor => ({
    name,
    dimensions: [columns, rows],
    type: Q8_0,
    data: padded(quantise(Array.from({ length: columns * rows }, () => next() / Math.sqrt(columns)))),
  });
  const norm = (name: string): Tensor => {
    const data = Buffer.alloc(WIDTH * 4);
    for (let at = 0; at < WIDTH; at += 1) data.writeFloatLE(1 + next() / 10, at * 4);
    return { name, dimensions: [WIDTH], type: F32, data: padded(data) };
  };
  const kvWidth = (WIDTH / HEADS) * KV_HEADS;
  const layer = (index: number): Tensor[] => [
    norm(`blk.${index}.attn_norm.weight`),
    matrix(`blk.${index}.attn_q.weight`, WIDTH, WIDTH),
    matrix(`blk.${index}.attn_k.weight`, WIDTH, kvWidth),
    matrix(`blk.${index}.attn_v.weight`, WIDTH, kvWidth),
    matrix(`blk.${index}.attn_output.weight`, WIDTH, WIDTH),
    norm(`blk.${index}.ffn_norm.weight`),
    matrix(`blk.${index}.ffn_gate.weight`, WIDTH, FEED_FORWARD),
    matrix(`blk.${index}.ffn_up.weight`, WIDTH, FEED_FORWARD),
    matrix(`blk.${index}.ffn_down.weight`, FEED_FORWARD, WIDTH),
  ];
  return [
    matrix('token_embd.weight', WIDTH, vocabulary),
    ...Array.from({ length: LAYERS }, (_, index) => layer(index)).flat(),
    norm('output_norm.weight'),
    matrix('output.weight', WIDTH, vocabulary),
  ];
};

/** Blocks of 32 values: a half-precision scale and a byte each. */
const quantise = (values: readonly number[]): Buffer => {
  const data = Buffer.alloc((values.length / BLOCK) * (BLOCK + 2));
  for (let block = 0; block < values.length / BLOCK; block += 1) {
    const part = values.slice(block * BLOCK, (block + 1) * BLOCK);
    const scale = Math.max(...part.map(Math.abs)) / 127;
    const at = block * (BLOCK + 2);
    data.writeUInt16LE(toHalf(scale), at);
    for (const [index, value] of part.entries()) data.writeInt8(Math.round(value / scale), at + 2 + index);
  }
  return data;
};

/** Half precision of a small positive number in the normal range. */
const toHalf = (value: number): number => {
  const exponent = Math.floor(Math.log2(value));
  return ((exponent + 15) << 10) | Math.min(1023, Math.round((value / 2 ** exponent - 1) * 1024));
};

/** Normally distributed numbers, the same for the same seed. */
const createNormal = (seed: number): (() => number) => {
  let state = seed;
  const uniform = (): number => {
    state = (Math.imul(state, 1_664_525) + 1_013_904_223) >>> 0;
    return (state + 1) / 4_294_967_297;
  };
  return () => Math.sqrt(-2 * Math.log(uniform())) * Math.cos(2 * Math.PI * uniform());
};

/** Words put together letter by letter, the longest first; 0 is the unknown word, 1 begins a text and 2 ends it. */
const tokenizer = (words: readonly TinyWord[]): Buffer[] => [
  text('tokenizer.ggml.model', 'llama'),
  list(
    'tokenizer.ggml.tokens',
    STRING,
    words.map((word) => string(word.text)),
  ),
  list(
    'tokenizer.ggml.scores',
    FLOAT,
    words.map((word) => Buffer.from(Float32Array.of(word.text.length).buffer)),
  ),
  list(
    'tokenizer.ggml.token_type',
    INT,
    words.map(({ type }) => u32(type)),
  ),
  uint('tokenizer.ggml.unknown_token_id', 0),
  uint('tokenizer.ggml.bos_token_id', 1),
  uint('tokenizer.ggml.eos_token_id', 2),
];

const UINT = 4;
const INT = 5;
const FLOAT = 6;
const STRING = 8;
const ARRAY = 9;

const padded = (data: Buffer): Buffer =>
  Buffer.concat([data, Buffer.alloc((ALIGNMENT - (data.length % ALIGNMENT)) % ALIGNMENT)]);

const u32 = (value: number): Buffer => Buffer.from(Uint32Array.of(value).buffer);
const u64 = (value: number): Buffer => Buffer.from(BigUint64Array.of(BigInt(value)).buffer);
const string = (value: string): Buffer => Buffer.concat([u64(Buffer.byteLength(value)), Buffer.from(value)]);
const text = (key: string, value: string): Buffer => Buffer.concat([string(key), u32(STRING), string(value)]);
const uint = (key: string, value: number): Buffer => Buffer.concat([string(key), u32(UINT), u32(value)]);
const float = (key: string, value: number): Buffer =>
  Buffer.concat([string(key), u32(FLOAT), Buffer.from(Float32Array.of(value).buffer)]);
const list = (key: string, type: number, items: readonly Buffer[]): Buffer =>
  Buffer.concat([string(key), u32(ARRAY), u32(type), u64(items.length), ...items]);

if (import.meta.main) writeFileSync(SMOKE_MODEL, writeSmokeModel());
