import { escapeRegExp } from './control-names.ts';
import type { PromptPart } from './marking.ts';

/** Some that a tokenizer always recognises are nothing but spaces, or tags of HTML: a turn begins with neither. */
const LOOKS_LIKE_A_MARK = /^[<[]\S+[>\]]$/;

/**
 * Of the tokens that a model's file counts as text, those its template begins and ends turns with, as files made from
 * fine-tunes often have it: to the tokenizer they are the same token wherever they stand.
 */
export const findTurnMarks = (
  textNames: readonly string[],
  rendered: string,
  thoughts: readonly string[],
): readonly string[] =>
  textNames.filter((name) => LOOKS_LIKE_A_MARK.test(name) && rendered.includes(name) && !thoughts.includes(name));

/** Cuts texts of users in the middle of such marks: in two pieces they are spelled, not recognised. */
export const compileBreaker = (marks: readonly string[]): ((parts: readonly PromptPart[]) => readonly PromptPart[]) => {
  if (marks.length === 0) return (parts) => parts;
  const middles = marks.map((mark) => `(?<=${escapeRegExp(mark.slice(0, 1))})(?=${escapeRegExp(mark.slice(1))})`);
  const middle = new RegExp(middles.join('|'));
  return (parts) =>
    parts.flatMap((part) => (part.isControl ? [part] : part.text.split(middle).map((text) => ({ ...part, text }))));
};
