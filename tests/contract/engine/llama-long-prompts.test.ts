import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { createWayOut } from '../../../core/egress/way-out.ts';
import type { ServiceError } from '../../../core/errors/service-error.ts';
import type { Engine } from '../../../services/engine/engine.ts';
import { parseLlamaOptions } from '../../../services/engine/llama/options.ts';
import { llamaEngine } from '../../../services/engine/llama/plugin.ts';
import type { FinishReason, GenerationRequest } from '../../../services/engine/protocol/generation.ts';
import { embeddedModelFile } from '../../embedded-model.ts';
import { engineSpec, generationRequest } from '../../engine-process.ts';

const file = await embeddedModelFile();
const CONTEXT = 8192;
const MEGABYTE = 'The quick brown fox jumps over the lazy dog. '.repeat(23_000);

const start = async (): Promise<Engine> => {
  const {
    version: _,
    options: __,
    ...spec
  } = engineSpec({
    ...{ plugin: 'llama', files: [file], context: CONTEXT, kvTokens: CONTEXT, slots: 2 },
  });
  return llamaEngine.start({
    ...{ spec, config: parseLlamaOptions({}), loading: () => {}, turn: () => {}, log: () => {} },
    ...{ now: () => performance.now(), signal: new AbortController().signal, egress: createWayOut({ rows: [] }) },
  });
};

type End = 'accepted' | FinishReason | ServiceError;

/** Whether a prompt was read or refused, and how often the event loop went round until then; nothing is computed. */
const read = (engine: Engine, id: number, request: Partial<GenerationRequest>) => {
  const told = { turns: 0, tokens: 0, isOver: false };
  const { promise, resolve } = Promise.withResolvers<End>();
  const finish = (end: End) => {
    told.isOver = true;
    resolve(end);
  };
  const count = (): void => {
    told.turns += 1;
    if (!told.isOver) setImmediate(count);
  };
  setImmediate(count);
  engine.generate(id, generationRequest(request), {
    ...{ started: () => {}, tokens: () => true, finished: finish, failed: finish },
    accepted(tokens) {
      told.tokens = tokens ?? 0;
      setImmediate(() => engine.cancel(id));
      finish('accepted');
    },
  });
  return { told, end: promise };
};

describe('a long prompt', () => {
  let engine: Engine;
  beforeAll(async () => {
    engine = await start();
  });
  afterAll(() => engine?.stop());

  it.each<[string, GenerationRequest['input']]>([
    ['a text', { kind: 'text', prompt: MEGABYTE }],
    ['a chat', { kind: 'chat', messages: [{ role: 'user', content: MEGABYTE }] }],
    [
      'a chat with tools',
      {
        ...{ kind: 'chat', messages: [{ role: 'user', content: 'Hi' }] },
        toolUse: {
          tools: [{ name: 'f', description: MEGABYTE.slice(0, 100_000), parameters: { type: 'object' } }],
          ...{ choice: 'auto', isParallel: false },
        },
      },
    ],
  ])('is refused while everybody else goes on: %s', async (_, input) => {
    const { told, end } = read(engine, 1, { input, maxTokens: 5 });
    expect(told.isOver).toBe(false);
    expect(await end).toMatchObject({
      code: 'ERR_ENGINE_CONTEXT_OVERFLOW',
      message: expect.stringContaining(`maximum context length is ${CONTEXT} tokens`),
    });
    expect(told.turns).toBeGreaterThan(1);
    expect(told.tokens).toBe(0);
  });

  it('that fits has the tokens it would have had in one go', async () => {
    const prompt = `${MEGABYTE.slice(0, 20_000)} 東京 🙂\n\n  end`;
    for (const input of [
      { kind: 'text', prompt },
      { kind: 'chat', messages: [{ role: 'user', content: prompt }] },
    ] as const) {
      const { told, end } = read(engine, 2, { input, maxTokens: 1 });
      expect(await end).toBe('accepted');
      const counted = await engine.compute?.({ kind: 'tokenize', input }, new AbortController().signal);
      if (counted?.kind !== 'tokenize') throw new TypeError('expected tokens');
      expect(told.tokens).toBe(counted.tokens.length);
      if (input.kind === 'text') expect(counted.pieces.join('')).toContain('The quick brown fox');
    }
  });

  it('does not become an embedding where it is too long', async () => {
    const task = { kind: 'embed', inputs: ['short', MEGABYTE] } as const;
    await expect(engine.compute?.(task, new AbortController().signal)).rejects.toMatchObject({
      ...{ code: 'ERR_ENGINE_CONTEXT_OVERFLOW', message: expect.stringContaining('input 1') },
    });
  });

  it('is forgotten when it is cancelled while it is read', async () => {
    const { told } = read(engine, 3, { input: { kind: 'text', prompt: MEGABYTE.slice(0, 24_000) }, maxTokens: 1 });
    engine.cancel(3);
    const { end } = read(engine, 4, { input: { kind: 'text', prompt: MEGABYTE.slice(0, 24_001) }, maxTokens: 1 });
    expect(await end).toBe('accepted');
    expect([told.tokens, told.isOver]).toEqual([0, false]);
    told.isOver = true;
  });

  it('holds the engine together until it is read, when it stops meanwhile', async () => {
    const other = await start();
    const { told } = read(other, 1, { input: { kind: 'text', prompt: MEGABYTE }, maxTokens: 1 });
    await other.stop();
    expect([told.tokens, told.isOver]).toEqual([0, false]);
    told.isOver = true;
  });
});
