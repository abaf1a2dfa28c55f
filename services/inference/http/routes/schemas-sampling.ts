import { z } from 'zod';
import { anyObject, described } from './schemas.ts';

const MAX_PENALTY = 2;
const MAX_BIAS = 100;
const MAX_TOP_K = 100_000;
const MAX_REPEAT_PENALTY = 10;
const MAX_GRAMMAR_CHARACTERS = 65_536;
const MAX_ADAPTERS = 8;
const MAX_SCALE = 100;

/** Sampling parameters by their ranges; both dialects put their own names and optionality around them. */
export const topK = z.int().min(0).max(MAX_TOP_K);
export const minP = z.number().min(0).max(1);
export const penalty = z.number().min(-MAX_PENALTY).max(MAX_PENALTY);
export const repeatPenalty = z.number().gt(0).max(MAX_REPEAT_PENALTY);
export const logitBias = z.record(z.string(), z.number().min(-MAX_BIAS).max(MAX_BIAS));
export const topLogprobs = z.int().min(0).max(20);
export const grammarText = z.string().min(1).max(MAX_GRAMMAR_CHARACTERS);
export const templateVariables = anyObject;

/** LoRA adapters of one request. */
export const adapterList = z
  .array(
    z.strictObject({
      id: described(z.string().min(1).max(128), "Id of an adapter of the model's configuration."),
      scale: described(z.number().min(-MAX_SCALE).max(MAX_SCALE).default(1), 'How strongly it applies; 0: not at all.'),
    }),
  )
  .max(MAX_ADAPTERS);

/** What the parameters say, the same in both dialects. */
export const SAMPLING_NOTES = {
  topK: 'Candidates kept before `top_p` applies; 0 keeps all.',
  minP: 'Candidates below this share of the likeliest one are dropped.',
  frequencyPenalty: 'Makes tokens less likely with each time they were written.',
  presencePenalty: 'Makes tokens less likely once they were written.',
  repeatPenalty: 'Divides the score of tokens seen lately, prompt included; 1 changes nothing.',
  logitBias: 'Added to the logits of these token ids, -100 to 100.',
  grammar: "A grammar in llama.cpp's GBNF that the text of the answer will match.",
  adapters: 'LoRA adapters that apply to this request.',
  contextShift: 'Go on at the end of the context by forgetting its middle, instead of ending with `length`.',
  reasoningEffort: 'How long a model that reasons may do so; `none`: not at all.',
  templateVariables: 'Variables for the chat template, such as `enable_thinking`.',
} as const;
