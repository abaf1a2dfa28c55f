import { expect, it } from 'vitest';
import { createReclaimer } from './reclaim.ts';

it('collects as often as the vocabulary is large, not once per request', () => {
  const collectionsAfter = (evaluations: number, vocabularySize: number): number => {
    let collections = 0;
    const onEvaluation = createReclaimer(vocabularySize, () => {
      collections += 1;
    });
    for (let count = 0; count < evaluations; count += 1) onEvaluation();
    return collections;
  };
  expect(collectionsAfter(100, 49_152)).toBe(0);
  expect(collectionsAfter(1000, 49_152)).toBe(8);
  expect(collectionsAfter(1000, 262_144)).toBe(45);
});
