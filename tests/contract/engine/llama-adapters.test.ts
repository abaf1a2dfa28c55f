import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { AdapterUse, Likelihood, TokenLogprob } from '../../../services/engine/protocol/generation.ts';
import { type EngineProcess, engineSpec, forkEngine, type Generation, startEngine } from '../../engine-process.ts';
import { tinyModel } from '../../fixtures/models/tiny-model.ts';
import { type LoraRecipe, writeLora } from '../../fixtures/models/write-lora.ts';

const ATTENTION = { 'blk.1.attn_output.weight': [64, 64] } as const;
const FEED_FORWARD = { 'blk.0.ffn_down.weight': [128, 64] } as const;

const logprobsOf = ({ events }: Generation): readonly TokenLogprob[] =>
  events.flatMap((event) => (event.type === 'tokens' ? (event.details?.logprobs ?? []) : []));

/** How far the likeliest tokens of two positions are from each other. */
const distance = (one: readonly Likelihood[], other: readonly Likelihood[]): number => {
  const namesOf = (top: readonly Likelihood[]) => top.map(({ bytes }) => bytes.join()).join(';');
  if (namesOf(one) !== namesOf(other)) return Number.POSITIVE_INFINITY;
  return Math.max(...one.map(({ logprob }, index) => Math.abs(logprob - (other[index]?.logprob ?? 0))));
};

describe('adapters of the llama engine', () => {
  let folder = '';
  let engine: (EngineProcess & AsyncDisposable) | undefined;

  const write = (name: string, bytes: Buffer): string => {
    const path = join(folder, name);
    writeFileSync(path, bytes);
    return path;
  };

  const specWith = (adapters: readonly { readonly id: string; readonly file: string }[]) =>
    engineSpec({
      ...{ plugin: 'llama', files: [join(folder, 'model.gguf')], context: 128, slots: 4, threads: 1, adapters },
    });

  beforeAll(async () => {
    folder = mkdtempSync(join(tmpdir(), 'adapters-'));
    write('model.gguf', tinyModel());
    engine = await startEngine(
      specWith([
        { id: 'one', file: write('one.gguf', writeLora({ matrices: ATTENTION, strength: 4 })) },
        { id: 'other', file: write('other.gguf', writeLora({ matrices: FEED_FORWARD, strength: 4 })) },
      ]),
    );
  });
  afterAll(async () => {
    await engine?.[Symbol.asyncDispose]();
    rmSync(folder, { recursive: true });
  });

  const ask = async (adapters?: readonly AdapterUse[]) => {
    if (engine === undefined) throw new TypeError('the engine did not start');
    const input = { kind: 'text', prompt: 'the inner' } as const;
    return engine.generate({ input, maxTokens: 24, logprobs: 2, ...(adapters === undefined ? {} : { adapters }) });
  };

  const SETS: readonly (readonly AdapterUse[] | undefined)[] = [
    undefined,
    [{ id: 'one', scale: 1 }],
    [{ id: 'one', scale: 0.25 }],
    [{ id: 'other', scale: 1 }],
    [
      { id: 'one', scale: 1 },
      { id: 'other', scale: 1 },
    ],
  ];

  it('change what the model writes, each in its own way', async () => {
    const texts = new Set<string>();
    for (const adapters of SETS) texts.add((await ask(adapters)).text);
    expect(texts.size).toBe(SETS.length);
  });

  it('keep out of the answers of others that run at the same time', async () => {
    // Texts would not do: batches of another shape round differently, which this model shows after some tokens.
    const firstOf = async (adapters?: readonly AdapterUse[]) => {
      const [first] = logprobsOf(await ask(adapters));
      if (first === undefined) throw new TypeError('expected a token');
      return first.top;
    };
    const alone: (readonly Likelihood[])[] = [];
    for (const adapters of SETS) alone.push(await firstOf(adapters));
    const together = await Promise.all(SETS.map(firstOf));
    for (const [index, top] of together.entries()) {
      const likest = alone.map((other) => distance(top, other));
      expect(likest[index]).toBeLessThan(0.05);
      expect(likest.filter((far) => far < 0.05)).toHaveLength(1);
    }
  });

  it('use no cells that were computed with others', async () => {
    const cached = async (adapters?: readonly AdapterUse[]) => {
      const { end } = await ask(adapters);
      return end.type === 'finished' ? end.usage.cachedTokens : undefined;
    };
    expect(await cached([{ id: 'other', scale: 0.75 }])).toBe(0);
    expect(await cached([{ id: 'other', scale: 0.75 }])).toBeGreaterThan(0);
  });

  it('count for nothing at scale 0', async () => {
    expect((await ask([{ id: 'one', scale: 0 }])).text).toBe((await ask()).text);
  });

  it('are named when there is no such one', async () => {
    expect((await ask([{ id: 'none', scale: 1 }])).end).toMatchObject({
      type: 'failed',
      code: 'ERR_MODELS_CAPABILITY',
      message: expect.stringContaining('expected one of one, other, got "none"'),
    });
  });

  it.each<[string, () => Buffer]>([
    ['of another shape', () => writeLora({ matrices: { 'blk.1.attn_output.weight': [32, 64] } })],
    ['for a matrix it has not', () => writeLora({ matrices: { 'blk.9.attn_output.weight': [64, 64] } })],
    ['of another architecture', () => writeLora({ architecture: 'gpt2', matrices: ATTENTION })],
    ['that is none', () => writeLora({ type: 'model', matrices: ATTENTION })],
    ['that is cut off', () => writeLora({ matrices: ATTENTION } satisfies LoraRecipe).subarray(0, 700)],
    ['that is no GGUF', () => Buffer.from('<html>')],
  ])('stop the start where one is %s', async (_, bytes) => {
    const wrong = forkEngine(specWith([{ id: 'wrong', file: write('wrong.gguf', bytes()) }]));
    expect(await wrong.next('fatal')).toMatchObject({
      code: 'ERR_ENGINE_LOAD',
      message: expect.stringMatching(/^adapters: expected "wrong" \(wrong\.gguf\) to be a LoRA adapter of this model/),
    });
    expect((await wrong.exited).code).toBe(69);
  });
});
