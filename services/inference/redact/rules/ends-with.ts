/** Answers whether a text ends in what a pattern says. */
export interface EndTest {
  test(text: string): boolean;
}

/**
 * Turns a pattern that ends in `$` into a look-behind tried at the very end: the engine reads backwards from there and
 * gives up after a few units, where a search would try the pattern at every place before.
 */
export const endsWith = (pattern: RegExp): EndTest => {
  const behind = new RegExp(`(?<=${pattern.source.replace(/\$$/, '')})`, `${pattern.flags}y`);
  return {
    test(text) {
      behind.lastIndex = text.length;
      return behind.test(text);
    },
  };
};
