import type { ModelFacts } from './facts.ts';
import { repackedHere } from './repacking.ts';

/** How the llama engine can store its key-value memory. */
export type KvType = 'f16' | 'q8_0' | 'q4_0';
export const KV_TYPES: readonly KvType[] = ['f16', 'q8_0', 'q4_0'];

/** Bytes of one value: a block of 32 has a scale of two bytes of its own. */
const KV_VALUE_BYTES: Readonly<Record<KvType, number>> = { f16: 2, q8_0: 34 / 32, q4_0: 18 / 32 };
const FACTS_VALUE_BYTES = 2;

/** Memory of one replica, in bytes; parts that are not known are absent, and so is then the sum. */
export interface MemoryNeed {
  readonly weightsBytes?: number;
  readonly kvBytes?: number;
  /** Buffers of one step: activations, attention mask, logits. */
  readonly computeBytes?: number;
  /** The engine process without any of the above: runtime, libraries, vocabulary. */
  readonly processBytes?: number;
  /** Plain memory that was set aside for prefixes; what an engine takes by itself of the free memory is not counted. */
  readonly cacheBytes?: number;
  readonly totalBytes?: number;
}

/** What of a configuration decides about memory. */
export interface MemorySetting {
  readonly slots: number;
  /** Tokens of the key-value memory, over all slots. */
  readonly cells: number;
  /** Tokens of one step. */
  readonly batchTokens: number;
  readonly kvType: KvType;
  readonly flashAttention: boolean;
  /** Configured size of the prefix cache outside of the key-value memory. */
  readonly cacheBytes?: number;
}

type PerCell = Pick<MemorySetting, 'batchTokens' | 'kvType' | 'flashAttention'>;

/** An engine process that has answered requests: 114 MB of Node.js, its code and the libraries, measured. */
const PROCESS_BYTES = 114e6;
/** The vocabulary in memory, with its hash tables: 21 MB for 49,152 tokens, measured. */
const VOCABULARY_ENTRY_BYTES = 430;
/** Where the file does not tell the shape: activations of one step of a model this large. */
const UNKNOWN_COMPUTE_SHARE = 0.05;

const F32 = 4;
const F16 = 2;

/** What a replica takes with this setting. Within a few percent of what is measured once all of its cells were used. */
export const estimateMemory = (facts: ModelFacts, setting: MemorySetting): MemoryNeed => {
  const { fileBytes, kvBytesPerToken } = facts;
  const processBytes = PROCESS_BYTES + (facts.vocabulary ?? 0) * VOCABULARY_ENTRY_BYTES;
  const weightsBytes =
    fileBytes === undefined ? undefined : fileBytes + repackedBytes(facts) + (facts.adapterBytes ?? 0);
  const kvBytes =
    kvBytesPerToken === undefined
      ? undefined
      : Math.ceil(setting.cells * kvBytesOf(facts, setting) + setting.slots * (facts.stateBytesPerSlot ?? 0));
  const computeBytes = Math.ceil(activationBytes(facts, setting) + setting.cells * scratchOf(facts, setting));
  const known = {
    ...(weightsBytes === undefined ? {} : { weightsBytes }),
    ...(kvBytes === undefined ? {} : { kvBytes }),
  };
  if (weightsBytes === undefined || kvBytes === undefined) return known;
  const { cacheBytes = 0 } = setting;
  const totalBytes = weightsBytes + kvBytes + computeBytes + processBytes + cacheBytes;
  return { ...known, computeBytes, processBytes, ...(cacheBytes === 0 ? {} : { cacheBytes }), totalBytes };
};

/** What is needed whatever the number of cells, as far as it is known, and what each cell adds. */
export const memoryByCells = (
  facts: ModelFacts,
  setting: Omit<MemorySetting, 'cells'>,
): { readonly fixedBytes: number; readonly bytesPerCell: number } => ({
  fixedBytes: estimateMemory(facts, { ...setting, cells: 0 }).totalBytes ?? 0,
  bytesPerCell: kvBytesOf(facts, setting) + scratchOf(facts, setting),
});

const kvBytesOf = ({ kvBytesPerToken = 0 }: ModelFacts, { kvType }: PerCell): number =>
  (kvBytesPerToken * KV_VALUE_BYTES[kvType]) / FACTS_VALUE_BYTES;

/** The attention mask has a value for each cell and token of a step; without flash attention so have the scores of each head. */
const scratchOf = ({ headCount = 0 }: ModelFacts, { batchTokens, flashAttention }: PerCell): number =>
  batchTokens * (flashAttention ? F16 : F32 * (1 + headCount));

/**
 * ggml reuses one buffer for all layers, as large as the busiest place needs: the feed-forward part, or the logits. The
 * logits are kept once more outside of it. Reproduces the sizes llama.cpp reports for shapes of the llama family.
 */
const activationBytes = (facts: ModelFacts, { slots, batchTokens }: MemorySetting): number => {
  const { embeddingLength, feedForwardLength, vocabulary = 0 } = facts;
  const logits = slots * vocabulary * F32;
  if (embeddingLength === undefined || feedForwardLength === undefined) {
    return (facts.fileBytes ?? 0) * UNKNOWN_COMPUTE_SHARE + 2 * logits;
  }
  const layer = batchTokens * (3 * feedForwardLength + 4 * embeddingLength) * F32;
  return Math.max(layer, logits) + logits;
};

const repackedBytes = ({ matrixBytes = {} }: ModelFacts): number => {
  const repacked = repackedHere();
  return Object.entries(matrixBytes).reduce((sum, [type, bytes]) => sum + (repacked.has(type) ? bytes : 0), 0);
};
