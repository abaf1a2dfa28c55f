import { expect, it } from 'vitest';
import { unpackSnappy } from './snappy.ts';

const unpack = (...bytes: number[]) => unpackSnappy(Uint8Array.from(bytes)).toString();
const codes = (text: string) => [...Buffer.from(text)];

it('copies literals', () => expect(unpack(5, 4 << 2, ...codes('hello'))).toBe('hello'));

it('takes the length of a long literal from the bytes behind its tag', () => {
  const text = 'x'.repeat(70);
  expect(unpack(70, 60 << 2, 69, ...codes(text))).toBe(text);
});

it('repeats what it has written, also what it is just writing', () => {
  expect(unpack(10, 1 << 2, ...codes('ab'), (0 << 5) | (4 << 2) | 1, 2)).toBe('ababababab');
  expect(unpack(6, 2 << 2, ...codes('abc'), (2 << 2) | 2, 3, 0)).toBe('abcabc');
  expect(unpack(6, 2 << 2, ...codes('abc'), (2 << 2) | 3, 3, 0, 0, 0)).toBe('abcabc');
});

it.each([[[5, 4 << 2, 1]], [[3, 0, 97, (0 << 2) | 2, 9, 0]], [[2, 0, 97]], [[255, 255, 255, 255, 255, 255]], [[]]])(
  'refuses what is cut or points nowhere: %j',
  (bytes) => {
    expect(() => unpack(...bytes)).toThrow(RangeError);
  },
);
