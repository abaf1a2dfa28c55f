import { describe, expect, it } from 'vitest';
import { failureIn, fallbacksIn, progressIn } from './story.ts';

// As llama.cpp logs it, pieces put together.
const STORY = [
  'llama_model_quantize_impl: something else\n',
  'warning: blk.0.attn_k.weight                  - ncols    576 not divisible by 256 (required for type    q4_K) ',
  '-> falling back to    q5_0\n',
  'warning: odd.weight                           - ncols     33 not divisible by  32 (required for type    q8_0) ',
  '(WARNING: must use F16 due to unusual shape) -> falling back to     f16\n',
  'llama_model_quantize: failed to quantize: tensor data is bad\n',
].join('');

describe('fallbacksIn', () => {
  it('finds every tensor that became something else', () => {
    expect(fallbacksIn(STORY)).toEqual([
      { tensor: 'blk.0.attn_k.weight', columns: 576, wanted: 'q4_K', got: 'q5_0' },
      { tensor: 'odd.weight', columns: 33, wanted: 'q8_0', got: 'f16' },
    ]);
    expect(fallbacksIn('')).toEqual([]);
  });
});

describe('progressIn', () => {
  it('reads how far it is, and nothing from other lines', () => {
    expect(progressIn('[  68/ 272] blk.7.ffn_up.weight - [  576,  1536]')).toBe(0.25);
    expect(progressIn('size = 1.00 MiB')).toBeUndefined();
  });
});

describe('failureIn', () => {
  it('gives the reason in the words of llama.cpp', () => {
    expect(failureIn(STORY)).toBe('tensor data is bad');
    expect(failureIn('')).toBe('it gave no reason');
  });
});
