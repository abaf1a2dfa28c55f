import type { Token } from 'node-llama-cpp';

const REPLACEMENT = '\u{fffd}';
/** Tokens of context the tokenizer needs to tell whether a word starts with a space. */
const CONTEXT_TOKENS = 3;

export interface Detokenizer {
  /** The text this token completes; empty while a character is still in pieces. */
  push(token: Token): string;
  /** U+FFFD for a character that never became complete. */
  end(): string;
}

/**
 * Turns tokens into text one by one. A token may end in the middle of a character; the library then shows one U+FFFD at
 * the end, which is held back until the next token tells what it is.
 */
export const createDetokenizer = (
  detokenize: (tokens: readonly Token[], context: readonly Token[]) => string,
): Detokenizer => {
  let context: Token[] = [];
  let pending: Token[] = [];
  let sent = 0;

  return {
    push(token) {
      pending.push(token);
      const text = detokenize(pending, context);
      const isOpen = text.endsWith(REPLACEMENT);
      const ready = text.slice(sent, isOpen ? -REPLACEMENT.length : undefined);
      sent += ready.length;
      if (isOpen) return ready;
      context = [...context, ...pending].slice(-CONTEXT_TOKENS);
      pending = [];
      sent = 0;
      return ready;
    },
    end() {
      const rest = pending.length === 0 ? '' : detokenize(pending, context).slice(sent);
      pending = [];
      return rest;
    },
  };
};
