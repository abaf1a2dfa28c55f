import { describe, expect, it } from 'vitest';
import type { Alert } from '../action.ts';
import { tellingOf } from './plugin.ts';

const ALERT: Alert = {
  fingerprint: 'f',
  status: 'firing',
  labels: { alertname: 'ServiceUnavailable', severity: 'critical' },
  annotations: {
    summary: 'The service is unavailable',
    description: 'Nothing answers.',
    logs_url: 'https://kibana.example/l',
    dashboard_url: 'https://grafana.example/d',
  },
  startsAt: '2026-01-01T00:00:00Z',
  endsAt: '0001-01-01T00:00:00Z',
  generatorURL: '',
};
const TASK = { incident: 'i', status: 'firing', alerts: [ALERT] } as const;

describe('what a task says to people', () => {
  it('is the summary of its alert with one link', () => {
    expect(tellingOf(TASK)).toEqual({
      incident: 'i',
      status: 'firing',
      severity: 'critical',
      title: 'The service is unavailable',
      text: 'Nothing answers.',
      url: 'https://grafana.example/d',
      isTest: false,
    });
  });

  it('is marked as a test where the alert is one', () => {
    const labels = { ...ALERT.labels, clawdbot_test: 'true' };
    expect(tellingOf({ ...TASK, alerts: [{ ...ALERT, labels }] }).isTest).toBe(true);
  });

  it('has a title in any case, and says how many more there are', () => {
    const bare = { ...ALERT, annotations: {} };
    expect(tellingOf({ ...TASK, alerts: [bare, bare, bare] })).toMatchObject({
      title: 'ServiceUnavailable (+2)',
      text: '',
    });
    expect(tellingOf({ ...TASK, alerts: [{ ...bare, labels: {} }] })).toMatchObject({
      title: 'alert',
      severity: 'warning',
    });
  });

  it('is what the service itself has to say, of the incident it names', () => {
    const notice = { severity: 'critical', title: 'scale failed', text: 'No capacity.' } as const;
    expect(tellingOf({ ...TASK, alerts: [], notice })).toMatchObject({ incident: 'i', title: 'scale failed' });
    expect(tellingOf({ ...TASK, alerts: [], notice: { ...notice, incident: 'j' } })).toMatchObject({ incident: 'j' });
  });
});
