import { readFileSync } from 'node:fs';

/** The vocabulary of a GGUF file, as far as a bench needs it. */
export interface GgufVocabulary {
  readonly tokens: readonly string[];
  readonly types: readonly number[];
  readonly merges: readonly string[];
  /** All other `tokenizer.…` entries, byte for byte. */
  readonly rest: readonly Buffer[];
}

const STRING = 8;
const ARRAY = 9;
/** Bytes of a value by the number of its type in the file. */
const SIZES: Readonly<Record<number, number>> = {
  ...{ 0: 1, 1: 1, 2: 2, 3: 2, 4: 4, 5: 4, 6: 4, 7: 1, 10: 8, 11: 8, 12: 8 },
};

/** Reads the vocabulary of a model file that is known to be good. */
export const readVocabulary = (file: string): GgufVocabulary => {
  const reader = createReader(readFileSync(file));
  reader.skip(16);
  const pairs = reader.u64();
  let tokens: string[] = [];
  let types: number[] = [];
  let merges: string[] = [];
  const rest: Buffer[] = [];
  for (let index = 0; index < pairs; index += 1) {
    const start = reader.position();
    const key = reader.text();
    const type = reader.u32();
    if (key === 'tokenizer.ggml.tokens') tokens = reader.array(reader.text);
    else if (key === 'tokenizer.ggml.token_type') types = reader.array(reader.u32);
    else if (key === 'tokenizer.ggml.merges') merges = reader.array(reader.text);
    else {
      reader.skipValue(type);
      if (key.startsWith('tokenizer.')) rest.push(reader.since(start));
    }
  }
  return { tokens, types, merges, rest };
};

const createReader = (bytes: Buffer) => {
  let at = 0;
  const u32 = (): number => {
    at += 4;
    return bytes.readUInt32LE(at - 4);
  };
  const u64 = (): number => {
    at += 8;
    return Number(bytes.readBigUInt64LE(at - 8));
  };
  const text = (): string => {
    const length = u64();
    at += length;
    return bytes.toString('utf8', at - length, at);
  };
  const array = <Value>(read: () => Value): Value[] => {
    u32();
    return Array.from({ length: u64() }, read);
  };
  const skipValue = (type: number): void => {
    if (type === STRING) text();
    else if (type !== ARRAY) at += SIZES[type] ?? 0;
    else {
      const items = u32();
      for (let left = u64(); left > 0; left -= 1) skipValue(items);
    }
  };
  const since = (start: number): Buffer => Buffer.from(bytes.subarray(start, at));
  const skip = (count: number): void => {
    at += count;
  };
  return { u32, u64, text, array, skipValue, since, skip, position: () => at };
};
