import { z } from 'zod';
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
});

export type LlamaOptions = z.output<typeof schema>;

/** Checks the options of the node-llama-cpp engine. */
export const parseLlamaOptions = (raw: unknown): LlamaOptions => parseOptions(schema, raw);
