import { type AST, RegExpParser } from '@eslint-community/regexpp';
import type { Instruction, Program } from './program.ts';

/** Patterns larger than this are refused: each state costs at every place of every text. */
const MAX_STATES = 2000;

/** A pattern that cannot be compiled, said in words for whoever wrote it. */
export class PatternError extends Error {}

interface Length {
  readonly min: number;
  readonly max: number;
}

const lengthOfAll = (alternatives: readonly AST.Alternative[]): Length => {
  const lengths = alternatives.map(({ elements }) =>
    elements
      .map(lengthOf)
      .reduce((sum, one) => ({ min: sum.min + one.min, max: sum.max + one.max }), { min: 0, max: 0 }),
  );
  return { min: Math.min(...lengths.map(({ min }) => min)), max: Math.max(...lengths.map(({ max }) => max)) };
};

/** In UTF-16 units at most; a character may take two. */
const lengthOf = (element: AST.Element): Length => {
  switch (element.type) {
    case 'Character':
      return { min: 1, max: element.value > 0xffff ? 2 : 1 };
    case 'CharacterClass':
    case 'CharacterSet':
      return { min: 1, max: 2 };
    case 'Group':
    case 'CapturingGroup':
      return lengthOfAll(element.alternatives);
    case 'Quantifier': {
      const { min, max } = lengthOf(element.element);
      return { min: min * element.min, max: max === 0 ? 0 : max * element.max };
    }
    default:
      return { min: 0, max: 0 };
  }
};

/** Writes the machine backwards: each part is told where to go on. */
class Writer {
  readonly instructions: Instruction[] = [];
  private readonly flags: string;

  constructor(flags: string) {
    this.flags = flags;
  }

  add(instruction: Instruction): number {
    if (this.instructions.length >= MAX_STATES) {
      throw new PatternError(
        `expected a pattern of at most ${MAX_STATES} states, got more; make its repetitions shorter`,
      );
    }
    this.instructions.push(instruction);
    return this.instructions.length - 1;
  }

  alternatives(alternatives: readonly AST.Alternative[], next: number): number {
    const starts = alternatives.map(({ elements }) =>
      elements.reduceRight((after, element) => this.element(element, after), next),
    );
    return starts.length === 1 ? (starts[0] ?? next) : this.add({ kind: 'split', next: starts });
  }

  private element(element: AST.Element, next: number): number {
    switch (element.type) {
      case 'Character':
      case 'CharacterClass':
      case 'CharacterSet':
        return this.add({ kind: 'character', matches: this.matcher(element.raw), next });
      case 'Group':
      case 'CapturingGroup':
        return this.alternatives(element.alternatives, next);
      case 'Quantifier':
        return this.quantifier(element, next);
      case 'Backreference':
        throw new PatternError('expected no back-reference: it cannot be matched in linear time; write the text out');
      default:
        throw new PatternError(
          `expected no assertion inside the pattern, got ${element.raw}; \\b is allowed as its first and its last part`,
        );
    }
  }

  private quantifier({ min, max, element }: AST.Quantifier, next: number): number {
    let after = next;
    if (max === Number.POSITIVE_INFINITY) {
      const split: Instruction = { kind: 'split', next: [next] };
      after = this.add(split);
      split.next.push(this.element(element, after));
    } else {
      for (let count = min; count < max; count += 1)
        after = this.add({ kind: 'split', next: [next, this.element(element, after)] });
    }
    for (let count = 0; count < min; count += 1) after = this.element(element, after);
    return after;
  }

  private matcher(source: string): (character: string) => boolean {
    const one = new RegExp(`^(?:${source})$`, this.flags);
    const known = new Map<string, boolean>();
    return (character) => {
      let answer = known.get(character);
      if (answer === undefined) {
        answer = one.test(character);
        if (known.size < 4096) known.set(character, answer);
      }
      return answer;
    };
  }
}

const isBoundary = (element: AST.Element | undefined): boolean =>
  element?.type === 'Assertion' && element.kind === 'word' && !element.negate;

export interface PatternOptions {
  readonly ignoreCase: boolean;
  /** Longest match; needed when the pattern has no bound of its own. */
  readonly maxLength: number | undefined;
}

/** Longest that any rule may hold a stream for. */
export const MAX_CUSTOM_LENGTH = 512;

const boundOf = (length: Length, maxLength: number | undefined): number => {
  if (length.min === 0)
    throw new PatternError('expected a pattern that needs at least one character, got one that matches nothing at all');
  const bound = Math.min(length.max, maxLength ?? length.max);
  if (bound === Number.POSITIVE_INFINITY) {
    throw new PatternError(
      `expected a pattern with a longest match, got *, + or {n,}; write {n,m}, or set maxLength (at most ${MAX_CUSTOM_LENGTH})`,
    );
  }
  if (bound > MAX_CUSTOM_LENGTH)
    throw new PatternError(
      `expected matches of at most ${MAX_CUSTOM_LENGTH} characters, got up to ${bound}; set maxLength`,
    );
  if (bound < length.min) throw new PatternError(`expected maxLength to be at least ${length.min}, got ${bound}`);
  return bound;
};

/** Compiles a regular expression, less what cannot be matched in linear time; throws a `PatternError`. */
export const compilePattern = (source: string, { ignoreCase, maxLength }: PatternOptions): Program => {
  const pattern = parse(source);
  const only = pattern.alternatives.length === 1 ? pattern.alternatives[0] : undefined;
  const elements = only?.elements ?? [];
  const beginsWord = isBoundary(elements[0]);
  const endsWord = elements.length > 1 && isBoundary(elements.at(-1));
  const inner =
    only === undefined
      ? pattern.alternatives
      : [{ ...only, elements: elements.slice(beginsWord ? 1 : 0, endsWord ? -1 : undefined) }];
  const writer = new Writer(ignoreCase ? 'iu' : 'u');
  const start = writer.alternatives(inner, writer.add({ kind: 'match' }));
  return {
    instructions: writer.instructions,
    start,
    maxLength: boundOf(lengthOfAll(inner), maxLength),
    beginsWord,
    endsWord,
  };
};

const parse = (source: string): AST.Pattern => {
  try {
    return new RegExpParser({ ecmaVersion: 2024 }).parsePattern(source, 0, source.length, { unicode: true });
  } catch (error) {
    throw new PatternError(
      `expected a regular expression, got one that does not parse: ${error instanceof Error ? error.message : 'unknown'}`,
    );
  }
};
