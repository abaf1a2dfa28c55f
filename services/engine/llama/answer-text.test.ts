import { describe, expect, it } from 'vitest';
import type { AnswerPlan } from '../chat/answer-plan.ts';
import { createAnswerReader } from '../chat/answer-reader.ts';
import { HERMES } from '../chat/call-syntax.ts';
import type { TokenLogprob } from '../protocol/generation.ts';
import { createAnswerText } from './answer-text.ts';

const PLAIN: AnswerPlan = { grammar: undefined, thinking: undefined, calls: undefined, isJson: false, marks: [] };

const logprob = (token: string): TokenLogprob => ({ token, bytes: [], logprob: -1, top: [] });

const read = (
  pieces: readonly Uint8Array[],
  { plan, isTrimmed = false }: { plan?: Partial<AnswerPlan>; isTrimmed?: boolean } = {},
) => {
  const answer = createAnswerText({
    bytesOf: (token) => pieces[token] ?? new Uint8Array(),
    isTrimmed,
    ...(plan === undefined ? {} : { reader: createAnswerReader({ ...PLAIN, ...plan }, () => 'id') }),
  });
  const steps = pieces.map((piece, token) => answer.push(token, logprob(Buffer.from(piece).toString())));
  return { steps, rest: answer.end() };
};

const texts = (...pieces: readonly string[]) => pieces.map((piece) => Buffer.from(piece));

const toldIn = (steps: readonly { details?: { logprobs?: readonly TokenLogprob[] } }[]) =>
  steps.flatMap(({ details }) => details?.logprobs ?? []).map(({ token }) => token);

describe('createAnswerText', () => {
  it('never breaks a character that is spread over tokens', () => {
    const bytes = Buffer.from('a🙂b');
    const { steps } = read([...bytes].map((byte) => Uint8Array.of(byte)));
    expect(steps.map(({ text }) => text)).toEqual(['a', '', '', '', '🙂', 'b']);
  });

  it('says so when a character never became complete', () => {
    expect(read([Buffer.from('🙂').subarray(0, 2)]).rest).toEqual({ text: '\u{fffd}' });
  });

  it('ends with a JSON value and drops what comes after it', () => {
    const { steps } = read(texts('{"a"', ':1', '}\n\n'), { plan: { isJson: true } });
    expect(steps.map(({ text }) => text).join('')).toBe('{"a":1}');
    expect(steps.map(({ isEnd }) => isEnd)).toEqual([false, false, true]);
  });

  it('leaves out the space before the first word only where it belongs to no text', () => {
    const trimmed = read(texts(' Hello', ' you'), { isTrimmed: true });
    expect(trimmed.steps.map(({ text }) => text)).toEqual(['Hello', ' you']);
    expect(read(texts(' Hello')).steps[0]?.text).toBe(' Hello');
  });

  it('tells thoughts from text, and the probabilities of text alone', () => {
    const thinking = { begin: '<think>', end: '</think>', isOpen: false, noise: [], between: '', contentBegin: '' };
    const { steps } = read(texts('<think>', 'hm', '</think>', 'so', ' it', ' is'), { plan: { thinking } });
    expect(steps.map(({ details }) => details?.reasoning ?? '').join('')).toBe('hm');
    expect(steps.map(({ text }) => text).join('')).toBe('so it is');
    expect(toldIn(steps)).toEqual(['so', ' it', ' is']);
  });

  it('tells calls from text, and ends with them', () => {
    const calls = { syntax: HERMES, tools: [{ name: 'go', parameters: {} }], isParallel: false };
    const pieces = texts('Well.', '<tool_call>\n{"name": "go", ', '"arguments": {"a": 1}}\n</tool_call>');
    const { steps, rest } = read(pieces, { plan: { calls } });
    const deltas = steps.flatMap(({ details }) => details?.toolCalls ?? []);
    expect(deltas.map((delta) => delta.arguments).join('')).toBe('{"a": 1}');
    expect(deltas[0]).toMatchObject({ index: 0, id: 'id', name: 'go' });
    expect(steps.at(-1)?.isEnd).toBe(true);
    expect(rest.reason).toBe('tool_calls');
    expect(toldIn([...steps, rest])).toEqual(['Well.']);
  });
});
