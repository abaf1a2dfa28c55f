import { describe, expect, it } from 'vitest';
import { fateOf, NO_FAULTS } from './fate.ts';

const progress = { sent: 2, limit: 10, isDone: false, isDoomed: false };

describe('fateOf', () => {
  it('goes on until the script is over', () => {
    expect(fateOf(progress, NO_FAULTS)).toBe('token');
    expect(fateOf({ ...progress, isDone: true }, NO_FAULTS)).toBe('stop');
  });

  it('ends at the limit only when there was more to say', () => {
    expect(fateOf({ ...progress, sent: 10 }, NO_FAULTS)).toBe('length');
    expect(fateOf({ ...progress, sent: 10, isDone: true }, NO_FAULTS)).toBe('stop');
  });

  it.each([
    ['failAfterTokens', 'fail'],
    ['hangAfterTokens', 'hang'],
    ['crashAfterTokens', 'crash'],
  ] as const)('%s strikes right after that token', (option, fate) => {
    expect(fateOf(progress, { ...NO_FAULTS, [option]: 3 })).toBe('token');
    expect(fateOf(progress, { ...NO_FAULTS, [option]: 2 })).toBe(fate);
  });

  it('fails a doomed request before its first token', () => {
    expect(fateOf({ ...progress, sent: 0, isDoomed: true }, NO_FAULTS)).toBe('fail');
  });

  it('sends nonsense instead of the first token', () => {
    expect(fateOf({ ...progress, sent: 0 }, { ...NO_FAULTS, wrongBytes: true })).toBe('garbage');
    expect(fateOf(progress, { ...NO_FAULTS, wrongBytes: true })).toBe('token');
  });
});
