import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { Sampled } from '../loop/decoder.ts';
import { findLibraries } from './libraries.ts';
import { type Native, openNative } from './native.ts';
import { createSamplers, type Samplers, type Sampling } from './sampler.ts';
import { openSmoke, type Smoke } from './smoke.ts';
import type { Vocabulary } from './vocabulary.ts';
import { SMOKE_VOCABULARY } from './write-smoke-model.ts';

const libraries = findLibraries(['cpu', 'metal']);
const END = 63;

/** The smoke model has no words; these will do. */
const vocabulary: Pick<Vocabulary, 'pointer' | 'size' | 'endsAnswer' | 'name'> = {
  pointer: 0n,
  size: SMOKE_VOCABULARY,
  endsAnswer: (token) => token === END,
  name: (token) => Buffer.from(`t${token}`),
};

const PLAIN: Sampling = {
  ...{ temperature: 0, topP: 1, topK: 40, minP: 0, seed: 1, grammar: undefined, prompt: [] },
};

describe.runIf(libraries !== undefined)('createSamplers', () => {
  let native: Native;
  let smoke: Smoke | undefined;
  let samplers: Samplers | undefined;
  let raw: readonly number[] = [];

  beforeAll(() => {
    if (libraries === undefined) return;
    native = openNative(libraries);
    smoke = openSmoke(native);
    raw = smoke?.decode() ?? [];
    samplers = createSamplers({
      ...{ native, context: smoke?.context ?? 0n, hasOutput: (place) => place === smoke?.place },
      // Safe: the samplers use no more of it as long as there is no grammar.
      vocabulary: vocabulary as Vocabulary,
    });
  });
  afterAll(() => {
    samplers?.free();
    smoke?.free();
  });

  /** The logits of the one position all tests sample from, as the model computed them or otherwise. */
  const setLogits = (logits: readonly number[] = raw): void => {
    const at = smoke === undefined ? null : native.api.llama_get_logits_ith(smoke.context, smoke.place);
    if (at === null) throw new TypeError('the smoke model has no logits');
    native.memory.floats(at, SMOKE_VOCABULARY).set(logits);
  };

  const create = (sampling: Partial<Sampling>) => {
    const sampler = samplers?.create({ ...PLAIN, ...sampling });
    if (sampler === undefined) throw new TypeError('there are no samplers');
    return sampler;
  };

  const sampleMany = (sampling: Partial<Sampling>, count: number, logits = raw): Sampled[] => {
    const sampler = create(sampling);
    const all = Array.from({ length: count }, () => {
      setLogits(logits);
      return sampler.sample(smoke?.place ?? -1);
    });
    sampler.free();
    return all;
  };

  const tokensOf = (all: readonly Sampled[]): (number | string)[] =>
    all.map((sampled) => (sampled.kind === 'token' ? sampled.token : sampled.kind));

  const best = (): number => raw.indexOf(Math.max(...raw));

  it('chooses the likeliest at temperature 0, and says when that ends the answer', () => {
    expect(tokensOf(sampleMany({}, 2))).toEqual([best(), best()]);
    expect(tokensOf(sampleMany({ logitBias: { [END]: 100 } }, 1))).toEqual(['end']);
  });

  it('never chooses what a bias of -100 forbids, and refuses tokens that are none', () => {
    const [next] = tokensOf(sampleMany({ logitBias: { [best()]: -100 } }, 1));
    expect(next).toBe(raw.indexOf(Math.max(...raw.filter((_, token) => token !== best()))));
    for (const id of ['64', '-1', '1.5', 'x']) expect(() => create({ logitBias: { [id]: 1 } })).toThrow('0 to 63');
  });

  it('counts the tokens of the answer alone for OpenAI’s penalties, each time or once', () => {
    const flat = raw.map((logit, token) => (token < 3 ? 10 - token : Math.min(logit, 0)));
    expect(tokensOf(sampleMany({ presencePenalty: 1.5, prompt: [0, 0, 0] }, 4, flat))).toEqual([0, 1, 0, 0]);
    expect(tokensOf(sampleMany({ frequencyPenalty: 1.5 }, 5, flat))).toEqual([0, 1, 0, 2, 1]);
  });

  it('counts the prompt too for the repeat penalty, as far back as it looks', () => {
    const flat = raw.map((_, token) => (token === 0 ? 2 : token === 1 ? 1.9 : -1));
    expect(tokensOf(sampleMany({ repeatPenalty: 1.2, prompt: [0] }, 1, flat))).toEqual([1]);
    const forgotten = [0, ...Array.from({ length: 64 }, () => 5)];
    expect(tokensOf(sampleMany({ repeatPenalty: 1.2, prompt: forgotten }, 1, flat))).toEqual([0]);
  });

  it('tells the probabilities the model gave, whatever else is asked', () => {
    const changed = { logitBias: { 7: 100 }, temperature: 1.7, logprobs: 20, topK: 1 };
    const [sampled] = sampleMany(changed, 1);
    if (sampled?.kind !== 'token') throw new TypeError('expected a token');
    const total = Math.log(raw.reduce((sum, logit) => sum + Math.exp(logit), 0));
    expect(sampled.logprob).toMatchObject({ token: 't7', bytes: [116, 55] });
    expect(sampled.logprob?.logprob).toBeCloseTo((raw[7] ?? 0) - total, 4);
    expect(sampled.logprob?.top).toHaveLength(20);
    expect(sampled.logprob?.top[0]?.token).toBe(`t${best()}`);
    const [none] = sampleMany({ logprobs: 0 }, 1);
    expect(none).toMatchObject({ logprob: { top: [] } });
    expect(sampleMany({}, 1)[0]).not.toHaveProperty('logprob');
  });

  it('draws the same for the same seed, whoever draws in between', () => {
    const sampling = { temperature: 1.5, topK: 0, seed: 2 ** 40 + 5 };
    const alone = tokensOf(sampleMany(sampling, 12));
    const [one, other] = [create(sampling), create({ ...sampling, seed: 6 })];
    const together = Array.from({ length: 12 }, () => {
      setLogits();
      other.sample(smoke?.place ?? -1);
      return one.sample(smoke?.place ?? -1);
    });
    expect(tokensOf(together)).toEqual(alone);
    expect(new Set(alone).size).toBeGreaterThan(1);
    expect(tokensOf(sampleMany({ ...sampling, seed: 5 }, 12))).not.toEqual(alone);
    one.free();
    other.free();
  });

  it.each([
    {},
    { temperature: 1 },
    { temperature: 1, topK: 0 },
    { temperature: 1, topK: 500 },
    { logprobs: 3 },
    { logitBias: { 1: 5 } },
  ])('says so when the logits are no numbers: %o', (sampling) => {
    const broken = { kind: 'impossible', reason: 'logits' };
    expect(
      sampleMany(
        sampling,
        1,
        raw.map(() => Number.NaN),
      ),
    ).toEqual([broken]);
  });

  it('refuses a place that has no output, and to go on after its end', () => {
    const sampler = create({ temperature: 1 });
    expect(() => sampler.sample(0)).toThrow('expected an output');
    sampler.free();
    sampler.free();
    expect(() => sampler.sample(smoke?.place ?? -1)).toThrow('expected an output');
  });
});
