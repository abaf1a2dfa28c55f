import {
  type LlamaContextSequenceRepeatPenalty,
  type LlamaGrammar,
  LlamaGrammarEvaluationState,
  type LlamaModel,
  type SequenceEvaluateOptions,
  type Token,
  TokenBias,
} from 'node-llama-cpp';
import { ServiceError } from '../../../core/errors/service-error.ts';
import type { GenerationRequest } from '../protocol/generation.ts';
import { checkTokens } from '../token-ids.ts';
import type { LlamaOptions } from './options.ts';

/** Tokens that `repeatPenalty` looks back at. */
const LOOK_BACK = 64;

export interface SamplingInput {
  readonly model: LlamaModel;
  readonly prompt: readonly Token[];
  readonly limit: number;
  readonly request: GenerationRequest;
  readonly grammar: LlamaGrammar | undefined;
  readonly sampling: Pick<LlamaOptions, 'topK' | 'minP'>;
}

/** Refuses by name what this library cannot do, so that nobody takes an answer for what it is not. */
export const checkSampling = (request: GenerationRequest, vocabulary: number): void => {
  const refused = [
    request.logprobs === undefined ? [] : ['logprobs'],
    (request.adapters ?? []).length === 0 ? [] : ['adapters'],
    request.shiftsContext === undefined ? [] : ['shiftsContext'],
    hasPenalties(request) && repeats(request) ? ['repeatPenalty with frequencyPenalty or presencePenalty'] : [],
  ].flat();
  if (refused.length > 0) {
    throw new ServiceError(
      'ERR_MODELS_CAPABILITY',
      `${refused.join(', ')}: expected nothing of the kind with engine node-llama-cpp, which cannot do it; use engine: llama`,
      { details: { refused } },
    );
  }
  checkTokens(Object.keys(request.logitBias ?? {}).map(Number), 'logitBias', vocabulary);
};

/** How the library is to choose the tokens of a request; `answer` grows with every one of them. */
export const samplingOf = (input: SamplingInput, answer: readonly Token[]): SequenceEvaluateOptions => {
  const { request, model, grammar, sampling } = input;
  const penalty = penaltyOf(input, answer);
  const bias = biasOf(request, model);
  return {
    temperature: request.temperature,
    topP: request.topP,
    topK: request.topK ?? sampling.topK,
    minP: request.minP ?? sampling.minP,
    seed: toSamplerSeed(request.seed ?? Math.floor(Math.random() * TWO_32)),
    ...(penalty === undefined ? {} : { repeatPenalty: penalty }),
    ...(bias === undefined ? {} : { tokenBias: bias }),
    ...(grammar === undefined ? {} : { grammarEvaluationState: new LlamaGrammarEvaluationState({ model, grammar }) }),
  };
};

const repeats = ({ repeatPenalty = 1 }: GenerationRequest): boolean => repeatPenalty !== 1;

const hasPenalties = ({ frequencyPenalty = 0, presencePenalty = 0 }: GenerationRequest): boolean =>
  frequencyPenalty !== 0 || presencePenalty !== 0;

/** The library has one history for all penalties: the answer for OpenAI's, the last tokens of all for the other. */
const penaltyOf = (
  { request, prompt, limit }: SamplingInput,
  answer: readonly Token[],
): LlamaContextSequenceRepeatPenalty | undefined => {
  if (hasPenalties(request)) {
    return {
      punishTokens: () => [...answer],
      maxPunishTokens: limit,
      penalty: 1,
      frequencyPenalty: request.frequencyPenalty ?? 0,
      presencePenalty: request.presencePenalty ?? 0,
    };
  }
  if (!repeats(request)) return undefined;
  return {
    punishTokens: () => [...prompt.slice(-LOOK_BACK), ...answer].slice(-LOOK_BACK),
    penalty: request.repeatPenalty ?? 1,
  };
};

const biasOf = ({ logitBias = {} }: GenerationRequest, model: LlamaModel): TokenBias | undefined => {
  const entries = Object.entries(logitBias);
  if (entries.length === 0) return undefined;
  const bias = TokenBias.for(model);
  // Safe: a token of the library is a number with a mark on it.
  for (const [id, logit] of entries) bias.set(Number(id) as Token, { logit });
  return bias;
};

const TWO_32 = 0x1_0000_0000;

/** What llama.cpp takes for «any seed will do». */
const ANY_SEED = 0xffff_ffff;

/** The sampler takes 32 bits without a sign and would read 0 for most other numbers; every bit of a seed counts. */
const toSamplerSeed = (seed: number): number => (((seed % TWO_32) ^ Math.floor(seed / TWO_32)) >>> 0) % ANY_SEED;
