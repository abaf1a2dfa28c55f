import { mkdtempSync, rmSync, truncateSync, writeFileSync } from 'node:fs';
import { copyFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { GenerationRequest } from '../../../services/engine/protocol/generation.ts';
import type { EngineSpec } from '../../../services/engine/protocol/messages.ts';
import { embeddedModelFile } from '../../embedded-model.ts';
import { engineSpec, forkEngine, startEngine } from '../../engine-process.ts';
import { chat, describeEngine } from './suite.ts';

const file = await embeddedModelFile();

const spec = (overrides: Partial<EngineSpec> = {}): EngineSpec =>
  engineSpec({ plugin: 'node-llama-cpp', files: [file], context: 512, slots: 2, threads: 1, ...overrides });

describeEngine({
  name: 'node-llama-cpp',
  spec,
  longPrompt: { kind: 'text', prompt: 'Once upon a time' },
  unicodePrompt: { kind: 'text', prompt: '🙂🎉🙂🎉🙂🎉🙂🎉🙂🎉' },
  countsPrompts: true,
  embeds: true,
});

describe('node-llama-cpp engine', () => {
  it('says what it loaded', async () => {
    await using engine = await startEngine(spec({ context: 'auto', kvTokens: 1024, slots: 2 }));
    expect((await engine.next('ready')).model).toEqual({
      plugin: 'node-llama-cpp',
      context: 512,
      slots: 2,
      threads: 1,
      embeds: true,
      device: 'cpu',
    });
  });

  it('answers in JSON, or says that it cannot', async () => {
    await using engine = await startEngine(spec());
    const schema = {
      type: 'object',
      properties: { name: { type: 'string', maxLength: 20 }, age: { type: 'integer' } },
      required: ['name', 'age'],
      additionalProperties: false,
    };
    const { text, end } = await engine.generate({
      input: chat('A cat called Tom is 3 years old. Describe it.'),
      maxTokens: 60,
      responseFormat: { type: 'json_schema', schema },
    });
    expect(end).toMatchObject({ type: 'finished', reason: 'stop' });
    expect(JSON.parse(text)).toEqual({ name: expect.any(String), age: expect.any(Number) });
    expect(text).toBe(text.trim());
    const refused = await engine.generate({
      input: chat('x'),
      responseFormat: { type: 'json_schema', schema: { type: 'string', pattern: '(?=a)b' } },
    });
    expect(refused.end).toMatchObject({ type: 'failed', code: 'ERR_ENGINE_GRAMMAR' });
  });

  it('keeps its memory over many requests, and none of its sequences busy', async () => {
    await using engine = await startEngine(spec({ slots: 4 }));
    const run = (count: number) =>
      Promise.all(
        Array.from({ length: count }, (_, number) =>
          engine.generate({ input: chat(`Say ${number}.`), maxTokens: 3, temperature: 0.7 }),
        ),
      );
    const statsAfter = async () => {
      const seen = engine.events.length;
      const isIdle = () =>
        engine.events.slice(seen).findLast((event) => event.type === 'stats' && event.stats.slotsUsed === 0);
      await engine.until(() => isIdle() !== undefined);
      const event = isIdle();
      return event?.type === 'stats' ? event.stats : undefined;
    };
    await run(20);
    const before = await statsAfter();
    await run(40);
    const after = await statsAfter();
    expect(after?.kvUsage).toBe(0);
    const growth = (after?.rssBytes ?? Number.POSITIVE_INFINITY) - (before?.rssBytes ?? 0);
    expect(growth).toBeLessThan(64 * 1024 * 1024);
  });

  it('does what the library can of the finer sampling', async () => {
    await using engine = await startEngine(spec());
    const input = { kind: 'text', prompt: 'the the the the the the the the' } as const;
    const ask = async (request: Partial<GenerationRequest>) =>
      (await engine.generate({ input, maxTokens: 24, ...request })).text;
    const plain = await ask({});
    for (const finer of [{ frequencyPenalty: 2 }, { presencePenalty: 2 }, { repeatPenalty: 1.5 }]) {
      expect(new Set((await ask(finer)).split(' ')).size).toBeGreaterThan(new Set(plain.split(' ')).size);
    }
    expect(await ask({ logitBias: { 253: 100 }, maxTokens: 3 })).toBe(' a a a');
    expect(await ask({ temperature: 1.8, topK: 1 })).toBe(plain);
  });

  it.each<[string, Partial<GenerationRequest>]>([
    ['logprobs', { logprobs: 0 }],
    ['adapters', { adapters: [{ id: 'x', scale: 1 }] }],
    ['repeatPenalty', { repeatPenalty: 1.2, presencePenalty: 1 }],
  ])('refuses %s by name', async (name, request) => {
    await using engine = await startEngine(spec());
    const { end } = await engine.generate({ input: chat('Hi'), ...request });
    expect(end).toMatchObject({
      type: 'failed',
      code: 'ERR_MODELS_CAPABILITY',
      message: expect.stringContaining(name),
    });
  });

  it('changes its threads while it runs', async () => {
    await using engine = await startEngine(spec({ threads: 1 }));
    engine.send({ type: 'configure', threads: 2 });
    const { end } = await engine.generate({ input: chat('Hi'), maxTokens: 3 });
    expect(end.type).toBe('finished');
  });
});

describe('node-llama-cpp engine, given a model it cannot load', () => {
  let folder = '';
  beforeAll(() => {
    folder = mkdtempSync(join(tmpdir(), 'models-'));
  });
  afterAll(() => rmSync(folder, { recursive: true }));

  const failure = async (files: readonly string[]) => {
    const engine = forkEngine(spec({ files }));
    const fatal = await engine.next('fatal');
    expect((await engine.exited).code).toBe(69);
    return fatal;
  };

  it('says that the file is missing', async () => {
    expect(await failure([join(folder, 'missing.gguf')])).toMatchObject({
      code: 'ERR_MODELS_FILE',
      message: expect.stringContaining('ENOENT'),
    });
  });

  it('says that the file is no GGUF', async () => {
    const path = join(folder, 'page.gguf');
    writeFileSync(path, '<!doctype html><title>404</title>');
    expect(await failure([path])).toMatchObject({ code: 'ERR_MODELS_FILE' });
  });

  it('says that the file is cut off', async () => {
    const path = join(folder, 'cut.gguf');
    await copyFile(file, path);
    truncateSync(path, 50_000_000);
    expect(await failure([path])).toMatchObject({ code: 'ERR_MODELS_FILE' });
  });

  it('says that the architecture is unknown', async () => {
    const path = join(folder, 'new.gguf');
    writeFileSync(path, tinyGguf('brandnew9'));
    expect(await failure([path])).toMatchObject({
      code: 'ERR_MODELS_ARCHITECTURE',
      details: { architecture: 'brandnew9' },
    });
  });
});

/** The smallest file with a GGUF header: one key, no tensors. */
const tinyGguf = (architecture: string): Uint8Array => {
  const text = (value: string) => {
    const length = Buffer.alloc(8);
    length.writeBigUInt64LE(BigInt(Buffer.byteLength(value)));
    return Buffer.concat([length, Buffer.from(value)]);
  };
  const head = Buffer.alloc(24);
  head.write('GGUF');
  head.writeUInt32LE(3, 4);
  head.writeBigUInt64LE(0n, 8);
  head.writeBigUInt64LE(1n, 16);
  const stringType = Buffer.from([8, 0, 0, 0]);
  return Buffer.concat([head, text('general.architecture'), stringType, text(architecture)]);
};
