import { SEP } from '../rules/features.ts';
import type { DigitCandidate, Refusal } from '../rules/rule.ts';

/** Fours with a rest, and how American Express and Diners print theirs. */
const FORM =
  /^(?:(?:4-){2,4}[1-4]|4-6-[45]|6-10|6-13|8-8|4-12|12-4|4-4-8|8-4-4|6-4-4-[1-5]|6-4-4-4-1|6-4-6|5-5-6|4-5-4-3|6-7-6)$/;

/** Why digits are not grouped as anybody writes a card number; nothing when they are. */
export const refuseCardForm = (candidate: DigitCandidate): Refusal => {
  const { groups, separators, digits, beside } = candidate;
  const isWhole = groups.length === 1 || groups.length === digits.length;
  if (!isWhole && !candidate.hasForm((form) => FORM.test(form) || /^\d+$/.test(form)))
    return 'grouped like no card number';
  if ((separators & SEP.dot) !== 0 && groups.slice(0, -1).some((length) => length !== 4)) return 'a decimal number';
  // Four more digits right beside belong to a longer row of fours, unless it is parted otherwise.
  return !isWhole && (separators & SEP.space) !== 0 && beside.includes(4) ? 'one part of a longer row' : undefined;
};
