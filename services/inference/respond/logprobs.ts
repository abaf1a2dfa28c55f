import { StringDecoder } from 'node:string_decoder';
import type { Likelihood, PromptLogprob, TokenLogprob } from '../../engine/protocol/generation.ts';

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
  /** Null for the first token of a prompt, which comes after nothing. */
  readonly token_logprobs: readonly (number | null)[];
  readonly top_logprobs: readonly (Readonly<Record<string, number>> | null)[];
  readonly text_offset: readonly number[];
}

/** What comes before the text of one choice. */
export interface Echo {
  readonly text: string;
  /** How likely its tokens are; absent: nobody asked. */
  readonly logprobs?: readonly PromptLogprob[];
}

/** Turns the tokens of one choice into the legacy shape, a piece at a time; offsets count characters from `offset` on. */
export const createTextLogprobs = (offset: number): ((logprobs: readonly PromptLogprob[]) => TextLogprobs) => {
  const decoder = new StringDecoder('utf8');
  let at = offset;
  return (logprobs) => ({
    tokens: logprobs.map(nameOf),
    token_logprobs: logprobs.map(({ logprob }) => logprob),
    top_logprobs: logprobs.map(({ logprob, top, ...own }) =>
      logprob === null
        ? null
        : Object.fromEntries([{ ...own, logprob }, ...top].map((candidate) => [nameOf(candidate), candidate.logprob])),
    ),
    text_offset: logprobs.map(({ bytes }) => {
      const start = at;
      at += characters(decoder.write(Buffer.from(bytes)));
      return start;
    }),
  });
};

/** Where the tokens after an echo begin: after those it tells itself, or after its text. */
export const textLogprobsAfter = ({ text, logprobs }: Echo) =>
  createTextLogprobs(logprobs === undefined ? characters(text) : 0);

/** Unicode characters, as most clients count them. */
export const characters = (text: string): number => {
  let count = 0;
  for (const _ of text) count += 1;
  return count;
};

// Tokens that are parts of a character all look alike as text; OpenAI names them by their bytes.
const nameOf = ({ token, bytes }: Omit<Likelihood, 'logprob'>): string =>
  token.includes('\uFFFD')
    ? `bytes:${bytes.map((byte) => `\\x${byte.toString(16).padStart(2, '0')}`).join('')}`
    : token;
