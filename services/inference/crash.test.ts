import { describe, expect, it } from 'vitest';
import { describeCrash } from './crash.ts';

describe('what is written of a crash', () => {
  it('is the stack with its causes, without what is private', () => {
    const cause = new Error('for ada.lovelace@example.org');
    const text = describeCrash(new TypeError('broken on 13912345678', { cause }));
    expect(text).toMatch(/^TypeError: broken on \[\w+\]\n\s+at /);
    expect(text).toContain('Caused by: Error: for [EMAIL]');
    expect(text).toContain('crash.test.ts');
  });

  it('is whatever was thrown, where that is no error', () => {
    expect(describeCrash('ada.lovelace@example.org')).toBe('[EMAIL]');
    const endless = new Error('a');
    endless.cause = endless;
    expect(describeCrash(endless).match(/Caused by/g)).toHaveLength(4);
  });
});
