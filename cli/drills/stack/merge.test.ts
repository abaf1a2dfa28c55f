import { expect, it } from 'vitest';
import { mergeSettings } from './merge.ts';

it('joins sections, replaces lists and values, and changes nothing it was given', () => {
  const base = { limits: { queue: 1, deadlineMs: 2 }, models: [{ id: 'a' }] };
  expect(mergeSettings(base, { limits: { queue: 3 } }, { models: [] })).toEqual({
    limits: { queue: 3, deadlineMs: 2 },
    models: [],
  });
  expect(base).toEqual({ limits: { queue: 1, deadlineMs: 2 }, models: [{ id: 'a' }] });
});
