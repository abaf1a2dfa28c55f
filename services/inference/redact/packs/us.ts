import { digitAt, fourAt, threeAt, twoAt } from '../checks/digit-codes.ts';
import { isFictional, isNanp, mayBeNanp } from '../checks/nanp.ts';
import { endsWith } from '../rules/ends-with.ts';
import { FEATURE, SEP, USUAL_SEPARATORS } from '../rules/features.ts';
import type { DigitRule, RulePack, TokenRule } from '../rules/rule.ts';

const SSN_LABEL = endsWith(
  /(?:(?<![A-Za-z])ssn?(?![a-z])|social[ _-]?security|soc\.? ?sec|tax ?payer|社会安全|社安|ss ?#)[^\d\n]{0,24}$/i,
);

/** Why nine digits were never given to anybody as a social security number. */
const refuseSsn = (digits: string): string | undefined => {
  if (/^(?:000|666|9)/.test(digits)) return 'no area of social security has this number';
  if (digits.slice(3, 5) === '00' || digits.endsWith('0000')) return 'no group or serial is zero';
  return digits === '078051120' || digits === '219099999' ? 'a number of advertisements' : undefined;
};

/** How nine digits are grouped after a word for them. */
const NINE_FORM = /^(?:9|3-2-4|3-6|5-4|(?:1-){8}1)$/;

const ssn: DigitRule = {
  kind: 'digits',
  id: 'us.ssn',
  label: 'SSN',
  finds: 'Social security numbers; undelimited ones after a word that says so.',
  why: 'an area, a group and a serial that are given out, written 3-2-4 or named',
  examples: {
    found: ['536-22-8726', '536 22 8726', 'SSN: 536228726'],
    left: ['000-22-8726', '666-22-8726', '536228726', 'order 536-22-8726'],
  },
  lengths: [9],
  firsts: '012345678',
  mayBe(codes, first) {
    const area = threeAt(codes, first);
    return area !== 0 && area !== 666 && twoAt(codes, first + 3) !== 0 && fourAt(codes, first + 5) !== 0;
  },
  separators: SEP.space | SEP.dash | SEP.dot | SEP.newline,
  refuse(candidate) {
    const { digits, separators, isAlone, before } = candidate;
    const refusal = refuseSsn(digits);
    if (refusal !== undefined) return refusal;
    const isWritten = candidate.hasForm((form) => form === '3-2-4');
    const joints = separators & ~SEP.newline;
    if (isWritten && (joints === SEP.dash || (joints === SEP.space && isAlone))) return undefined;
    if (candidate.hasForm((form) => NINE_FORM.test(form)) && SSN_LABEL.test(before())) return undefined;
    return isWritten ? 'separators that differ' : 'not written 3-2-4, and no word for it before';
  },
};

const ITIN_LABEL = endsWith(/(?:(?<![A-Za-z])itin|tax ?payer|tax[ _-]?(?:id|number|no)|纳税人|报税号)[^\d\n]{0,24}$/i);

const itin: DigitRule = {
  kind: 'digits',
  id: 'us.itin',
  label: 'ITIN',
  finds: 'Individual taxpayer identification numbers.',
  why: 'a first digit 9 and a group that is given out, written 3-2-4 or named',
  examples: { found: ['912-73-1234', 'ITIN 912731234'], left: ['912-23-1234', '912731234'] },
  lengths: [9],
  firsts: '9',
  mayBe: (codes, first) => digitAt(codes, first + 3) >= 5,
  separators: SEP.space | SEP.dash | SEP.dot | SEP.newline,
  refuse(candidate) {
    const { digits, separators, isAlone, before } = candidate;
    if (!/^9\d\d(?:5\d|6[0-5]|7\d|8[0-8]|9[0-24-9])/.test(digits)) return 'no group of taxpayer numbers';
    const isWritten = candidate.hasForm((form) => form === '3-2-4');
    const joints = separators & ~SEP.newline;
    if (isWritten && (joints === SEP.dash || (joints !== SEP.dot && isAlone))) return undefined;
    if (candidate.hasForm((form) => NINE_FORM.test(form)) && ITIN_LABEL.test(before())) return undefined;
    return isWritten ? 'separators that differ' : 'not written 3-2-4, and no word for it before';
  },
};

const PHONE_LABEL = endsWith(
  /(?:phone|\btel\b|telephone|mobile|\bcell\b|cellular|\bcall(?:ed|ing)?\b|\bfax\b|\bsms\b|\btext(?:ed|ing)?\b|contact|whatsapp|hotline|voicemail|\bdial\b|reach(?:ed)?|ring|number is|电话|手机|联系|致电|拨打|号码)[^\d\n]{0,20}$/i,
);
const PHONE_FORMS = new Set(['3-3-4', '1-3-3-4', '3-7', '1-10', '1-3-7', '6-4', '3-3-2-2', '3-3-4-4']);

const phone: DigitRule = {
  kind: 'digits',
  id: 'us.phone',
  label: 'PHONE',
  finds: 'Phone numbers of the North American plan, in groups, with +1, or after a word for phone.',
  why: 'an area code and an exchange that can be dialled, written 3-3-4 or named',
  examples: {
    found: ['(415) 555-2671', '+1 415 555 2671', '415.555.2671', '1-800-273-8255', 'call 4155552671'],
    left: ['4155552671', '115-555-2671', '2147483647', '415-155-2671', '1.415.555.2671.3'],
  },
  lengths: [11, 10],
  firsts: '123456789',
  mayBegin: (first, second, hasPlus) => (first === 1 ? second > 1 : !hasPlus),
  mayBe(codes, first, length) {
    if (length === 10) return mayBeNanp(codes, first);
    return digitAt(codes, first) === 1 && mayBeNanp(codes, first + 1);
  },
  separators: USUAL_SEPARATORS | SEP.dot | SEP.slash,
  refuse(candidate) {
    const { digits, groups, hasPlus, isAlone, separators, before, text } = candidate;
    const national = digits.length === 11 && digits.startsWith('1') ? digits.slice(1) : digits;
    if (!isNanp(national) && !(isFictional(national) && PHONE_LABEL.test(before()))) return 'no area code and exchange';
    if (hasPlus) return digits.length === 11 ? undefined : 'the plus sign of another country';
    const form = groups.join('-');
    if (/^1\)/.test(text())) return 'the number of a list before it';
    if (groups.length === 1 || form === '1-10') {
      if (digits.length === 11 && groups.length === 1) return 'nothing says that it is a phone number';
      return PHONE_LABEL.test(before()) ? undefined : 'nothing says that it is a phone number';
    }
    if (!candidate.hasForm((each) => PHONE_FORMS.has(each)))
      return groups.length > 4 && isAlone && PHONE_LABEL.test(before()) ? undefined : 'grouped like no phone number';
    if (
      separators === SEP.space &&
      /^(?:\d+00)$/.test(digits) &&
      /^\d00\d00/.test(national) &&
      !PHONE_LABEL.test(before())
    )
      return 'a row of round numbers';
    if ((separators & SEP.paren) !== 0 || separators === SEP.dash || separators === SEP.dot) return undefined;
    return isAlone ? undefined : 'one of several numbers in a row';
  },
};

const named = (pattern: RegExp, what: string, label = endsWith(pattern)) => ({
  refuse: ({ before }: { before(): string }) => (label.test(before()) ? undefined : `no word for ${what} before it`),
});

const passport: TokenRule = {
  kind: 'token',
  id: 'us.passport',
  mention: /passport/i,
  label: 'PASSPORT',
  finds: 'Passport numbers after a word for passport.',
  why: 'nine digits, or a letter and eight digits, with passport named before',
  examples: { found: ['passport number: 488839667', 'US passport A12345678'], left: ['488839667', 'part A12345678'] },
  needs: FEATURE.digit | FEATURE.row7,
  minLength: 9,
  pattern: /(?<![A-Za-z0-9]|[A-Za-z0-9]_)(?:[A-Za-z]\d{8}|\d{9})(?![A-Za-z0-9]|_[A-Za-z0-9])/g,
  ...named(
    /passport(?:[ _-]?(?:no|number|num|nr|#|id))?\.?["'`\]]{0,2}\s{0,2}(?:[:=#(|]{1,2}|is|was)?\s{0,3}["'`]?$/i,
    'passport',
  ),
};

const licence: TokenRule = {
  kind: 'token',
  id: 'us.licence',
  mention: /driv|DL/i,
  label: 'DRIVING_LICENCE',
  finds: 'Driving licence numbers after a word for driving licence.',
  why: 'five to fifteen letters and digits, with a driving licence named before',
  examples: {
    found: ["driver's license: D1234562", 'Driver License No. F255-9215-0094'],
    left: ['license: MIT', 'licence D1234562'],
  },
  needs: FEATURE.digit,
  minLength: 5,
  pattern:
    /(?<![A-Za-z0-9]|[A-Za-z0-9][_-])[A-Za-z]{0,3}\d[A-Za-z0-9]{0,6}(?:[ -]?[A-Za-z0-9]{1,6}){1,5}(?![A-Za-z0-9]|_[A-Za-z0-9])/g,
  ...named(
    /(?:driv(?:er|ing)(?:'?s|s')?[ _-]?licen[cs]e|(?<![A-Za-z])DL)(?:[ _-]?(?:no|number|num|nr|#|id))?\.?["'`\]]{0,2}\s{0,2}(?:[:=#(|>]{1,2}|is|was)?\s{0,3}["'`]?$/i,
    'a driving licence',
  ),
};

/** What is private in the United States. */
export const usPack: RulePack = {
  id: 'us',
  title: 'Social security, taxpayer and phone numbers; passports and driving licences in context',
  rules: [ssn, itin, phone, passport, licence],
};
