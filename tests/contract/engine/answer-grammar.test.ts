import { getLlama, type Llama } from 'node-llama-cpp';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { CALL_SYNTAXES, type CallSyntax, HERMES } from '../../../services/engine/chat/call-syntax.ts';
import { type AnswerShape, answerGrammar } from '../../../services/engine/chat/grammar/answer-grammar.ts';
import { findThinking } from '../../../services/engine/chat/thinking.ts';
import type { Tool } from '../../../services/engine/protocol/generation.ts';

// What a grammar lets pass is for llama.cpp to say.
let llama: Llama;
beforeAll(async () => {
  llama = await getLlama({ gpu: false, build: 'never', progressLogs: false });
});
afterAll(() => llama.dispose());

/** What the library offers for this, without a type. */
const TEST = '_testText';

const judge = async (shape: AnswerShape, allowed: readonly string[], refused: readonly string[]): Promise<void> => {
  const grammar = await llama.createGrammar({ grammar: answerGrammar(shape) ?? '' });
  const passes = (text: string): unknown => Reflect.apply(Reflect.get(grammar, TEST), grammar, [text]);
  expect(allowed.filter((text) => passes(text) !== true)).toEqual([]);
  expect(refused.filter((text) => passes(text) !== false)).toEqual([]);
};

type Schema = Readonly<Record<string, unknown>>;

const integer = { type: 'integer' } as const;
const NODE = {
  type: 'object',
  properties: { v: integer, next: { anyOf: [{ $ref: '#/$defs/node' }, { type: 'null' }] } },
  required: ['v', 'next'],
};

const SCHEMAS: readonly (readonly [string, Schema, readonly string[], readonly string[]])[] = [
  [
    'properties, required or not',
    { type: 'object', properties: { a: integer, b: { type: 'string' }, c: { type: 'boolean' } }, required: ['b'] },
    ['{"b":"x"}', '{"a":1,"b":"x"}', '{"a": 1, "b": "x", "c": true}', '{"b":"x","c":false}'],
    ['{}', '{"a":1}', '{"b":"x","a":1}', '{"b":"x","d":1}', '{"b":"x"} x'],
  ],
  [
    'properties that may all be missing',
    { type: 'object', properties: { a: integer, b: { type: 'string' }, c: { type: 'null' } } },
    ['{}', '{"a":1}', '{"c":null}', '{"a":1,"c":null}', '{"b":"","c":null}'],
    ['{,}', '{"c":null,"a":1}', '{"a":1,}'],
  ],
  [
    'further properties',
    { properties: { ab: integer, abc: integer }, required: ['ab'], additionalProperties: { type: 'boolean' } },
    ['{"ab":1}', '{"ab":1,"x":true}', '{"ab":1,"abc":2,"abcd":true,"a":false}', '{"ab":1,"":true}'],
    ['{"ab":1,"ab":true}', '{"ab":1,"x":1}', '{"ab":1,"abc":true}'],
  ],
  [
    'counts of properties',
    { type: 'object', additionalProperties: integer, minProperties: 1, maxProperties: 2 },
    ['{"a":1}', '{"a":1,"b":2}'],
    ['{}', '{"a":1,"b":2,"c":3}', '{"a":"x"}'],
  ],
  ['counts of items', { items: integer, minItems: 2, maxItems: 3 }, ['[1,2]', '[1, 2, 3]'], ['[]', '[1]', '[1,2,3,4]']],
  ['at most so many', { items: { type: 'string' }, maxItems: 1 }, ['[]', '["a"]'], ['["a","b"]', '[1]']],
  ['no items', { type: 'array', maxItems: 0 }, ['[]', '[ ]'], ['["a"]']],
  ['a tuple', { prefixItems: [{ type: 'string' }, integer], items: false }, ['["a",1]'], ['["a"]', '["a",1,2]', '[]']],
  [
    'a tuple with a tail',
    { prefixItems: [{}], items: integer, maxItems: 3 },
    ['["a"]', '[{},1,2]'],
    ['[1,2,3,4]', '[1,"b"]'],
  ],
  ['values', { enum: ['a"b', 'ü', 1, null, { x: 1 }] }, ['"a\\"b"', '"ü"', '1', 'null', '{"x":1}'], ['"a"', '2']],
  ['several types', { type: ['string', 'null', 'object'] }, ['"x"', 'null', '{}', '{"a":1}'], ['1']],
  [
    'a reference to itself',
    { $defs: { node: NODE }, $ref: '#/$defs/node' },
    ['{"v":1,"next":null}', '{"v":1,"next":{"v":2,"next":null}}'],
    ['{"v":1}'],
  ],
  [
    'a reference to the whole',
    { type: 'object', properties: { kids: { type: 'array', items: { $ref: '#' } } }, required: ['kids'] },
    ['{"kids":[]}', '{"kids":[{"kids":[]}]}'],
    ['{"kids":[1]}'],
  ],
  [
    'parts of one object',
    {
      allOf: [
        { properties: { a: integer }, required: ['a'] },
        { properties: { b: integer }, required: ['b'] },
      ],
    },
    ['{"a":1,"b":2}'],
    ['{"a":1}'],
  ],
  [
    'one of several shapes',
    { properties: { a: integer, b: integer }, anyOf: [{ required: ['a'] }, { required: ['b'] }] },
    ['{"a":1}', '{"b":1}', '{"a":1,"b":2}'],
    ['{}'],
  ],
  ['limits', { type: 'integer', exclusiveMinimum: 0, exclusiveMaximum: 10 }, ['1', '9'], ['0', '10']],
  ['numbers', { type: 'number' }, ['1', '-1.5', '1e10', '0.1'], ['01', '.5', 'a']],
  ['numbers that are not negative', { type: 'number', minimum: 0 }, ['1', '1.5', '0'], ['-1']],
  ['lengths', { minLength: 2, maxLength: 3 }, ['"ab"', '"a\\n"', '"äöü"'], ['"a"', '"abcd"']],
  [
    'a time',
    { format: 'date-time' },
    ['"2026-01-31T23:59:59Z"', '"2026-01-31T23:59:59.123+02:00"'],
    ['"2026-13-31T23:59:59Z"'],
  ],
  ['an id', { format: 'uuid' }, ['"123e4567-e89b-12d3-a456-426614174000"'], ['"123"']],
  ['a pattern', { pattern: '^[A-Z]{2}-\\d{1,3}(?:x|y)?$' }, ['"AB-1"', '"AB-123x"'], ['"AB-"', '"aAB-1"', '"AB-1z"']],
  ['a pattern anywhere', { pattern: 'foo[^ab]\\.' }, ['"xfooc.yy"', '"foo .,"'], ['"fooa."', '"foo"']],
  ['a pattern with quotes', { pattern: '^a"\\\\b\\-[\\w-]+$' }, ['"a\\"\\\\b-x-_"'], ['"a"']],
  ['anything', {}, ['1', '{"a":[]}', 'null'], ['x']],
];

describe('the grammar of a schema keeps', () => {
  it.each(SCHEMAS)('%s', async (_, schema, allowed, refused) => {
    await judge({ format: { type: 'json_schema', schema } }, allowed, refused);
  });

  it.each([
    [0, 5],
    [3, 17],
    [-12, 4],
    [99, 1001],
    [-1000, -99],
    [7, 7],
    [0, undefined],
    [undefined, 0],
    [1, 100_000],
  ])('whole numbers from %s to %s', async (minimum, maximum) => {
    const edges = [0, 5, 9, 17, 98, 99, 100, 999, 1000, 1001, 99_999, 100_000, 123_456];
    const numbers = edges.flatMap((edge) => [edge - 1, edge, edge + 1, -edge]).filter((value) => !Object.is(value, -0));
    const isIn = (value: number) => value >= (minimum ?? -Infinity) && value <= (maximum ?? Infinity);
    const schema = {
      type: 'integer',
      ...(minimum === undefined ? {} : { minimum }),
      ...(maximum === undefined ? {} : { maximum }),
    };
    const refused = numbers.filter((value) => !isIn(value)).map(String);
    await judge({ format: { type: 'json_schema', schema } }, numbers.filter(isIn).map(String), [...refused, '007', '']);
  });
});

const TOOLS: readonly Tool[] = [
  {
    name: 'weather',
    parameters: { type: 'object', properties: { city: { type: 'string' }, days: integer }, required: ['city'] },
  },
  { name: 'time', parameters: {} },
];

const ONE: Readonly<Record<string, string>> = {
  hermes: '<tool_call>\n{"name": "weather", "arguments": {"city": "Rome"}}\n</tool_call>',
  'qwen-xml':
    '<tool_call>\n<function=weather>\n<parameter=city>\nRome </par\n</parameter>\n<parameter=days>\n3\n</parameter>\n</function>\n</tool_call>',
  harmony: '<|channel|>commentary to=functions.weather <|constrain|>json<|message|>{"city": "Rome"}',
  'deepseek-r1':
    '<｜tool▁calls▁begin｜><｜tool▁call▁begin｜>function<｜tool▁sep｜>weather\n```json\n{"city": "Rome"}\n```<｜tool▁call▁end｜><｜tool▁calls▁end｜>',
  'deepseek-v3':
    '<｜tool▁calls▁begin｜><｜tool▁call▁begin｜>weather<｜tool▁sep｜>{"city": "Rome"}<｜tool▁call▁end｜><｜tool▁calls▁end｜>',
  'mistral-args': '[TOOL_CALLS]weather[ARGS]{"city": "Rome"}',
  mistral: '[TOOL_CALLS][{"name": "weather", "arguments": {"city": "Rome"}, "id": "abcdefghi"}]',
  functionary: '<function=weather>{"city": "Rome"}</function>',
  llama: '{"name": "weather", "parameters": {"city": "Rome"}}',
};

const TEXT = { type: 'text' } as const;
const calling = (syntax: CallSyntax, isParallel = true) => ({ syntax, tools: TOOLS, isParallel });

describe.each(CALL_SYNTAXES.map(({ syntax }) => [syntax.id, syntax] as const))(
  'the grammar of calls as %s',
  (id, syntax) => {
    const one = ONE[id] ?? '';
    const marks = findThinking(id === 'harmony' ? '<|channel|>analysis' : '</think>');
    if (marks === undefined) throw new TypeError('no marks');
    const between = id === 'harmony' ? marks.between : '\n\n';
    const thoughts = `${marks.begin}\nhm <tool_call> ${marks.end}${between}`;

    it('allows nothing else where a call is forced', async () => {
      const refused = ['hello', `hello ${one}`, one.slice(0, -3), one.replace('weather', 'other'), ''];
      await judge({ format: TEXT, calls: calling(syntax), isForced: true }, [one], refused);
    });

    it('allows any text until a call begins', async () => {
      const after = syntax.isAnchored === true ? [] : [`hello ${one}`];
      const allowed = [one, 'hello', '', 'a < b [ { <tool_cal', ...after];
      await judge({ format: TEXT, calls: calling(syntax) }, allowed, [
        one.replace('weather', 'other'),
        one.slice(0, -4),
      ]);
    });

    it('lets thoughts come first', async () => {
      const thinking = { ...marks, isOpen: false };
      const shape = { format: TEXT, calls: calling(syntax), isForced: true, thinking };
      await judge(shape, [one, thoughts + one], ['hello', marks.begin + one]);
      const open = { format: TEXT, calls: calling(syntax), thinking: { ...marks, isOpen: true } };
      await judge(open, [`hm${marks.end}${between}${one}`, `hm${marks.end}${between}hello`], ['hello']);
    });

    it('allows JSON beside calls after the thoughts', async () => {
      const shape = {
        format: { type: 'json_object' },
        calls: calling(syntax),
        thinking: { ...marks, isOpen: false },
      } as const;
      const content = `${marks.contentBegin}{"a": 1}`;
      await judge(shape, [one, content, thoughts + content], ['hello', `${thoughts}x`]);
    });
  },
);

describe('the grammar of several calls', () => {
  const one = ONE.hermes ?? '';

  it('ends with the first where only one is wanted', async () => {
    await judge({ format: TEXT, calls: calling(HERMES) }, [`${one}\n${one}`], [`${one} and`]);
    await judge({ format: TEXT, calls: calling(HERMES, false) }, [one], [`${one}\n${one}`]);
  });
});

describe('the grammar of a caller', () => {
  it('applies after the thoughts, whatever its rules are called', async () => {
    const marks = findThinking('</think>');
    if (marks === undefined) throw new TypeError('no marks');
    const grammar = 'root ::= "yes" | answer{1,2} # root\nanswer ::= [nor] "\\"root\\""';
    const shape = { format: { type: 'grammar', grammar }, thinking: { ...marks, isOpen: true } } as const;
    await judge(shape, ['hm</think>\n\nyes', '</think>n"root"'], ['yes', '</think>no']);
  });
});
