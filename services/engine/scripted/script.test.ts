import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { createRandom, createScript, lastUserText } from './script.ts';

const chunksOf = (text: string, size: number | [number, number], seed = 1): string[] => {
  const script = createScript(text, size, createRandom(seed));
  const chunks: string[] = [];
  while (!script.isDone) chunks.push(script.next());
  return chunks;
};

describe('createScript', () => {
  it('cuts into chunks of so many characters', () => {
    expect(chunksOf('abcdefg', 3)).toEqual(['abc', 'def', 'g']);
  });

  it('is done at once with an empty text', () => {
    expect(chunksOf('', 3)).toEqual([]);
  });

  it('never breaks a character and loses none', () => {
    const text = fc.string({ unit: 'binary' });
    fc.assert(
      fc.property(text, fc.integer({ min: 1, max: 5 }), fc.integer({ min: 0, max: 4 }), (whole, min, more) => {
        const chunks = chunksOf(whole, [min, min + more]);
        expect(chunks.join('')).toBe(whole);
        for (const chunk of chunks) {
          expect(chunk.isWellFormed()).toBe(true);
          expect([...chunk].length).toBeLessThanOrEqual(min + more);
        }
      }),
    );
  });

  it('repeats its cuts for the same seed only', () => {
    const text = 'x'.repeat(200);
    expect(chunksOf(text, [1, 7], 5)).toEqual(chunksOf(text, [1, 7], 5));
    expect(chunksOf(text, [1, 7], 5)).not.toEqual(chunksOf(text, [1, 7], 6));
  });
});

describe('lastUserText', () => {
  it('is the last user message exactly as it arrived', () => {
    const messages = [
      { role: 'user', content: 'first' },
      { role: 'user', content: ' second\n\u0000🙂 ' },
      { role: 'assistant', content: 'answer' },
    ] as const;
    expect(lastUserText({ kind: 'chat', messages })).toBe(' second\n\u0000🙂 ');
  });

  it('is the prompt itself, and empty where no user spoke', () => {
    expect(lastUserText({ kind: 'text', prompt: 'p' })).toBe('p');
    expect(lastUserText({ kind: 'chat', messages: [{ role: 'system', content: 's' }] })).toBe('');
  });
});
