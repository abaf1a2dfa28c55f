/** Written from the standards alone and on purpose not shared with the rules: a mistake there must not repeat here. */

const ID_WEIGHTS = [7, 9, 10, 5, 8, 4, 2, 1, 6, 3, 7, 9, 10, 5, 8, 4, 2];

/** GB 11643: the last character of a resident ID, of its first 17 digits. */
export const residentIdCheck = (body: string): string => {
  const sum = ID_WEIGHTS.reduce((total, weight, index) => total + weight * Number(body[index]), 0);
  return '10X98765432'[sum % 11] ?? '';
};

/** Digits, without I, O, S, V and Z, of a unified social credit code. */
export const USCC_ALPHABET = '0123456789ABCDEFGHJKLMNPQRTUWXY';

/** GB 32100: the last character of a unified social credit code, of its first 17. */
export const usccCheck = (body: string): string => {
  let weight = 1;
  let sum = 0;
  for (const character of body) {
    sum += USCC_ALPHABET.indexOf(character) * weight;
    weight = (weight * 3) % 31;
  }
  return USCC_ALPHABET[(31 - (sum % 31)) % 31] ?? '';
};

/** ISO/IEC 7812: whether the digits end in the right check digit. */
export const isLuhn = (digits: string): boolean => {
  let sum = 0;
  for (let index = 0; index < digits.length; index += 1) {
    const digit = Number(digits[digits.length - 1 - index]);
    const weighed = index % 2 === 0 ? digit : digit * 2;
    sum += weighed > 9 ? weighed - 9 : weighed;
  }
  return sum % 10 === 0;
};

/** The check digit that makes the digits pass. */
export const luhnCheck = (body: string): string => [...'0123456789'].find((digit) => isLuhn(`${body}${digit}`)) ?? '';

/** ISO 7064 mod 97-10 of an IBAN without its two check digits: what these must be. */
export const ibanCheck = (country: string, account: string): string => {
  const numbers = [...`${account}${country}00`].map((character) => Number.parseInt(character, 36)).join('');
  let rest = 0;
  for (const digit of numbers) rest = (rest * 10 + Number(digit)) % 97;
  return `${98 - rest}`.padStart(2, '0');
};

/** ISO 2108: the last digit of an EAN-13 or ISBN-13, of its first twelve. */
export const eanCheck = (body: string): string => {
  const sum = [...body].reduce((total, digit, index) => total + Number(digit) * (index % 2 === 0 ? 1 : 3), 0);
  return `${(10 - (sum % 10)) % 10}`;
};
