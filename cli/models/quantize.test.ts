import { mkdtemp, readdir, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { execa } from 'execa';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { embeddedModelFile } from '../../tests/embedded-model.ts';
import { writeGguf } from '../../tests/fixtures/models/write-gguf.ts';
import { compareModels } from './compare.ts';
import { type QuantizeOptions, quantizeModel } from './quantize.ts';
import { describeQuantized, type Quantized } from './quantize-report.ts';

const MAIN = fileURLToPath(new URL('../main.ts', import.meta.url));

// Found before the tests move the cache.
const embedded = await embeddedModelFile();

let data: string;
let tiny: string;
beforeEach(async () => {
  data = await mkdtemp(join(tmpdir(), 'clawdbot-cli-quantize-'));
  vi.stubEnv('CLAWDBOT_MODELS_DIR', join(data, 'models'));
  tiny = join(data, 'tiny.Q8_0.gguf');
  await writeFile(tiny, writeGguf({ metadata: { 'general.file_type': 7 } }));
});
afterEach(async () => {
  vi.unstubAllEnvs();
  await rm(data, { recursive: true, force: true });
});

const quantize = (changes: Partial<QuantizeOptions> = {}, model = tiny) =>
  quantizeModel(model, { data, type: 'q4_0', out: join(data, 'out.gguf'), json: true, ...changes });
const refusal = (message: RegExp) => ({ code: 'ERR_MODELS_QUANTIZE', message: expect.stringMatching(message) });

describe('clawdbot models quantize refuses', () => {
  it('the type a model has already', () =>
    expect(quantize({ type: 'q8_0' })).rejects.toMatchObject(
      refusal(/other than its own, got q8_0; it is Q8_0 already/),
    ));

  it('a type more precise than the source, and says how to have it all the same', () =>
    expect(quantize({ type: 'f16' })).rejects.toMatchObject(
      refusal(/below Q8_0 \(8\.5 bits per weight\), got f16 \(16\).*add --allow-requantize up$/),
    ));

  it('to write over a file', async () => {
    await writeFile(join(data, 'out.gguf'), 'precious');
    await expect(quantize()).rejects.toMatchObject(refusal(/out\.gguf: expected a file that does not exist yet/));
  });

  it('a folder that is not there', () =>
    expect(quantize({ out: join(data, 'none', 'out.gguf') })).rejects.toMatchObject(refusal(/folder that exists/)));

  it('a file that is no model, and one that is not there', async () => {
    await writeFile(join(data, 'page.gguf'), '<!doctype html><html>log in</html>');
    await expect(quantize({}, join(data, 'page.gguf'))).rejects.toMatchObject({ code: 'ERR_MODELS_FILE' });
    await expect(quantize({}, join(data, 'none.gguf'))).rejects.toMatchObject({ code: 'ERR_MODELS_FILE' });
    await expect(quantize({}, 'nobody')).rejects.toMatchObject({ code: 'ERR_MODELS_UNKNOWN' });
  });

  it('what llama.cpp cannot read, and leaves no part of a file', async () => {
    await expect(quantize()).rejects.toMatchObject(refusal(/tiny\.Q8_0\.gguf: llama\.cpp could not quantise it/));
    expect(await readdir(data)).toEqual(['tiny.Q8_0.gguf']);
  });

  it('an unknown type, as wrong use of the command', async () => {
    const words = ['models', 'quantize', tiny, '--type', 'q9_9', '--data', data];
    expect(await execa(process.execPath, [MAIN, ...words], { reject: false })).toMatchObject({
      exitCode: 64,
      stderr: expect.stringMatching(/argument 'q9_9' is invalid\. Expected one of f32, .*q4_0/),
    });
  });
});

describe('clawdbot models quantize', () => {
  it('writes beside the cache under the name of the source, and tells programs what it did', async () => {
    const text = await quantizeModel(embedded, { data, type: 'q4_0', json: true });
    const target = join(data, 'models', 'quantized', 'SmolLM2-135M-Instruct.Q4_0.gguf');
    expect(JSON.parse(text)).toMatchObject({
      ...{ target, type: 'q4_0', fileBytes: { before: 98_362_432, after: expect.any(Number) } },
      fallbacks: [{ tensor: 'token_embd.weight', columns: 576, wanted: 'q6_K', got: 'q8_0' }],
      lineage: {
        source: 'SmolLM2-135M-Instruct.Q4_1.gguf',
        sha256: expect.stringMatching(/^b179c9523d0e/),
        from: 'Q4_1',
      },
    });
  });
});

describe('the report of a quantisation', () => {
  const facts = { id: 'm', engine: 'llama', tags: [], files: [] };
  const quantized: Quantized = {
    ...{ source: '/models/m.Q4_1.gguf', target: '/models/m.Q4_K_M.gguf', type: 'q4_k_m', release: 'v1' },
    before: { ...facts, quantization: 'Q4_1', fileBytes: 98e6, bitsPerWeight: 5.74 },
    after: { ...facts, id: 'm.q4_k_m', quantization: 'Q4_K_M', fileBytes: 105e6, bitsPerWeight: 6.17 },
    fallbacks: [
      { columns: 576, wanted: 'q4_K', got: 'q5_0' },
      { columns: 576, wanted: 'q4_K', got: 'q5_0' },
      { columns: 576, wanted: 'q6_K', got: 'q8_0' },
    ],
  };

  it('says what became of it, what to mind, and how to use the file', () => {
    expect(describeQuantized(quantized)).toBe(
      [
        'm.Q4_1.gguf: Q4_1, 98.0 MB, 5.74 bits per weight',
        'm.Q4_K_M.gguf: Q4_K_M, 105 MB, 6.17 bits per weight; q4_k_m alone would be 4.84',
        '3 tensors of q4_k_m are stored otherwise, because their rows are no whole blocks:',
        '  2 x Q4_K became Q5_0 (rows of 576)',
        '  1 x Q6_K became Q8_0 (rows of 576)',
        '! It is larger than its source.',
        '! Its source was quantised before (Q4_1): a file made from F16 weights answers better.',
        '',
        'To use it, in clawdbot.yaml:',
        '  models:',
        '    - id: m.q4_k_m',
        '      sources: [{ file: "/models/m.Q4_K_M.gguf" }]',
      ].join('\n'),
    );
  });

  it('is short where all went as asked', () => {
    const before = { ...quantized.before, quantization: 'F16', fileBytes: 270e6 };
    const report = describeQuantized({ ...quantized, before, fallbacks: [] });
    expect(report).not.toMatch(/!|stored otherwise/);
  });
});

describe('clawdbot models compare', () => {
  it('refuses a model that runs elsewhere', async () => {
    const config = join(data, 'clawdbot.yaml');
    await writeFile(config, 'models: [{ id: far, engine: openai, options: { baseUrl: https://127.0.0.1:1/v1 } }]\n');
    await expect(compareModels(['far', tiny], { data, config, rounds: 1 })).rejects.toMatchObject({
      code: 'ERR_MODELS_CAPABILITY',
      message: expect.stringContaining('far: expected a model with a file, got engine openai'),
    });
  });
});
