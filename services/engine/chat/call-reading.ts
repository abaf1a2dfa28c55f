import type { Tool } from '../protocol/generation.ts';
import type { AnswerInput, Reading } from './answer-input.ts';
import type { CallPlan } from './answer-plan.ts';
import { parseJson, readText, readValue } from './json-reading.ts';

/** Where a call is told of as it is read. */
export interface CallListener {
  /** The name is known and its arguments begin: from here on it is a call. */
  begin(name: string): void;
  write(argumentsText: string): void;
}

/** How the reading of a call went: `broken` when it was none, as far as it got. */
export type CallOutcome = 'read' | 'broken';

/** Reads one call without the marks around it. */
export function* readCall(input: AnswerInput, plan: CallPlan, listener: CallListener): Reading<CallOutcome> {
  const { shape } = plan.syntax;
  if (shape === 'object') return yield* readObject(input, plan, listener);
  const name = yield* readName(input);
  const tool = plan.tools.find((known) => known.name === name);
  if (tool === undefined || !(yield* takeNameEnd(input, plan))) return 'broken';
  if (shape === 'fields') return yield* readFields(input, plan, tool, listener);
  yield* input.takeSpace();
  return yield* readArguments(input, tool.name, listener);
}

/** `{"name": …, "arguments": …}`, in any order. */
function* readObject(input: AnswerInput, plan: CallPlan, listener: CallListener): Reading<CallOutcome> {
  if (!(yield* input.takeLoosely(' {'))) return 'broken';
  let name: string | undefined;
  let early: string | undefined;
  let isBegun = false;
  for (;;) {
    yield* input.takeSpace();
    const key = yield* readText(input);
    if (key === undefined || !KEYS.has(key) || !(yield* input.takeLoosely(' : '))) return 'broken';
    if (key === 'name') {
      name = yield* readText(input);
      if (!plan.tools.some((tool) => tool.name === name)) return 'broken';
    } else if (key !== 'arguments' && key !== 'parameters') {
      if (!(yield* readValue(input, ignore))) return 'broken';
    } else if (name === undefined) {
      early = '';
      if (!(yield* readValue(input, (piece) => (early += piece)))) return 'broken';
    } else {
      if ((yield* readArguments(input, name, listener)) === 'broken') return 'broken';
      isBegun = true;
    }
    yield* input.takeSpace();
    if (yield* input.isNext(',')) {
      input.take(1);
      continue;
    }
    if (!(yield* input.isNext('}'))) return 'broken';
    input.take(1);
    break;
  }
  if (name === undefined) return 'broken';
  return isBegun ? 'read' : tellWhole(name, early ?? '{}', listener);
}

const KEYS = new Set(['name', 'arguments', 'parameters', 'id', 'type']);
const ignore = (): void => undefined;

/** The arguments as an object; some models write that object as a string, or none at all. */
function* readArguments(input: AnswerInput, name: string, listener: CallListener): Reading<CallOutcome> {
  if (yield* input.isNext('{')) {
    listener.begin(name);
    return (yield* readValue(input, listener.write)) ? 'read' : 'broken';
  }
  let source = '';
  if (!(yield* readValue(input, (piece) => (source += piece)))) return 'broken';
  return tellWhole(name, source, listener);
}

const tellWhole = (name: string, source: string, listener: CallListener): CallOutcome => {
  const value = parseJson(source);
  const text = typeof value === 'string' ? value.trim() : value === null ? '{}' : source;
  const parsed = parseJson(text);
  if (typeof parsed !== 'object' || parsed === null || Array.isArray(parsed)) return 'broken';
  listener.begin(name);
  listener.write(text);
  return 'read';
};

function* readName(input: AnswerInput): Reading<string> {
  let name = '';
  while (NAME.test(yield* input.peek())) name += input.take(1);
  return name;
}

const NAME = /^[\w.-]$/u;

function* takeNameEnd(input: AnswerInput, { syntax }: CallPlan): Reading<boolean> {
  if (syntax.isNameEndLoose !== true) return yield* input.takeLoosely(syntax.nameEnd);
  const last = /\S[^>\]]*[>\]]$/u.exec(syntax.nameEnd.slice(lastMark(syntax.nameEnd)))?.[0] ?? syntax.nameEnd;
  for (let skipped = 0; skipped < LONGEST_NAME_END; skipped += 1) {
    if (yield* input.isNext(last)) {
      input.take(last.length);
      return true;
    }
    const character = yield* input.peek();
    if (character === '' || character === '{') return false;
    input.take(1);
  }
  return false;
}

const LONGEST_NAME_END = 80;
const lastMark = (text: string): number => Math.max(text.lastIndexOf('<'), text.lastIndexOf('['), 0);

/** `<parameter=key>value</parameter>` and so on, up to the end of the call. */
function* readFields(input: AnswerInput, plan: CallPlan, tool: Tool, listener: CallListener): Reading<CallOutcome> {
  listener.begin(tool.name);
  let opening = '{';
  for (;;) {
    yield* input.takeSpace();
    if (!(yield* input.isNext(FIELD_BEGIN))) break;
    input.take(FIELD_BEGIN.length);
    const key = yield* readUntil(input, '>');
    const value = key === undefined ? undefined : yield* readUntil(input, FIELD_END);
    if (key === undefined || value === undefined) return 'broken';
    listener.write(`${opening}${JSON.stringify(key)}: ${toJson(value, isTextField(tool, key))}`);
    opening = ', ';
  }
  listener.write(opening === '{' ? '{}' : '}');
  return (yield* input.isNext(plan.syntax.callEnd.slice(0, 2))) ? 'read' : 'broken';
}

/** Around the fields of a call of shape `fields`. */
export const FIELD_BEGIN = '<parameter=';
export const FIELD_END = '</parameter>';

function* readUntil(input: AnswerInput, mark: string): Reading<string | undefined> {
  let text = '';
  while (!(yield* input.isNext(mark))) {
    if ((yield* input.peek()) === '') return undefined;
    text += input.take(1);
  }
  input.take(mark.length);
  return text;
}

const toJson = (value: string, isText: boolean): string => {
  const bare = value.replace(/^\r?\n/u, '').replace(/\r?\n$/u, '');
  return !isText && parseJson(bare) !== undefined ? bare.trim() : JSON.stringify(bare);
};

/** Whether a field of the arguments is text, by the schema of the tool. */
export const isTextField = (tool: Tool, key: string): boolean => {
  const { properties } = tool.parameters;
  const field: unknown =
    typeof properties === 'object' && properties !== null ? Reflect.get(properties, key) : undefined;
  const type: unknown = typeof field === 'object' && field !== null ? Reflect.get(field, 'type') : undefined;
  return type === 'string';
};
