import { describe, expect, it } from 'vitest';
import { createRequestIds } from './request-id.ts';

describe('request ids', () => {
  it('sort by time, look alike and never repeat', () => {
    let at = Date.UTC(2026, 0, 1);
    const next = createRequestIds(() => at);
    const ids = Array.from({ length: 2000 }, () => {
      at++;
      return next();
    });
    expect([...ids].sort()).toEqual(ids);
    expect(new Set(ids).size).toBe(2000);
    for (const id of ids) expect(id).toMatch(/^req_[0-9a-hjkmnp-tv-z]{24}$/);
  });
});
