import { closeSync, existsSync, mkdirSync, openSync, renameSync, writeSync } from 'node:fs';
import { dirname } from 'node:path';
import { createRandom } from './prompts.ts';
import { type GgufVocabulary, readVocabulary } from './vocabulary.ts';

/** The shape of a model of the `llama` architecture. */
export interface Shape {
  readonly layers: number;
  readonly width: number;
  readonly heads: number;
  readonly kvHeads: number;
  readonly feedForward: number;
  readonly vocabulary: number;
  readonly context: number;
}

/** 15 million parameters: so small that everything beside the arithmetic shows. */
export const SHAPE_15M: Shape = {
  ...{ layers: 6, width: 288, heads: 6, kvHeads: 6, feedForward: 768, vocabulary: 32_000, context: 8192 },
};

/** Only for finding out whether something works. */
export const SHAPE_TINY: Shape = {
  ...{ layers: 2, width: 128, heads: 2, kvHeads: 1, feedForward: 256, vocabulary: 16_000, context: 2048 },
};

const ALIGNMENT = 32;
const F32 = 0;
const Q8_0 = 8;
const BLOCK = 32;
const BLOCK_BYTES = BLOCK + 2;
const Q8_0_FILE = 7;
const SCALE_STEPS = 16;

interface Tensor {
  readonly name: string;
  readonly dimensions: readonly number[];
}

/**
 * Writes a Q8_0 model with random weights and the vocabulary of another file. What it says means nothing; how long it
 * takes is what a trained model of this shape takes.
 */
export const writeRandomModel = (file: string, shape: Shape, vocabularyFile: string): void => {
  if (existsSync(file)) return;
  mkdirSync(dirname(file), { recursive: true });
  const temporary = `${file}.${process.pid}`;
  const out = openSync(temporary, 'w');
  const tensors = tensorsOf(shape);
  writeSync(out, padded(headOf(shape, tensors, readVocabulary(vocabularyFile))));
  const random = createRandom('weights');
  for (const tensor of tensors) writeSync(out, padded(isNorm(tensor) ? ones(tensor) : weights(tensor, random)));
  closeSync(out);
  renameSync(temporary, file);
};

const tensorsOf = ({ layers, width, heads, kvHeads, feedForward, vocabulary }: Shape): Tensor[] => {
  const kvWidth = (width / heads) * kvHeads;
  const rows = (name: string, columns: number, count: number): Tensor => ({ name, dimensions: [columns, count] });
  const norm = (name: string): Tensor => ({ name, dimensions: [width] });
  const layer = (index: number): Tensor[] => [
    norm(`blk.${index}.attn_norm.weight`),
    rows(`blk.${index}.attn_q.weight`, width, width),
    rows(`blk.${index}.attn_k.weight`, width, kvWidth),
    rows(`blk.${index}.attn_v.weight`, width, kvWidth),
    rows(`blk.${index}.attn_output.weight`, width, width),
    norm(`blk.${index}.ffn_norm.weight`),
    rows(`blk.${index}.ffn_gate.weight`, width, feedForward),
    rows(`blk.${index}.ffn_up.weight`, width, feedForward),
    rows(`blk.${index}.ffn_down.weight`, feedForward, width),
  ];
  return [
    rows('token_embd.weight', width, vocabulary),
    norm('output_norm.weight'),
    ...Array.from({ length: layers }, (_, index) => layer(index)).flat(),
  ];
};

const headOf = (shape: Shape, tensors: readonly Tensor[], vocabulary: GgufVocabulary): Buffer => {
  const pairs = [...shapePairs(shape), ...vocabularyPairs(vocabulary, shape.vocabulary)];
  let offset = 0;
  const table = tensors.map((tensor) => {
    const { name, dimensions } = tensor;
    const type = isNorm(tensor) ? F32 : Q8_0;
    const row = [string(name), u32(dimensions.length), ...dimensions.map(u64), u32(type), u64(offset)];
    offset += Math.ceil(bytesOf(tensor) / ALIGNMENT) * ALIGNMENT;
    return Buffer.concat(row);
  });
  const counts = [u32(3), u64(tensors.length), u64(pairs.length)];
  return Buffer.concat([Buffer.from('GGUF'), ...counts, ...pairs, ...table]);
};

const shapePairs = ({ layers, width, heads, kvHeads, feedForward, vocabulary, context }: Shape): Buffer[] => [
  text('general.architecture', 'llama'),
  text('general.name', 'random weights'),
  uint('general.file_type', Q8_0_FILE),
  uint('general.quantization_version', 2),
  uint('llama.block_count', layers),
  uint('llama.context_length', context),
  uint('llama.embedding_length', width),
  uint('llama.feed_forward_length', feedForward),
  uint('llama.attention.head_count', heads),
  uint('llama.attention.head_count_kv', kvHeads),
  uint('llama.rope.dimension_count', width / heads),
  float('llama.rope.freq_base', 10_000),
  float('llama.attention.layer_norm_rms_epsilon', 1e-5),
  uint('llama.vocab_size', vocabulary),
];

/** The first words of a vocabulary and the merges that make them: merges are in the order of what they make. */
const vocabularyPairs = ({ tokens, types, merges, rest }: GgufVocabulary, size: number): Buffer[] => {
  const kept = tokens.slice(0, size);
  const known = new Set(kept);
  const made = merges.filter((merge) => known.has(merge.replace(' ', '')));
  return [
    array('tokenizer.ggml.tokens', 8, kept.map(string)),
    array('tokenizer.ggml.token_type', 5, types.slice(0, size).map(u32)),
    array('tokenizer.ggml.merges', 8, made.map(string)),
    ...rest,
  ];
};

const isNorm = ({ dimensions }: Tensor): boolean => dimensions.length === 1;
const countOf = ({ dimensions }: Tensor): number => dimensions.reduce((product, length) => product * length, 1);
const bytesOf = (tensor: Tensor): number =>
  isNorm(tensor) ? countOf(tensor) * 4 : (countOf(tensor) / BLOCK) * BLOCK_BYTES;

const ones = (tensor: Tensor): Buffer => Buffer.from(new Float32Array(countOf(tensor)).fill(1).buffer);

/** Blocks of 32 signed bytes under a half-precision scale near 0.02 / 64. */
const weights = (tensor: Tensor, random: () => number): Buffer => {
  const data = Buffer.alloc(bytesOf(tensor));
  for (let at = 0; at < data.length; at += BLOCK_BYTES) {
    data.writeUInt16LE(SMALLEST_SCALE + Math.floor(random() * SCALE_STEPS), at);
    for (let index = 2; index < BLOCK_BYTES; index += 1) data[at + index] = (random() * 255 - 127) & 0xff;
  }
  return data;
};

/** 2^-12, about 0.00024, as a half-precision number. */
const SMALLEST_SCALE = (15 - 12) << 10;

const padded = (data: Buffer): Buffer =>
  Buffer.concat([data, Buffer.alloc((ALIGNMENT - (data.length % ALIGNMENT)) % ALIGNMENT)]);
const u32 = (value: number): Buffer => Buffer.from(Uint32Array.of(value).buffer);
const u64 = (value: number): Buffer => Buffer.from(BigUint64Array.of(BigInt(value)).buffer);
const string = (value: string): Buffer => Buffer.concat([u64(Buffer.byteLength(value)), Buffer.from(value)]);
const text = (key: string, value: string): Buffer => Buffer.concat([string(key), u32(8), string(value)]);
const uint = (key: string, value: number): Buffer => Buffer.concat([string(key), u32(4), u32(value)]);
const float = (key: string, value: number): Buffer =>
  Buffer.concat([string(key), u32(6), Buffer.from(Float32Array.of(value).buffer)]);
const array = (key: string, type: number, items: readonly Buffer[]): Buffer =>
  Buffer.concat([string(key), u32(9), u32(type), u64(items.length), ...items]);
