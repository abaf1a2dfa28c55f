import type { Proof } from './proof.ts';
import { COLLECTORS as BOX, counted, GATEWAY, series } from './series.ts';

const QUARTER_MS = 900_000;
const probe = (result: string) =>
  series('clawdbot_gateway_probe', { job: 'clawdbot-actions', instance: 'box:9900', result });
const EXPIRY = series('clawdbot_scrape_token_expiry_seconds', BOX);
const ISSUED = series('clawdbot_scrape_token_issued_seconds', BOX);

export const TELEMETRY = {
  Watchdog: [
    {
      series: {},
      labels: {},
      // The time at which promtool asks.
      says: ['0'],
      isAlways: true,
    },
  ],
  ScrapeTokenExpiring: [
    {
      series: {
        [EXPIRY]: { ahead: [6000, 3000, 2880] },
        [ISSUED]: { ahead: [-3000, -6000, -6120] },
      },
      labels: BOX,
      says: ['32% of its life is left'],
      stepMs: 30_000,
      also: [
        {
          name: 'a token of 9000 s comes to its last third',
          series: { [EXPIRY]: '9000x500', [ISSUED]: '0x500' },
          atMs: 6_060_000,
          firing: [],
        },
        {
          name: 'a token of 9000 s passes two thirds',
          series: { [EXPIRY]: '9000x500', [ISSUED]: '0x500' },
          atMs: 6_090_000,
          firing: [BOX],
        },
        {
          name: 'one that has ended',
          series: { [EXPIRY]: '9000x700', [ISSUED]: '0x700' },
          atMs: 9_060_000,
          firing: [BOX],
        },
        { name: 'no Prometheus of ours', series: {}, atMs: 600_000, firing: [] },
      ],
    },
  ],
  TelemetryMissing: [
    {
      series: {
        [series('clawdbot_plugin_up', { ...BOX, plugin: 'nvidia-smi' })]: { gauge: [1, 1, 0] },
        [series('up', BOX)]: { gauge: [1, 1, 1] },
      },
      labels: { ...BOX, plugin: 'nvidia-smi' },
      says: ['nvidia-smi', 'Readings of nvidia-smi fail'],
      stepMs: 30_000,
    },
    {
      series: {
        [series('up', BOX)]: { gauge: [1, 0, 0] },
        [series('up', { ...BOX, instance: 'other:9464' })]: { gauge: [1, 1, 0] },
      },
      labels: { job: 'clawdbot-collectors', plugin: 'all' },
      says: ['machine and devices', 'The collectors do not answer, or Prometheus knows of none'],
      firesWhenGone: true,
      also: [
        {
          name: 'Prometheus knows of none',
          series: {},
          atMs: 300_000,
          firing: [{ job: 'clawdbot-collectors', plugin: 'all' }],
        },
      ],
    },
  ],
  ScrapeFailing: [
    {
      series: {
        [series('up', GATEWAY)]: { gauge: [1, 1, 0] },
        [probe('ready')]: { gauge: [1, 1, 1] },
        [probe('unreachable')]: { gauge: [0, 0, 0] },
      },
      labels: { job: 'clawdbot' },
      says: [],
      also: [
        {
          name: 'Prometheus knows of none',
          series: { [probe('ready')]: '1x20' },
          atMs: 240_000,
          firing: [{ job: 'clawdbot' }],
        },
        {
          name: 'the service itself is down',
          series: { [series('up', GATEWAY)]: '0x20', [probe('ready')]: '0x20' },
          atMs: 240_000,
          firing: [],
        },
        { name: 'nobody probes', series: { [series('up', GATEWAY)]: '0x20' }, atMs: 240_000, firing: [] },
        {
          name: 'one of two instances',
          series: {
            [series('up', GATEWAY)]: '0x20',
            [series('up', { ...GATEWAY, instance: 'other:8443' })]: '1x20',
            [probe('ready')]: '1x20',
          },
          atMs: 240_000,
          firing: [],
        },
      ],
    },
  ],
  LogLinesDropped: [
    counted({
      counter: series('clawdbot_log_dropped_total', { ...GATEWAY, stream: 'access' }),
      ...{ windowMs: QUARTER_MS, labels: { ...GATEWAY, stream: 'access' }, says: ['2'] },
    }),
  ],
  OtlpRecordsDropped: [
    counted({
      counter: series('clawdbot_otlp_dropped_total', { ...GATEWAY, signal: 'traces', reason: 'queue' }),
      ...{ windowMs: QUARTER_MS, labels: { ...GATEWAY, signal: 'traces' }, says: ['2'] },
    }),
  ],
  LogPipelineLagging: [
    {
      series: {
        [series('clawdbot_logs_pipeline_lag_seconds', { ...BOX, stage: 'logstash' })]: { gauge: [1, 120, 125] },
      },
      labels: { ...BOX, stage: 'logstash' },
      says: ['2m 5s', 'logstash'],
      stepMs: 60_000,
    },
  ],
  LogEventsRefused: [
    counted({
      counter: series('clawdbot_logs_pipeline_events_total', { ...BOX, stage: 'logstash', outcome: 'dead_letter' }),
      ...{ windowMs: QUARTER_MS, labels: { ...BOX, stage: 'logstash' }, says: ['2', 'logstash'] },
    }),
  ],
  ScrapeLimitNear: [
    {
      series: { [series('scrape_samples_scraped', GATEWAY)]: { gauge: [900, 16_000, 16_001] } },
      labels: GATEWAY,
      says: ['16001'],
      stepMs: 60_000,
      also: [
        {
          name: 'pages of others have no such limit',
          series: { [series('scrape_samples_scraped', { job: 'prometheus', instance: 'box:9090' })]: '90000x15' },
          atMs: 840_000,
          firing: [],
        },
      ],
    },
  ],
} as const satisfies Record<string, readonly Proof[]>;
