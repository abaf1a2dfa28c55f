import { ServiceError } from '../../../../core/errors/service-error.ts';
import { LLAMA_CPP } from './architectures.ts';
import type { ByteReader } from './byte-reader.ts';
import { fileError } from './file-error.ts';
import { readString } from './metadata.ts';
import { TENSOR_TYPES, type TensorType } from './tensor-types.ts';

const MAX_TENSORS = 1_000_000;
const MAX_NAME_BYTES = 1024;
const MAX_DIMENSIONS = 8;

/** What all tensors of one file amount to. */
export interface TensorSummary {
  readonly count: number;
  readonly elements: number;
  readonly bytes: number;
  /** Where the last tensor ends, counted from the start of the tensor data. */
  readonly dataBytes: number;
  /** By name of the type; token embeddings, which are looked up, count where they are the output matrix as well. */
  readonly matrixBytes: ReadonlyMap<string, number>;
  /** Name of the type that holds the most bytes; absent without tensors. */
  readonly mainType?: string;
}

/** Reads the tensor table that follows the metadata and sums it up; no tensor is kept. */
export const readTensors = async (reader: ByteReader, count: number, file: string): Promise<TensorSummary> => {
  if (count > MAX_TENSORS) throw fileError(file, `at most ${MAX_TENSORS} tensors`, `${count}`);
  const bytesByType = new Map<string, number>();
  const matrixBytes = new Map<string, number>();
  let elements = 0;
  let bytes = 0;
  let dataBytes = 0;
  let embeddings: Tensor | undefined;
  let hasOutput = false;
  for (let index = 0; index < count; index++) {
    const tensor = await readTensor(reader, file);
    elements += tensor.elements;
    bytes += tensor.bytes;
    dataBytes = Math.max(dataBytes, tensor.offset + tensor.bytes);
    add(bytesByType, tensor);
    if (tensor.name === 'token_embd.weight') embeddings = tensor;
    else if (tensor.name !== 'per_layer_token_embd.weight') add(matrixBytes, tensor);
    hasOutput ||= tensor.name === 'output.weight';
  }
  if (embeddings !== undefined && !hasOutput) add(matrixBytes, embeddings);
  if (!Number.isSafeInteger(elements) || !Number.isSafeInteger(dataBytes)) {
    throw fileError(file, 'tensors of less than 2^53 bytes', 'more');
  }
  const mainType = [...bytesByType].reduce<[string, number] | undefined>(heavier, undefined)?.[0];
  return { count, elements, bytes, dataBytes, matrixBytes, ...(mainType === undefined ? {} : { mainType }) };
};

const add = (sums: Map<string, number>, { type, bytes }: Tensor): void => {
  sums.set(type, (sums.get(type) ?? 0) + bytes);
};

const heavier = (best: [string, number] | undefined, entry: [string, number]): [string, number] =>
  best !== undefined && best[1] >= entry[1] ? best : entry;

interface Tensor {
  readonly name: string;
  readonly type: string;
  readonly elements: number;
  readonly bytes: number;
  readonly offset: number;
}

const readTensor = async (reader: ByteReader, file: string): Promise<Tensor> => {
  const name = await readString(reader, MAX_NAME_BYTES, file, 'a tensor name');
  await reader.fill(4);
  const dimensions = reader.u32();
  if (dimensions > MAX_DIMENSIONS)
    throw fileError(file, `at most ${MAX_DIMENSIONS} tensor dimensions`, `${dimensions}`);
  await reader.fill(dimensions * 8 + 12);
  let elements = 1;
  let rowLength = 1;
  for (let index = 0; index < dimensions; index++) {
    const length = reader.u64();
    if (index === 0) rowLength = length;
    elements *= length;
  }
  const type = typeOf(reader.u32(), file);
  if (rowLength % type.block !== 0 || !Number.isSafeInteger(elements)) {
    throw fileError(file, `tensor rows in whole ${type.name} blocks of ${type.block}`, `a row of ${rowLength}`);
  }
  return { name, type: type.name, elements, bytes: (elements / type.block) * type.bytes, offset: reader.u64() };
};

const typeOf = (number: number, file: string): TensorType => {
  const type = TENSOR_TYPES[number];
  if (type !== undefined) return type;
  throw new ServiceError(
    'ERR_MODELS_ARCHITECTURE',
    `model file ${JSON.stringify(file.split('/').at(-1))}: tensor type ${number} is not known to the bundled llama.cpp ${LLAMA_CPP.release}; choose another quantisation, or serve it elsewhere and use \`engine: openai\``,
    { details: { tensorType: number, release: LLAMA_CPP.release } },
  );
};
