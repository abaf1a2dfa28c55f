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
  /** Tokens of finished requests that are kept for later ones with the same beginning; 0 keeps none. */
  prefixCacheTokens: z.union([z.literal('auto'), z.int().min(0)]).default('auto'),
});

export type LlamaOptions = z.output<typeof schema>;

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
