/** A pattern whose groups are read by number. */
export interface Numbered {
  readonly pattern: RegExp;
  /** The text of a group of these names that took part in a match. */
  of(match: RegExpExecArray): string | undefined;
}

/** An escape, a class, or the beginning of a group that is captured, with its name. */
const TOKENS = /\\k<([A-Za-z]\w*)>|\\[\s\S]|[[\]]|\((?:\?<([A-Za-z]\w*)>|(?!\?))/g;

/**
 * The same pattern with its named groups by number: an engine makes an object of all names for every match, which costs
 * more than most matches do.
 */
export const numbered = ({ source, flags }: RegExp, names: readonly string[]): Numbered => {
  const groups = new Map<string, number[]>();
  let count = 0;
  eachToken(source, (token, _reference, name) => {
    if (token.startsWith('(')) count += 1;
    if (name !== undefined) groups.set(name, [...(groups.get(name) ?? []), count]);
    return token;
  });
  const plain = eachToken(source, (token, reference, name) => {
    if (name !== undefined) return '(';
    if (reference === undefined) return token;
    const [group, second] = groups.get(reference) ?? [];
    if (group === undefined || second !== undefined) throw new TypeError(`${token}: expected one group of this name`);
    return `(?:\\${group})`;
  });
  const places = names.flatMap((name) => groups.get(name) ?? []);
  return {
    pattern: new RegExp(plain, flags),
    of(match) {
      for (const place of places) if (match[place] !== undefined) return match[place];
      return undefined;
    },
  };
};

/** Passes over what is outside classes. */
const eachToken = (
  source: string,
  change: (token: string, reference: string | undefined, name: string | undefined) => string,
): string => {
  let isInClass = false;
  return source.replace(TOKENS, (token: string, reference?: string, name?: string) => {
    if (token === '[') isInClass = true;
    if (token === ']') isInClass = false;
    return isInClass || token === ']' ? token : change(token, reference, name);
  });
};
