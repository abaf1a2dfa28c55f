import type { ByteReader } from './byte-reader.ts';
import { fileError } from './file-error.ts';

/** A metadata value worth keeping. Long arrays are counted, not held: a vocabulary can be ten megabytes. */
export type MetadataValue = number | string | boolean | readonly number[] | { readonly length: number };
export type Metadata = ReadonlyMap<string, MetadataValue>;

const MAX_PAIRS = 65_536;
const MAX_KEY_BYTES = 65_535;
const MAX_KEPT_STRING_BYTES = 4096;
const MAX_KEPT_NUMBERS = 1024;
const MAX_ARRAY_DEPTH = 4;

const STRING = 8;
const ARRAY = 9;

interface Scalar {
  readonly bytes: number;
  readonly read: (reader: ByteReader) => number | boolean;
}

/** GGUF value types by their number in the file. */
const SCALARS: Readonly<Record<number, Scalar>> = {
  0: { bytes: 1, read: (reader) => reader.u8() },
  1: { bytes: 1, read: (reader) => reader.i8() },
  2: { bytes: 2, read: (reader) => reader.u16() },
  3: { bytes: 2, read: (reader) => reader.i16() },
  4: { bytes: 4, read: (reader) => reader.u32() },
  5: { bytes: 4, read: (reader) => reader.i32() },
  6: { bytes: 4, read: (reader) => reader.f32() },
  7: { bytes: 1, read: (reader) => reader.u8() !== 0 },
  10: { bytes: 8, read: (reader) => reader.u64() },
  11: { bytes: 8, read: (reader) => reader.i64() },
  12: { bytes: 8, read: (reader) => reader.f64() },
};

/** Reads the key-value pairs that follow the fixed part of a GGUF header. */
export const readMetadata = async (reader: ByteReader, count: number, file: string): Promise<Metadata> => {
  if (count > MAX_PAIRS) throw fileError(file, `at most ${MAX_PAIRS} metadata entries`, `${count}`);
  const metadata = new Map<string, MetadataValue>();
  for (let index = 0; index < count; index++) {
    const key = await readString(reader, MAX_KEY_BYTES, file, 'a metadata key');
    await reader.fill(4);
    const value = await readValue(reader, reader.u32(), key, file);
    metadata.set(key, value);
  }
  return metadata;
};

/** Reads one string of at most `maxBytes`. */
export const readString = async (reader: ByteReader, maxBytes: number, file: string, what: string): Promise<string> => {
  await reader.fill(8);
  const length = reader.u64();
  if (length > maxBytes) throw fileError(file, `${what} of at most ${maxBytes} bytes`, `${length} bytes`);
  await reader.fill(length);
  return reader.bytes(length).toString('utf8');
};

const readValue = async (reader: ByteReader, type: number, key: string, file: string): Promise<MetadataValue> => {
  if (type === STRING) return readText(reader);
  if (type === ARRAY) return readArray(reader, key, file);
  const scalar = scalarOf(type, key, file);
  await reader.fill(scalar.bytes);
  return scalar.read(reader);
};

const readText = async (reader: ByteReader): Promise<string> => {
  await reader.fill(8);
  const length = reader.u64();
  const kept = Math.min(length, MAX_KEPT_STRING_BYTES);
  await reader.fill(kept);
  const text = reader.bytes(kept).toString('utf8');
  reader.skip(length - kept);
  return text;
};

const readArray = async (reader: ByteReader, key: string, file: string): Promise<MetadataValue> => {
  await reader.fill(12);
  const type = reader.u32();
  const length = reader.u64();
  if (type === STRING || type === ARRAY || length > MAX_KEPT_NUMBERS) {
    await skipItems(reader, { type, length, key, file, depth: 1 });
    return { length };
  }
  const scalar = scalarOf(type, key, file);
  await reader.fill(scalar.bytes * length);
  return Array.from({ length }, () => Number(scalar.read(reader)));
};

interface Items {
  readonly type: number;
  readonly length: number;
  readonly key: string;
  readonly file: string;
  readonly depth: number;
}

const skipItems = async (reader: ByteReader, { type, length, key, file, depth }: Items): Promise<void> => {
  if (type === STRING) return skipStrings(reader, length);
  if (type !== ARRAY) return reader.skip(scalarOf(type, key, file).bytes * length);
  if (depth >= MAX_ARRAY_DEPTH)
    throw fileError(file, `arrays nested at most ${MAX_ARRAY_DEPTH} deep in ${key}`, 'more');
  for (let index = 0; index < length; index++) {
    await reader.fill(12);
    await skipItems(reader, { type: reader.u32(), length: reader.u64(), key, file, depth: depth + 1 });
  }
};

// Each string costs at least its eight length bytes, so the file's own size bounds this loop.
const skipStrings = async (reader: ByteReader, count: number): Promise<void> => {
  for (let index = 0; index < count; index++) {
    if (!reader.has(8)) await reader.fill(8);
    reader.skip(reader.u64());
  }
};

const scalarOf = (type: number, key: string, file: string): Scalar => {
  const scalar = SCALARS[type];
  if (scalar === undefined) throw fileError(file, `a GGUF value type (0 to 12) for ${printable(key)}`, `${type}`);
  return scalar;
};

/** Keys come from the file; control characters must not reach a terminal. */
const printable = (key: string): string => JSON.stringify(key.slice(0, 80));
