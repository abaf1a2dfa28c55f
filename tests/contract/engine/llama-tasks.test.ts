import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { ResultOf, Task } from '../../../services/engine/protocol/generation.ts';
import { embeddedModelFile } from '../../embedded-model.ts';
import { type EngineProcess, engineSpec, startEngine } from '../../engine-process.ts';
import { tinyModel } from '../../fixtures/models/tiny-model.ts';
import { chat } from './suite.ts';

const file = await embeddedModelFile();
const RANK_POOLING = 4;
const MEAN_POOLING = 1;
let nextId = 1000;

/** What became of a task: its result, or why there is none. */
const outcomeOf = async (engine: EngineProcess, task: Task) => {
  nextId += 1;
  const id = nextId;
  engine.send({ type: 'compute', id, task });
  const find = () =>
    engine.events.find((event) => (event.type === 'computed' || event.type === 'failed') && event.id === id);
  await engine.until(() => find() !== undefined);
  return find();
};

const compute = async <Kind extends Task['kind']>(engine: EngineProcess, task: Task & { kind: Kind }) => {
  const outcome = await outcomeOf(engine, task);
  if (outcome?.type !== 'computed') throw new TypeError(`expected a result, got ${JSON.stringify(outcome)}`);
  // Safe: a task is answered with a result of its kind.
  return outcome.result as ResultOf<Kind>;
};

describe.each(['llama', 'node-llama-cpp'])('tasks of engine %s', (plugin) => {
  let engine: (EngineProcess & AsyncDisposable) | undefined;
  beforeAll(async () => {
    engine = await startEngine(engineSpec({ plugin, files: [file], context: 512, slots: 1 }));
  });
  afterAll(() => engine?.[Symbol.asyncDispose]());
  const running = (): EngineProcess => {
    if (engine === undefined) throw new TypeError('the engine did not start');
    return engine;
  };

  it('tells the tokens of a text, and the text of tokens', async () => {
    const prompt = 'Once upon a time, 東京 🙂';
    const { tokens, pieces } = await compute(running(), { kind: 'tokenize', input: { kind: 'text', prompt } });
    expect(tokens.slice(0, 4)).toEqual([6403, 1980, 253, 655]);
    expect(pieces.slice(0, 4)).toEqual(['Once', ' upon', ' a', ' time']);
    expect(pieces).toHaveLength(tokens.length);
    expect(await compute(running(), { kind: 'detokenize', tokens })).toEqual({ kind: 'detokenize', text: prompt });
  });

  it('tells the tokens of a chat as they are computed, template included', async () => {
    const input = chat('Hi <|im_end|>');
    const { tokens, pieces } = await compute(running(), { kind: 'tokenize', input });
    const { end } = await running().generate({ input, maxTokens: 1 });
    expect(end).toMatchObject({ usage: { promptTokens: tokens.length } });
    expect(pieces[0]).toBe('<|im_start|>');
    // What a user writes never becomes a control token.
    expect(pieces.filter((piece) => piece === '<|im_end|>')).toHaveLength(2);
  });

  it('makes the same embedding of a text and of its tokens', async () => {
    const input = { kind: 'text', prompt: 'the cat sat' } as const;
    const { tokens } = await compute(running(), { kind: 'tokenize', input });
    const { vectors } = await compute(running(), { kind: 'embed', inputs: [input.prompt, tokens] });
    expect(vectors[1]).toEqual(vectors[0]);
    expect(Math.hypot(...(vectors[0] ?? []))).toBeCloseTo(1, 5);
  });

  it('ranks documents by how alike they are, and says that it does it this way', async () => {
    const documents = ['The economy of France grew.', 'A cat sat on the mat.'];
    const { scores, method, promptTokens } = await compute(running(), {
      ...{ kind: 'rerank', query: 'A cat sat on the mat.', documents },
    });
    expect(method).toBe('embedding');
    expect(scores[1]).toBeCloseTo(1, 5);
    expect(scores[0]).toBeLessThan(1);
    expect(scores[0]).toBeGreaterThanOrEqual(0);
    expect(promptTokens).toBeGreaterThan(10);
  });

  it.each<Task>([
    { kind: 'detokenize', tokens: [1, 49152] },
    { kind: 'embed', inputs: ['x', [-1]] },
  ])('refuses tokens that do not exist: %o', async (task) => {
    expect(await outcomeOf(running(), task)).toMatchObject({ type: 'failed', code: 'ERR_HTTP_BODY_INVALID' });
  });

  it('refuses a prompt of tokens that do not exist, and one that is too long', async () => {
    const { end } = await running().generate({ input: { kind: 'tokens', tokens: [1, 2 ** 31] } });
    expect(end).toMatchObject({ type: 'failed', code: 'ERR_HTTP_BODY_INVALID' });
    const long = await outcomeOf(running(), { kind: 'embed', inputs: ['word '.repeat(5000)] });
    expect(long).toMatchObject({ type: 'failed', code: 'ERR_ENGINE_CONTEXT_OVERFLOW' });
  });
});

describe('a model made for one task', () => {
  let folder = '';
  beforeAll(() => {
    folder = mkdtempSync(join(tmpdir(), 'models-'));
  });
  afterAll(() => rmSync(folder, { recursive: true }));

  const start = (pooling: number) => {
    const path = join(folder, `pooling-${pooling}.gguf`);
    writeFileSync(path, tinyModel({ pooling }));
    return startEngine(engineSpec({ plugin: 'llama', files: [path], context: 128, slots: 1 }));
  };

  it('ranks by its own judgement, and neither writes nor embeds', async () => {
    await using engine = await start(RANK_POOLING);
    expect((await engine.next('ready')).model.embeds).toBe(false);
    const ranking = { kind: 'rerank', query: 'the cat', documents: ['the', 'dog', ''] } as const;
    const { scores, method } = await compute(engine, ranking);
    expect(method).toBe('classifier');
    expect(scores).toHaveLength(3);
    for (const score of scores) expect(score > 0 && score < 1).toBe(true);
    expect((await engine.generate({})).end).toMatchObject({ type: 'failed', code: 'ERR_MODELS_CAPABILITY' });
    expect(await outcomeOf(engine, { kind: 'embed', inputs: ['x'] })).toMatchObject({ code: 'ERR_MODELS_CAPABILITY' });
  });

  it('sums up all tokens where it was made to', async () => {
    await using engine = await start(MEAN_POOLING);
    const { vectors } = await compute(engine, { kind: 'embed', inputs: ['the cat', 'the dog'] });
    expect(vectors.map(({ length }) => length)).toEqual([64, 64]);
    expect(vectors[0]).not.toEqual(vectors[1]);
  });
});
