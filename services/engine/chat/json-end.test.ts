import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { createJsonEnd } from './json-end.ts';

/** Reads piece by piece; the text up to the end, or `undefined` when the value stayed open. */
const read = (pieces: readonly string[]): string | undefined => {
  const findEnd = createJsonEnd();
  let text = '';
  for (const piece of pieces) {
    const end = findEnd(piece);
    if (end !== undefined) return text + piece.slice(0, end);
    text += piece;
  }
  return undefined;
};

describe('createJsonEnd', () => {
  it('ends with the bracket that closes the value', () => {
    expect(read([' {"a": [1, {"b": "}"}', ']}', '\n\n\n\n'])).toBe(' {"a": [1, {"b": "}"}]}');
  });

  it('ends a text with its quote and a number with the space behind it', () => {
    expect(read(['"a\\"', 'b" x'])).toBe('"a\\"b"');
    expect(read(['12', '34\n'])).toBe('1234');
  });

  it('goes on while the value is open', () => {
    expect(read(['{"a": "', '}'])).toBeUndefined();
  });

  it('finds the end of any JSON value, wherever it is cut', () => {
    fc.assert(
      fc.property(fc.jsonValue(), fc.integer({ min: 1, max: 5 }), (value, size) => {
        const json = JSON.stringify(value);
        const text = `${json}\n\n\n\n`;
        const pieces: string[] = [];
        for (let from = 0; from < text.length; from += size) pieces.push(text.slice(from, from + size));
        expect(read(pieces)).toBe(json);
      }),
    );
  });
});
