import { endsWith } from '../rules/ends-with.ts';
import type { DigitRule, Refusal } from '../rules/rule.ts';
import { isOtherNumber } from './other-numbers.ts';
import type { RunView } from './run.ts';

/** Words that are written right before a number without a space: `tel13812345678`. */
const GLUED_LABEL = endsWith(
  /(?:(?:^|[^A-Za-z0-9_])(?:id|idcard|sfz|tel|phone|mobile|mob|cell|card|pan|cc|fax|ssn|itin|tin|no|num|nr|ip|t|m|p)[-_:.]?|%(?:2[BbCc]|3[ADad]))$/i,
);
const PHONE_LABEL = endsWith(
  /(?:^|[^A-Za-z0-9])(?:tel|phone|ph|mobile|mob|cell|fax|call|sms|no|card|pan|cc|acct|id|ssn|itin|tin|电话|手机|传真)[-_.]$/i,
);
const WORD = /[A-Za-z0-9_]/;
const CURRENCY_BEFORE = endsWith(/[$€£¥￥₹₩₽฿]\s?$/);
const AMOUNT_AFTER =
  /^\s?(?:[元圆円块%‰€£¥]|美元|人民币|万|亿|USD\b|CNY\b|RMB\b|EUR\b|GBP\b|KB\b|MB\b|bytes?\b|px\b|ms\b)/;
const FILE_AFTER =
  /^\.(?:jpe?g|png|gif|pdf|txt|docx?|xlsx?|csv|zip|mp[34]|log|json|html?|js|ts|py|webp|svg|tar|gz|bin|exe|apk)\b/i;

const isDigit = (code: number): boolean => code >= 0x30 && code <= 0x39;
const isWord = (code: number): boolean => isDigit(code) || ((code | 32) >= 0x61 && (code | 32) <= 0x7a);
const UNDERSCORE = 0x5f;
/** `+ - . /` */
const JOINS = new Set([0x2b, 0x2d, 0x2e, 0x2f]);

/** Whether a number can begin here, by what stands before it; if not, why. */
export const believedBefore = (view: RunView, start: number, rule: DigitRule, context: () => string): Refusal => {
  const last = start > 0 ? view.run.charCodeAt(start - 1) : view.previous.charCodeAt(0);
  if (isDigit(last)) return 'part of a longer number';
  if (isWord(last)) return GLUED_LABEL.test(context()) ? undefined : 'part of a longer word';
  if (last === UNDERSCORE) {
    // `_13812345678_` is emphasis, `user_13812345678` a name.
    return rule.isStrong !== true && WORD.test(context().slice(-2, -1)) ? 'part of a longer name' : undefined;
  }
  return JOINS.has(last) ? joinedBefore(rule, context()) : undefined;
};

const joinedBefore = (rule: DigitRule, before: string): Refusal => {
  if (before.endsWith('+')) return 'part of a sum';
  if (!WORD.test(before.charAt(before.length - 2))) return undefined;
  if (before.endsWith('/'))
    return rule.isStrong === true || /\d{5}\/$/.test(before.slice(-6)) ? undefined : 'part of a path or a fraction';
  if (PHONE_LABEL.test(before)) return undefined;
  return rule.isStrong !== true || isDigit(before.charCodeAt(before.length - 2))
    ? 'part of a longer number or name'
    : undefined;
};

/** Whether the words before it say that it is something else; if so, what. */
export const namedOtherwise = (rule: DigitRule, before: string): Refusal => {
  if (rule.isStrong === true || before === '') return undefined;
  if (CURRENCY_BEFORE.test(before)) return 'an amount of money';
  return isOtherNumber(before) ? 'named as another kind of number' : undefined;
};

/** Whether it can end here. */
export const believedAfter = (view: RunView, end: number, rule: DigitRule): Refusal => {
  const isInside = end < view.run.length;
  const next = isInside ? view.run.charCodeAt(end) : view.next.charCodeAt(0);
  if (Number.isNaN(next)) return undefined;
  if (isWord(next)) return 'part of a longer word or number';
  // Another number after a space is the plainest end there is.
  if (next === 0x20 && isInside && isDigit(view.run.charCodeAt(end + 1))) return undefined;
  return refuseRest(view.run.slice(end, end + 8) + (end + 8 > view.run.length ? view.next : ''), rule);
};

const refuseRest = (rest: string, rule: DigitRule): Refusal => {
  const next = rest.charAt(0);
  if (next === '_') return rule.isStrong !== true && WORD.test(rest.charAt(1)) ? 'part of a longer name' : undefined;
  if (next === '@') return /^@[\p{L}\p{N}]/u.test(rest) ? 'part of an address' : undefined;
  if ((next === '-' || next === '.') && isDigit(rest.charCodeAt(1))) return 'part of a longer number';
  if (rule.isStrong === true) return undefined;
  if (next === '-') return /^-[A-Za-z_]/.test(rest) ? 'part of a longer name' : undefined;
  if (next === '/') return /^\/[A-Za-z]/.test(rest) ? 'part of a path' : undefined;
  if (next === '.') return FILE_AFTER.test(rest) ? 'the name of a file' : undefined;
  return AMOUNT_AFTER.test(rest) ? 'an amount' : undefined;
};
