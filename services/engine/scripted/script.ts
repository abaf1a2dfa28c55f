import { ServiceError } from '../../../core/errors/service-error.ts';
import type { GenerationInput } from '../protocol/generation.ts';
import type { ScriptedOptions } from './options.ts';

/** A reply cut into chunks; one chunk counts as one token. */
export interface Script {
  next(): string;
  readonly isDone: boolean;
}

/** Cuts a text into chunks of so many characters; a size from a range is drawn from `random`. */
export const createScript = (
  text: string,
  size: ScriptedOptions['charactersPerChunk'],
  random: () => number,
): Script => {
  let at = 0;
  const [smallest, largest] = typeof size === 'number' ? [size, size] : size;
  return {
    next() {
      const from = at;
      let characters = smallest === largest ? smallest : smallest + Math.floor(random() * (largest - smallest + 1));
      for (; characters > 0 && at < text.length; characters -= 1) at += isPairAt(text, at) ? 2 : 1;
      return text.slice(from, at);
    },
    get isDone() {
      return at >= text.length;
    },
  };
};

/** What `echo` repeats: the last user message, or the whole of a text prompt, exactly as it arrived. */
export const lastUserText = (input: GenerationInput): string =>
  input.kind === 'chat'
    ? (input.messages.findLast(({ role }) => role === 'user')?.content ?? '')
    : input.kind === 'text'
      ? input.prompt
      : textOfTokens(input.tokens, 'prompt');

const MAX_CODE_POINT = 0x10ffff;

/** The text of token ids, which here are Unicode characters; `field` is what a refusal names. */
export const textOfTokens = (tokens: readonly number[], field: string): string => {
  const place = tokens.findIndex((token) => token > MAX_CODE_POINT);
  if (place === -1) return tokens.map((token) => String.fromCodePoint(token)).join('');
  const message = `expected token ids from 0 to ${MAX_CODE_POINT}, got ${tokens[place]} at place ${place}`;
  throw new ServiceError('ERR_HTTP_BODY_INVALID', `${field}: ${message}`, {
    details: { problems: [{ path: field, message }] },
  });
};

/** Numbers from 0 to 1 that repeat for the same seed (mulberry32). */
export const createRandom = (seed: number): (() => number) => {
  let state = seed >>> 0;
  return () => {
    state = (state + 0x6d2b79f5) >>> 0;
    let mixed = Math.imul(state ^ (state >>> 15), state | 1);
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61);
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 4_294_967_296;
  };
};

const isPairAt = (text: string, at: number): boolean => {
  const unit = text.charCodeAt(at);
  if (unit < 0xd800 || unit > 0xdbff) return false;
  const next = text.charCodeAt(at + 1);
  return next >= 0xdc00 && next <= 0xdfff;
};
