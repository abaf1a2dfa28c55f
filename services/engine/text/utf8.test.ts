import fc from 'fast-check';
import { expect, it } from 'vitest';
import { createUtf8Decoder } from './utf8.ts';

const decodeInPieces = (bytes: Uint8Array, size: number): string[] => {
  const decoder = createUtf8Decoder();
  const pieces: string[] = [];
  for (let from = 0; from < bytes.length; from += size) pieces.push(decoder.push(bytes.subarray(from, from + size)));
  return [...pieces, decoder.end()];
};

it('gives the same text whatever the size of the pieces, with whole characters in each', () => {
  fc.assert(
    fc.property(fc.string({ unit: 'grapheme' }), fc.integer({ min: 1, max: 5 }), (text, size) => {
      const pieces = decodeInPieces(new TextEncoder().encode(text), size);
      expect(pieces.join('')).toBe(text);
      for (const piece of pieces) expect(piece.isWellFormed()).toBe(true);
    }),
  );
});

it('ends a character that was cut off with one replacement character', () => {
  expect(decodeInPieces(new TextEncoder().encode('ok 🙂').subarray(0, 6), 2).join('')).toBe('ok \u{fffd}');
});
