import type { Proof } from './proof.ts';
import { counted, GATEWAY, series } from './series.ts';

const DAY = 86_400;
const QUARTER_MS = 900_000;
const FIVE_MS = 300_000;
const ours = (name: string, more: Readonly<Record<string, string>> = {}) => series(name, { ...GATEWAY, ...more });

export const ACCESS = {
  CertificateEnded: [
    {
      series: { [ours('clawdbot_certificate_expiry_seconds')]: { ahead: [DAY, 0, -1] } },
      labels: GATEWAY,
      says: ['1s'],
    },
  ],
  CertificateExpiring: [
    {
      series: { [ours('clawdbot_certificate_expiry_seconds')]: { ahead: [300 * DAY, 14 * DAY, 13.9 * DAY] } },
      labels: GATEWAY,
      says: ['13.9'],
    },
  ],
  ApiKeyExpiring: [
    {
      series: { [ours('clawdbot_api_key_expiry_seconds')]: { ahead: [300 * DAY, 7 * DAY, 6.9 * DAY] } },
      labels: GATEWAY,
      says: ['6.9'],
    },
  ],
  ConfigRejected: [
    counted({
      counter: ours('clawdbot_config_reloads_total', { outcome: 'rejected' }),
      ...{ windowMs: QUARTER_MS, labels: GATEWAY, says: ['2'] },
      also: [
        {
          name: 'what was applied is no mistake',
          series: { [ours('clawdbot_config_reloads_total', { outcome: 'applied' })]: '0+1x40' },
          atMs: 300_000,
          firing: [],
        },
      ],
    }),
  ],
  RedactionFailing: [
    counted({
      counter: ours('clawdbot_redaction_failures_total', { direction: 'request' }),
      ...{ windowMs: FIVE_MS, labels: { ...GATEWAY, direction: 'request' }, says: ['2'] },
    }),
  ],
  AuditTrailFailing: [
    counted({
      counter: ours('clawdbot_audit_failures_total', { part: 'write' }),
      ...{ windowMs: FIVE_MS, labels: GATEWAY, says: ['2'] },
    }),
  ],
  JobsWaitingLong: [
    {
      series: { [ours('clawdbot_jobs_oldest_age_seconds')]: { gauge: [0, 600, 615] } },
      labels: GATEWAY,
      says: ['10m 15s'],
    },
  ],
  CallbacksFailing: [
    counted({
      counter: ours('clawdbot_callbacks_total', { outcome: 'failed' }),
      ...{ windowMs: QUARTER_MS, labels: GATEWAY, says: ['2'] },
      also: [
        {
          name: 'an attempt that is repeated is not given up',
          series: { [ours('clawdbot_callbacks_total', { outcome: 'retried' })]: '0+1x40' },
          atMs: 300_000,
          firing: [],
        },
      ],
    }),
  ],
} as const satisfies Record<string, readonly Proof[]>;
