import { describe, expect, it } from 'vitest';
import { configSchema } from '../../../../core/config/schema.ts';
import { actionOf, policiesOf, policyNamesOf } from './policy.ts';

const parse = (redaction: Record<string, unknown>) => configSchema.parse({ redaction }).redaction;
const EMAIL = { id: 'global.email', pack: 'global' };

describe('policies', () => {
  const { policies } = parse({
    policies: {
      one: { request: { 'global.email': 'pseudonym', global: 'hash', '*': 'off' } },
      two: { request: { global: 'observe' } },
    },
  });
  const action = (names: string[], rule = EMAIL) =>
    actionOf(
      names.flatMap((name) => policies[name] ?? []),
      'request',
      rule,
    );

  it('take a rule before its pack and the pack before the rest', () => {
    expect(action(['one'])).toBe('pseudonym');
    expect(action(['one'], { id: 'global.card', pack: 'global' })).toBe('hash');
    expect(action(['one'], { id: 'us.ssn', pack: 'us' })).toBe('off');
  });

  it('mask what they say nothing about, so that a new rule never lets through what it finds', () => {
    expect(action(['two'], { id: 'us.ssn', pack: 'us' })).toBe('mask');
    expect(action([])).toBe('mask');
  });

  it('together do the stricter of what each does', () => {
    expect(action(['one', 'two'])).toBe('pseudonym');
    expect(action(['one', 'two'], { id: 'us.ssn', pack: 'us' })).toBe('mask');
  });

  it('are those of the file and, by other names, the shipped ones', () => {
    expect(Object.keys(policiesOf(parse({ policies: { mine: {} } })))).toEqual(['default', 'medical', 'mine']);
  });

  it('come from the key and the scenario together, so that a caller cannot choose a scenario to get out of its own', () => {
    const config = parse({ keys: { 'key:a': 'medical' } });
    const names = (keyId: string, scenarioPolicy?: string) => policyNamesOf(config, { keyId, scenarioPolicy });
    expect(names('key:b')).toEqual(['default']);
    expect(names('key:a')).toEqual(['medical']);
    expect(names('key:b', 'loose')).toEqual(['loose']);
    expect(names('key:a', 'loose')).toEqual(['loose', 'medical']);
    expect(names('constructor')).toEqual(['default']);
  });
});
