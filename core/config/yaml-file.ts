import {
  type Alias,
  type Document,
  isAlias,
  isMap,
  isScalar,
  isSeq,
  LineCounter,
  parseDocument,
  visit,
  type YAMLError,
} from 'yaml';
import { isUnreadable, readFileText, type Unreadable } from './file-text.ts';
import { type Origin, type Problem, toProblem } from './problem.ts';
import type { SettingPath } from './setting-path.ts';
import {
  explainValueError,
  explainYamlError,
  isUnclosedQuote,
  TOO_MANY_ALIASES,
  UNKNOWN_ALIAS,
} from './yaml-errors.ts';

/** A configuration file as it was read. */
export interface YamlFile {
  /** Undefined when the text is so broken that its values mean nothing. */
  readonly value: unknown;
  /** What is wrong with the text itself. */
  readonly problems: readonly Problem[];
  /** Where a path lies in the text; for one that is not there, the nearest place above it. */
  locate(path: SettingPath): Origin;
}

/** Far more than any honest file has; far fewer than an alias bomb needs. */
const MAX_ALIASES = 100;
/** One slip often breaks every line after it. */
const MAX_SYNTAX_PROBLEMS = 10;

/** Reads and parses a file; never throws. */
export const readYamlFile = (file: string): YamlFile => {
  const text = readFileText(file);
  if (!isUnreadable(text)) return parseYamlFile(text, file);
  return brokenFile([unreadableProblem(file, text)], file);
};

/** Parses the text of a file; never throws. */
export const parseYamlFile = (text: string, file: string): YamlFile => {
  const lines = new LineCounter();
  try {
    const document = parseDocument(text, { lineCounter: lines, prettyErrors: false, stringKeys: true });
    return readDocument(document, lines, file);
  } catch (error) {
    return brokenFile([toProblem({ path: [], ...explainValueError(error) }, { name: file, file })], file);
  }
};

const readDocument = (document: Document.Parsed, lines: LineCounter, file: string): YamlFile => {
  const errors = firstOfEachLine([...document.errors, ...document.warnings], lines);
  const problems = errors.slice(0, MAX_SYNTAX_PROBLEMS).map((error) => {
    const offset = isUnclosedQuote(error) ? startOfQuote(document, error.pos[0]) : error.pos[0];
    const path = error.code === 'DUPLICATE_KEY' ? pathOfKey(document, offset) : undefined;
    return toProblem({ path: path ?? [], ...explainYamlError(error) }, originAt(offset, lines, file));
  });
  // After a duplicate key the rest of the file still means what it says; after anything else it may not.
  if (errors.some(({ code }) => code !== 'DUPLICATE_KEY')) return brokenFile(problems, file);
  const alias = firstBadAlias(document);
  if (alias !== undefined) {
    return brokenFile([toProblem({ path: [], ...alias.words }, originAt(alias.offset, lines, file))], file);
  }
  return {
    value: document.toJS({ maxAliasCount: MAX_ALIASES }),
    problems,
    locate: (path) => originAt(offsetOf(document, path), lines, file),
  };
};

/** Where the quoted text begins that reaches to an offset. */
const startOfQuote = (document: Document.Parsed, offset: number): number => {
  let start = offset;
  visit(document, {
    Scalar: (_key, { type, range }) => {
      if (type?.startsWith('QUOTE') && range && range[0] < offset && range[2] >= offset) start = range[0];
    },
  });
  return start;
};

const firstBadAlias = (document: Document.Parsed): { words: typeof UNKNOWN_ALIAS; offset: number } | undefined => {
  const aliases: Alias[] = [];
  visit(document, {
    Alias: (_key, alias) => {
      aliases.push(alias);
      return aliases.length > MAX_ALIASES ? visit.BREAK : undefined;
    },
  });
  const surplus = aliases[MAX_ALIASES];
  if (surplus !== undefined) return { words: TOO_MANY_ALIASES, offset: surplus.range?.[0] ?? 0 };
  const unknown = aliases.find((alias) => alias.resolve(document) === undefined);
  return unknown === undefined ? undefined : { words: UNKNOWN_ALIAS, offset: unknown.range?.[0] ?? 0 };
};

const brokenFile = (problems: readonly Problem[], file: string): YamlFile => ({
  value: undefined,
  problems,
  locate: () => ({ name: file, file }),
});

const unreadableProblem = (file: string, { line, ...words }: Unreadable): Problem =>
  toProblem({ path: [], ...words }, { name: file, file, ...(line === undefined ? {} : { line }) });

const firstOfEachLine = (errors: readonly YAMLError[], lines: LineCounter): YAMLError[] => {
  const seen = new Set<number>();
  return errors.filter((error) => {
    const { line } = lines.linePos(error.pos[0]);
    return !seen.has(line) && seen.add(line);
  });
};

const originAt = (offset: number, lines: LineCounter, file: string): Origin => {
  const { line, col } = lines.linePos(offset);
  return { name: file, file, line, column: col };
};

/** Offset of the key (or list entry) a path names, or of the last one on the way that exists. */
const offsetOf = (document: Document.Parsed, path: SettingPath): number => {
  let node: unknown = document.contents;
  let offset = document.contents?.range[0] ?? 0;
  for (const part of path) {
    if (isAlias(node)) node = node.resolve(document);
    if (isMap(node)) {
      // The last of duplicate keys is the one whose value counts.
      const pair = node.items.findLast(({ key }) => isScalar(key) && String(key.value) === String(part));
      if (pair === undefined || !isScalar(pair.key)) break;
      offset = pair.key.range?.[0] ?? offset;
      node = pair.value;
    } else if (isSeq(node) && typeof part === 'number' && part < node.items.length) {
      node = node.items[part];
      offset = startOf(node) ?? offset;
    } else break;
  }
  return offset;
};

const startOf = (node: unknown): number | undefined =>
  isScalar(node) || isMap(node) || isSeq(node) || isAlias(node) ? node.range?.[0] : undefined;

/** The path of the key that begins at an offset. */
const pathOfKey = (document: Document.Parsed, offset: number): SettingPath | undefined => {
  const search = (node: unknown, path: SettingPath): SettingPath | undefined => {
    if (isMap(node)) {
      for (const { key, value } of node.items) {
        const keyPath = [...path, isScalar(key) ? String(key.value) : '?'];
        const found = isScalar(key) && key.range?.[0] === offset ? keyPath : search(value, keyPath);
        if (found !== undefined) return found;
      }
    }
    if (isSeq(node)) {
      for (const [index, item] of node.items.entries()) {
        const found = search(item, [...path, index]);
        if (found !== undefined) return found;
      }
    }
    return undefined;
  };
  return search(document.contents, []);
};
