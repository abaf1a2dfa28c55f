import { stat } from 'node:fs/promises';
import type { ModelConfig } from '../../../core/config/schema.ts';
import { cellFacts, type ReadEntry } from './cell-facts.ts';
import { fileError } from './gguf/file-error.ts';
import { type GgufHeader, readGgufHeader } from './gguf/header.ts';
import type { Metadata, MetadataValue } from './gguf/metadata.ts';
import { FILE_TYPES } from './gguf/tensor-types.ts';
import { type Lineage, readLineage } from './lineage.ts';

/** What is known of a model; a fact that neither its files nor the configuration give is absent. */
export interface ModelFacts {
  readonly id: string;
  readonly engine: string;
  readonly tags: readonly string[];
  readonly files: readonly string[];
  /** Name the model gives itself. */
  readonly name?: string;
  readonly parameters?: number;
  /** Bits of file per parameter, all tensors counted. */
  readonly bitsPerWeight?: number;
  /** Label of the quantisation, as in file names. */
  readonly quantization?: string;
  readonly architecture?: string;
  /** Tokens the model was trained for. */
  readonly trainedContext?: number;
  readonly layers?: number;
  readonly embeddingLength?: number;
  /** KV heads of one layer; where layers differ, their mean. */
  readonly headCountKv?: number;
  /** Values of one key of an attention head. */
  readonly headLength?: number;
  /** Memory of one token in the key-value store at 16 bits. */
  readonly kvBytesPerToken?: number;
  /** What layers without keys and values keep of each sequence. */
  readonly stateBytesPerSlot?: number;
  readonly headCount?: number;
  /** Widest feed-forward part a token goes through, all experts it uses together. */
  readonly feedForwardLength?: number;
  /** Bytes of the weights by tensor type, without the token embeddings. */
  readonly matrixBytes?: Readonly<Record<string, number>>;
  readonly vocabulary?: number;
  readonly tokenizer?: string;
  readonly fileBytes?: number;
  /** Of the LoRA adapters that are loaded with it. */
  readonly adapterBytes?: number;
  readonly license?: string;
  readonly hasChatTemplate?: boolean;
  /** Where a file that was quantised here comes from. */
  readonly lineage?: Lineage;
}

/** Facts from the GGUF headers of `files`; what a model without files is, the configuration says. */
export const readModelFacts = async (config: ModelConfig, files: readonly string[]): Promise<ModelFacts> => {
  const base = { id: config.id, engine: config.engine, tags: config.tags, files };
  const [first, ...rest] = files;
  if (first === undefined) return { ...base, ...configured(config) };
  const header = await readGgufHeader(first);
  const headers = [header, ...(await Promise.all(rest.map(readGgufHeader)))];
  checkParts(headers, first);
  return { ...base, ...configured(config), ...factsOf(headers, header), ...(await adapterFacts(config)) };
};

/** A file that is not there is for the engine to refuse, which says so per adapter. */
const adapterFacts = async ({ adapters }: ModelConfig): Promise<Pick<ModelFacts, 'adapterBytes'>> => {
  if (adapters.length === 0) return {};
  return { adapterBytes: await sizeOf(adapters.map(({ file }) => file)).catch(() => 0) };
};

/** Bytes of a whole model on disk. */
export const sizeOf = async (files: readonly string[]): Promise<number> => {
  const sizes = await Promise.all(files.map(async (file) => (await stat(file)).size));
  return sum(sizes);
};

const configured = ({ parameters, bitsPerWeight }: ModelConfig) => ({
  ...(parameters === undefined ? {} : { parameters }),
  ...(bitsPerWeight === undefined ? {} : { bitsPerWeight }),
});

const checkParts = (headers: readonly GgufHeader[], first: string): void => {
  const expected = numberOf(headers[0]?.metadata.get('split.count')) ?? 1;
  if (Math.max(1, expected) === headers.length) return;
  throw fileError(first, `${expected} parts, as its header says`, `${headers.length}`);
};

const factsOf = (headers: readonly GgufHeader[], { metadata }: GgufHeader) => {
  const elements = sum(headers.map((header) => header.tensors.elements));
  const tensorBytes = sum(headers.map((header) => header.tensors.bytes));
  const architecture = textOf(metadata.get('general.architecture'));
  return defined({
    name: textOf(metadata.get('general.name')),
    parameters: positive(metadata.get('general.parameter_count')) ?? (elements > 0 ? elements : undefined),
    bitsPerWeight: elements > 0 ? (tensorBytes * 8) / elements : undefined,
    quantization: quantizationOf(metadata, headers),
    architecture,
    ...shapeOf(metadata, architecture ?? ''),
    vocabulary: lengthOf(metadata.get('tokenizer.ggml.tokens')),
    tokenizer: textOf(metadata.get('tokenizer.ggml.model')),
    fileBytes: sum(headers.map((header) => header.fileBytes)),
    license: textOf(metadata.get('general.license')),
    hasChatTemplate: metadata.has('tokenizer.chat_template'),
    matrixBytes: matrixBytesOf(headers),
    lineage: readLineage(metadata),
  });
};

const shapeOf = (metadata: Metadata, architecture: string) => {
  const read = (key: string) => metadata.get(`${architecture}.${key}`);
  const layers = positive(read('block_count'));
  const embeddingLength = positive(read('embedding_length'));
  const heads = meanOf(read('attention.head_count'));
  return {
    trainedContext: positive(read('context_length')),
    layers,
    embeddingLength,
    headCount: heads,
    feedForwardLength: feedForwardOf(read),
    ...cellFacts(read, { layers, heads, embeddingLength, architecture }),
  };
};

const feedForwardOf = (read: ReadEntry): number | undefined => {
  const dense = read('feed_forward_length');
  const widest = Array.isArray(dense) && dense.length > 0 ? Math.max(...dense) : positive(dense);
  const experts = (positive(read('expert_used_count')) ?? 0) * (positive(read('expert_feed_forward_length')) ?? 0);
  return Math.max(widest ?? 0, experts) || undefined;
};

const matrixBytesOf = (headers: readonly GgufHeader[]): Readonly<Record<string, number>> => {
  const sums: Record<string, number> = {};
  for (const [type, bytes] of headers.flatMap(({ tensors }) => [...tensors.matrixBytes])) {
    sums[type] = (sums[type] ?? 0) + bytes;
  }
  return sums;
};

const meanOf = (value: MetadataValue | undefined): number | undefined =>
  Array.isArray(value) && value.length > 0 ? sum(value) / value.length : positive(value);

// llama.cpp adds this bit when it guessed the label from the tensors.
const GUESSED = 1024;

const quantizationOf = (metadata: Metadata, headers: readonly GgufHeader[]): string | undefined => {
  const fileType = numberOf(metadata.get('general.file_type'));
  const label = fileType === undefined ? undefined : FILE_TYPES[fileType >= GUESSED ? fileType - GUESSED : fileType];
  return label ?? headers.find((header) => header.tensors.mainType !== undefined)?.tensors.mainType;
};

const sum = (values: readonly number[]): number => values.reduce((total, value) => total + value, 0);
const numberOf = (value: MetadataValue | undefined): number | undefined =>
  typeof value === 'number' ? value : undefined;
const positive = (value: MetadataValue | undefined): number | undefined =>
  typeof value === 'number' && value > 0 ? value : undefined;
const lengthOf = (value: MetadataValue | undefined): number | undefined =>
  typeof value === 'object' ? value.length : undefined;
// The text comes from a file of unknown origin: a control character in it must not reach a terminal.
const textOf = (value: MetadataValue | undefined): string | undefined =>
  typeof value === 'string' && value !== '' ? value.replace(/\p{Cc}/gu, ' ').slice(0, 200) : undefined;

type Defined<T> = { [K in keyof T]?: Exclude<T[K], undefined> };
const defined = <T extends object>(facts: T): Defined<T> =>
  // Safe: only entries whose value is undefined are left out.
  Object.fromEntries(Object.entries(facts).filter(([, value]) => value !== undefined)) as Defined<T>;
