import { describe, expect, it } from 'vitest';
import { encodeOverrides } from './overrides.ts';

const ENTRY = 264;
const textAt = (bytes: Buffer, at: number): string => bytes.toString('utf8', at, bytes.indexOf(0, at));

describe('encodeOverrides', () => {
  it('writes tag, key and text where llama.cpp reads them, and ends with an empty key', () => {
    const bytes = encodeOverrides({ 'a.b': 'text', 'c.d': 'more' });
    expect(bytes).toHaveLength(3 * ENTRY);
    expect([bytes.readInt32LE(0), textAt(bytes, 4), textAt(bytes, 136)]).toEqual([3, 'a.b', 'text']);
    expect([bytes.readInt32LE(ENTRY), textAt(bytes, ENTRY + 4), textAt(bytes, ENTRY + 136)]).toEqual([
      3,
      'c.d',
      'more',
    ]);
    expect(bytes[2 * ENTRY + 4]).toBe(0);
  });

  it('cuts a text that is too long at a whole character and ends it', () => {
    const bytes = encodeOverrides({ key: 'é'.repeat(100) });
    expect(textAt(bytes, 136)).toBe('é'.repeat(63));
  });

  it('refuses a key that is too long', () => {
    expect(() => encodeOverrides({ ['k'.repeat(128)]: 'text' })).toThrowError(/key of 128 bytes/);
  });
});
