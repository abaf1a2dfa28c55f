import { describe, expect, it } from 'vitest';
import { loadGrammars } from './grammar.ts';

describe('loadGrammars', () => {
  it('makes a grammar of a schema, without loading a model', async () => {
    const grammarFor = await loadGrammars();
    const schema = { type: 'object', properties: { age: { type: 'integer' } }, required: ['age'] };
    expect(grammarFor({ type: 'json_schema', schema })).toContain('root ::=');
    expect(grammarFor({ type: 'json_object' })).toContain('root ::= object');
    expect(grammarFor({ type: 'text' })).toBeUndefined();
  });

  it('refuses what the grammar could not keep', async () => {
    const grammarFor = await loadGrammars();
    expect(() => grammarFor({ type: 'json_schema', schema: { type: 'string', pattern: 'a' } })).toThrow(
      expect.objectContaining({ code: 'ERR_ENGINE_GRAMMAR' }),
    );
  });
});
