/** Numbers and prefixes in digits that are given as codes of characters, so that no string is made of them. */

/** The digit at a place. */
export const digitAt = (codes: Uint8Array, at: number): number => (codes[at] ?? 0) - 0x30;

/** The number that two digits make. */
export const twoAt = (codes: Uint8Array, at: number): number => digitAt(codes, at) * 10 + digitAt(codes, at + 1);

/** The number that three digits make. */
export const threeAt = (codes: Uint8Array, at: number): number => twoAt(codes, at) * 10 + digitAt(codes, at + 2);

/** The number that four digits make. */
export const fourAt = (codes: Uint8Array, at: number): number => twoAt(codes, at) * 100 + twoAt(codes, at + 2);
