import fc from 'fast-check';
import type { Token } from 'node-llama-cpp';
import { describe, expect, it } from 'vitest';
import { createDetokenizer } from './detokenizer.ts';

/** One token per byte, as in the worst of vocabularies. */
const bytesAsTokens = (text: string): Token[] => {
  // Safe: the brand of the library stands for a plain number.
  return [...new TextEncoder().encode(text)] as Token[];
};

const decoder = new TextDecoder('utf-8', { ignoreBOM: true });
const detokenize = (tokens: readonly Token[]) => decoder.decode(Uint8Array.from(tokens));

const run = (tokens: readonly Token[]): string[] => {
  const detokenizer = createDetokenizer(detokenize);
  const pieces = tokens.map((token) => detokenizer.push(token));
  return [...pieces, detokenizer.end()];
};

describe('createDetokenizer', () => {
  it('gives whole characters only and loses none', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'grapheme' }), (text) => {
        const pieces = run(bytesAsTokens(text));
        expect(pieces.join('')).toBe(text);
        for (const piece of pieces) expect(piece).not.toContain('\u{fffd}');
      }),
    );
  });

  it('holds a character back until its last piece', () => {
    expect(run(bytesAsTokens('a🙂'))).toEqual(['a', '', '', '', '🙂', '']);
  });

  it('ends a character that was cut off with a replacement', () => {
    expect(run(bytesAsTokens('a🙂').slice(0, 3))).toEqual(['a', '', '', '\u{fffd}']);
  });

  it('passes wrong bytes on as replacements without waiting for ever', () => {
    const wrong = [0xff, 0x41, 0xff, 0x42] as Token[];
    expect(run(wrong).join('')).toBe('\u{fffd}A\u{fffd}B');
  });
});
