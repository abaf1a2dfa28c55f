import { describe, expect, it } from 'vitest';
import type { EngineSpec } from '../../../services/engine/protocol/messages.ts';
import { embeddedModelFile } from '../../embedded-model.ts';
import { engineSpec, startEngine } from '../../engine-process.ts';
import { chat } from './suite.ts';

const file = await embeddedModelFile();

const spec = (tokens: number): EngineSpec =>
  engineSpec({
    ...{ plugin: 'llama', files: [file], context: 1024, slots: 2, threads: 2 },
    options: { speculation: { tokens, maxBatch: 2, adaptive: false } },
  });

/** What a model says of these repeats itself, or what it was asked. */
const PROMPTS = [
  chat('Repeat three times: the quick brown fox jumps over the lazy dog.'),
  { kind: 'text', prompt: 'one two three four one two three four one two three four one two' },
  chat('What is the capital of France?'),
] as const;

/** The shortest end of a text that is nowhere before in it. */
const endOf = (text: string): string => {
  let length = 1;
  while (text.indexOf(text.slice(-length)) < text.length - length) length += 1;
  return text.slice(-length);
};

describe('llama engine, guessing tokens ahead', () => {
  it('writes the same at temperature 0, and says how many guesses were right', async () => {
    await using plain = await startEngine(spec(0));
    await using guessing = await startEngine(spec(4));
    let best = { accepted: 0, ask: {} };
    for (const input of PROMPTS) {
      const ask = { input, maxTokens: 48, temperature: 0 } as const;
      const [expected, answer] = [await plain.generate(ask), await guessing.generate(ask)];
      expect(answer.text).toBe(expected.text);
      expect(expected.end).not.toHaveProperty('usage.acceptedTokens');
      if (answer.end.type !== 'finished') throw new TypeError('expected an answer');
      const { acceptedTokens = 0 } = answer.end.usage;
      if (acceptedTokens > best.accepted)
        best = { accepted: acceptedTokens, ask: { ...ask, stop: [endOf(answer.text)] } };
    }
    // More than one guess at a time can be right, so that some were before the end that is the stop string now.
    expect(best.accepted).toBeGreaterThan(4);
    expect((await guessing.generate(best.ask)).end).toMatchObject({
      ...{ usage: { acceptedTokens: expect.any(Number) } },
    });
  });

  it('writes the same for the same seed', async () => {
    await using plain = await startEngine(spec(0));
    await using guessing = await startEngine(spec(4));
    const ask = { input: PROMPTS[1], maxTokens: 32, temperature: 0.7, seed: 7 };
    expect((await guessing.generate(ask)).text).toBe((await plain.generate(ask)).text);
  });
});
