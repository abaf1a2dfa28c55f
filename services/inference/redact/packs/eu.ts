import { isE164 } from '../checks/e164.ts';
import { ibanLength, ibanRemainder } from '../checks/iban.ts';
import { endsWith } from '../rules/ends-with.ts';
import { FEATURE, SEP, USUAL_SEPARATORS } from '../rules/features.ts';
import type { DigitRule, RulePack, TokenRule } from '../rules/rule.ts';

/** How many units of a text make up an account number of its country; 0 when none do. */
const ibanUnits = (text: string): number => {
  const wanted = ibanLength(text.slice(0, 2).toUpperCase());
  if (wanted === undefined) return 0;
  let count = 0;
  for (let index = 0; index < text.length; index += 1) {
    if (/[A-Za-z0-9]/.test(text.charAt(index))) count += 1;
    if (count === wanted) return /[A-Za-z0-9]/.test(text.charAt(index + 1)) ? 0 : index + 1;
  }
  return 0;
};

const iban: TokenRule = {
  kind: 'token',
  id: 'eu.iban',
  label: 'IBAN',
  finds: 'International bank account numbers, with or without spaces.',
  isProven: true,
  why: 'the length of its country and the check digits of MOD 97-10',
  examples: {
    found: ['DE89370400440532013000', 'GB82 WEST 1234 5698 7654 32', 'IBAN:FR14 2004 1010 0505 0001 3M02 606。'],
    left: ['DE88370400440532013000', 'XX89370400440532013000', 'DE8937040044053201300'],
  },
  needs: FEATURE.digit | FEATURE.chain15,
  needsOne: FEATURE.upper | FEATURE.lower,
  minLength: 15,
  pattern:
    /(?:(?<![A-Za-z0-9]|[A-Za-z0-9]_)|(?<=(?<![A-Za-z0-9]|[A-Za-z0-9]_)[Ii][Bb][Aa][Nn]))[A-Za-z]{2}[ -]?\d{2}(?:[ \r\n._-]{0,2}[A-Za-z0-9]){11,30}/g,
  refuse({ text }) {
    const length = ibanUnits(text);
    if (length === 0) return 'no country has numbers of this length';
    const compact = text
      .slice(0, length)
      .replace(/[ \r\n._-]/g, '')
      .toUpperCase();
    if (ibanRemainder(compact) !== 1) return 'the check digits of MOD 97-10 differ';
    return length === text.length ? undefined : { keep: length };
  },
};

const PHONE_LABEL = endsWith(/(?:phone|tel|mobile|call|fax|电话|手机)[^\d]{0,12}$/i);

const phone: DigitRule = {
  kind: 'digits',
  id: 'eu.phone',
  label: 'PHONE',
  finds: 'International phone numbers with a plus sign or 00.',
  why: 'a calling code and a national number of a length that its country gives out',
  examples: {
    found: ['+44 20 7946 0958', '+49 (0)30 901820', '+33 1 23 45 67 89', '0044 20 7946 0958'],
    left: ['+12', '3+4420794609581', '+999 123456789', '+1000000 users'],
  },
  lengths: [17, 16, 15, 14, 13, 12, 11, 10, 9, 8],
  firsts: '0123456789',
  mayBegin: (first, second, hasPlus) => hasPlus || (first === 0 && second === 0),
  separators: USUAL_SEPARATORS | SEP.dot | SEP.slash,
  refuse({ digits, hasPlus, groups, separators, before, isAlone }) {
    const isDialled = !hasPlus && digits.startsWith('00') && digits.length >= 11;
    if (!hasPlus && !isDialled) return 'no plus sign and no 00';
    const international = isDialled ? digits.slice(2) : digits;
    if (international.length > 15 || !isE164(international)) return 'no country gives out such a number';
    if (isDialled && groups.length === 1 && !PHONE_LABEL.test(before()))
      return 'nothing says that it is a phone number';
    if (isDialled && (!isAlone || (groups[0] ?? 0) > 5) && groups.length > 1) return 'grouped like no phone number';
    if ((separators & SEP.newline) !== 0 && groups.length > 6) return 'grouped like no phone number';
    return undefined;
  },
};

/** What is private in Europe, and the phone numbers of the rest of the world. */
export const euPack: RulePack = {
  id: 'eu',
  title: 'Bank account numbers and international phone numbers',
  rules: [iban, phone],
};
