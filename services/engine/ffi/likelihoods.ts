import type { Likelihood, TokenLogprob } from '../protocol/generation.ts';

/** What OpenAI answers for a token that cannot come; JSON has no infinity. */
const LEAST_LOGPROB = -9999;
const REPLACING = new TextDecoder('utf-8', { ignoreBOM: true });

/** Writes out how likely a token was at one position. */
export type DescribeLikelihood = (token: number) => TokenLogprob;

/**
 * Reads the logits of one position, before anything changes them, as the model's own probabilities: the `count` best, and
 * any token asked for later. `bytesOf` gives the bytes of a token.
 */
export const readLikelihoods = (
  logits: Float32Array,
  count: number,
  bytesOf: (token: number) => Uint8Array,
): DescribeLikelihood => {
  const total = logSum(logits);
  const describe = (token: number, logit: number): Likelihood => {
    const bytes = bytesOf(token);
    return { token: REPLACING.decode(bytes), bytes: [...bytes], logprob: Math.max(LEAST_LOGPROB, logit - total) };
  };
  const top = bestOf(logits, count).map((token) => describe(token, logits[token] ?? 0));
  // Bias and penalties change the logits before the token is known.
  const kept = logits.slice();
  return (token) => ({ ...describe(token, kept[token] ?? Number.NEGATIVE_INFINITY), top });
};

/** The logarithm of the sum of the exponentials. */
const logSum = (logits: Float32Array): number => {
  let most = Number.NEGATIVE_INFINITY;
  for (const logit of logits) if (logit > most) most = logit;
  let sum = 0;
  for (let index = 0; index < logits.length; index += 1) sum += Math.exp((logits[index] ?? 0) - most);
  return most + Math.log(sum);
};

/** The tokens with the highest logits, best first; of equals the one with the lower number. */
const bestOf = (logits: Float32Array, count: number): number[] => {
  const best: number[] = [];
  if (count < 1) return best;
  const logitAt = (place: number): number => logits[best[place] ?? -1] ?? Number.NEGATIVE_INFINITY;
  for (let token = 0; token < logits.length; token += 1) {
    const logit = logits[token] ?? Number.NEGATIVE_INFINITY;
    if (best.length >= count && !(logit > logitAt(best.length - 1))) continue;
    let place = best.length;
    while (place > 0 && logit > logitAt(place - 1)) place -= 1;
    best.splice(place, 0, token);
    if (best.length > count) best.pop();
  }
  return best;
};
