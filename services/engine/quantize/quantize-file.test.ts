import { existsSync, readdirSync } from 'node:fs';
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { type QuantizeRequest, quantizeFile } from './quantize-file.ts';

const main = new URL('../../../tests/fixtures/errands/faulty-quantiser.ts', import.meta.url);

let folder: string;
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'clawdbot-quantize-'));
});
afterEach(() => rm(folder, { recursive: true, force: true }));

const quantize = (fault: string, more: Partial<QuantizeRequest> = {}) =>
  quantizeFile({
    ...{ source: join(folder, 'source.gguf'), target: join(folder, 'target.gguf'), type: 'q4_0', main },
    ...{ metadata: { fault }, ...more },
  });

describe('quantizeFile', () => {
  it('gives the file its name when it is whole', async () => {
    const seen: number[] = [];
    expect(await quantize('none', { onProgress: (ratio) => seen.push(ratio) })).toEqual({
      fallbacks: [],
      release: 'v0',
    });
    expect(readdirSync(folder)).toEqual(['target.gguf']);
    expect(seen).toEqual([0.5]);
  });

  it.each([
    ['a full disk', 'full', { code: 'ERR_MODELS_DISK', message: expect.stringContaining('ENOSPC') }],
    ['a mistake in it', 'bug', { code: 'ERR_ENGINE_FAILED', message: expect.stringContaining('a number was') }],
    ['an abort in native code', 'abort', { code: 'ERR_ENGINE_DIED', message: expect.stringContaining('GGML_ASSERT') }],
    ['an answer of another form', 'nonsense', { message: expect.stringContaining('fallbacks') }],
  ])('reports %s and leaves nothing behind', async (_, fault, expected) => {
    await expect(quantize(fault)).rejects.toMatchObject(expected);
    expect(readdirSync(folder)).toEqual([]);
  });

  it('ends its process when it is told to stop, and leaves nothing behind', async () => {
    const stop = new AbortController();
    const reason = new Error('stopped');
    const running = quantize('hang', { signal: stop.signal, onProgress: () => stop.abort(reason) });
    await expect(running).rejects.toBe(reason);
    expect(readdirSync(folder)).toEqual([]);
  });

  it('does not touch a file that is there already', async () => {
    const target = join(folder, 'target.gguf');
    await writeFile(target, 'precious');
    await expect(quantize('none')).rejects.toMatchObject({
      code: 'ERR_MODELS_QUANTIZE',
      message: expect.stringContaining('expected a file that does not exist yet'),
    });
    expect(await readFile(target, 'utf8')).toBe('precious');
  });

  it('says which folder cannot be written to', async () => {
    const target = join(folder, 'nowhere', 'target.gguf');
    await expect(quantize('none', { target })).rejects.toMatchObject({
      code: 'ERR_MODELS_QUANTIZE',
      message: expect.stringContaining('nowhere: expected a folder to write the quantised model to, got ENOENT'),
    });
    expect(existsSync(target)).toBe(false);
  });
});
