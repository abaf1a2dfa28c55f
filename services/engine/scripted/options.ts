import { z } from 'zod';
import { parseOptions } from '../options.ts';

const count = z.int().min(0);
const milliseconds = z.number().min(0).max(2_147_483_647);
const afterTokens = count.nullable().default(null);

const schema = z.strictObject({
  /** `echo` repeats the last user message; a path that starts with `/`, `./` or `../` is read; all else is the text. */
  reply: z.string().default('echo'),
  charactersPerChunk: z
    .union([z.int().min(1), z.tuple([z.int().min(1), z.int().min(1)])])
    .refine((size) => typeof size === 'number' || size[0] <= size[1], 'expected [smallest, largest]')
    .default(4),
  firstTokenMs: milliseconds.default(0),
  tokenMs: milliseconds.default(0),
  loadMs: milliseconds.default(0),
  failAfterTokens: afterTokens,
  /** Share of requests that fail before their first token. */
  failRate: z.number().min(0).max(1).default(0),
  /** Reads a block in `<think>` tags at the beginning of a reply as thoughts; without it they are text. */
  reasoning: z.boolean().default(false),
  /** The loop stops turning and keeps what it holds, until other options arrive. */
  hangAfterTokens: afterTokens,
  /** The process ends as if killed. */
  crashAfterTokens: afterTokens,
  /** Instead of its first token a request sends nonsense: a wrong message, or bytes that are not even JSON. */
  wrongBytes: z.union([z.boolean(), z.enum(['message', 'channel'])]).default(false),
  /** Replaces the slots of the model. */
  slots: z.int().min(1).optional(),
});

export type ScriptedOptions = z.output<typeof schema>;

/** Checks the options of the scripted engine. */
export const parseScriptedOptions = (raw: unknown): ScriptedOptions => parseOptions(schema, raw);
