import { describe, expect, it } from 'vitest';
import { RULE_PACKS } from '../packs/packs.ts';
import { numbered } from './numbered.ts';

describe('numbered', () => {
  it('reads a named group by its number', () => {
    const { pattern, of } = numbered(/(a)(?<value>b)(?:c)/, ['value']);
    const match = pattern.exec('abc');
    expect(match?.groups).toBeUndefined();
    expect(match && of(match)).toBe('b');
  });

  it('takes the group that took part where two have one name', () => {
    const { pattern, of } = numbered(/x(?<value>\d)|y(?<value>\d)/, ['value']);
    const match = pattern.exec('y7');
    expect(match && of(match)).toBe('7');
  });

  it('keeps brackets that are escaped or in a class, and leads back references', () => {
    const { pattern, of } = numbered(/\\(?<quote>["'])[(\](]?(?<value>\w)\k<quote>1/, ['value']);
    const match = pattern.exec('\\"(v"1');
    expect(match && of(match)).toBe('v');
    expect(pattern.exec('\\"(v\'1')).toBeNull();
  });

  it('knows every pattern of the packs', () => {
    const patterns = RULE_PACKS.flatMap(({ rules }) => rules).flatMap((rule) =>
      rule.kind === 'token' ? [rule.pattern] : rule.kind === 'label' ? [rule.value] : [],
    );
    for (const pattern of patterns) {
      const { source, flags } = numbered(pattern, ['value', 'quoted', 'left']).pattern;
      expect(source).not.toMatch(/\(\?<[A-Za-z]/);
      expect(flags).toBe(pattern.flags);
    }
  });
});
