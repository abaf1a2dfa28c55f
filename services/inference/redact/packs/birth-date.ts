import { isBirthDate } from '../checks/dates.ts';

const MONTH =
  'jan(?:uary)?|feb(?:ruary)?|mar(?:ch)?|apr(?:il)?|may|june?|july?|aug(?:ust)?|sept?(?:ember)?|oct(?:ober)?|nov(?:ember)?|dec(?:ember)?';
const GAP = '[\\s"\'`:：=,，(（)）\\\\]{0,6}(?:(?:是|为|在|于|on|is|was|in)\\s{0,3})?["\'`]?';
const FORMS = [
  '(?:19|20)\\d{2}\\s?年\\s?\\d{1,2}\\s?月(?:\\s?\\d{1,2}\\s?[日号])?',
  '(?:19|20)\\d{2}\\s?[-/.]\\s?\\d{1,2}\\s?[-/.]\\s?\\d{1,2}',
  '\\d{1,2}\\s?[-/.]\\s?\\d{1,2}\\s?[-/.]\\s?(?:19|20)?\\d{2}',
  `(?:the )?\\d{1,2}(?:st|nd|rd|th)?[ -](?:of )?(?:${MONTH})\\.?[,，]?[ -](?:19|20)\\d{2}`,
  `(?:${MONTH})\\.? \\d{1,2}(?:st|nd|rd|th)?[,，]? (?:19|20)\\d{2}`,
  '(?:19|20)\\d{6}',
];

/** A date after a label of birth. */
export const birthDateValue = new RegExp(
  `${GAP}(?<value>${FORMS.join('|')})(?:(?<![A-Za-z0-9])|(?![\\p{N}A-Za-z]))`,
  'iuy',
);

/** No date begins so, or what follows is none. */
export const enoughForBirthDate =
  /[\s"'`:：=,，(（)）\\]*(?:(?:(?:on|is|was|in)\s+|[是为在于]\s*)?["'`]?[bceghklpqruvxyz]|[^\s"'`:：=,，(（)）\\\dA-Za-z是为在于]|[\dA-Za-z是为在于][\dA-Za-z是为在于年月日号\s,，./"'`-]*[^\dA-Za-z是为在于年月日号\s,，./"'`-])/iy;

const MONTHS = 'jan feb mar apr may jun jul aug sep oct nov dec'.split(' ');

const fullYear = (digits: string): number =>
  digits.length === 4 ? Number(digits) : Number(digits) + (Number(digits) > 35 ? 1900 : 2000);

/** Whether a written date is one somebody can be born on. */
export const isWrittenBirthDate = (value: string): boolean => {
  const compact = /^\d{8}$/.test(value) ? `${value.slice(0, 4)}-${value.slice(4, 6)}-${value.slice(6)}` : value;
  const numbers = compact.match(/\d+/g) ?? [];
  const name = MONTHS.indexOf(
    /[a-z]{3}/i.exec(compact.replace(/\b(?:the|of)\b|(?<=\d)(?:st|nd|rd|th)/gi, ''))?.[0]?.toLowerCase() ?? '',
  );
  if (name >= 0) return isBirthDate(fullYear(numbers[1] ?? ''), name + 1, Number(numbers[0]));
  const [first = '', second = '', third = '1'] = numbers;
  if (first.length === 4) return isBirthDate(Number(first), Number(second), Number(third));
  const year = fullYear(third);
  return isBirthDate(year, Number(first), Number(second)) || isBirthDate(year, Number(second), Number(first));
};
