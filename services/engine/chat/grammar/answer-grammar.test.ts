import { describe, expect, it } from 'vitest';
import { checkGbnf } from '../../ffi/gbnf.ts';
import type { Tool } from '../../protocol/generation.ts';
import { CALL_SYNTAXES, HERMES } from '../call-syntax.ts';
import { answerGrammar } from './answer-grammar.ts';

const forSchema = (schema: unknown) =>
  // Safe: what is no schema is refused.
  answerGrammar({ format: { type: 'json_schema', schema: schema as Readonly<Record<string, unknown>> } });

const forTools = (parameters: unknown, count = 1) => {
  // Safe: what is no schema is refused.
  const tool = (index: number) => ({ name: `tool_${index}`, parameters }) as Tool;
  const tools = Array.from({ length: count }, (_, index) => tool(index));
  return answerGrammar({
    format: { type: 'text' },
    calls: { syntax: HERMES, tools, isParallel: true },
    isForced: true,
  });
};

describe('answerGrammar', () => {
  it('is none for free text', () => expect(answerGrammar({ format: { type: 'text' } })).toBeUndefined());

  it('leaves a grammar of the caller as it is', () => {
    expect(answerGrammar({ format: { type: 'grammar', grammar: 'root ::= "a"' } })).toBe('root ::= "a"');
  });

  it('leaves room for thoughts, unless the caller wants none', () => {
    const thinking = { begin: '<think>', end: '</think>', isOpen: false, noise: [], between: '', contentBegin: '' };
    const grammar = (more: object) =>
      answerGrammar({ format: { type: 'json_object' }, thinking: { ...thinking, ...more } });
    expect(grammar({})).toContain('"<think>"');
    expect(grammar({ isUnwanted: true })).not.toContain('think');
    expect(grammar({ isUnwanted: true, contentBegin: '<final>' })).toContain('"<final>"');
  });

  it.each([
    ['a keyword it could not keep', { type: 'string', not: {} }, 'responseFormat.schema.not'],
    [
      'one deep inside',
      { type: 'array', items: { type: 'number', multipleOf: 2 } },
      'responseFormat.schema.items.multipleOf',
    ],
    ['limits of a number that is not whole', { type: 'number', maximum: 1 }, 'responseFormat.schema.maximum'],
    ['limits nothing is between', { type: 'integer', minimum: 2, maximum: 1 }, 'responseFormat.schema.maximum'],
    ['an unknown type', { type: 'banana' }, 'responseFormat.schema.type'],
    ['an unknown format', { type: 'string', format: 'email' }, 'responseFormat.schema.format'],
    ['a foreign reference', { $ref: 'https://example.org/x' }, 'responseFormat.schema.$ref'],
    ['a reference to nothing', { $ref: '#/$defs/x' }, 'responseFormat.schema.$ref'],
    [
      'a circle of references',
      { $defs: { a: { $ref: '#/$defs/a' } }, $ref: '#/$defs/a' },
      'responseFormat.schema.$ref',
    ],
    ['an empty choice', { oneOf: [] }, 'responseFormat.schema.oneOf'],
    ['a count that is none', { type: 'array', minItems: -1 }, 'responseFormat.schema.minItems'],
    ['parts that contradict', { allOf: [{ type: 'string' }, { type: 'null' }] }, 'responseFormat.schema.type'],
    ['look-ahead', { type: 'string', pattern: '^(?=a)' }, 'responseFormat.schema.pattern'],
    ['a lazy repetition', { type: 'string', pattern: 'a+?' }, 'responseFormat.schema.pattern'],
    [
      'a required name that is not allowed',
      { type: 'object', properties: {}, required: ['a'], additionalProperties: false },
      'responseFormat.schema.required',
    ],
    ['something else', 7, 'responseFormat.schema'],
  ])('refuses %s and says where', (_, schema, path) => {
    expect(() => forSchema(schema)).toThrow(expect.objectContaining({ code: 'ERR_ENGINE_GRAMMAR', details: { path } }));
  });

  it.each([
    ['no object', { type: 'array' }, 'tools[0].parameters.type'],
    ['a list of properties', { type: 'object', properties: [] }, 'tools[0].parameters.properties'],
    [
      'a property that is no schema',
      { type: 'object', properties: { a: 'string' } },
      'tools[0].parameters.properties.a',
    ],
    [
      'an unknown type',
      { type: 'object', properties: { a: { type: 'str' } } },
      'tools[0].parameters.properties.a.type',
    ],
    ['required names that are none', { type: 'object', properties: {}, required: 'a' }, 'tools[0].parameters.required'],
  ])('refuses a tool whose parameters are %s', (_, parameters, path) => {
    expect(() => forTools(parameters)).toThrow(
      expect.objectContaining({ code: 'ERR_ENGINE_GRAMMAR', details: { path } }),
    );
  });

  it('passes over what a tool only describes', () => {
    const odd = { type: 'string', format: 'uri', pattern: '(?=a)', not: {}, maxLength: 100_000 };
    const grammar = forTools({
      type: 'object',
      properties: { a: odd, b: { $ref: 'x' }, c: { type: 'number', maximum: 1 } },
    });
    expect(() => checkGbnf(grammar ?? '')).not.toThrow();
  });

  it('leaves the schemas of tools out where they are too many', () => {
    const properties = Object.fromEntries(Array.from({ length: 100 }, (_, at) => [`field_${at}`, { type: 'string' }]));
    const grammar = forTools({ type: 'object', properties, required: Object.keys(properties) }, 200) ?? '';
    expect(grammar).not.toContain('field_1');
    expect(() => checkGbnf(grammar)).not.toThrow();
  });

  it.each(CALL_SYNTAXES.map(({ syntax }) => [syntax.id, syntax] as const))('is well formed for %s', (_, syntax) => {
    const tools = [{ name: 'a-b_c', parameters: { type: 'object', properties: { 'x "y"': { type: 'string' } } } }];
    for (const isForced of [false, true]) {
      for (const format of [{ type: 'text' }, { type: 'json_object' }] as const) {
        const grammar = answerGrammar({ format, calls: { syntax, tools, isParallel: true }, isForced });
        expect(() => checkGbnf(grammar ?? '')).not.toThrow();
      }
    }
  });
});
