import { isBirthDate } from './dates.ts';

/** First two digits of GB/T 2260 codes: provinces, municipalities, regions; 83 is of residence permits. */
const PROVINCES = new Set([
  ...['11', '12', '13', '14', '15', '21', '22', '23', '31', '32', '33', '34', '35', '36', '37'],
  ...['41', '42', '43', '44', '45', '46', '50', '51', '52', '53', '54', '61', '62', '63', '64', '65'],
  ...['71', '81', '82', '83', '91'],
]);

const ID_WEIGHTS = [7, 9, 10, 5, 8, 4, 2, 1, 6, 3, 7, 9, 10, 5, 8, 4, 2];
const ID_CHECKS = '10X98765432';

/** Whether two digits are of a province or the like. */
export const isProvince = (digits: string): boolean => PROVINCES.has(digits);

/** Check character of GB 11643 (ISO 7064, MOD 11-2). */
export const residentIdCheck = (first17: string): string => {
  const sum = ID_WEIGHTS.reduce((total, weight, index) => total + weight * (first17.charCodeAt(index) - 0x30), 0);
  return ID_CHECKS.charAt(sum % 11);
};

/** The same of digits given as codes, as a code. */
export const residentIdCheckCode = (codes: Uint8Array, first: number): number => {
  let sum = 0;
  for (let index = 0; index < ID_WEIGHTS.length; index += 1)
    sum += (ID_WEIGHTS[index] ?? 0) * ((codes[first + index] ?? 0) - 0x30);
  return ID_CHECKS.charCodeAt(sum % 11);
};

/** The number that the digits between two places make; NaN where a letter is among them. */
const numberIn = (digits: string, from: number, to: number): number => {
  let number = 0;
  for (let index = from; index < to; index += 1) {
    const digit = digits.charCodeAt(index) - 0x30;
    if (digit > 9) return Number.NaN;
    number = number * 10 + digit;
  }
  return number;
};

/** Provinces by the number that their two digits make. */
const PROVINCE_NUMBERS = Uint8Array.from({ length: 100 }, (_, number) =>
  isProvince(String(number).padStart(2, '0')) ? 1 : 0,
);

/** Why 18 or 15 digits are no resident identity number; nothing when they are one. */
export const refuseResidentId = (digits: string): string | undefined => {
  const province = numberIn(digits, 0, 2);
  // Those of Taiwan, Hong Kong and Macao have no counties.
  const isWhole = numberIn(digits, 2, 6) === 0 && (province < 70 || province >= 90);
  if (PROVINCE_NUMBERS[province] !== 1 || isWhole) return 'no region has this code';
  if (digits.length === 15) {
    if (digits.endsWith('X') || numberIn(digits, 12, 15) === 0) return 'no sequence number ends so';
    const isBorn = isBirthDate(1900 + numberIn(digits, 6, 8), numberIn(digits, 8, 10), numberIn(digits, 10, 12));
    return isBorn ? undefined : 'no birth date';
  }
  if (!isBirthDate(numberIn(digits, 6, 10), numberIn(digits, 10, 12), numberIn(digits, 12, 14))) return 'no birth date';
  return residentIdCheck(digits) === digits.charAt(17) ? undefined : 'the check character of GB 11643 differs';
};

const CREDIT_ALPHABET = '0123456789ABCDEFGHJKLMNPQRTUWXY';
const CREDIT_WEIGHTS = [1, 3, 9, 27, 19, 26, 16, 17, 20, 29, 25, 13, 8, 24, 10, 30, 28];
/** Kinds of registering departments and of organisations in GB 32100. */
const CREDIT_KINDS = /^(?:1[1239]|2[19]|3[1-59]|4[19]|5[1-59]|6[129]|7[1-29]|8[19]|9[123]|A[19]|N[1239]|Y1)/;

/** What each character counts, by its code. */
const CREDIT_VALUES = Int8Array.from({ length: 128 }, (_, code) => CREDIT_ALPHABET.indexOf(String.fromCharCode(code)));

/** Check character of GB 32100. */
export const creditCodeCheck = (first17: string): string => {
  let sum = 0;
  for (let index = 0; index < CREDIT_WEIGHTS.length; index += 1)
    sum += (CREDIT_WEIGHTS[index] ?? 0) * (CREDIT_VALUES[first17.charCodeAt(index) & 127] ?? 0);
  return CREDIT_ALPHABET.charAt((31 - (sum % 31)) % 31);
};

/** Why 18 characters are no unified social credit code; nothing when they are one. */
export const refuseCreditCode = (code: string): string | undefined => {
  if (!CREDIT_KINDS.test(code)) return 'no registering department has this code';
  if (!PROVINCES.has(code.slice(2, 4)) && code.slice(2, 4) !== '10') return 'no region has this code';
  return creditCodeCheck(code) === code.charAt(17) ? undefined : 'the check character of GB 32100 differs';
};

/** Prefixes that carriers were given, by the second and third digit. */
const MOBILE = /^1(?:3\d|4[0-9]|5[0-35-9]|6[2567]|7[0-8]|8\d|9[0-35-9])/;

/** Whether eleven digits are a mobile number of the mainland. */
export const isMobile = (digits: string): boolean => MOBILE.test(digits);

const AREA_2 = new Set(['10', '20', '21', '22', '23', '24', '25', '27', '28', '29']);
/** Prefectures' area codes after the zero, as ranges of `from-to`. */
const AREA_3_RANGES =
  '310-319 335 349-359 370-379 391-398 411-419 421 427 429 431-439 451-459 464 467-470 471-479 482 483 510-519 523 527 530-539 543 546 550-559 561-566 570-580 591-599 631-635 660 662 663 668 691 692 701 710-719 722 724 728 730-739 743-746 750-760 762 763 766 768-779 790-799 812 813 816-818 825-827 830-839 851-859 870 871-879 883 886-888 891-899 901-903 906 908 909 911-919 930-939 941 943 951-955 970-979 990-999 898 311';

const AREA_3 = new Set(
  AREA_3_RANGES.split(' ').flatMap((range) => {
    const [from = 0, to = from] = range.split('-').map(Number);
    return Array.from({ length: to - from + 1 }, (_, index) => String(from + index));
  }),
);

/** Length of the area code, without its zero, that a national number begins with; 0 when none does. */
export const areaCodeLength = (national: string): number => {
  if (AREA_2.has(national.slice(0, 2))) return 2;
  return AREA_3.has(national.slice(0, 3)) ? 3 : 0;
};

/** Whether an area code and a local number belong together: the local one has 7 or 8 digits, and begins with no 0. */
export const isLandline = (national: string): boolean => {
  const area = areaCodeLength(national);
  const local = national.slice(area);
  return area > 0 && /^[1-9]\d{6,7}$/.test(local) && (area === 2 ? local.length === 8 : true);
};
