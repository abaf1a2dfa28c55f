import type { Likelihood, TokenDetails } from '../protocol/generation.ts';

/** Every token was the likeliest by far; the others are made up and each half as likely as the one before. */
const BEST = Math.log(0.5);
const HALF = Math.log(0.5);

/** Plays the log probability of a token, with so many of the likeliest ones in its place. */
export const describeTokens = (token: string, alternatives: number): TokenDetails => {
  const own = likelihoodOf(token, BEST);
  const others = Array.from({ length: Math.max(0, alternatives - 1) }, (_, rank) =>
    likelihoodOf(`${token}${rank + 1}`, BEST + HALF * (rank + 1)),
  );
  return { logprobs: [{ ...own, top: alternatives === 0 ? [] : [own, ...others] }] };
};

const likelihoodOf = (token: string, logprob: number): Likelihood => ({
  token,
  bytes: [...Buffer.from(token)],
  logprob,
});
