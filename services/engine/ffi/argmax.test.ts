import { readFileSync } from 'node:fs';
import fc from 'fast-check';
import { expect, it } from 'vitest';
import wabt from 'wabt';
import { createArgmax } from './argmax.ts';

const floats = (values: readonly number[]): Float32Array => Float32Array.from(values);

/** The same without vectors. */
const plainly = (values: Float32Array): number | undefined => {
  if (values.some(Number.isNaN)) return undefined;
  const best = values.reduce((most, value) => Math.max(most, value), Number.NEGATIVE_INFINITY);
  return Number.isFinite(best) ? values.indexOf(best) : undefined;
};

it('finds the first of the greatest numbers, whatever the length', () => {
  const number = fc.oneof(fc.integer({ min: -3, max: 3 }), fc.float({ noNaN: true }));
  fc.assert(
    fc.property(fc.array(number, { minLength: 1, maxLength: 70 }), (values) => {
      const numbers = floats(values);
      expect(createArgmax(numbers.length)(numbers)).toBe(plainly(numbers));
    }),
  );
});

it('finds nothing where one is no number, wherever it is', () => {
  const numbers = floats(Array.from({ length: 50 }, (_, index) => index));
  const argmax = createArgmax(numbers.length);
  expect(argmax(numbers)).toBe(49);
  for (let index = 0; index < numbers.length; index += 1) {
    expect(argmax(numbers.with(index, Number.NaN)), `at ${index}`).toBeUndefined();
  }
});

it('finds nothing where none is finite', () => {
  expect(createArgmax(3)(floats([-Infinity, -Infinity, -Infinity]))).toBeUndefined();
  expect(createArgmax(3)(floats([0, Infinity, 0]))).toBeUndefined();
  expect(createArgmax(3)(floats([-Infinity, -1e30, -Infinity]))).toBe(1);
});

it('works for vocabularies of any size', () => {
  const numbers = new Float32Array(262_144).fill(-1);
  numbers[262_143] = 1;
  expect(createArgmax(numbers.length)(numbers)).toBe(262_143);
});

it('is built from its source', async () => {
  const at = (name: string): Buffer => readFileSync(new URL(name, import.meta.url));
  const { parseWat } = await wabt();
  const built = parseWat('argmax.wat', at('argmax.wat').toString(), { simd: true }).toBinary({}).buffer;
  expect(Buffer.from(built).equals(at('argmax.wasm'))).toBe(true);
});
