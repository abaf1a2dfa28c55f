import { ServiceError } from '../../../core/errors/service-error.ts';

/** llama.cpp reads groups and rules by recursion: beyond this its stack may not suffice, which ends the process. */
const DEEPEST = 64;
const MOST_RULES = 8192;
const LONGEST = 1024 * 1024;
const MOST_TIMES = 2000;

const ESCAPE = String.raw`\\(?:x[0-9A-Fa-f]{2}|u[0-9A-Fa-f]{4}|U[0-9A-Fa-f]{8}|["\\\[\]ntr])`;
const NAME = /[A-Za-z0-9-]+/y;
const DEFINES = /::=/y;
const BLANK = /(?:[ \t]|#[^\r\n]*)+/y;
const BLANK_OR_LINE = /(?:[ \t\r\n]|#[^\r\n]*)+/y;
const LITERAL = new RegExp(String.raw`"(?:[^"\\]|${ESCAPE})*"`, 'y');
const CHARACTERS = new RegExp(String.raw`\[\^?(?:[^\]\\]|${ESCAPE})*\]`, 'y');
const TOKEN = /!?<(?:\[\d{1,9}\]|[^>\r\n]+)>/y;
const ANY = /\./y;
const REPETITION = /[*+?]|\{[ \t]*(\d{1,9})[ \t]*(?:,[ \t]*(\d{0,9})[ \t]*)?\}/y;
const ITEMS = [LITERAL, CHARACTERS, TOKEN, ANY] as const;

/**
 * Throws ERR_ENGINE_GRAMMAR for what llama.cpp's own parser would refuse, or could not survive: that one writes the whole
 * grammar, which is a client's, to the log.
 */
export const checkGbnf = (gbnf: string): void => {
  if (gbnf.length > LONGEST) throw refuse(`expected at most ${LONGEST} characters, got ${gbnf.length}`);
  if (gbnf.includes('\0')) throw refuse('expected text, got a NUL character');
  const scan = createScan(gbnf);
  const defined = new Set<string>();
  const symbols: Symbols = { names: new Set(['root']), made: 0 };
  scan.take(BLANK_OR_LINE);
  while (!scan.isAtEnd()) {
    const name = scan.take(NAME) ?? scan.fail('the name of a rule');
    scan.take(BLANK);
    if (scan.take(DEFINES) === undefined) scan.fail('::= after the name of a rule');
    defined.add(name);
    symbols.names.add(name);
    if (defined.size > MOST_RULES) throw refuse(`expected at most ${MOST_RULES} rules, got more`);
    scan.take(BLANK_OR_LINE);
    checkBody(scan, symbols);
    scan.take(BLANK_OR_LINE);
  }
  for (const name of symbols.names) if (!defined.has(name)) throw refuse(`expected a rule "${name}", got none`);
};

/** The rules so far: those with a name, and those that llama.cpp makes of groups and repetitions. */
interface Symbols {
  readonly names: Set<string>;
  made: number;
}

const countOf = ({ names, made }: Symbols): number => names.size + made;

/** One rule after its `::=`, to the end of its line; groups may go on over several. */
const checkBody = (scan: Scan, symbols: Symbols): void => {
  /** Rules there were at the beginning of each open group. */
  const groups: number[] = [];
  /** Rules that a repetition of the last item would repeat; 0: there is nothing to repeat. */
  let weight = 0;
  for (;;) {
    scan.take(groups.length > 0 ? BLANK_OR_LINE : BLANK);
    if (scan.isAtEnd() || scan.isAtLineEnd()) break;
    if (scan.skip('|')) {
      scan.take(BLANK_OR_LINE);
      weight = 0;
    } else if (scan.skip('(')) {
      groups.push(countOf(symbols));
      if (groups.length > DEEPEST) scan.fail(`groups at most ${DEEPEST} deep`);
      symbols.made += 1;
      weight = 0;
    } else if (scan.skip(')')) {
      weight = Math.max(1, countOf(symbols) - (groups.pop() ?? scan.fail('a ( before this )')));
    } else {
      const repetition = weight > 0 ? scan.take(REPETITION) : undefined;
      if (repetition === undefined) takeItem(scan, symbols);
      weight = repetition === undefined ? 1 : weight * repeat(scan, repetition, weight, symbols);
    }
  }
  if (groups.length > 0) scan.fail('a ) for every (');
};

const takeItem = (scan: Scan, { names }: Symbols): void => {
  if (ITEMS.some((item) => scan.take(item) !== undefined)) return;
  names.add(scan.take(NAME) ?? scan.fail('a literal, a set of characters, a group or the name of a rule'));
};

/** How many times over an item is written out. */
const repeat = (scan: Scan, repetition: string, weight: number, symbols: Symbols): number => {
  const { least, most } = boundsOf(repetition);
  if (least > MOST_TIMES) scan.fail(`at most ${MOST_TIMES} repetitions`);
  const times = Number.isFinite(most) && most > 0 ? most : Math.max(1, least);
  if (weight * times > MOST_TIMES) scan.fail(`repetitions within repetitions to come to at most ${MOST_TIMES} rules`);
  symbols.made += Number.isFinite(most) ? Math.max(0, most - least) : 1;
  return times;
};

const boundsOf = (repetition: string): { readonly least: number; readonly most: number } => {
  const simple = SIMPLE[repetition];
  if (simple !== undefined) return simple;
  const [least = 0, upper] = (repetition.match(/\d+/g) ?? []).map(Number);
  const most = upper ?? (repetition.includes(',') ? Number.POSITIVE_INFINITY : least);
  return { least, most: most > MOST_TIMES ? Number.POSITIVE_INFINITY : most };
};

const SIMPLE: Readonly<Record<string, { readonly least: number; readonly most: number }>> = {
  '*': { least: 0, most: Number.POSITIVE_INFINITY },
  '+': { least: 1, most: Number.POSITIVE_INFINITY },
  '?': { least: 0, most: 1 },
};

type Scan = ReturnType<typeof createScan>;

const createScan = (text: string) => {
  let at = 0;
  return {
    isAtEnd: () => at >= text.length,
    isAtLineEnd: () => text[at] === '\n' || text[at] === '\r',
    take(pattern: RegExp): string | undefined {
      pattern.lastIndex = at;
      const found = pattern.exec(text)?.[0];
      at += found?.length ?? 0;
      return found;
    },
    skip(character: string): boolean {
      if (text[at] !== character) return false;
      at += 1;
      return true;
    },
    fail(expected: string): never {
      const line = text.slice(0, at).split('\n').length;
      throw refuse(`line ${line}: expected ${expected}`);
    },
  };
};

const refuse = (problem: string): ServiceError =>
  new ServiceError('ERR_ENGINE_GRAMMAR', `responseFormat.grammar: ${problem}`);
