import { describe, expect, it } from 'vitest';
import { ServiceError } from '../../core/errors/service-error.ts';
import { tokenLimit } from './fit.ts';

const refusal = (maxTokens: number | null, promptTokens: number, contextTokens: number): ServiceError => {
  try {
    tokenLimit({ maxTokens }, promptTokens, contextTokens);
  } catch (error) {
    if (error instanceof ServiceError) return error;
  }
  throw new Error('it was not refused');
};

describe('tokenLimit', () => {
  it('allows what exactly fits', () => {
    expect(tokenLimit({ maxTokens: 10 }, 90, 100)).toBe(10);
  });

  it('allows the rest of the context when no number is asked for', () => {
    expect(tokenLimit({ maxTokens: null }, 90, 100)).toBe(10);
  });

  it('caps an answer without a number, but never beyond the context', () => {
    expect(tokenLimit({ maxTokens: null, outputCap: 5 }, 90, 100)).toBe(5);
    expect(tokenLimit({ maxTokens: null, outputCap: 50 }, 90, 100)).toBe(10);
  });

  it('lets an answer go on past the context that is to be shifted, but not without a bound', () => {
    const shifting = { outputCap: 500, shiftsContext: true } as const;
    expect(tokenLimit({ ...shifting, maxTokens: 1000 }, 90, 100)).toBe(1000);
    expect(tokenLimit({ ...shifting, maxTokens: null }, 90, 100)).toBe(500);
    expect(tokenLimit({ shiftsContext: true, maxTokens: null }, 90, 100)).toBe(10);
    expect(() => tokenLimit({ ...shifting, maxTokens: 1 }, 100, 100)).toThrow('maximum context length');
  });

  it('refuses a prompt that leaves no room for one token, with both counts', () => {
    const error = refusal(null, 100, 100);
    expect(error.code).toBe('ERR_ENGINE_CONTEXT_OVERFLOW');
    expect(error.details).toEqual({ promptTokens: 100, maxTokens: null, contextTokens: 100 });
    expect(error.message).toContain('100');
  });

  it('refuses a number that does not fit behind the prompt', () => {
    expect(refusal(11, 90, 100).details).toEqual({ promptTokens: 90, maxTokens: 11, contextTokens: 100 });
  });
});
