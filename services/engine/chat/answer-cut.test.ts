import { describe, expect, it } from 'vitest';
import type { AnswerPlan } from './answer-plan.ts';
import { createAnswerReader } from './answer-reader.ts';
import { CALL_SYNTAXES, type CallSyntax } from './call-syntax.ts';

const TOOL = { name: 'time', parameters: { type: 'object', properties: { zone: { type: 'string' } } } };
const HARMONY = {
  ...{ begin: '<|channel|>analysis<|message|>', end: '<|end|>', isOpen: false, between: '<|start|>assistant' },
  ...{ noise: ['<|start|>assistant', '<|call|>'], contentBegin: '<|channel|>final<|message|>' },
};

const planOf = (syntax: CallSyntax): AnswerPlan => ({
  ...{ grammar: undefined, isJson: false, marks: [] },
  calls: { syntax, tools: [TOOL], isParallel: true },
  thinking: syntax.id === 'harmony' ? HARMONY : undefined,
});

/** A call as a model of this syntax writes it. */
const callIn = ({ shape, argumentsKey, callBegin, callEnd, nameEnd }: CallSyntax): string => {
  const body = {
    object: `{"name": "time", "${argumentsKey}": {"zone": "UTC"}}`,
    named: `time${nameEnd}{"zone": "UTC"}`,
    fields: `time${nameEnd}<parameter=zone>\nUTC\n</parameter>\n`,
  } as const;
  return `${callBegin}${body[shape]}${callEnd}`;
};

/** What is told of an answer that ends here, in pieces of one character. */
const read = (syntax: CallSyntax, answer: string) => {
  const reader = createAnswerReader(planOf(syntax), () => 'call_1');
  const pieces = [...[...answer].map((piece) => reader.push(piece)), reader.end()];
  const deltas = pieces.flatMap(({ details }) => details?.toolCalls ?? []);
  return { text: pieces.map(({ text }) => text).join(''), names: deltas.flatMap(({ name }) => name ?? []), deltas };
};

describe('an answer of two calls that is cut', () => {
  it.each(CALL_SYNTAXES.map(({ syntax }) => [syntax.id, syntax] as const))(
    'leaves nothing of its marks as text from the first call on: %s',
    (_, syntax) => {
      const [one, separator] = [callIn(syntax), syntax.separator];
      const whole = `${syntax.begin}${one}${separator}${one}${syntax.end}`;
      expect(read(syntax, whole)).toMatchObject({ text: '', names: ['time', 'time'] });
      for (let length = 1; length < whole.length; length += 1) {
        const { text, names } = read(syntax, whole.slice(0, length));
        if (names.length > 0) expect([whole.slice(0, length), text]).toEqual([whole.slice(0, length), '']);
      }
    },
  );

  it('keeps text that only looks like the beginning of a mark', () => {
    const [{ syntax }] = CALL_SYNTAXES.filter(({ syntax: { id } }) => id === 'hermes') as [(typeof CALL_SYNTAXES)[0]];
    expect(read(syntax, 'a <too').text).toBe('a <too');
    expect(read(syntax, `${callIn(syntax)}\n1 < 2`).text.trim()).toBe('1 < 2');
  });
});
