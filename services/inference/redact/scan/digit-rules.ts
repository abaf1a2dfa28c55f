import type { DigitRule } from '../rules/rule.ts';

/** What a rule asks of digits, in one shape for all rules; its lengths as a set of bits. */
export interface SizedRule {
  readonly rule: DigitRule;
  readonly lengths: number;
}

/** The rules that may begin in one way, and the lengths that they have between them. */
export interface Beginners {
  readonly lengths: number;
  readonly rules: readonly SizedRule[];
}

/** Digit rules by how a number begins: its first two digits, a plus sign before it, no group before it. */
export type DigitRules = readonly Beginners[];

/** Ten digits and the letter of a check digit. */
const SECONDS = 11;
const CHECK = 0x58 - 0x30;
/** Which of the ways to begin one is. */
export const beginningOf = (first: number, second: number, hasPlus: boolean, isFirst: boolean): number =>
  (first * SECONDS + Math.min(second, SECONDS - 1)) * 4 + (hasPlus ? 2 : 0) + (isFirst ? 1 : 0);

/** Arranges digit rules by all ways to begin. */
export const arrangeDigits = (rules: readonly DigitRule[]): DigitRules => {
  const sized = rules.map((rule) => ({ rule, lengths: bitsOf(rule.lengths) }));
  return Array.from({ length: 10 * SECONDS * 4 }, (_, way) => {
    const first = Math.floor(way / 4 / SECONDS);
    const second = (way >> 2) % SECONDS;
    const mayBegin = ({ firsts, mayBegin: asked }: DigitRule): boolean =>
      firsts.includes(String(first)) &&
      asked?.(first, second === SECONDS - 1 ? CHECK : second, (way & 2) !== 0, (way & 1) !== 0) !== false;
    const own = sized.filter(({ rule }) => mayBegin(rule));
    return { rules: own, lengths: own.reduce((bits, { lengths }) => bits | lengths, 0) };
  });
};

const bitsOf = (lengths: readonly number[]): number => lengths.reduce((bits, length) => bits | (1 << length), 0);
