import type { TokenLogprob } from '../protocol/generation.ts';

export interface LogprobQueue {
  /** Tokens that came with so many characters of text, some of which may be held back. */
  add(tokens: readonly TokenLogprob[], characters: number): void;
  /** So many more characters were sent: the tokens whose text is out now as a whole. */
  release(characters: number): readonly TokenLogprob[];
  /** Everything left, once all text is out. */
  end(): readonly TokenLogprob[];
}

const NONE: readonly TokenLogprob[] = [];

/**
 * Keeps the log probabilities of tokens in step with their text: what a stop string holds back waits, and what it cuts off
 * is never told. A token that is only part of a character waits for the rest of it.
 */
export const createLogprobQueue = (): LogprobQueue => {
  let waiting: { readonly token: TokenLogprob; end: number | undefined }[] = [];
  let written = 0;
  let sent = 0;
  return {
    add(tokens, characters) {
      for (const token of tokens) waiting.push({ token, end: undefined });
      if (characters === 0) return;
      written += characters;
      for (const entry of waiting) entry.end ??= written;
    },
    release(characters) {
      sent += characters;
      if (waiting.length === 0) return NONE;
      const isOut = ({ end }: { end: number | undefined }): boolean => end !== undefined && end <= sent;
      const out = waiting.filter(isOut).map(({ token }) => token);
      waiting = waiting.filter((entry) => !isOut(entry));
      return out;
    },
    end() {
      const rest = waiting.map(({ token }) => token);
      waiting = [];
      return rest;
    },
  };
};
