import { type AnswerInput, isSpace, type Reading } from './answer-input.ts';

/** Takes a JSON value as it is written; each piece is told as soon as it has come. False when it broke off. */
export function* readValue(input: AnswerInput, tell: (piece: string) => void): Reading<boolean> {
  const first = yield* input.peek();
  if (first === '"') return yield* readString(input, tell);
  if (first === '{' || first === '[') return yield* readNested(input, tell);
  return yield* readScalar(input, tell);
}

/** Takes a JSON string and returns what it says; `undefined` when it is none. */
export function* readText(input: AnswerInput): Reading<string | undefined> {
  if ((yield* input.peek()) !== '"') return undefined;
  let source = '';
  const isWhole = yield* readString(input, (piece) => {
    source += piece;
  });
  const value = isWhole ? parseJson(source) : undefined;
  return typeof value === 'string' ? value : undefined;
}

/** The value of a JSON text; `undefined` when it is none. */
export const parseJson = (source: string): unknown => {
  try {
    return JSON.parse(source);
  } catch {
    return undefined;
  }
};

function* readNested(input: AnswerInput, tell: (piece: string) => void): Reading<boolean> {
  let depth = 0;
  for (;;) {
    const character = yield* input.peek();
    if (character === '') return false;
    if (character === '"') {
      if (!(yield* readString(input, tell))) return false;
      continue;
    }
    if (character === '{' || character === '[') depth += 1;
    if (character === '}' || character === ']') depth -= 1;
    tell(input.take(1));
    if (depth === 0) return true;
  }
}

function* readString(input: AnswerInput, tell: (piece: string) => void): Reading<boolean> {
  tell(input.take(1));
  for (;;) {
    const character = yield* input.peek();
    if (character === '') return false;
    tell(input.take(1));
    if (character === '"') return true;
    if (character !== '\\') continue;
    if ((yield* input.peek()) === '') return false;
    tell(input.take(1));
  }
}

function* readScalar(input: AnswerInput, tell: (piece: string) => void): Reading<boolean> {
  let length = 0;
  for (;;) {
    const character = yield* input.peek();
    if (character === '' || isSpace(character) || ENDS.has(character)) return length > 0;
    tell(input.take(1));
    length += 1;
  }
}

const ENDS = new Set([',', '}', ']', ':', '{', '[', '"', '<']);
