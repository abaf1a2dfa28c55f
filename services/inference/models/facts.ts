import { stat } from 'node:fs/promises';
import type { ModelConfig } from '../../../core/config/schema.ts';
import { fileError } from './gguf/file-error.ts';
import { type GgufHeader, readGgufHeader } from './gguf/header.ts';
import type { Metadata, MetadataValue } from './gguf/metadata.ts';
import { FILE_TYPES } from './gguf/tensor-types.ts';

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
  /** Memory of one token in the key-value store at 16 bits. */
  readonly kvBytesPerToken?: number;
  readonly vocabulary?: number;
  readonly tokenizer?: string;
  readonly fileBytes?: number;
  readonly license?: string;
  readonly hasChatTemplate?: boolean;
}

/** Facts from the GGUF headers of `files`; what a model without files is, the configuration says. */
export const readModelFacts = async (config: ModelConfig, files: readonly string[]): Promise<ModelFacts> => {
  const base = { id: config.id, engine: config.engine, tags: config.tags, files };
  const [first, ...rest] = files;
  if (first === undefined) return { ...base, ...configured(config) };
  const header = await readGgufHeader(first);
  const headers = [header, ...(await Promise.all(rest.map(readGgufHeader)))];
  checkParts(headers, first);
  return { ...base, ...configured(config), ...factsOf(headers, header) };
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
  });
};

const shapeOf = (metadata: Metadata, architecture: string) => {
  const read = (key: string) => metadata.get(`${architecture}.${key}`);
  const layers = positive(read('block_count'));
  const embeddingLength = positive(read('embedding_length'));
  const heads = meanOf(read('attention.head_count'));
  const kvHeads = layers === undefined ? undefined : perLayer(read('attention.head_count_kv') ?? heads, layers);
  const headLength = embeddingLength !== undefined && heads !== undefined ? embeddingLength / heads : undefined;
  const keyLength = positive(read('attention.key_length')) ?? headLength;
  const valueLength = positive(read('attention.value_length')) ?? headLength;
  const known = kvHeads !== undefined && keyLength !== undefined && valueLength !== undefined;
  return {
    trainedContext: positive(read('context_length')),
    layers,
    embeddingLength,
    headCountKv: kvHeads === undefined || layers === undefined ? undefined : kvHeads / layers,
    kvBytesPerToken: known ? kvHeads * (keyLength + valueLength) * BYTES_PER_KV_VALUE : undefined,
  };
};

const BYTES_PER_KV_VALUE = 2;

/** KV heads over all layers; some architectures give one number, others one per layer. */
const perLayer = (value: MetadataValue | undefined, layers: number): number | undefined => {
  if (typeof value === 'number') return value * layers;
  return Array.isArray(value) ? sum(value) : undefined;
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
