/** Parts of a message that differ from line to line, replaced by what they are; the order matters: long forms first. */
const MASKS: readonly (readonly [pattern: RegExp, word: string])[] = [
  [/\b[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}\b/gi, '<id>'],
  [/\b\d{4}-\d\d-\d\d[T ]\d\d:\d\d:\d\d(?:[.,]\d+)?(?:Z|[+-]\d\d:?\d\d)?/g, '<time>'],
  [/\bhttps?:\/\/[^\s"'<>]+/gi, '<url>'],
  [/\b\d{1,3}(?:\.\d{1,3}){3}(?::\d+)?\b/g, '<address>'],
  [/(?<![\w/])(?:\/[\w.@+-]+){2,}\/?/g, '<path>'],
  [/\b(?=[a-z]*\d)(?:0x)?[0-9a-f]{8,}\b/gi, '<hex>'],
  [/"[^"]{0,400}"|'[^'\s]{1,400}'/g, '<text>'],
  [/(?<![\w-])[+-]?\d+(?:[.,]\d+)*(?:e[+-]?\d+)?/g, '<number>'],
];

/** Longer messages are cut off: what tells one kind of line from another stands at its beginning. */
const MOST_CHARACTERS = 1000;
const MOST_WORDS = 48;

/** A message as words, what varies replaced. */
export const maskedWords = (message: string): readonly string[] => {
  let text = message.slice(0, MOST_CHARACTERS);
  for (const [pattern, word] of MASKS) text = text.replace(pattern, word);
  return text
    .split(/[\s,;=]+/)
    .filter((word) => word !== '')
    .slice(0, MOST_WORDS);
};
