import { digitAt, threeAt } from './digit-codes.ts';

/**
 * Whether ten digits can be dialled in the North American plan: an area code that is no service code, and an exchange that
 * begins with 2 to 9. Which areas are in use changes yearly, so only those are refused that the plan keeps back.
 */
export const isNanp = (digits: string): boolean =>
  /^[2-9]\d{2}[2-9]\d{6}$/.test(digits) && !/^(?:.11|.9|[234]00)/.test(digits.slice(0, 3));

/** The area that made-up numbers have, whatever their exchange. */
export const isFictional = (digits: string): boolean => /^555\d{7}$/.test(digits);

/** Whether ten digits, given as codes, can be dialled or are made up. */
export const mayBeNanp = (codes: Uint8Array, first: number): boolean => {
  const area = threeAt(codes, first);
  if (area === 555) return true;
  const head = digitAt(codes, first);
  if (head < 2 || digitAt(codes, first + 3) < 2 || area === 200 || area === 300 || area === 400) return false;
  const second = digitAt(codes, first + 1);
  return second !== 9 && !(second === 1 && digitAt(codes, first + 2) === 1);
};
