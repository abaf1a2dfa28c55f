import { describe, expect, it } from 'vitest';
import { createEchoFilter, ECHO_WINDOW_MS, mustForward } from './signals.mjs';

describe('createEchoFilter', () => {
  it('takes copies that come within moments for one', () => {
    const isNew = createEchoFilter();
    expect([0, 1, ECHO_WINDOW_MS - 1].map((at) => isNew('SIGINT', at))).toEqual([true, false, false]);
  });

  it('takes a later one for a second wish', () => {
    const isNew = createEchoFilter();
    expect([0, ECHO_WINDOW_MS].map((at) => isNew('SIGINT', at))).toEqual([true, true]);
  });

  it('keeps signals apart', () => {
    const isNew = createEchoFilter();
    expect([isNew('SIGINT', 0), isNew('SIGTERM', 1)]).toEqual([true, true]);
  });
});

describe('mustForward', () => {
  it('leaves a Ctrl-C to the terminal, which has told the child already', () => {
    expect(mustForward('SIGINT', true)).toBe(false);
    expect(mustForward('SIGINT', false)).toBe(true);
    expect(mustForward('SIGTERM', true)).toBe(true);
  });
});
