import { describe, expect, it } from 'vitest';
import { compare } from './compare.ts';

describe('comparing what is wanted with what is there', () => {
  it('takes text for the number or truth value that it spells', () => {
    expect(compare({ settings: { shards: 2, open: true } }, { settings: { shards: '2', open: 'true' } })).toEqual([]);
    expect(compare({ shards: 2 }, { shards: '3' })).toEqual([{ at: 'shards', expected: 2, got: '3' }]);
    expect(compare({ shards: 2 }, { shards: null })).toEqual([{ at: 'shards', expected: 2, got: null }]);
  });

  it('leaves alone what the far side adds, but for places that are all ours', () => {
    expect(compare({ a: 1 }, { a: 1, created: 5 })).toEqual([]);
    expect(compare({ properties: { a: {} } }, { properties: { a: {}, b: {} } })).toEqual([
      { at: 'properties.b', expected: undefined, got: {} },
    ]);
  });

  it('tells a list by its order, and one of privileges by its members', () => {
    expect(compare({ columns: ['a', 'b'] }, { columns: ['b', 'a'] })).toHaveLength(2);
    expect(compare({ cluster: ['a', 'b'] }, { cluster: ['b', 'a'] })).toEqual([]);
    expect(compare({ cluster: ['a', 'b'] }, { cluster: ['b', 'c'] })).toHaveLength(1);
    expect(compare({ cluster: ['a'] }, { cluster: ['a', 'all'] })).toHaveLength(1);
  });
});
