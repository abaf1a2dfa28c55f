import { describe, expect, it } from 'vitest';
import { exampleOf } from './example.ts';

describe('the example of a schema', () => {
  it.each([
    [
      { type: 'object', properties: { a: { type: 'string' }, b: { type: 'integer', minimum: 3 } } },
      { a: '', b: 3 },
    ],
    [{ type: 'array', minItems: 2, items: { enum: ['x', 'y'] } }, ['x', 'x']],
    [{ anyOf: [{ type: 'boolean' }, { type: 'null' }] }, true],
    [{ properties: { a: { const: 1 } } }, { a: 1 }],
    [{ type: ['number', 'null'] }, 0],
    [{}, null],
  ])('of %j is %j', (schema, expected) => {
    expect(exampleOf(schema)).toEqual(expected);
  });

  it('of what is no schema is refused', () => {
    expect(() => exampleOf({ type: 'object', properties: { a: { type: 'nonsense' } } })).toThrow(/JSON type/);
  });
});
