import { expect, it } from 'vitest';
import { contextPerSequence } from './context-size.ts';

it.each([
  ['what was asked for', { context: 4096, kvTokens: 'auto', slots: 4 }, 8192, 4096],
  ['at most what the model was trained for', { context: 16_384, kvTokens: 'auto', slots: 4 }, 8192, 8192],
  ['its share of the pool', { context: 4096, kvTokens: 8192, slots: 8 }, 8192, 1024],
  ['at least a usable size', { context: 4096, kvTokens: 1024, slots: 16 }, 8192, 512],
  ['less than that when asked for less', { context: 256, kvTokens: 1024, slots: 16 }, 8192, 256],
  ['a modest size by default', { context: 'auto', kvTokens: 'auto', slots: 16 }, 8192, 2048],
] as const)('gives a sequence %s', (_, spec, trained, expected) => {
  expect(contextPerSequence(spec, trained)).toBe(expected);
});
