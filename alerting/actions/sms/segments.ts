import { isPlain, septetsOf } from './alphabet.ts';

/** How a text travels: its encoding and the parts that are billed. */
export interface Segments {
  readonly encoding: 'gsm7' | 'ucs2';
  readonly parts: readonly string[];
}

/**
 * Septets, or UTF-16 units: 140 bytes in one message, and 6 fewer in each part of a longer one, which carries a header
 * that says which part it is (3GPP TS 23.040, section 9.2.3.24.1).
 */
const ROOM = { gsm7: { alone: 160, part: 153 }, ucs2: { alone: 70, part: 67 } } as const;

/** Splits a text as it will be sent: no part ends within an escaped character or a surrogate pair. */
export const splitSegments = (text: string): Segments => {
  const encoding = isPlain(text) ? 'gsm7' : 'ucs2';
  const sizeOf = encoding === 'gsm7' ? (character: string) => septetsOf(character) ?? 1 : unitsOf;
  const { alone, part } = ROOM[encoding];
  const whole = Array.from(text).reduce((sum, character) => sum + sizeOf(character), 0);
  return { encoding, parts: whole <= alone ? [text] : fill(text, part, sizeOf) };
};

const unitsOf = (character: string): number => character.length;

const fill = (text: string, room: number, sizeOf: (character: string) => number): string[] => {
  const parts: string[] = [];
  let current = '';
  let used = 0;
  for (const character of text) {
    const size = sizeOf(character);
    if (used + size > room) {
      parts.push(current);
      current = '';
      used = 0;
    }
    current += character;
    used += size;
  }
  return [...parts, current];
};

/** Does the text go out in at most so many parts? */
export const fitsSegments =
  (max: number) =>
  (text: string): boolean =>
    splitSegments(text).parts.length <= max;
