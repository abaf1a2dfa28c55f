import type { MetadataValue } from './gguf/metadata.ts';

/** Reads a metadata entry of the architecture of a model, by the key without its prefix. */
export type ReadEntry = (key: string) => MetadataValue | undefined;

/** What a model keeps of the tokens it has seen. */
export interface CellFacts {
  /** KV heads of one layer; where layers differ, their mean over all of them. */
  readonly headCountKv: number | undefined;
  /** Values of one key, which is as long as an attention head is wide. */
  readonly headLength: number | undefined;
  /** One token in the key-value store at 16 bits. */
  readonly kvBytesPerToken: number | undefined;
  /** What layers without a key-value store keep of a whole sequence. */
  readonly stateBytesPerSlot: number | undefined;
}

interface Shape {
  readonly layers: number | undefined;
  readonly heads: number | undefined;
  readonly embeddingLength: number | undefined;
  readonly architecture: string;
}

const F16 = 2;
const F32 = 4;

/** Keys, values and states, as far as the header tells. */
export const cellFacts = (read: ReadEntry, { layers, heads, embeddingLength, architecture }: Shape): CellFacts => {
  const headLength = embeddingLength !== undefined && heads !== undefined ? embeddingLength / heads : undefined;
  const keyLength = positive(read('attention.key_length')) ?? headLength;
  // Latent attention keeps keys alone: the values are a part of them.
  const isLatent =
    positive(read('attention.kv_lora_rank')) !== undefined && read('attention.key_length_mla') !== undefined;
  const valueLength = isLatent ? 0 : (positive(read('attention.value_length')) ?? headLength);
  const recurrent = layers === undefined ? 0 : recurrentLayers(read, layers, architecture);
  const perLayer = read('attention.head_count_kv') ?? heads;
  const kvHeads = layers === undefined ? undefined : kvHeadsOf(perLayer, layers - recurrent - sharedLayers(read));
  const isKnown = kvHeads !== undefined && keyLength !== undefined && valueLength !== undefined;
  return {
    headCountKv: kvHeads === undefined || layers === undefined ? undefined : kvHeads / layers,
    headLength: keyLength,
    kvBytesPerToken: isKnown ? kvHeads * (keyLength + valueLength) * F16 : undefined,
    stateBytesPerSlot: recurrent > 0 ? recurrent * stateBytes(read) : undefined,
  };
};

/** KV heads over all layers that have any; some architectures give one number, others one per layer. */
const kvHeadsOf = (value: MetadataValue | undefined, layers: number): number | undefined => {
  if (typeof value === 'number') return value * Math.max(0, layers);
  return Array.isArray(value) ? value.reduce((sum: number, heads: number) => sum + heads, 0) : undefined;
};

/** The last layers of some models use the keys and values of an earlier one. */
const sharedLayers = (read: ReadEntry): number => positive(read('attention.shared_kv_layers')) ?? 0;

/** Architectures that have full attention in every fourth layer where the file does not say. */
const EVERY_FOURTH: ReadonlySet<string> = new Set(['qwen35', 'qwen35moe', 'qwen3next']);

const recurrentLayers = (read: ReadEntry, layers: number, architecture: string): number => {
  const marked = read('attention.recurrent_layers');
  if (Array.isArray(marked)) return marked.slice(0, layers).filter((isRecurrent) => isRecurrent !== 0).length;
  const interval = positive(read('full_attention_interval')) ?? (EVERY_FOURTH.has(architecture) ? 4 : undefined);
  return interval === undefined ? 0 : layers - Math.floor(layers / interval);
};

/** The state of one layer and the last inputs of its convolution. */
const stateBytes = (read: ReadEntry): number => {
  const [inner = 0, state = 0, groups = 0] = ['ssm.inner_size', 'ssm.state_size', 'ssm.group_count'].map((key) =>
    positive(read(key)),
  );
  const kept = Math.max(0, (positive(read('ssm.conv_kernel')) ?? 1) - 1);
  return F32 * (state * inner + kept * (inner + 2 * groups * state));
};

const positive = (value: MetadataValue | undefined): number | undefined =>
  typeof value === 'number' && value > 0 ? value : undefined;
