const QUOTE = 0x22;
const BACKSLASH = 0x5c;

/**
 * True when objects and arrays in the text nest deeper than `limit`. One pass, no recursion, so that it can run
 * before anything that recurses; brackets inside strings do not count. The text need not be valid JSON.
 */
export const isDeeperThan = (text: string, limit: number): boolean => {
  let depth = 0;
  for (let index = 0; index < text.length; index++) {
    switch (text.charCodeAt(index)) {
      case QUOTE:
        index = endOfString(text, index + 1);
        break;
      case 0x7b: // {
      case 0x5b: // [
        if (++depth > limit) return true;
        break;
      case 0x7d: // }
      case 0x5d: // ]
        depth--;
        break;
    }
  }
  return false;
};

// Prompts are long strings: indexOf skips them at the speed of memory.
const endOfString = (text: string, from: number): number => {
  for (let at = text.indexOf('"', from); at !== -1; at = text.indexOf('"', at + 1)) {
    if (!isEscaped(text, at, from)) return at;
  }
  return text.length;
};

// Each run of backslashes is walked once, by the quote after it, so the whole pass stays linear.
const isEscaped = (text: string, at: number, from: number): boolean => {
  let backslashes = 0;
  while (at - 1 - backslashes >= from && text.charCodeAt(at - 1 - backslashes) === BACKSLASH) backslashes++;
  return backslashes % 2 === 1;
};
