/** A source of repeatable chance: the same seed gives the same texts on every machine. */
export interface Random {
  /** From 0 up to, not including, 1. */
  next(): number;
  /** A whole number, both ends included. */
  int(least: number, most: number): number;
  chance(share: number): boolean;
  pick<T>(items: readonly T[]): T;
  /** So many characters of an alphabet. */
  chars(count: number, alphabet: string): string;
  digits(count: number): string;
}

export const DIGITS = '0123456789';
export const UPPER = 'ABCDEFGHIJKLMNOPQRSTUVWXYZ';
export const LOWER = 'abcdefghijklmnopqrstuvwxyz';
export const ALNUM = `${UPPER}${LOWER}${DIGITS}`;
export const HEX = '0123456789abcdef';
export const BASE64 = `${ALNUM}+/`;
export const BASE64URL = `${ALNUM}-_`;

/** mulberry32 over the FNV-1a hash of the seed. */
export const randomOf = (seed: string): Random => {
  let state = hashOf(seed);
  const next = (): number => {
    state = (state + 0x6d2b79f5) | 0;
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state);
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed;
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32;
  };
  const int = (least: number, most: number): number => least + Math.floor(next() * (most - least + 1));
  const pick = <T>(items: readonly T[]): T => {
    const item = items[int(0, items.length - 1)];
    if (item === undefined) throw new TypeError('pick: expected a list with something in it');
    return item;
  };
  const chars = (count: number, alphabet: string): string =>
    Array.from({ length: count }, () => alphabet[int(0, alphabet.length - 1)]).join('');
  return { next, int, pick, chars, chance: (share) => next() < share, digits: (count) => chars(count, DIGITS) };
};

/** FNV-1a: where a name must become a number that is the same everywhere. */
export const hashOf = (text: string): number => {
  let hash = 0x811c9dc5;
  for (let index = 0; index < text.length; index += 1) {
    hash = Math.imul(hash ^ text.charCodeAt(index), 0x01000193);
  }
  return hash >>> 0;
};

/** Draws until one is as wanted; a condition that nothing meets is a mistake of the corpus. */
export const drawUntil = <T>(draw: () => T, isWanted: (value: T) => boolean): T => {
  for (let turn = 0; turn < 10_000; turn += 1) {
    const value = draw();
    if (isWanted(value)) return value;
  }
  throw new TypeError('drawUntil: 10000 values, and none as wanted; look at the condition');
};
