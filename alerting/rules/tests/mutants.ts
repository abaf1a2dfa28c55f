/** An expression with one mistake in it, such as somebody makes who edits a rule. */
export interface Mutant {
  readonly mistake: string;
  readonly expr: string;
}

type Token = { readonly kind: 'number' | 'comparison' | 'set' | 'open' | 'close' | 'other'; readonly text: string };

const PATTERNS: readonly (readonly [Token['kind'], RegExp])[] = [
  // Names, strings, matchers, ranges and durations are no thresholds.
  ['other', /^(?:"(?:[^"\\]|\\.)*"|\{(?:[^}"]|"(?:[^"\\]|\\.)*")*\}|\[[^\]]*\])/],
  ['set', /^(?:and|or|unless)\b/],
  ['other', /^[a-zA-Z_:][a-zA-Z0-9_:]*/],
  ['other', /^\d+(?:ms|[smhdwy])\b/],
  ['number', /^\d+(?:\.\d+)?(?:e[+-]?\d+)?/],
  ['comparison', /^(?:>=|<=|==|!=|>|<)/],
  ['open', /^\(/],
  ['close', /^\)/],
  ['other', /^[\s\S]/],
];

/** Reads PromQL far enough to find what may be wrong in it. */
const tokensOf = (expr: string): readonly Token[] => {
  const tokens: Token[] = [];
  let rest = expr;
  while (rest !== '') {
    const found = PATTERNS.flatMap(([kind, pattern]) => {
      const text = pattern.exec(rest)?.[0];
      return text === undefined ? [] : [{ kind, text }];
    })[0] ?? { kind: 'other' as const, text: rest };
    tokens.push(found);
    rest = rest.slice(found.text.length);
  }
  return tokens;
};

const OTHER_COMPARISONS: Readonly<Record<string, readonly string[]>> = {
  '>': ['>=', '<'],
  '<': ['<=', '>'],
  '>=': ['>', '<'],
  '<=': ['<', '>'],
  '==': ['!='],
  '!=': ['=='],
};

/** A little off; zero has no little, so it becomes a whole one. */
const otherNumbers = (text: string): readonly string[] => {
  const value = Number(text);
  if (value === 0) return ['2', '(-1)'];
  return [value * 1.1, value * 0.9].map((one) => String(Number(one.toPrecision(12))));
};

/** Every expression that differs in one threshold or comparison, or lacks one of its clauses. */
export const mutantsOf = (expr: string): readonly Mutant[] => {
  const tokens = tokensOf(expr);
  const replaced = (index: number, text: string): Mutant => ({
    mistake: `${tokens[index]?.text} became ${text}: ${excerpt(tokens, index)}`,
    expr: tokens.map((token, at) => (at === index ? text : token.text)).join(''),
  });
  const changed = tokens.flatMap(({ kind, text }, index) => {
    if (kind === 'comparison') return (OTHER_COMPARISONS[text] ?? []).map((other) => replaced(index, other));
    return kind === 'number' ? otherNumbers(text).map((other) => replaced(index, other)) : [];
  });
  return [...changed, ...withoutClauses(tokens)];
};

const excerpt = (tokens: readonly Token[], index: number): string =>
  tokens
    .slice(Math.max(0, index - 4), index + 4)
    .map(({ text }) => text)
    .join('');

/** Without what stands behind an `and`, `or` or `unless`, and without what stands before an `or`. */
const withoutClauses = (tokens: readonly Token[]): readonly Mutant[] =>
  tokens.flatMap(({ kind, text }, index) => {
    if (kind !== 'set') return [];
    const after = without(tokens, index, endOfClause(tokens, index, 1));
    const before = text === 'or' ? [without(tokens, endOfClause(tokens, index, -1) + 1, index + 1)] : [];
    return [after, ...before];
  });

const without = (tokens: readonly Token[], from: number, to: number): Mutant => {
  const text = (part: readonly Token[]) => part.map((token) => token.text).join('');
  return {
    mistake: `lacks ${text(tokens.slice(from, to)).trim()}`,
    expr: `${text(tokens.slice(0, from))} ${text(tokens.slice(to))}`.trim(),
  };
};

/** Where the operand beside a set operator ends: at the next one of the same group, or at its bracket. */
const endOfClause = (tokens: readonly Token[], from: number, direction: 1 | -1): number => {
  const [deeper, outer] = direction === 1 ? (['open', 'close'] as const) : (['close', 'open'] as const);
  let depth = 0;
  for (let index = from + direction; index >= 0 && index < tokens.length; index += direction) {
    const kind = tokens[index]?.kind;
    if (depth === 0 && (kind === 'set' || kind === outer)) return index;
    if (kind === deeper) depth += 1;
    if (kind === outer) depth -= 1;
  }
  return direction === 1 ? tokens.length : -1;
};
