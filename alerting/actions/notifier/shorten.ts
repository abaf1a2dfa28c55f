const GRAPHEMES = new Intl.Segmenter('en', { granularity: 'grapheme' });

/** Three dots: the sign for them would take a GSM message to an alphabet with half the room. */
const DOTS = '...';

/**
 * The longest beginning of the text that fits, with dots where something is missing; '' where not even one character
 * does. Cuts between characters as people see them, so no emoji or accent is torn. `fits` must hold for every beginning
 * of what it holds for.
 */
export const cut = (text: string, fits: (text: string) => boolean, dots: string = DOTS): string => {
  if (fits(text)) return text;
  const ends = Array.from(GRAPHEMES.segment(text), ({ index, segment }) => index + segment.length);
  let low = 0;
  let high = ends.length;
  const cutAt = (count: number) => `${text.slice(0, count === 0 ? 0 : ends[count - 1]).trimEnd()}${dots}`;
  while (low < high) {
    const middle = Math.ceil((low + high) / 2);
    if (fits(cutAt(middle))) low = middle;
    else high = middle - 1;
  }
  return low === 0 ? '' : cutAt(low);
};
