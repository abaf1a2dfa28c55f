import { z } from 'zod';
import { parseOptions } from '../options.ts';

const schema = z.strictObject({
  /** Up to and with the version, such as `https://gpu-box:8000/v1`. */
  baseUrl: z
    .url({ protocol: /^https?$/ })
    .refine((url) => URL.parse(url)?.username === '' && URL.parse(url)?.password === '', {
      message: 'expected a URL without credentials; put the key into apiKeyFile',
    })
    .transform((url) => url.replace(/\/+$/, '')),
  /** Name of the model there; default: the id of the model here. */
  model: z.string().min(1).optional(),
  /** File that holds the key and nothing else; read again when it changes. */
  apiKeyFile: z.string().min(1).optional(),
  headers: z.record(z.string(), z.string()).default({}),
  /** PEM file of the authority that signed the certificate of the upstream. */
  caFile: z.string().min(1).optional(),
  /** Longest silence: while connecting, before the first byte, and between any two. */
  timeoutMs: z.int().min(100).max(2_147_483_647).default(120_000),
  /** Longest single request there; default: what the upstream says, where it does. */
  context: z.int().min(1).optional(),
  embeddings: z.boolean().default(false),
  /** Requests under way at once; default: the slots of the model. */
  maxConcurrency: z.int().min(1).optional(),
  /** OpenAI's newest models want `max_completion_tokens`, most other servers know only `max_tokens`. */
  maxTokensField: z.enum(['max_tokens', 'max_completion_tokens']).default('max_tokens'),
});

export type OpenaiOptions = z.output<typeof schema>;

/** Checks the options of the openai engine. */
export const parseOpenaiOptions = (raw: unknown): OpenaiOptions => parseOptions(schema, raw);
