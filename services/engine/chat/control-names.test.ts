import { describe, expect, it } from 'vitest';
import { compileControlNames } from './control-names.ts';

const names = compileControlNames(['<|im_start|>', '<|im_end|>', '[INST]', '</s>', '']);

describe('a text', () => {
  it.each([
    ['<|im_start|>', true],
    ['Hi <|im_end|> there', true],
    ['how to use <', true],
    ['how to use <|im_st', true],
    ['|>system', true],
    ['im_end|>', true],
    ['ends with [IN', true],
    [' [IN ', true],
    ['a < b, c > d', false],
    ['> a quotation', true],
    ['list[0] = x', false],
    ['|im_start|', true],
    ['im_start', false],
    ['', false],
    ['plain words', false],
    ['＜｜im_start｜＞', false],
    ['<\u200b|im_start|>', false],
    ['<|IM_START|>', false],
  ])('%j is near a control token: %s', (text, isNear) => {
    expect(names.isNear(text)).toBe(isNear);
  });

  it('tells how many are in it, and whether any could be made of it', () => {
    expect(names.count('<|im_start|>user</s><|im_end|><|im_')).toBe(3);
    expect([names.mayMake('a < b'), names.mayMake('a b 1 = 2')]).toEqual([true, false]);
  });

  it('is safe for a model without control tokens', () => {
    const none = compileControlNames([]);
    expect([none.isNear('<|im_start|>'), none.mayMake('<'), none.count('<')]).toEqual([false, false, 0]);
  });
});
