import type { SyntaxNode } from '@lezer/common';
import { parser } from '@prometheus-io/lezer-promql';

export interface Matcher {
  readonly label: string;
  readonly op: string;
  readonly value: string;
}

/** A series selector; `range` is what stands in its brackets. */
export interface Selector {
  readonly kind: 'selector';
  /** Empty where only matchers name it. */
  readonly name: string;
  readonly matchers: readonly Matcher[];
  readonly range?: string;
}

/** PromQL, as far as units, ranges and selectors go. */
export type Expr =
  | Selector
  | { readonly kind: 'number'; readonly value: number }
  | { readonly kind: 'string'; readonly value: string }
  | { readonly kind: 'call'; readonly name: string; readonly args: readonly Expr[] }
  | { readonly kind: 'aggregate'; readonly op: string; readonly args: readonly Expr[] }
  | {
      readonly kind: 'binary';
      readonly op: string;
      readonly isBool: boolean;
      readonly left: Expr;
      readonly right: Expr;
    }
  | { readonly kind: 'negative'; readonly of: Expr }
  | { readonly kind: 'subquery'; readonly of: Expr; readonly range: string };

export type Parsed =
  | { readonly ok: true; readonly expr: Expr }
  | { readonly ok: false; readonly at: number; readonly near: string };

/** Reads an expression in which every variable is filled in. */
export const parsePromql = (text: string): Parsed => {
  const tree = parser.parse(text);
  let at: number | undefined;
  tree.iterate({
    enter: ({ type, from }) => {
      if (type.isError) at ??= from;
    },
  });
  const root = tree.topNode.firstChild;
  if (at !== undefined || root === null) return { ok: false, at: at ?? 0, near: text.slice(at ?? 0).slice(0, 20) };
  return { ok: true, expr: read(root, text) };
};

const childrenOf = (node: SyntaxNode): readonly SyntaxNode[] => {
  const found: SyntaxNode[] = [];
  for (let child = node.firstChild; child !== null; child = child.nextSibling) found.push(child);
  return found;
};
const childOf = (node: SyntaxNode, name: string): SyntaxNode | undefined => node.getChild(name) ?? undefined;

/** What stands between the operands of a binary operator. */
const BESIDE: readonly string[] = ['BoolModifier', 'MatchingModifierClause'];

const read = (node: SyntaxNode, text: string): Expr => {
  const word = (of: SyntaxNode | undefined): string => (of === undefined ? '' : text.slice(of.from, of.to));
  const inner = (): Expr => readFirst(node, text);
  const args = (): readonly Expr[] =>
    childrenOf(childOf(node, 'FunctionCallBody') ?? node).map((child) => read(child, text));
  switch (node.name) {
    case 'NumberDurationLiteral':
      return { kind: 'number', value: numberOf(word(node)) };
    case 'StringLiteral':
      return { kind: 'string', value: unquote(word(node)) };
    case 'VectorSelector':
      return readSelector(node, text);
    case 'MatrixSelector': {
      const selector = readSelector(childOf(node, 'VectorSelector') ?? node, text);
      return { ...selector, range: word(childOf(node, 'DurationExpr')) };
    }
    case 'SubqueryExpr':
      return { kind: 'subquery', of: inner(), range: word(childOf(node, 'DurationExpr')) };
    case 'FunctionCall':
      return { kind: 'call', name: word(childOf(node, 'FunctionIdentifier')), args: args() };
    case 'AggregateExpr':
      return { kind: 'aggregate', op: word(childOf(node, 'AggregateOp')).toLowerCase(), args: args() };
    case 'BinaryExpr': {
      const [left, op, ...rest] = childrenOf(node).filter(({ name }) => !BESIDE.includes(name));
      const right = rest.at(-1);
      if (left === undefined || right === undefined) throw new TypeError(`no operands in ${word(node)}`);
      const isBool = childOf(node, 'BoolModifier') !== undefined;
      const operator = word(op).toLowerCase();
      return { kind: 'binary', op: operator, isBool, left: read(left, text), right: read(right, text) };
    }
    case 'UnaryExpr':
      return { kind: 'negative', of: read(node.lastChild ?? node, text) };
    default:
      // Brackets, `offset` and `@` change neither names nor units.
      return inner();
  }
};

const readFirst = (node: SyntaxNode, text: string): Expr => {
  if (node.firstChild === null) throw new TypeError(`unknown part of an expression: ${node.name}`);
  return read(node.firstChild, text);
};

const readSelector = (node: SyntaxNode, text: string): Selector => {
  const matchers = childrenOf(childOf(node, 'LabelMatchers') ?? node).flatMap((matcher): Matcher[] => {
    if (!matcher.name.endsWith('LabelMatcher')) return [];
    const [label, op, value] = childrenOf(matcher).map((part) => text.slice(part.from, part.to));
    return [{ label: label ?? '', op: op ?? '', value: unquote(value ?? '') }];
  });
  const identifier = childOf(node, 'Identifier');
  const named = matchers.find(({ label, op }) => label === '__name__' && op === '=')?.value ?? '';
  const name = identifier === undefined ? named : text.slice(identifier.from, identifier.to);
  return { kind: 'selector', name, matchers };
};

const numberOf = (literal: string): number =>
  /^\+?inf$/i.test(literal) ? Infinity : /^-inf$/i.test(literal) ? -Infinity : Number(literal);

const unquote = (literal: string): string => {
  if (literal.startsWith('`')) return literal.slice(1, -1);
  // Both kinds of quotes escape as JSON does, where it can be said in JSON at all.
  return literal.slice(1, -1).replace(/\\(.)/g, (_all, character: string) => character);
};
