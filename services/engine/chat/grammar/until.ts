import { type GbnfRules, literal, noneOf } from './gbnf-rules.ts';

interface Endings {
  /** What follows once the mark is complete. */
  readonly after: string;
  /** The text may also end without the mark. */
  readonly mayEnd: boolean;
}

/**
 * Text up to a mark, the mark, and what follows; the rules are the automaton that searches for the mark. With `mayEnd`
 * the mark need not come.
 */
export const addUntil = (rules: GbnfRules, mark: string, { after, mayEnd }: Endings): string => {
  const characters = [...mark];
  const states = characters.map((_, index) => rules.reserve(`until-${index}`));
  for (const [index, state] of states.entries()) {
    const known = [...new Set(characters)]
      .map((character) => ({ character, next: step(characters, index, character) }))
      .filter(({ next }) => next > 0);
    const paths = known.map(({ character, next }) => `${literal(character)} ${states[next] ?? after}`.trimEnd());
    const others = `${noneOf(new Set(known.map(({ character }) => character)))} ${states[0]}`;
    rules.define(state, [...paths, others, ...(mayEnd ? [EMPTY] : [])].join(' | '));
  }
  return states[0] ?? after;
};

/** The text begins with a mark and goes on with `after`, or it does not and is anything. */
export const addUnlessBegins = (rules: GbnfRules, mark: string, after: string): string => {
  const anything = rules.share('anything', () => '[^\\x00]*');
  const characters = [...mark];
  let next = after;
  for (const character of characters.toReversed()) {
    const other = `${noneOf([character])} ${anything}`;
    next = rules.add('begins', `${literal(character)} ${next} | ${other} | ${EMPTY}`);
  }
  return next;
};

const EMPTY = '""';

/** How much of the mark is there after one more character (Knuth, Morris, Pratt). */
const step = (mark: readonly string[], matched: number, character: string): number => {
  const seen = [...mark.slice(0, matched), character];
  for (let length = Math.min(mark.length, seen.length); length > 0; length -= 1) {
    const tail = seen.slice(seen.length - length);
    if (tail.every((own, index) => own === mark[index])) return length;
  }
  return 0;
};
