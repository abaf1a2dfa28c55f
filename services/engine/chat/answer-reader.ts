import { randomBytes } from 'node:crypto';
import type { ToolCallDelta } from '../protocol/generation.ts';
import { AnswerInput, isSpace, type Reading } from './answer-input.ts';
import type { AnswerPiece, AnswerPlan, AnswerReader, CallPlan, Thinking } from './answer-plan.ts';
import { type CallListener, FIELD_BEGIN, FIELD_END, readCall } from './call-reading.ts';
import { createJsonEnd } from './json-end.ts';

/** What was read since the last piece. */
interface Findings {
  text: string;
  reasoning: string | undefined;
  calls: ToolCallDelta[];
  /** Where the reading stands. */
  place: 'thoughts' | 'text' | 'call';
  wasText: boolean;
  isEnd: boolean;
  made: number;
}

const nothing = { text: '', reasoning: undefined, wasText: false } as const;

/** Reads an answer as its plan says; `newId` makes the ids of its calls. */
export const createAnswerReader = (plan: AnswerPlan, newId: () => string = randomCallId): AnswerReader => {
  const input = new AnswerInput();
  const place = plan.thinking?.isOpen === true ? 'thoughts' : 'text';
  const found: Findings = { ...nothing, calls: [], place, isEnd: false, made: 0 };
  const reading = readAnswer(input, plan, found, newId);

  const go = (): Omit<AnswerPiece, 'isEnd'> => {
    if (!found.isEnd) found.isEnd = reading.next().done === true && !input.isOver;
    const { text, reasoning, calls } = found;
    const isText = found.wasText || (found.place === 'text' && reasoning === undefined && calls.length === 0);
    Object.assign(found, nothing, { calls: [] });
    const details = {
      ...(reasoning === undefined ? {} : { reasoning }),
      ...(calls.length === 0 ? {} : { toolCalls: merge(calls) }),
    };
    return { text, isText, ...(Object.keys(details).length === 0 ? {} : { details }) };
  };

  return {
    push(text) {
      input.push(text);
      const isThinking = found.place === 'thoughts';
      const piece = go();
      // A token that thinks counts as one also where nothing of it can be told yet.
      const { reasoning = isThinking && !piece.isText ? '' : undefined } = piece.details ?? {};
      const details = reasoning === undefined ? piece.details : { ...piece.details, reasoning };
      return { ...piece, ...(details === undefined ? {} : { details }), isEnd: found.isEnd };
    },
    end() {
      input.end();
      return { ...go(), reason: found.made > 0 ? 'tool_calls' : 'stop' };
    },
  };
};

/** One delta for each call where several came at once. */
const merge = (deltas: readonly ToolCallDelta[]): ToolCallDelta[] => {
  const merged: ToolCallDelta[] = [];
  for (const delta of deltas) {
    const last = merged.at(-1);
    if (last?.index === delta.index)
      merged[merged.length - 1] = { ...last, arguments: last.arguments + delta.arguments };
    else merged.push(delta);
  }
  return merged;
};

function* readAnswer(input: AnswerInput, plan: AnswerPlan, found: Findings, newId: () => string): Reading<void> {
  const { thinking } = plan;
  if (thinking !== undefined) yield* readThoughts(input, thinking, found);
  found.place = 'text';
  yield* readContent(input, plan, found, newId);
}

/** The block of thoughts at the beginning, if there is one, and the space around it. */
function* readThoughts(input: AnswerInput, thinking: Thinking, found: Findings): Reading<void> {
  input.record();
  yield* input.takeSpace();
  // Models repeat the mark now and then although the prompt has it.
  const isMarked = yield* input.isNext(thinking.begin);
  if (!isMarked && !thinking.isOpen) return input.giveBack();
  input.keep();
  found.place = 'thoughts';
  if (isMarked) input.take(thinking.begin.length);
  found.reasoning ??= '';
  yield* input.takeSpace();
  let space = '';
  for (;;) {
    const character = yield* input.peek();
    if (character === '') return;
    if (yield* input.isNext(thinking.end)) break;
    if (isSpace(character)) space += input.take(1);
    else {
      found.reasoning = `${found.reasoning ?? ''}${space}${input.take(1)}`;
      space = '';
    }
  }
  input.take(thinking.end.length);
  found.reasoning ??= '';
  yield* input.takeSpace();
}

/** Text with the calls in it; comes back when the answer is complete. */
function* readContent(input: AnswerInput, plan: AnswerPlan, found: Findings, newId: () => string): Reading<void> {
  const { calls, isJson } = plan;
  const noise = plan.thinking?.noise ?? [];
  const jsonEnd = isJson ? createJsonEnd() : undefined;
  const marks = calls === undefined ? [] : [...marksOf(calls.syntax), ...noise];
  let isFirst = true;
  for (;;) {
    // Space before a call, or before nothing, is not told.
    const space = calls === undefined ? '' : yield* input.takeSpace();
    const character = yield* input.peek();
    if (character === '') {
      if (found.made === 0) tell(found, space);
      return;
    }
    if (yield* takeAny(input, noise)) {
      tell(found, space);
      continue;
    }
    if (plan.thinking !== undefined && noise.length > 0 && (yield* input.isNext(plan.thinking.begin))) {
      yield* readThoughts(input, plan.thinking, found);
      found.place = 'text';
      continue;
    }
    if (calls !== undefined && (isFirst || calls.syntax.isAnchored !== true) && (yield* isCallNext(input, calls))) {
      const before = found.made;
      yield* readCalls(input, calls, found, newId);
      if (found.made > before && !calls.isParallel) return;
      // After a call of an anchored syntax another one may follow.
      if (found.made > before) continue;
    }
    isFirst = false;
    if ((yield* input.peek()) === '') continue;
    // What may stand behind a call, and was cut: no text begins like it there.
    if (found.made > 0 && input.takeCut(marks)) continue;
    const text = space + input.take(1);
    const end = jsonEnd?.(text);
    tell(found, text.slice(0, end));
    if (end !== undefined) return;
  }
}

const tell = (found: Findings, text: string): void => {
  if (text === '') return;
  found.text += text;
  found.wasText = true;
};

function* takeAny(input: AnswerInput, marks: readonly string[]): Reading<boolean> {
  for (const mark of marks) {
    if (!(yield* input.isNext(mark))) continue;
    input.take(mark.length);
    return true;
  }
  return false;
}

/** The first word of a call, which tells it from text. */
export const triggerOf = ({ syntax }: CallPlan): string =>
  /^\S*/u.exec(syntax.begin === '' ? syntax.callBegin : syntax.begin)?.[0] ?? '';

/** A mark that some models put before calls that have none of their own. */
const LOOSE_MARK = '<|python_tag|>';

function* isCallNext(input: AnswerInput, calls: CallPlan): Reading<boolean> {
  if (calls.syntax.isAnchored !== true) return yield* input.isNext(triggerOf(calls));
  return (yield* input.isNext('{')) || (yield* input.isNext(LOOSE_MARK)) || (yield* input.isNext(';'));
}

/** Calls with the marks around them; what proves to be none is given back as text. */
function* readCalls(input: AnswerInput, plan: CallPlan, found: Findings, newId: () => string): Reading<void> {
  const { syntax } = plan;
  input.record();
  found.place = 'call';
  const before = found.made;
  if (yield* takeOpening(input, syntax)) yield* readRow(input, plan, found, newId);
  // One that was cut before it was known to be a call is none where none was made, and nothing beside another.
  if (found.made === before && !(before > 0 && input.takeCut(marksOf(syntax)))) input.giveBack();
  input.keep();
  found.place = 'text';
}

function* takeOpening(input: AnswerInput, { begin, isAnchored }: CallPlan['syntax']): Reading<boolean> {
  if (isAnchored !== true) return yield* input.takeLoosely(begin);
  for (const mark of [';', LOOSE_MARK]) {
    if (yield* input.isNext(mark)) input.take(mark.length);
    yield* input.takeSpace();
  }
  return true;
}

/** One call, or a list of them; what follows the last that was one is given back. */
function* readRow(input: AnswerInput, plan: CallPlan, found: Findings, newId: () => string): Reading<void> {
  const { syntax } = plan;
  const before = found.made;
  for (;;) {
    if (found.made > before) input.record();
    yield* input.takeSpace();
    const outcome = (yield* input.takeLoosely(syntax.callBegin))
      ? yield* readCall(input, plan, listenTo(input, found, newId))
      : 'broken';
    if (outcome === 'broken') {
      // Beside a call, the beginning of another one that was cut is no text.
      return found.made > before && !input.takeCut(marksOf(syntax)) ? input.giveBack() : undefined;
    }
    if (syntax.callEnd !== '') yield* input.takeLoosely(` ${syntax.callEnd}`);
    if (syntax.begin === '' || !plan.isParallel) return;
    if (!(yield* input.takeLoosely(' , ')) && (yield* input.takeLoosely(` ${syntax.end}`))) return;
  }
}

/** What an answer of calls may be cut in the middle of. */
const marksOf = ({ begin, end, callBegin, callEnd, nameEnd }: CallPlan['syntax']): readonly string[] => [
  ...[begin, end, callBegin, callEnd, nameEnd, FIELD_BEGIN, FIELD_END],
];

const listenTo = (input: AnswerInput, found: Findings, newId: () => string): CallListener => {
  const index = found.made;
  return {
    begin(name) {
      input.keep();
      found.made += 1;
      found.calls.push({ index, id: newId(), name, arguments: '' });
    },
    write: (text) => found.calls.push({ index, arguments: text }),
  };
};

const CALL_ID = 'abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789';
const CALL_ID_LENGTH = 24;

const randomCallId = (): string =>
  `call_${Array.from(randomBytes(CALL_ID_LENGTH), (byte) => CALL_ID[byte % CALL_ID.length]).join('')}`;
