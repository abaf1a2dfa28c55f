import { describe, expect, it } from 'vitest';
import { describeTokens } from './likelihoods.ts';

describe('the log probabilities of a script', () => {
  it('are those of the token and of as many in its place as were asked for, the likeliest first', () => {
    for (const alternatives of [0, 1, 5]) {
      const [entry] = describeTokens('é', alternatives).logprobs ?? [];
      expect(entry).toMatchObject({ token: 'é', bytes: [195, 169] });
      expect(entry?.top.length).toBe(alternatives);
      const values = entry?.top.map(({ logprob }) => logprob) ?? [];
      expect(values).toEqual([...values].sort((a, b) => b - a));
      if (alternatives > 0) expect(entry?.top[0]).toMatchObject({ token: 'é', logprob: entry?.logprob });
    }
  });
});
