const DIMENSIONS = 8;

/** A unit vector that is the same for the same text and (almost surely) another one for any other. */
export const embedText = (text: string): number[] => {
  const values = Array.from({ length: DIMENSIONS }, (_, dimension) => hash(text, dimension) / 0xffff_ffff - 0.5);
  const length = Math.hypot(...values) || 1;
  return values.map((value) => value / length);
};

/** FNV-1a, from another start per dimension. */
const hash = (text: string, seed: number): number => {
  let state = (0x811c_9dc5 ^ Math.imul(seed + 1, 0x9e37_79b1)) >>> 0;
  for (let at = 0; at < text.length; at += 1) state = Math.imul(state ^ text.charCodeAt(at), 0x0100_0193) >>> 0;
  return state;
};
