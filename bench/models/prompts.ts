import type { GgufVocabulary } from './vocabulary.ts';

/** Makes texts of an exact number of tokens, the same for the same name and never two that begin alike. */
export type PromptWriter = (tokens: number, name: string) => string;

/** How byte-level vocabularies write a space. */
const SPACE = 'Ġ';
const COMMON_WORDS = 4000;

/**
 * Every word is one token together with the space before it, so a text has as many tokens as words; servers report how
 * many they counted, and the suites compare that.
 */
export const createPromptWriter = ({ tokens }: Pick<GgufVocabulary, 'tokens'>): PromptWriter => {
  const words = tokens.filter((token) => /^Ġ[a-z]{3,9}$/.test(token)).slice(0, COMMON_WORDS);
  if (words.length < COMMON_WORDS / 4) throw new TypeError(`expected a vocabulary with words, got ${words.length}`);
  return (count, name) => {
    const next = createRandom(name);
    return Array.from({ length: count }, () => words[Math.floor(next() * words.length)] ?? '')
      .join('')
      .replaceAll(SPACE, ' ');
  };
};

/** Numbers from 0 up to 1, the same for the same name. */
export const createRandom = (name: string): (() => number) => {
  let state = 2_166_136_261;
  for (const character of name) state = Math.imul(state ^ (character.codePointAt(0) ?? 0), 16_777_619) >>> 0;
  return () => {
    state = (state + 0x6d2b79f5) >>> 0;
    let mixed = Math.imul(state ^ (state >>> 15), state | 1);
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61);
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 4_294_967_296;
  };
};
