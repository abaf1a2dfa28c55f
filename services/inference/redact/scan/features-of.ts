import { FEATURE } from '../rules/features.ts';
import { CHAR } from '../text/char-classes.ts';

const CHAIN_SHORT = 15;
const CHAIN_LONG = 18;
const ROW = 7;
const COUNTED = CHAR.digit | CHAR.colon | CHAR.dot | CHAR.dash;

/** What a unit is to the counts. */
const KIND = { other: 0, digit: 1, letter: 2, joint: 3, dash: 4, dot: 5, colon: 6, percent: 7 } as const;
const KINDS = new Uint8Array(65_536);
const kindsOf: readonly (readonly [string, number])[] = [
  ['0123456789', KIND.digit],
  ['abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ', KIND.letter],
  [' \r\n_', KIND.joint],
  ['-', KIND.dash],
  ['.', KIND.dot],
  [':：', KIND.colon],
  ['%', KIND.percent],
];
for (const [units, kind] of kindsOf) for (const unit of units) KINDS[unit.charCodeAt(0)] = kind;

/** Adds what counting tells of a run, a part of a text, to what single units told: one pass, for rules to be left out by. */
export const featuresOf = (text: string, features: number, from = 0, to = text.length): number => {
  if ((features & COUNTED) === 0) return features;
  let digits = 0;
  let dashes = 0;
  let dots = 0;
  let colons = 0;
  let hasPercent = false;
  let row = 0;
  let longestRow = 0;
  let chain = 0;
  let longestChain = 0;
  let isDoubled = false;
  let previous = 0;
  for (let index = from; index < to; index += 1) {
    const kind = KINDS[text.charCodeAt(index)] ?? 0;
    if (kind === KIND.digit) {
      digits += 1;
      row += 1;
      chain += 1;
    } else {
      if (row > longestRow) longestRow = row;
      row = 0;
      if (kind === KIND.letter) chain += 1;
      else if (kind === KIND.dash) dashes += 1;
      else if (kind === KIND.dot) dots += 1;
      else if (kind !== KIND.joint) {
        if (chain > longestChain) longestChain = chain;
        chain = 0;
        if (kind === KIND.colon) {
          colons += 1;
          isDoubled ||= previous === KIND.colon;
        } else hasPercent ||= kind === KIND.percent;
      }
    }
    previous = kind;
  }
  if (row > longestRow) longestRow = row;
  if (chain > longestChain) longestChain = chain;
  return (
    features |
    (digits >= ROW ? FEATURE.digits7 : 0) |
    (longestRow >= ROW ? FEATURE.row7 : 0) |
    (dots >= 3 ? FEATURE.dots3 : 0) |
    (isDoubled || colons >= 6 ? FEATURE.colons : 0) |
    (colons >= 5 || dashes >= 5 || dots >= 2 ? FEATURE.pairs : 0) |
    (hasPercent ? FEATURE.percent : 0) |
    (longestChain >= CHAIN_SHORT ? FEATURE.chain15 : 0) |
    (longestChain >= CHAIN_LONG ? FEATURE.chain18 : 0)
  );
};
