import { z } from 'zod';
import { ServiceError } from '../../../core/errors/service-error.ts';
import { parseOptions } from '../options.ts';

const schema = z.strictObject({
  /** Tokens computed in one step, over all sequences. */
  batchSize: z.int().min(32).max(8192).default(512),
  flashAttention: z.union([z.literal('auto'), z.boolean()]).default('auto'),
  /** Candidates kept before `topP` applies; 0 keeps all. */
  topK: z.int().min(0).default(40),
  /** Candidates below this share of the best one are dropped. */
  minP: z.number().min(0).max(1).default(0.05),
  /** A Jinja template to use instead of the one in the model file. */
  chatTemplate: z.string().min(1).optional(),
  /** How the key-value memory is stored; less precise types hold more tokens. */
  kvType: z.enum(['f16', 'q8_0', 'q4_0']).default('f16'),
  /**
   * `pool`: all slots share their cells, and the attention of each looks at those of all. `streams`: each slot has an
   * equal part of its own, which is faster on the processor. `auto`: streams there if every slot can have the whole
   * context.
   */
  kvLayout: z.enum(['auto', 'pool', 'streams']).default('auto'),
  /** What requests of one tenant begin with alike is computed once; false: each computes all of its own. */
  prefixSharing: z.boolean().default(true),
  /**
   * Tokens of finished requests that stay in the key-value memory for later ones with the same beginning; 0 keeps none.
   * Each makes the attention of all running answers a little dearer; in streams it does not, and what a slot held last
   * stays there, however long.
   */
  prefixCacheTokens: z.union([z.literal('auto'), z.int().min(0)]).default('auto'),
  /** Plain memory for the beginnings that lose their place there, in bytes; 0 keeps none; auto: a tenth of what is free, at most 1 GiB. */
  prefixCacheBytes: z.union([z.literal('auto'), z.int().min(0)]).default('auto'),
  /** Guesses the next tokens by what the text said before, and computes several at once: the answers stay the same. */
  speculation: z
    .strictObject({
      /** Most tokens guessed at a time; 0 guesses none. */
      tokens: z.int().min(0).max(16).default(0),
      /** Longest run of tokens that is looked for. */
      ngram: z.int().min(2).max(4).default(3),
      /** Most answers at once beside which it guesses. */
      maxBatch: z.int().min(1).max(16).default(2),
      /** Guesses only where the steps measured so far say that it pays; false: whenever the text repeats itself. */
      adaptive: z.boolean().default(true),
    })
    .prefault({}),
});

export type LlamaOptions = z.output<typeof schema>;

/** Most outputs of one batch: one for each slot, and one for each token guessed ahead. */
export const outputsFor = (slots: number, { speculation }: Pick<LlamaOptions, 'speculation'>): number =>
  slots + speculation.tokens * Math.min(slots, speculation.maxBatch);

/** Checks the options of the llama engine. */
export const parseLlamaOptions = (raw: unknown): LlamaOptions => {
  const options = parseOptions(schema, raw);
  if (options.kvType !== 'f16' && options.flashAttention === false) {
    throw new ServiceError(
      'ERR_CONFIG_INVALID',
      `models[].options.flashAttention: expected auto or true with kvType ${options.kvType}, got false`,
    );
  }
  return options;
};
