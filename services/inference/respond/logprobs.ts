import { StringDecoder } from 'node:string_decoder';
import type { Likelihood, TokenLogprob } from '../../engine/protocol/generation.ts';

const ownOf = ({ token, bytes, logprob }: Likelihood) => ({ token, logprob, bytes });

/** Log probabilities as chat completions and responses show them. */
export const tokenLogprobs = (logprobs: readonly TokenLogprob[]) =>
  logprobs.map((entry) => ({ ...ownOf(entry), top_logprobs: entry.top.map(ownOf) }));

/** The `logprobs` of one choice of a chat completion; null: they were not asked for. */
export const chatLogprobs = (logprobs: readonly TokenLogprob[] | undefined) =>
  logprobs === undefined ? null : { content: tokenLogprobs(logprobs), refusal: null };

/** The `logprobs` of legacy completions: parallel lists. */
export interface TextLogprobs {
  readonly tokens: readonly string[];
  readonly token_logprobs: readonly number[];
  readonly top_logprobs: readonly Readonly<Record<string, number>>[];
  readonly text_offset: readonly number[];
}

/** Turns the tokens of one choice into the legacy shape, a piece at a time; offsets count characters from `offset` on. */
export const createTextLogprobs = (offset: number): ((logprobs: readonly TokenLogprob[]) => TextLogprobs) => {
  const decoder = new StringDecoder('utf8');
  let at = offset;
  return (logprobs) => ({
    tokens: logprobs.map(nameOf),
    token_logprobs: logprobs.map(({ logprob }) => logprob),
    top_logprobs: logprobs.map((entry) =>
      Object.fromEntries([entry, ...entry.top].map((candidate) => [nameOf(candidate), candidate.logprob])),
    ),
    text_offset: logprobs.map(({ bytes }) => {
      const start = at;
      at += characters(decoder.write(Buffer.from(bytes)));
      return start;
    }),
  });
};

/** Unicode characters, as most clients count them. */
export const characters = (text: string): number => {
  let count = 0;
  for (const _ of text) count += 1;
  return count;
};

// Tokens that are parts of a character all look alike as text; OpenAI names them by their bytes.
const nameOf = ({ token, bytes }: Likelihood): string =>
  token.includes('\uFFFD')
    ? `bytes:${bytes.map((byte) => `\\x${byte.toString(16).padStart(2, '0')}`).join('')}`
    : token;
