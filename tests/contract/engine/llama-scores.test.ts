import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { ResultOf } from '../../../services/engine/protocol/generation.ts';
import { embeddedModelFile } from '../../embedded-model.ts';
import { type EngineProcess, engineSpec, startEngine } from '../../engine-process.ts';
import { tinyModel } from '../../fixtures/models/tiny-model.ts';

const file = await embeddedModelFile();
let nextId = 1000;

type Input = Parameters<EngineProcess['generate']>[0]['input'] & object;

/** What became of the task: its result, or why there is none. */
const scoreOf = async (engine: EngineProcess, input: Input, top = 0) => {
  nextId += 1;
  const id = nextId;
  engine.send({ type: 'compute', id, task: { kind: 'score', input, top } });
  const find = () =>
    engine.events.find((event) => (event.type === 'computed' || event.type === 'failed') && event.id === id);
  await engine.until(() => find() !== undefined);
  return find();
};

const scored = async (engine: EngineProcess, input: Input, top = 0): Promise<ResultOf<'score'>> => {
  const outcome = await scoreOf(engine, input, top);
  if (outcome?.type === 'computed' && outcome.result.kind === 'score') return outcome.result;
  throw new TypeError(`expected scores, got ${JSON.stringify(outcome)}`);
};

describe('how likely a prompt is, told by engine llama', () => {
  let engine: (EngineProcess & AsyncDisposable) | undefined;
  beforeAll(async () => {
    engine = await startEngine(engineSpec({ plugin: 'llama', files: [file], context: 512, slots: 2 }));
  });
  afterAll(() => engine?.[Symbol.asyncDispose]());
  const running = (): EngineProcess => {
    if (engine === undefined) throw new TypeError('the engine did not start');
    return engine;
  };

  it('is what it would have told had it written the same', async () => {
    const prompt = 'One, two, three,';
    const { text, events } = await running().generate({
      ...{ input: { kind: 'text', prompt }, maxTokens: 20, temperature: 0, logprobs: 1 },
    });
    const logprobs = events.flatMap((event) => (event.type === 'tokens' ? (event.details?.logprobs ?? []) : []));
    const { logprobs: told, promptTokens } = await scored(running(), { kind: 'text', prompt: prompt + text }, 1);
    expect(told).toHaveLength(promptTokens);
    const tail = told.slice(-logprobs.length);
    expect(tail.map(({ token }) => token)).toEqual(logprobs.map(({ token }) => token));
    for (const [index, { logprob, top }] of tail.entries()) {
      // Another shape of batch rounds a little differently.
      expect(logprob ?? 1).toBeCloseTo(logprobs[index]?.logprob ?? 0, 1);
      expect(top).toHaveLength(1);
    }
  });

  it('begins with a token that comes after nothing, and joins to the very text', async () => {
    const prompt = `${'The weather of 東京 is '.repeat(9)}🙂`;
    const { logprobs } = await scored(running(), { kind: 'text', prompt });
    expect(logprobs[0]).toMatchObject({ logprob: null, top: [] });
    expect(logprobs.slice(1).every(({ logprob }) => logprob !== null && logprob <= 0)).toBe(true);
    expect(Buffer.from(logprobs.flatMap(({ bytes }) => bytes)).toString()).toBe(prompt);
  });

  it('prefers sense to nonsense', async () => {
    const sumOf = async (prompt: string) =>
      (await scored(running(), { kind: 'text', prompt })).logprobs.reduce(
        (sum, { logprob }) => sum + (logprob ?? 0),
        0,
      );
    expect(await sumOf('The capital of France is Paris')).toBeGreaterThan(
      await sumOf('The capital of France is banana'),
    );
  });

  it('leaves running answers alone, and refuses what is too long', async () => {
    const story = { input: { kind: 'text', prompt: 'Once upon a time' }, maxTokens: 40, temperature: 0 } as const;
    const [{ text, end }, outcome] = await Promise.all([
      running().generate(story),
      scoreOf(running(), { kind: 'text', prompt: 'word '.repeat(200) }),
    ]);
    expect([end.type, text === '', outcome?.type]).toEqual(['finished', false, 'computed']);
    expect(await scoreOf(running(), { kind: 'text', prompt: 'word '.repeat(600) })).toMatchObject({
      ...{ type: 'failed', code: 'ERR_ENGINE_CONTEXT_OVERFLOW' },
    });
    expect(await scoreOf(running(), { kind: 'tokens', tokens: [2 ** 30] })).toMatchObject({
      ...{ type: 'failed', code: 'ERR_HTTP_BODY_INVALID' },
    });
  });
});

describe('a model that does not write', () => {
  const folder = mkdtempSync(join(tmpdir(), 'models-'));
  afterAll(() => rmSync(folder, { recursive: true }));

  it('does not judge prompts either', async () => {
    const path = join(folder, 'rank.gguf');
    writeFileSync(path, tinyModel({ pooling: 4 }));
    await using engine = await startEngine(engineSpec({ plugin: 'llama', files: [path], context: 128, slots: 1 }));
    expect(await scoreOf(engine, { kind: 'text', prompt: 'the cat' })).toMatchObject({ code: 'ERR_MODELS_CAPABILITY' });
  });
});
