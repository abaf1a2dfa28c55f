import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { configSchema, type ModelConfig } from '../../../core/config/schema.ts';
import { embeddedModelConfig, embeddedModelFile } from '../../../tests/embedded-model.ts';
import { writeGguf } from '../../../tests/fixtures/models/write-gguf.ts';
import { readModelFacts } from './facts.ts';

let folder: string;
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'clawdbot-facts-'));
});
afterAll(() => rm(folder, { recursive: true, force: true }));

const modelOf = (model: object): ModelConfig => {
  const [parsed] = configSchema.parse({ models: [{ id: 'm', ...model }] }).models;
  if (parsed === undefined) throw new TypeError('one model was given');
  return parsed;
};

describe('readModelFacts', () => {
  it('reads the embedded model from its header', async () => {
    const facts = await readModelFacts(embeddedModelConfig(), [await embeddedModelFile()]);
    expect(facts).toMatchObject({
      id: 'smollm2-135m-instruct',
      parameters: 134_515_008,
      quantization: 'Q4_1',
      architecture: 'llama',
      trainedContext: 8192,
      layers: 30,
      embeddingLength: 576,
      headCountKv: 3,
      headLength: 64,
      kvBytesPerToken: 23_040,
      vocabulary: 49_152,
      tokenizer: 'gpt2',
      fileBytes: 98_362_432,
      license: 'apache-2.0',
      hasChatTemplate: true,
    });
    expect(facts.bitsPerWeight).toBeCloseTo(5.74, 2);
  });

  it('counts the adapters that are loaded with it', async () => {
    const path = join(folder, 'base.gguf');
    await writeFile(path, writeGguf());
    await writeFile(join(folder, 'lora.gguf'), Buffer.alloc(1234));
    const adapters = (name: string) => [{ id: 'a', file: join(folder, name) }];
    expect((await readModelFacts(modelOf({ adapters: adapters('lora.gguf') }), [path])).adapterBytes).toBe(1234);
    expect((await readModelFacts(modelOf({ adapters: adapters('none.gguf') }), [path])).adapterBytes).toBe(0);
    expect((await readModelFacts(modelOf({}), [path])).adapterBytes).toBeUndefined();
  });

  it('adds up the parts of a split file', async () => {
    const parts = ['split-00001-of-00002.gguf', 'split-00002-of-00002.gguf'].map((name) => join(folder, name));
    for (const path of parts) await writeFile(path, writeGguf({ metadata: { 'split.count': 2 } }));
    const facts = await readModelFacts(modelOf({}), parts);
    expect(facts.parameters).toBe(2 * (64 * 128 + 64));
    expect(facts.files).toEqual(parts);
    await expect(readModelFacts(modelOf({}), parts.slice(0, 1))).rejects.toThrowError(/expected 2 parts/);
  });

  it('sums key-value heads that differ between layers', async () => {
    const path = join(folder, 'layers.gguf');
    await writeFile(path, writeGguf({ metadata: { 'llama.attention.head_count_kv': [2, 0, 4, 0] } }));
    const facts = await readModelFacts(modelOf({}), [path]);
    // 6 heads in all, 16 values per key and per value, 2 bytes each.
    expect(facts.kvBytesPerToken).toBe(6 * (16 + 16) * 2);
  });

  it('believes the parameter count in the header over the sum of tensors', async () => {
    const path = join(folder, 'count.gguf');
    await writeFile(path, writeGguf({ metadata: { 'general.parameter_count': 7_000_000_000n } }));
    expect((await readModelFacts(modelOf({}), [path])).parameters).toBe(7e9);
  });

  it('takes the facts of a model without files from the configuration, and leaves the others absent', async () => {
    const model = modelOf({ engine: 'openai', parameters: 8e9, tags: ['chat'] });
    expect(await readModelFacts(model, [])).toEqual({
      id: 'm',
      engine: 'openai',
      tags: ['chat'],
      files: [],
      parameters: 8e9,
    });
  });

  it('keeps control characters of a header away from terminals', async () => {
    const path = join(folder, 'name.gguf');
    await writeFile(path, writeGguf({ metadata: { 'general.name': 'a\u001b[2Jb' } }));
    expect((await readModelFacts(modelOf({}), [path])).name).toBe('a [2Jb');
  });
});
