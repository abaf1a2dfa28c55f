import { describe, expect, it } from 'vitest';
import { toGrammarSchema } from './schema-subset.ts';

describe('toGrammarSchema', () => {
  it('keeps what makes rules and drops what only describes', () => {
    expect(
      toGrammarSchema({
        $schema: 'https://json-schema.org/draft/2020-12/schema',
        title: 'Cat',
        type: 'object',
        properties: { name: { type: 'string', description: 'its name' }, lives: { enum: [7, 9] } },
        required: ['name'],
        additionalProperties: false,
      }),
    ).toEqual({
      type: 'object',
      properties: { name: { type: 'string' }, lives: { enum: [7, 9] } },
      required: ['name'],
      additionalProperties: false,
    });
  });

  it('reads anyOf as oneOf', () => {
    expect(toGrammarSchema({ anyOf: [{ type: 'string' }, { type: 'null' }] })).toEqual({
      oneOf: [{ type: 'string' }, { type: 'null' }],
    });
  });

  it.each([
    ['a keyword it would ignore', { type: 'string', pattern: 'a+' }, 'schema.pattern'],
    ['one deep inside', { type: 'array', items: { type: 'number', minimum: 1 } }, 'schema.items.minimum'],
    ['no kind at all', {}, 'schema'],
    ['an unknown type', { type: 'banana' }, 'schema.type'],
    ['a mixed list of types', { type: ['object', 'null'] }, 'schema.type'],
    ['an unknown format', { type: 'string', format: 'email' }, 'schema.format'],
    ['a foreign reference', { $ref: 'https://example.org/x' }, 'schema.$ref'],
    ['an empty choice', { oneOf: [] }, 'schema.oneOf'],
    ['something else', 7, 'schema'],
  ])('refuses %s and says where', (_, schema, path) => {
    expect(() => toGrammarSchema(schema)).toThrow(
      expect.objectContaining({ code: 'ERR_ENGINE_GRAMMAR', details: { path } }),
    );
  });
});
