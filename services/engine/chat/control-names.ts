/** The control tokens of a model by their names, which must never come about out of what a user wrote. */
export interface ControlNames {
  /** True when a text holds one, or begins or ends in the middle of one, which what stands beside it may complete. */
  isNear(text: string): boolean;
  /** True when a text has characters to make one of, should the template cut or change it. */
  mayMake(text: string): boolean;
  /** How many are in a text. */
  count(text: string): number;
}

/** Compiles the names. Most texts are cleared by a look at their characters: vocabularies have thousands of names. */
export const compileControlNames = (names: readonly string[]): ControlNames => {
  const known = [...new Set(names)].filter((name) => name !== '');
  const byFirst = Map.groupBy(known, (name) => name.charAt(0));
  const edges = known.flatMap((name) => [name.charAt(0), name.charAt(name.length - 1)]);
  const edge = known.length === 0 ? undefined : new RegExp(`[${[...new Set(edges)].map(escapeRegExp).join('')}]`);
  const longest = Math.max(0, ...known.map(({ length }) => length));
  const heads = new Set(known.flatMap((name) => partsOf(name, (at) => name.slice(0, at))));
  const tails = new Set(known.flatMap((name) => partsOf(name, (at) => name.slice(at))));

  const mayMake = (text: string): boolean => edge?.test(text) === true;
  const nameAt = (text: string, at: number): string | undefined =>
    byFirst.get(text.charAt(at))?.find((name) => text.startsWith(name, at));
  const count = (text: string): number => {
    let found = 0;
    for (let at = 0; at < text.length; at++) if (nameAt(text, at) !== undefined) found++;
    return found;
  };
  const isCut = (text: string): boolean => {
    for (let length = 1; length < longest && length <= text.length; length++) {
      if (heads.has(text.slice(-length)) || tails.has(text.slice(0, length))) return true;
    }
    return false;
  };
  // What a template puts between its own signs is the middle of a token; words alone are too common to fear.
  const isMiddle = (text: string): boolean =>
    text.length < longest && /\W/.test(text) && known.some((name) => name.includes(text));
  return {
    mayMake,
    count,
    // Templates trim.
    isNear: (text) => isMiddle(text) || (mayMake(text) && (isCut(text) || isCut(text.trim()) || count(text) > 0)),
  };
};

/** The text as a pattern that matches it alone, also within a class. */
export const escapeRegExp = (text: string): string => text.replace(/[\\\]^$.*+?(){}|[/-]/g, '\\$&');

const partsOf = (name: string, cut: (at: number) => string): string[] =>
  Array.from({ length: name.length - 1 }, (_, index) => cut(index + 1));
