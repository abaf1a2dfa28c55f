import { ServiceError } from '../../../core/errors/service-error.ts';
import type { FineSampling } from '../protocol/generation.ts';

/** Tokens that `repeatPenalty` looks back at, as llama.cpp's own programs do. */
const LOOK_BACK = 64;

export type AdjustmentOptions = Pick<
  FineSampling,
  'frequencyPenalty' | 'presencePenalty' | 'repeatPenalty' | 'logitBias'
> & {
  /** The repeat penalty counts its tokens too; the other two look at the answer alone, as OpenAI's do. */
  readonly prompt: readonly number[];
};

/** What is done to the logits of each token before one is chosen. */
export interface Adjustments {
  apply(logits: Float32Array): void;
  /** A token of the answer. */
  accept(token: number): void;
}

type Adjust = Adjustments['apply'];

/**
 * Writes bias and penalties straight into the logits: a handful of tokens are touched, where a sampler of llama.cpp looks
 * each token of the vocabulary up. `undefined`: there is nothing to do.
 */
export const createAdjustments = (options: AdjustmentOptions, vocabulary: number): Adjustments | undefined => {
  const counts = new Map<number, number>();
  const recent = options.prompt.slice(-LOOK_BACK);
  const steps = [biasOf(options, vocabulary), repetitionOf(options, recent), penaltiesOf(options, counts)];
  const adjust = steps.filter((step) => step !== undefined);
  if (adjust.length === 0) return undefined;
  return {
    apply(logits) {
      for (const step of adjust) step(logits);
    },
    accept(token) {
      counts.set(token, (counts.get(token) ?? 0) + 1);
      recent.push(token);
      if (recent.length > LOOK_BACK) recent.shift();
    },
  };
};

const biasOf = ({ logitBias = {} }: AdjustmentOptions, vocabulary: number): Adjust | undefined => {
  const entries = Object.entries(logitBias).map(([id, bias]) => [tokenOf(id, vocabulary), bias] as const);
  if (entries.length === 0) return undefined;
  return (logits) => {
    for (const [token, bias] of entries) logits[token] = (logits[token] ?? 0) + bias;
  };
};

/** Writing past the end of the logits would hit other answers. */
const tokenOf = (id: string, vocabulary: number): number => {
  const token = Number(id);
  if (/^\d+$/.test(id) && token < vocabulary) return token;
  const problem = `expected token ids from 0 to ${vocabulary - 1}, got ${/^-?\d{1,12}$/.test(id) ? id : 'something else'}`;
  throw new ServiceError('ERR_HTTP_BODY_INVALID', `logitBias: ${problem}; ask the tokenise route for them`, {
    details: { problems: [{ path: 'logitBias', message: problem }] },
  });
};

const repetitionOf = ({ repeatPenalty = 1 }: AdjustmentOptions, recent: readonly number[]): Adjust | undefined => {
  if (repeatPenalty === 1 || !(repeatPenalty > 0)) return undefined;
  return (logits) => {
    for (const token of new Set(recent)) {
      const logit = logits[token] ?? 0;
      // Dividing a negative logit would make the token likelier.
      logits[token] = logit > 0 ? logit / repeatPenalty : logit * repeatPenalty;
    }
  };
};

const penaltiesOf = (
  { frequencyPenalty = 0, presencePenalty = 0 }: AdjustmentOptions,
  counts: ReadonlyMap<number, number>,
): Adjust | undefined => {
  if (frequencyPenalty === 0 && presencePenalty === 0) return undefined;
  return (logits) => {
    for (const [token, count] of counts) {
      logits[token] = (logits[token] ?? 0) - count * frequencyPenalty - presencePenalty;
    }
  };
};
