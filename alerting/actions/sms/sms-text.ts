import type { Note } from '../notifier/notifier.ts';
import { composeText } from '../notifier/wording.ts';
import { toPlain } from './alphabet.ts';
import { fitsSegments } from './segments.ts';

/** The text of an SMS in at most so many parts, in the GSM alphabet where that loses nothing but typography. */
export const smsText = (note: Note, maxParts: number): string => {
  const fits = fitsSegments(maxParts);
  return toPlain(composeText(note, (text) => fits(toPlain(text))));
};
