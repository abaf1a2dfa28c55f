import type { Vocabulary } from '../ffi/vocabulary.ts';

/** Characters that are tokenised at once, on the thread of the loop: about a millisecond for each thousand. */
const SHORT = 16 * 1024;
/** More characters than the tokens of any language have on average: a beginning of so many is enough to judge. */
const CHARACTERS_PER_TOKEN = 12;
/** The cut may change the tokens beside it. */
const SLACK = 64;

/** Whether tokenising a text of so many characters would hold up everybody else. */
export const isLong = (characters: number): boolean => characters > SHORT;

/** Whether a text has more tokens than this for certain, by its beginning alone. */
export const exceeds = async (
  { tokenizeLater }: Pick<Vocabulary, 'tokenizeLater'>,
  text: string,
  limit: number,
): Promise<boolean> => {
  const beginning = text.slice(0, Math.max(SHORT, limit * CHARACTERS_PER_TOKEN));
  if (beginning.length === text.length) return false;
  return (await tokenizeLater(beginning, {})).length > limit + SLACK;
};
