import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { hasDuplicateNames } from './duplicate-names.ts';

describe('a JSON text', () => {
  it.each([
    '{"a":1,"a":2}',
    '{"a":1,"b":[{"c":1,"c":2}]}',
    '{"sub":"x","\\u0073ub":"y"}',
    '{ "a" : 1 , "a" : 1 }',
    '{"a":{"b":1},"a":{}}',
    '{"a\\"":1,"a\\"":2}',
  ])('%s names a field twice', (json) => {
    JSON.parse(json);
    expect(hasDuplicateNames(json)).toBe(true);
  });

  it.each([
    '{"a":1,"b":{"a":2}}',
    '["a","a"]',
    '{"a":["a","a"]}',
    '{"a":"{\\"a\\":1,\\"a\\":2}"}',
    '{"a":"a","b":"a"}',
    '1',
    '"a:"',
  ])('%s does not', (json) => {
    JSON.parse(json);
    expect(hasDuplicateNames(json)).toBe(false);
  });

  it('that was made from a value never does', () => {
    fc.assert(
      fc.property(fc.jsonValue(), (value) => void expect(hasDuplicateNames(JSON.stringify(value))).toBe(false)),
    );
  });
});
