import { describe, expect, it } from 'vitest';
import type { EngineSpec } from '../../../services/engine/protocol/messages.ts';
import { embeddedModelFile } from '../../embedded-model.ts';
import { engineSpec, forkEngine, startEngine } from '../../engine-process.ts';
import { chat } from './suite.ts';

const file = await embeddedModelFile();

const QUESTION = chat('What is the capital of France? Answer in one sentence.');

const answerWith = async (spec: Partial<EngineSpec>): Promise<{ text: string; kvBytes: number | undefined }> => {
  await using engine = await startEngine(
    engineSpec({ plugin: 'llama', files: [file], context: 512, kvTokens: 1024, slots: 2, threads: 1, ...spec }),
  );
  const { model } = await engine.next('ready');
  const { text, end } = await engine.generate({ input: QUESTION, maxTokens: 12, temperature: 0 });
  expect(end.type).toBe('finished');
  return { text, kvBytes: model.memory?.kvBytes };
};

describe('the embedded model', () => {
  it('knows what it knows whatever its key-value memory is stored as, which takes less and less', async () => {
    const sizes: number[] = [];
    for (const kvType of ['f16', 'q8_0', 'q4_0']) {
      const { text, kvBytes = 0 } = await answerWith({ options: { kvType } });
      expect([kvType, text]).toEqual([kvType, expect.stringContaining('Paris')]);
      sizes.push(kvBytes);
    }
    const [f16 = 0, q8 = 0, q4 = 0] = sizes;
    expect(q8 / f16).toBeCloseTo(34 / 64, 2);
    expect(q4 / f16).toBeCloseTo(18 / 64, 2);
  });

  it('keeps and shares what it stores less precisely', async () => {
    await using engine = await startEngine(
      engineSpec({
        ...{ plugin: 'llama', files: [file], context: 512, kvTokens: 1024, slots: 2, threads: 1 },
        options: { kvType: 'q8_0', kvLayout: 'pool' },
      }),
    );
    const input = { kind: 'text', prompt: `${'The rules of the house are these. '.repeat(12)}Rule one:` } as const;
    const first = await engine.generate({ input, maxTokens: 6, temperature: 0 });
    const second = await engine.generate({ input, maxTokens: 6, temperature: 0 });
    expect(second.end).toMatchObject({ type: 'finished', usage: { cachedTokens: expect.any(Number) } });
    expect(second.end.type === 'finished' && second.end.usage.cachedTokens).toBeGreaterThan(60);
    expect(first.text).not.toBe('');
  });

  it.each(['pool', 'streams'])(
    'computes every prompt whole where nothing is to be shared, in a layout of %s',
    async (kvLayout) => {
      await using engine = await startEngine(
        engineSpec({
          ...{ plugin: 'llama', files: [file], context: 512, kvTokens: 1024, slots: 2, threads: 1 },
          options: { kvLayout, prefixSharing: false },
        }),
      );
      const input = { kind: 'text', prompt: `${'The rules of the house are these. '.repeat(12)}Rule one:` } as const;
      const ask = () => engine.generate({ input, maxTokens: 6, temperature: 0 });
      const answers = [await ask(), ...(await Promise.all([ask(), ask()]))];
      for (const { end } of answers) expect(end).toMatchObject({ type: 'finished', usage: { cachedTokens: 0 } });
      expect(new Set(answers.map(({ text }) => text)).size).toBe(1);
    },
  );

  it('loads however it is told to be split, also where there is nothing to split it over', async () => {
    const texts: string[] = [];
    for (const split of ['layer', 'row', 'none'] as const) texts.push((await answerWith({ split })).text);
    expect(new Set(texts).size).toBe(1);
  });

  it.each([{ kvType: 'f32' }, { kvType: 'q4_0', flashAttention: false }])('refuses %o', async (options) => {
    const engine = forkEngine(engineSpec({ plugin: 'llama', files: [file], options }));
    expect(await engine.next('fatal')).toMatchObject({ code: 'ERR_CONFIG_INVALID' });
    await engine.exited;
  });
});
