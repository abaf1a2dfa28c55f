/** Collects the rules of one grammar in llama.cpp's GBNF. */
export interface GbnfRules {
  /** Adds a rule and returns its name, which is made unique. */
  add(hint: string, body: string): string;
  /** A name for a rule whose body comes later, as rules that refer to themselves need it. */
  reserve(hint: string): string;
  define(name: string, body: string): void;
  /** Adds a rule once, under exactly this name. */
  share(name: string, body: () => string): string;
  /** Number of characters so far. */
  readonly size: number;
  toGbnf(root: string): string;
}

/** Begins an empty grammar. */
export const createGbnfRules = (): GbnfRules => {
  const bodies = new Map<string, string>();
  let size = 0;

  const reserve = (hint: string): string => {
    const base = hint.replaceAll(/[^a-zA-Z0-9]+/gu, '-').slice(0, LONGEST_HINT) || 'rule';
    let name = base;
    for (let number = 2; bodies.has(name) || name === ROOT; number += 1) name = `${base}-${number}`;
    bodies.set(name, '');
    return name;
  };

  const define = (name: string, body: string): void => {
    bodies.set(name, body);
    size += name.length + body.length;
  };

  return {
    reserve,
    define,
    add(hint, body) {
      const name = reserve(hint);
      define(name, body);
      return name;
    },
    share(name, body) {
      if (bodies.has(name)) return name;
      bodies.set(name, '');
      define(name, body());
      return name;
    },
    get size() {
      return size;
    },
    toGbnf: (root) =>
      [`${ROOT} ::= ${root}`, ...[...bodies].map(([name, body]) => `${name} ::= ${body}`), ''].join('\n'),
  };
};

const ROOT = 'root';
const LONGEST_HINT = 40;

/** A text as a terminal. */
export const literal = (text: string): string =>
  `"${[...text].map((character) => encodeCharacter(character, '"')).join('')}"`;

/** A set of characters. */
export const oneOf = (characters: Iterable<string>): string => `[${inSet(characters)}]`;

/** All characters but these, and those of `others`, which is the inside of a set. */
export const noneOf = (characters: Iterable<string>, others = ''): string => `[^${inSet(characters)}${others}]`;

const inSet = (characters: Iterable<string>): string =>
  [...characters].map((character) => encodeCharacter(character, ']')).join('');

/** Alternatives as one item. */
export const choice = (alternatives: readonly string[]): string => `(${alternatives.join(' | ')})`;

const ESCAPES: Readonly<Record<string, string>> = { '\n': '\\n', '\r': '\\r', '\t': '\\t', '\\': '\\\\' };

const encodeCharacter = (character: string, end: '"' | ']'): string => {
  const known = ESCAPES[character];
  if (known !== undefined) return known;
  if (character === end) return `\\${character}`;
  const code = character.codePointAt(0) ?? 0;
  const isPlain = code >= 0x20 && code !== 0x7f && (end === '"' || !'[]^-'.includes(character));
  if (isPlain) return character;
  return `\\x${code.toString(16).padStart(2, '0')}`;
};
