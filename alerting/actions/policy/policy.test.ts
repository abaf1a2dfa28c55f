import { describe, expect, it } from 'vitest';
import { configSchema } from '../../../core/config/schema.ts';
import type { Alert } from '../action.ts';
import { judge, type PolicyRow } from './policy.ts';

const alertWith = (labels: Alert['labels']): Alert => ({
  ...{ fingerprint: 'f', status: 'firing', labels, annotations: {}, generatorURL: '' },
  ...{ startsAt: '2026-11-29T12:00:00Z', endsAt: '0001-01-01T00:00:00Z' },
});
const row = (more: Partial<PolicyRow>): PolicyRow => ({
  ...{ receiver: undefined, match: {}, action: 'sms', bounds: {}, cooldownMs: 0, dryRun: false },
  ...more,
});
const ask = (rows: readonly PolicyRow[], labels: Alert['labels'], receiver = 'sms', lastAsked?: number) =>
  judge(rows, { receiver, alert: alertWith(labels), now: 100_000, lastAsked: () => lastAsked });

describe('the policy', () => {
  it('asks the actions of all rows that fit, none twice, the first row first', () => {
    const rows = [
      row({ match: { severity: ['error', 'critical'] }, dryRun: true }),
      row({ action: 'email' }),
      row({ action: 'sms' }),
      row({ action: 'scale', match: { severity: 'warning' } }),
    ];
    const verdicts = ask(rows, { severity: 'critical' });
    expect(verdicts.map(({ row: { action, dryRun }, ask }) => [action, dryRun, ask])).toEqual([
      ['sms', true, true],
      ['email', false, true],
    ]);
  });

  it('takes a label that is not there for an empty one', () => {
    expect(ask([row({ match: { model: '' } })], {})).toHaveLength(1);
    expect(ask([row({ match: { model: 'm' } })], {})).toEqual([]);
  });

  it('keeps to the receiver a row names', () => {
    expect(ask([row({ receiver: 'autoscale' })], {})).toEqual([]);
    expect(ask([row({ receiver: 'autoscale' })], {}, 'autoscale')).toHaveLength(1);
  });

  it('leaves an action alone while it cools down, up to the very end of that', () => {
    const rows = [row({ cooldownMs: 60_000 })];
    expect(ask(rows, {}, 'sms', 40_001)).toEqual([
      { row: rows[0], ask: false, reason: 'asked about the same alert 60 s ago, and cooldownMs is 60 s' },
    ]);
    expect(ask(rows, {}, 'sms', 40_000)).toEqual([{ row: rows[0], ask: true }]);
    // The clock was set back.
    expect(ask(rows, {}, 'sms', 200_000)).toEqual([{ row: rows[0], ask: true }]);
  });

  it('is shipped with the three tiers, each at its receiver alone', () => {
    const { policy } = configSchema.parse({}).actions;
    const asked = (receiver: string, labels: Alert['labels']) =>
      judge(policy, { receiver, alert: alertWith(labels), now: 0, lastAsked: () => undefined }).map(
        ({ row }) => row.action,
      );
    const outage = { severity: 'critical', action: 'circuit-break' };
    expect(asked('circuit-break', outage)).toEqual(['breaker']);
    expect(asked('sms', outage)).toEqual(['sms']);
    expect(asked('autoscale', { severity: 'error', action: 'autoscale' })).toEqual(['scale']);
    // A burn rate is critical too, and must never reach the breaker.
    expect(asked('sms', { severity: 'critical', action: 'page' })).toEqual(['sms']);
    expect(asked('circuit-break', { severity: 'critical', action: 'page' })).toEqual([]);
  });
});
