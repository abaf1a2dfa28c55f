import { areaCodeLength, isMobile, isProvince, residentIdCheckCode } from './cn.ts';
import { isBirthDate } from './dates.ts';
import { digitAt, fourAt, threeAt, twoAt } from './digit-codes.ts';

/** The same questions as in `cn.ts`, of digits that no string was made of yet: a quick no for most candidates. */

/** By all numbers of so many digits. */
const tableOf = (digits: number, test: (written: string) => boolean): Uint8Array =>
  Uint8Array.from({ length: 10 ** digits }, (_, number) => (test(String(number).padStart(digits, '0')) ? 1 : 0));

const PROVINCES = tableOf(2, isProvince);
const MOBILE = tableOf(3, (prefix) => isMobile(`${prefix}00000000`));
const AREA_LENGTHS = Uint8Array.from({ length: 1000 }, (_, number) => areaCodeLength(String(number).padStart(3, '0')));

/** Whether a region and a birth date, and the check character where there is one, are in 18 or 15 digits. */
export const mayBeResidentId = (codes: Uint8Array, first: number, length: number): boolean => {
  if (PROVINCES[twoAt(codes, first)] !== 1) return false;
  if (length === 15)
    return isBirthDate(1900 + twoAt(codes, first + 6), twoAt(codes, first + 8), twoAt(codes, first + 10));
  if (!isBirthDate(fourAt(codes, first + 6), twoAt(codes, first + 10), twoAt(codes, first + 12))) return false;
  return residentIdCheckCode(codes, first) === codes[first + 17];
};

/** Whether a carrier's prefix is where it must be in so many digits: after nothing, `0`, `86` or `0086`. */
export const mayBeMobile = (codes: Uint8Array, first: number, length: number): boolean => {
  const at = first + length - 11;
  if (length === 12 ? digitAt(codes, first) !== 0 : length > 12 && twoAt(codes, at - 2) !== 86) return false;
  return (length !== 15 || twoAt(codes, first) === 0) && MOBILE[threeAt(codes, at)] === 1;
};

/** Longest extension. */
const EXTENSION = 6;

/** An area code begins here, and a local number, perhaps with an extension, is what follows. */
const isLandlineAt = (codes: Uint8Array, at: number, end: number): boolean => {
  if (end - at < 9) return false;
  const area = AREA_LENGTHS[threeAt(codes, at)] ?? 0;
  const local = end - at - area;
  return area > 0 && digitAt(codes, at + area) !== 0 && local >= (area === 2 ? 8 : 7) && local <= 8 + EXTENSION;
};

/** Whether digits can be a landline, with an area code or without, and with an extension or without. */
export const mayBeLandline = (codes: Uint8Array, first: number, length: number, hasPlus: boolean): boolean => {
  const end = first + length;
  const isDialled = twoAt(codes, first) === 0;
  if (isDialled || hasPlus) {
    const code = isDialled ? first + 2 : first;
    const at = code + 2;
    return twoAt(codes, code) === 86 && isLandlineAt(codes, digitAt(codes, at) === 0 ? at + 1 : at, end);
  }
  const head = digitAt(codes, first);
  if (head === 0) return isLandlineAt(codes, first + 1, end);
  if (head >= 2 && length <= 8 + EXTENSION) return true;
  const prefix = threeAt(codes, first);
  if (prefix === 400 || prefix === 800) return length <= 10 + EXTENSION;
  return twoAt(codes, first) === 86 && isLandlineAt(codes, first + 2, end);
};
