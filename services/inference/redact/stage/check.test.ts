import { describe, expect, it } from 'vitest';
import { configSchema } from '../../../../core/config/schema.ts';
import { printPath } from '../../../../core/config/setting-path.ts';
import { checkRedaction } from './check.ts';

const check = (redaction: Record<string, unknown>): string[] =>
  checkRedaction(configSchema.parse({ redaction })).map(
    ({ path, arrived, advice }) => `${printPath(path)}: ${arrived}; ${advice}`,
  );

describe('the redaction settings', () => {
  it('are in order as they are shipped', () => {
    expect(check({})).toEqual([]);
  });

  it('name packs, rules and policies that there are, or are refused by path', () => {
    const mistakes = check({
      packs: ['cn', 'golbal'],
      policies: { mine: { request: { 'global.emial': 'off', secrets: 'block' }, response: { 'no.such': 'mask' } } },
    });
    expect(mistakes).toEqual([
      'redaction.packs[1]: "golbal"; did you mean global?',
      'redaction.policies.mine.request["global.emial"]: "global.emial"; did you mean global.email?',
      expect.stringContaining('redaction.policies.mine.response["no.such"]: "no.such"'),
    ]);
  });

  it('keep a message on one line, whatever a name holds', () => {
    const [mistake] = check({ policies: { mine: { request: { '\r\nforged: yes\0': 'mask' } } } });
    expect(mistake).toContain('"\\r\\nforged: yes\\u0000"');
    expect(mistake).not.toMatch(/\p{Cc}/u);
  });

  it('refuse a pattern that could take more than linear time, has no bound, or is none', () => {
    const rules = ['(a)\\1', 'PN-\\d+', '('].map((pattern, index) => ({ id: `r${index}`, pattern }));
    expect(check({ rules }).map((text) => text.replace(/:.*/s, ''))).toEqual(
      [0, 1, 2].map((index) => `redaction.rules[${index}].pattern`),
    );
  });

  it('may name rules of a pack that is turned off, and rules of their own', () => {
    const rules = [{ id: 'patient', pattern: 'PN-\\d{6}' }];
    expect(
      check({
        packs: [],
        rules,
        policies: { mine: { request: { 'cn.mobile': 'off', 'custom.patient': 'block', custom: 'mask' } } },
      }),
    ).toEqual([]);
  });
});
