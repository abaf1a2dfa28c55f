import { describe, expect, it } from 'vitest';
import { perplexityOf, surpriseAt } from './perplexity.ts';

describe('surpriseAt', () => {
  it('is the logarithm of the number of tokens where all are as likely', () => {
    expect(surpriseAt(3, new Float32Array(8))).toBeCloseTo(Math.log(8), 12);
  });

  it('does not depend on what is added to all logits, however large', () => {
    const logits = Float32Array.of(1, 2, 3);
    expect(
      surpriseAt(
        0,
        logits.map((logit) => logit + 1000),
      ),
    ).toBeCloseTo(surpriseAt(0, logits), 6);
  });

  it('is none at a token that is certain', () => {
    expect(surpriseAt(1, Float32Array.of(-200, 200, -200))).toBeCloseTo(0, 12);
  });
});

describe('perplexityOf', () => {
  it('is the number of tokens a model chooses from, on average', () => {
    expect(perplexityOf([Math.log(2), Math.log(8)])).toBeCloseTo(4, 12);
  });
});
