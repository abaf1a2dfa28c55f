import { describe, expect, it } from 'vitest';
import { ServiceError } from '../../../core/errors/service-error.ts';
import { parseScriptedOptions } from './options.ts';

const refusal = (raw: unknown): ServiceError => {
  try {
    parseScriptedOptions(raw);
  } catch (error) {
    if (error instanceof ServiceError) return error;
  }
  throw new Error('it was not refused');
};

describe('parseScriptedOptions', () => {
  it('echoes without delay or fault by default', () => {
    expect(parseScriptedOptions({})).toMatchObject({ reply: 'echo', charactersPerChunk: 4, tokenMs: 0, failRate: 0 });
  });

  it('names every mistake at once', () => {
    const error = refusal({ tokenMs: -1, failRate: 2, colour: 'red' });
    expect(error.code).toBe('ERR_CONFIG_INVALID');
    expect(error.details).toHaveProperty('problems.length', 3);
  });

  it('refuses a range that ends before it starts', () => {
    expect(refusal({ charactersPerChunk: [7, 1] }).message).toContain('charactersPerChunk');
  });
});
