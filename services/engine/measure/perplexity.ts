/** Surprise at one token: minus the logarithm of the probability that these logits give it. */
export const surpriseAt = (token: number, logits: Float32Array): number => {
  let highest = Number.NEGATIVE_INFINITY;
  for (const logit of logits) if (logit > highest) highest = logit;
  let sum = 0;
  for (const logit of logits) sum += Math.exp(logit - highest);
  return Math.log(sum) + highest - (logits[token] ?? Number.NaN);
};

/** The perplexity of a text from the surprise at each of its tokens. */
export const perplexityOf = (surprises: readonly number[]): number =>
  Math.exp(surprises.reduce((sum, surprise) => sum + surprise, 0) / surprises.length);
