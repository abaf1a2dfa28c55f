import { getLlama, type Llama } from 'node-llama-cpp';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { GenerationInput, GenerationRequest, TokenLogprob } from '../../../services/engine/protocol/generation.ts';
import { embeddedModelFile } from '../../embedded-model.ts';
import { type EngineProcess, engineSpec, type Generation, startEngine } from '../../engine-process.ts';
import { chat } from './suite.ts';

const file = await embeddedModelFile();
const STORY: GenerationInput = { kind: 'text', prompt: 'Once upon a time' };

const logprobsOf = ({ events }: Generation): readonly TokenLogprob[] =>
  events.flatMap((event) => (event.type === 'tokens' ? (event.details?.logprobs ?? []) : []));

describe('sampling of the llama engine', () => {
  let engine: (EngineProcess & AsyncDisposable) | undefined;
  beforeAll(async () => {
    engine = await startEngine(engineSpec({ plugin: 'llama', files: [file], context: 512, slots: 4, threads: 2 }));
  });
  afterAll(() => engine?.[Symbol.asyncDispose]());

  const ask = (request: Partial<GenerationRequest>): Promise<Generation> => {
    if (engine === undefined) throw new TypeError('the engine did not start');
    return engine.generate({ input: STORY, maxTokens: 16, ...request });
  };

  it('tells the probability of every token with its text', async () => {
    const [plain, told] = [await ask({}), await ask({ logprobs: 3 })];
    const logprobs = logprobsOf(told);
    expect(told.text).toBe(plain.text);
    expect(logprobsOf(plain)).toEqual([]);
    expect(logprobs).toHaveLength(16);
    expect(logprobs.map(({ token }) => token).join('')).toBe(told.text);
    for (const { token, bytes, logprob, top } of logprobs) {
      expect(Buffer.from(bytes).toString()).toBe(token);
      // At temperature 0 the likeliest is the one that was chosen.
      expect(top).toHaveLength(3);
      expect(top[0]).toEqual({ token, bytes, logprob });
      expect(top.map((other) => other.logprob)).toEqual(top.map((other) => other.logprob).sort((a, b) => b - a));
    }
  });

  it('tells the model’s own probabilities, whatever the temperature and the bias', async () => {
    const [first] = logprobsOf(await ask({ logprobs: 5, maxTokens: 1 }));
    const changed = await ask({ logprobs: 5, maxTokens: 1, temperature: 1.9, seed: 3, logitBias: { 253: 100 } });
    expect(changed.text).toBe(' a');
    expect(logprobsOf(changed)[0]?.top.map(({ token }) => token)).toEqual(first?.top.map(({ token }) => token));
  });

  it('tells no probability of a token that a stop string cut off', async () => {
    const whole = await ask({ logprobs: 0 });
    const stop = whole.text.slice(20, 24);
    const cut = await ask({ logprobs: 0, stop: [stop] });
    expect(cut.end).toMatchObject({ type: 'finished', reason: 'stop' });
    const told = logprobsOf(cut)
      .map(({ token }) => token)
      .join('');
    expect(cut.text.startsWith(told)).toBe(true);
    expect(told.length).toBeLessThanOrEqual(whole.text.indexOf(stop));
  });

  it('gives back the text of a near miss at the end', async () => {
    const whole = await ask({});
    const held = await ask({ stop: [`${whole.text.slice(-6)} never`] });
    expect(held.text).toBe(whole.text);
    expect(held.end).toMatchObject({ reason: 'length' });
  });

  it('repeats itself less the higher the penalties are', async () => {
    const input: GenerationInput = { kind: 'text', prompt: 'the the the the the the the the the' };
    const distinct = async (request: Partial<GenerationRequest>) => {
      const { text } = await ask({ input, maxTokens: 32, ...request });
      return new Set(text.split(' ')).size;
    };
    const plain = await distinct({});
    for (const penalty of [{ frequencyPenalty: 2 }, { presencePenalty: 2 }, { repeatPenalty: 1.5 }]) {
      expect(await distinct(penalty)).toBeGreaterThan(plain);
    }
  });

  it('ends where a bias wants the end, and goes on past it where one forbids it', async () => {
    const request = { input: chat('Say hello.'), maxTokens: 48 };
    expect((await ask({ ...request, logitBias: { 2: 100 } })).end).toMatchObject({ reason: 'stop' });
    expect((await ask({ ...request, logitBias: { 0: -100, 2: -100 } })).end).toMatchObject({ reason: 'length' });
  });

  it('refuses a bias for a token that does not exist', async () => {
    expect((await ask({ logitBias: { 49152: 1 } })).end).toMatchObject({
      type: 'failed',
      code: 'ERR_HTTP_BODY_INVALID',
      message: expect.stringContaining('0 to 49151, got 49152'),
    });
  });

  it('considers as many candidates as it is told', async () => {
    const greedy = await ask({});
    expect((await ask({ temperature: 1.8, topK: 1, seed: 9 })).text).toBe(greedy.text);
    expect((await ask({ temperature: 1.8, topK: 0, minP: 1, seed: 9 })).text).toBe(greedy.text);
    expect((await ask({ temperature: 1.8, topK: 0, minP: 0, seed: 9 })).text).not.toBe(greedy.text);
  });

  it('ends where the grammar allows nothing else, also where a bias forbids to end', async () => {
    const responseFormat = { type: 'grammar', grammar: 'root ::= "yes" | "no"' } as const;
    for (const logitBias of [{}, { 0: -100, 2: -100 }]) {
      const { text, end } = await ask({ responseFormat, logitBias });
      expect(text).toMatch(/^(yes|no)$/);
      expect(end).toMatchObject({ reason: 'stop' });
    }
  });

  it('ends a grammar that never does where its tokens end', async () => {
    const responseFormat = { type: 'grammar', grammar: 'root ::= [a-z]+ root?' } as const;
    const { text, end } = await ask({ responseFormat, temperature: 1, seed: 4 });
    expect(text).toMatch(/^[a-z]+$/);
    expect(end).toMatchObject({ reason: 'length' });
  });
});

describe('the numbers of the llama engine', () => {
  let llama: Llama | undefined;
  afterAll(() => llama?.dispose());

  it('are those of node-llama-cpp', async () => {
    await using fast = await startEngine(engineSpec({ plugin: 'llama', files: [file], context: 512, slots: 1 }));
    const [told] = logprobsOf(await fast.generate({ input: STORY, maxTokens: 1, logprobs: 20 }));
    llama = await getLlama({ gpu: false, build: 'never', skipDownload: true, progressLogs: false });
    const model = await llama.loadModel({ modelPath: file, gpuLayers: 0 });
    const context = await model.createContext({ contextSize: 512 });
    const answer = context
      .getSequence()
      .evaluateWithMetadata(
        model.tokenize('Once upon a time', false),
        { probabilities: true },
        { temperature: 1, topK: 0, topP: 1, minP: 0, seed: 1 },
      );
    const { value } = await answer.next();
    if (value === undefined) throw new TypeError('node-llama-cpp gave no token');
    const slow = [...value.probabilities]
      .slice(0, 20)
      .map(([token, share]) => [model.detokenize([token]), Math.log(share)]);
    expect(told?.top).toHaveLength(20);
    for (const [index, { token, logprob }] of (told?.top ?? []).entries()) {
      expect(slow[index]?.[0]).toBe(token);
      expect(Math.abs(Number(slow[index]?.[1]) - logprob)).toBeLessThan(1e-2);
    }
  });
});
