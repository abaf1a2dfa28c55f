import { describe, expect, it } from 'vitest';
import type { Tool } from '../protocol/generation.ts';
import type { AnswerPlan, Thinking } from './answer-plan.ts';
import { createAnswerReader } from './answer-reader.ts';
import { CALL_SYNTAXES, type CallSyntax, HERMES } from './call-syntax.ts';

const THINK: Thinking = { begin: '<think>', end: '</think>', isOpen: false, noise: [], between: '', contentBegin: '' };
const HARMONY: Thinking = {
  ...{ begin: '<|channel|>analysis<|message|>', end: '<|end|>', isOpen: false },
  noise: ['<|start|>assistant', '<|channel|>final<|message|>', '<|channel|>commentary<|message|>', '<|call|>'],
  between: '<|start|>assistant',
  contentBegin: '<|channel|>final<|message|>',
};

const TOOLS: readonly Tool[] = [
  {
    name: 'weather',
    parameters: { type: 'object', properties: { city: { type: 'string' }, days: { type: 'integer' } } },
  },
  { name: 'time', parameters: { type: 'object' } },
];

const syntaxOf = (id: string): CallSyntax => {
  const known = CALL_SYNTAXES.find(({ syntax }) => syntax.id === id);
  if (known === undefined) throw new TypeError(id);
  return known.syntax;
};

const plan = (more: Partial<AnswerPlan> = {}): AnswerPlan => ({
  ...{ grammar: undefined, thinking: undefined, calls: undefined, isJson: false, marks: [] },
  ...more,
});
const calling = (syntax: CallSyntax = HERMES, isParallel = true): AnswerPlan =>
  plan({ calls: { syntax, tools: TOOLS, isParallel }, thinking: syntax.id === 'harmony' ? HARMONY : THINK });

interface Result {
  text: string;
  reasoning: string;
  calls: { name: string; arguments: string }[];
  reason: string;
  isEnd: boolean;
}

/** Plays the pieces and adds up what comes out. */
const read = (answer: AnswerPlan, pieces: readonly string[]): Result => {
  const reader = createAnswerReader(answer, () => 'call_1');
  const result: Result = { text: '', reasoning: '', calls: [], reason: '', isEnd: false };
  const add = ({
    text,
    details,
  }: {
    text: string;
    details?: { reasoning?: string; toolCalls?: readonly object[] };
  }) => {
    result.text += text;
    result.reasoning += details?.reasoning ?? '';
    for (const delta of (details?.toolCalls ?? []) as { index: number; name?: string; arguments: string }[]) {
      result.calls[delta.index] ??= { name: '', arguments: '' };
      const call = result.calls[delta.index];
      if (call === undefined) continue;
      call.name += delta.name ?? '';
      call.arguments += delta.arguments;
    }
  };
  for (const piece of pieces) {
    const step = reader.push(piece);
    add(step);
    result.isEnd = step.isEnd;
    if (step.isEnd) break;
  }
  const { reason, ...rest } = reader.end();
  add(rest);
  return { ...result, reason };
};

/** The same for every way to cut the text in two, character by character, and in pieces of some lengths. */
const readAnyhow = (answer: AnswerPlan, text: string): Result => {
  const whole = read(answer, [text]);
  const splits: string[][] = [...text].map((_, at) => [text.slice(0, at), text.slice(at)]);
  for (const size of [1, 2, 3, 5, 7, 11]) {
    splits.push(
      Array.from({ length: Math.ceil(text.length / size) }, (_, at) => text.slice(at * size, (at + 1) * size)),
    );
  }
  for (const pieces of splits) expect({ ...read(answer, pieces), isEnd: whole.isEnd }, pieces.join('¦')).toEqual(whole);
  return whole;
};

const WEATHER = { name: 'weather', arguments: '{"city": "Rome"}' };

describe('thoughts', () => {
  it.each([
    ['a marked block', false, '<think>\nHm, "<b>".\n</think>\n\nYes.'],
    ['a block the prompt opened', true, 'Hm, "<b>".\n</think>\n\nYes.'],
    ['a mark the prompt has already', true, '<think>\nHm, "<b>".\n</think>\n\nYes.'],
  ])('are told apart: %s', (_, isOpen, text) => {
    const { reasoning, text: said } = readAnyhow(plan({ thinking: { ...THINK, isOpen } }), text);
    expect([reasoning, said]).toEqual(['Hm, "<b>".', 'Yes.']);
  });

  it('are never text when the answer ends among them', () => {
    expect(readAnyhow(plan({ thinking: { ...THINK, isOpen: true } }), 'Hm, so </thi')).toMatchObject({
      reasoning: 'Hm, so </thi',
      text: '',
    });
  });

  it('leave an answer without them as it is', () => {
    expect(readAnyhow(plan({ thinking: THINK }), '  1 < 2, <think> is a tag \n')).toMatchObject({
      reasoning: '',
      text: '  1 < 2, <think> is a tag \n',
    });
  });

  it('count as reasoning from the first mark to the last', () => {
    const reader = createAnswerReader(plan({ thinking: THINK }));
    const pieces = ['<think>', 'a', '</th', 'ink>', '\n', 'b'].map((text) => reader.push(text));
    expect(pieces.map(({ details }) => details?.reasoning)).toEqual(['', 'a', '', '', '', undefined]);
    expect(pieces.map(({ isText }) => isText)).toEqual([false, false, false, false, false, true]);
  });

  it('come before the JSON an answer ends with', () => {
    const answer = plan({ thinking: THINK, isJson: true });
    expect(readAnyhow(answer, '<think>{"not": "yet"}</think>\n{"a": 1}\n\n\n')).toMatchObject({
      reasoning: '{"not": "yet"}',
      text: '{"a": 1}',
      isEnd: true,
    });
  });
});

describe('calls', () => {
  it.each<[string, string]>([
    ['hermes', '<tool_call>\n{"name": "weather", "arguments": {"city": "Rome"}}\n</tool_call>'],
    ['hermes', '\n<tool_call>{"arguments": {"city": "Rome"}, "name": "weather"}</tool_call>\n'],
    ['hermes', '<tool_call>{"name":"weather","arguments":"{\\"city\\": \\"Rome\\"}"}</tool_call>'],
    ['llama', '{"name": "weather", "parameters": {"city": "Rome"}}'],
    ['llama', '<|python_tag|>{"type": "function", "name": "weather", "parameters": {"city": "Rome"}}'],
    ['mistral', '[TOOL_CALLS][{"name": "weather", "arguments": {"city": "Rome"}, "id": "abcdefghi"}]'],
    ['mistral-args', '[TOOL_CALLS]weather[ARGS]{"city": "Rome"}'],
    ['mistral-args', '[TOOL_CALLS]weather[CALL_ID]abcdefghi[ARGS]{"city": "Rome"}'],
    ['functionary', '<function=weather>{"city": "Rome"}</function>'],
    ['qwen-xml', '<tool_call>\n<function=weather>\n<parameter=city>\nRome\n</parameter>\n</function>\n</tool_call>'],
    [
      'deepseek-r1',
      '<｜tool▁calls▁begin｜><｜tool▁call▁begin｜>function<｜tool▁sep｜>weather\n```json\n{"city": "Rome"}\n```<｜tool▁call▁end｜><｜tool▁calls▁end｜>',
    ],
    [
      'deepseek-v3',
      '<｜tool▁calls▁begin｜><｜tool▁call▁begin｜>weather<｜tool▁sep｜>{"city": "Rome"}<｜tool▁call▁end｜><｜tool▁calls▁end｜>',
    ],
    [
      'harmony',
      '<|channel|>analysis<|message|>Hm.<|end|><|start|>assistant<|channel|>commentary to=functions.weather <|constrain|>json<|message|>{"city": "Rome"}<|call|>',
    ],
  ])('are read as %s: %s', (id, text) => {
    expect(readAnyhow(calling(syntaxOf(id)), text)).toMatchObject({ text: '', calls: [WEATHER], reason: 'tool_calls' });
  });

  it('are numbered, with an id of their own', () => {
    const one = '<tool_call>\n{"name": "time", "arguments": {}}\n</tool_call>';
    const reader = createAnswerReader(calling());
    const { details } = reader.push(`${one}\n${one}`);
    const calls = details?.toolCalls ?? [];
    expect(calls.map(({ index, name }) => [index, name])).toEqual([
      [0, 'time'],
      [1, 'time'],
    ]);
    expect(calls.every(({ id }) => /^call_[a-zA-Z0-9]{24}$/.test(id ?? ''))).toBe(true);
    expect(calls[0]?.id).not.toBe(calls[1]?.id);
  });

  it.each<[string, string]>([
    [
      'hermes',
      '<tool_call>{"name": "time", "arguments": {}}</tool_call><tool_call>{"name": "weather", "arguments": {"city": "Rome"}}</tool_call>',
    ],
    ['mistral', '[TOOL_CALLS][{"name": "time", "arguments": {}}, {"name": "weather", "arguments": {"city": "Rome"}}]'],
    ['llama', '{"name": "time", "parameters": {}}; {"name": "weather", "parameters": {"city": "Rome"}}'],
  ])('may be several: %s', (id, text) => {
    expect(readAnyhow(calling(syntaxOf(id)), text)).toMatchObject({
      text: '',
      calls: [{ name: 'time', arguments: '{}' }, WEATHER],
    });
  });

  it.each(['hermes', 'mistral', 'mistral-args'])('end the answer with the first where only one is wanted: %s', (id) => {
    const texts: Readonly<Record<string, string>> = {
      hermes: '<tool_call>\n{"name": "time", "arguments": {}}\n</tool_call>',
      mistral: '[TOOL_CALLS][{"name": "time", "arguments": {}}, ',
      'mistral-args': '[TOOL_CALLS]time[ARGS]{}',
    };
    const text = texts[id] ?? '';
    expect(readAnyhow(calling(syntaxOf(id), false), text + text)).toMatchObject({
      calls: [{ name: 'time', arguments: '{}' }],
      isEnd: true,
    });
  });

  it('stream their arguments as they come', () => {
    const reader = createAnswerReader(calling(), () => 'call_1');
    const pieces = ['<tool_call>{"name": "weather", "arguments": {"ci', 'ty": "R', 'ome"}', '}</tool_call>'];
    expect(pieces.map((piece) => reader.push(piece).details?.toolCalls)).toEqual([
      [{ index: 0, id: 'call_1', name: 'weather', arguments: '{"ci' }],
      [{ index: 0, arguments: 'ty": "R' }],
      [{ index: 0, arguments: 'ome"}' }],
      undefined,
    ]);
  });

  it('keep the text before them, without the space between', () => {
    const text = 'I look it up.\n\n<tool_call>{"name": "time", "arguments": {}}</tool_call>';
    expect(readAnyhow(calling(), text)).toMatchObject({ text: 'I look it up.', reason: 'tool_calls' });
  });

  it('turn values of fields into JSON by the schema', () => {
    const text =
      '<tool_call>\n<function=weather>\n<parameter=city>\n12 "a"\nb\n</parameter>\n<parameter=days>\n3\n</parameter>\n</function>\n</tool_call>';
    expect(readAnyhow(calling(syntaxOf('qwen-xml')), text).calls).toEqual([
      { name: 'weather', arguments: '{"city": "12 \\"a\\"\\nb", "days": 3}' },
    ]);
  });

  it.each<[string, string]>([
    ['hermes', 'a <tool_call>{"name": "unknown", "arguments": {}}</tool_call> b'],
    ['hermes', '<tool_call>no JSON</tool_call>'],
    ['hermes', 'The mark is <tool_call> \n'],
    ['hermes', '<tool_call>{"name": "time", "argum'],
    ['hermes', '<tool_call>{"name": "time", "arguments": [1]}</tool_call>'],
    ['mistral', '[TOOL_CALLS] is a mark'],
    ['llama', '{"name": "Anna", "parameters": 3}'],
    ['llama', 'So: {"name": "time", "parameters": {}}'],
    ['llama', '{"answer": 42}'],
    ['mistral-args', '[TOOL_CALLS]nobody[ARGS]{}'],
  ])('that are none stay text: %s %s', (id, text) => {
    expect(readAnyhow(calling(syntaxOf(id)), text)).toMatchObject({ text, calls: [], reason: 'stop' });
  });

  it('that broke off keep what was written of them', () => {
    expect(readAnyhow(calling(), '<tool_call>{"name": "weather", "arguments": {"city": "Ro')).toMatchObject({
      text: '',
      calls: [{ name: 'weather', arguments: '{"city": "Ro' }],
      reason: 'tool_calls',
    });
  });
});

describe('plain text', () => {
  it('passes through, byte by byte', () => {
    const text = '  a\n<tool_call>…</tool_call> <think> 🙂 \t\n\n';
    expect(readAnyhow(plan(), text)).toMatchObject({ text, calls: [], reasoning: '' });
  });

  it('of marked channels loses the marks', () => {
    const text = '<|channel|>analysis<|message|>Hm.<|end|><|start|>assistant<|channel|>final<|message|>Yes.';
    expect(readAnyhow(plan({ thinking: HARMONY }), text)).toMatchObject({ reasoning: 'Hm.', text: 'Yes.' });
  });
});
