import { mkdtemp, open, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import fc from 'fast-check';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { ServiceError } from '../../../../core/errors/service-error.ts';
import { embeddedModelFile } from '../../../../tests/embedded-model.ts';
import { type GgufRecipe, writeGguf } from '../../../../tests/fixtures/models/write-gguf.ts';
import { readGgufHeader } from './header.ts';

let folder: string;
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'clawdbot-gguf-'));
});
afterAll(() => rm(folder, { recursive: true, force: true }));

const fileOf = async (content: Buffer, name = 'model.gguf'): Promise<string> => {
  const path = join(folder, name);
  await writeFile(path, content);
  return path;
};
const read = async (recipe: GgufRecipe) => readGgufHeader(await fileOf(writeGguf(recipe)));
const reading = async (content: Buffer) => readGgufHeader(await fileOf(content));

describe('readGgufHeader', () => {
  it.each([2, 3])('reads version %i', async (version) => {
    const header = await read({ version });
    expect(header.version).toBe(version);
    expect(header.metadata.get('general.architecture')).toBe('llama');
    expect(header.tensors).toMatchObject({ count: 2, elements: 64 * 128 + 64, bytes: 8704 + 256, mainType: 'Q8_0' });
    expect(header.expectedBytes).toBe(header.fileBytes);
  });

  it('counts a long vocabulary without holding it', async () => {
    const header = await read({ vocabulary: 60_000 });
    expect(header.metadata.get('tokenizer.ggml.tokens')).toEqual({ length: 60_000 });
    expect(header.tensors.count).toBe(2);
  });

  it('keeps short lists of numbers, such as heads per layer', async () => {
    const header = await read({ metadata: { 'llama.attention.head_count_kv': [2, 4, 2, 0] } });
    expect(header.metadata.get('llama.attention.head_count_kv')).toEqual([2, 4, 2, 0]);
  });

  it('agrees with the real model to the byte', async () => {
    const header = await readGgufHeader(await embeddedModelFile());
    expect(header.tensors).toMatchObject({ count: 272, elements: 134_515_008, mainType: 'Q4_1' });
    expect(header.expectedBytes).toBe(98_362_432);
    expect(header.fileBytes).toBe(98_362_432);
  });
});

const whole = writeGguf();

describe('readGgufHeader refuses', () => {
  const refusals: readonly (readonly [string, Buffer, RegExp])[] = [
    ['a file cut in its tensors', whole.subarray(0, whole.length - 40), /expected \d+ bytes.*truncated/],
    ['a file cut in its header', whole.subarray(0, 200), /truncated/],
    ['an empty file', Buffer.alloc(0), /expected a GGUF file, got 0 bytes/],
    ['a web page', Buffer.from('<!doctype html><html>log in</html>'), /begins with "GGUF"/],
    ['version 1', writeGguf({ version: 1 }), /version 2 or 3.*got version 1/],
    ['a version of the future', writeGguf({ version: 9 }), /got version 9/],
    ['a big-endian file', writeGguf({ version: 3 << 24 }), /big-endian/],
    ['an absurd number of entries', patched(16, 0xffff_ffff), /at most 65536 metadata entries/],
    ['an absurd number of tensors', patched(8, 0x7fff_ffff), /at most 1000000 tensors/],
    ['a key longer than the file', patched(24, 60_000), /truncated/],
    ['an alignment of zero', writeGguf({ metadata: { 'general.alignment': 0 } }), /multiple of 8/],
  ];
  it.each(refusals)('%s', async (_, content, message) => {
    await expect(reading(content)).rejects.toThrowError(message);
    await expect(reading(content)).rejects.toMatchObject({ code: 'ERR_MODELS_FILE' });
  });

  it('a tensor type that the bundled llama.cpp does not know', async () => {
    const recipe = { tensors: [{ name: 'a', dimensions: [32], type: 99, bytes: 32 }] };
    await expect(read(recipe)).rejects.toMatchObject({ code: 'ERR_MODELS_ARCHITECTURE' });
  });

  it('a file that is not there', async () => {
    await expect(readGgufHeader(join(folder, 'nothing.gguf'))).rejects.toThrowError(/readable file, got ENOENT/);
  });
});

describe('any damage to a GGUF file', () => {
  const outcome = async (content: Buffer) => {
    try {
      const { tensors, expectedBytes, fileBytes } = await reading(content);
      return Number.isSafeInteger(tensors.elements) && expectedBytes <= fileBytes;
    } catch (error) {
      if (!(error instanceof ServiceError)) throw error;
      return error.code === 'ERR_MODELS_FILE' || error.code === 'ERR_MODELS_ARCHITECTURE';
    }
  };

  it('gives facts or a refusal when bytes are changed', async () => {
    const change = fc.tuple(fc.nat(whole.length - 1), fc.integer({ min: 0, max: 255 }));
    await fc.assert(
      fc.asyncProperty(fc.array(change, { minLength: 1, maxLength: 12 }), async (changes) => {
        const damaged = Buffer.from(whole);
        for (const [at, value] of changes) damaged[at] = value;
        expect(await outcome(damaged)).toBe(true);
      }),
      { numRuns: 300 },
    );
  });

  it('gives facts or a refusal wherever it is cut', async () => {
    await fc.assert(
      fc.asyncProperty(fc.nat(whole.length), async (length) => {
        expect(await outcome(whole.subarray(0, length))).toBe(true);
      }),
      { numRuns: 200 },
    );
  });

  it('never holds more than its window, whatever a length field claims', async () => {
    const path = await fileOf(whole, 'sparse.gguf');
    const handle = await open(path, 'r+');
    // A sparse terabyte makes every length plausible against the file size; only the header limit is left.
    await handle.truncate(2 ** 40);
    await handle.write(u64(2n ** 39n), 0, 8, keyLengthAt(whole, 'general.name'));
    await handle.close();
    const before = process.memoryUsage().arrayBuffers;
    await expect(readGgufHeader(path)).rejects.toMatchObject({ code: 'ERR_MODELS_FILE' });
    expect(process.memoryUsage().arrayBuffers - before).toBeLessThan(16 * 1024 * 1024);
  });
});

function patched(offset: number, value: number): Buffer {
  const content = Buffer.from(writeGguf());
  content.writeBigUInt64LE(BigInt(value), offset);
  return content;
}

/** Where the length of the string value of a key is written. */
function keyLengthAt(content: Buffer, key: string): number {
  return content.indexOf(key) + key.length + 4;
}

function u64(value: bigint): Buffer {
  const buffer = Buffer.alloc(8);
  buffer.writeBigUInt64LE(value);
  return buffer;
}
