import { DISGUISES } from './disguises.ts';
import type { Random } from './random.ts';
import type { LabelledText, Maker, Range, Span, ValueType } from './types.ts';

/** Text as it is; a private value; or text that may be replaced or not. */
export type Piece = string | { readonly type: ValueType; readonly value: string } | { readonly neutral: string };

/** Joins the pieces and notes where the values lie. */
export const compose = (id: string, carrier: string, pieces: readonly Piece[]): LabelledText => {
  let text = '';
  const spans: Span[] = [];
  const neutral: Range[] = [];
  for (const piece of pieces) {
    const start = text.length;
    if (typeof piece === 'string') text += piece;
    else if ('neutral' in piece) {
      text += piece.neutral;
      neutral.push({ start, end: text.length });
    } else {
      text += piece.value;
      spans.push({ type: piece.type, start, end: text.length });
    }
  }
  return { id, carrier, text, spans, neutral };
};

/** A value of the type, now and then in a disguise that fits where it is put. */
export const disguisedValue = (
  { make, disguises }: Maker,
  random: Random,
  { share, isOneLine }: { readonly share: number; readonly isOneLine: boolean },
): string => {
  const value = make(random);
  const fitting = disguises.filter((disguise) => !(isOneLine && disguise === 'line-break'));
  return fitting.length > 0 && random.chance(share) ? DISGUISES[random.pick(fitting)](value, random) : value;
};

const SLOT = /(\{~?[a-zA-Z0-9.:-]+\})/;
/** What the carriers mean as it stands. */
const LITERALS = new Set(['{TOKEN}', '{USER}', '{PASSWORD}', '{token}', '{9}', '{17}']);

/** Puts pieces where a template has `{name}`. */
export const fill = (template: string, piecesOf: (name: string) => readonly Piece[]): readonly Piece[] =>
  template
    .split(SLOT)
    .filter((part) => part !== '')
    .flatMap((part) => (SLOT.test(part) && !LITERALS.has(part) ? piecesOf(part.slice(1, -1)) : [part]));
