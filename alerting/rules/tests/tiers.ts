import type { Proof } from './proof.ts';

const GATEWAY = 'instance="box:8443",job="clawdbot"';
const requests = (outcome: string) => `clawdbot_requests_total{${GATEWAY},outcome="${outcome}"}`;
const firstTokens = (le: string) =>
  `gen_ai_server_time_to_first_token_seconds_bucket{${GATEWAY},gen_ai_request_model="small",le="${le}"}`;
const temperature = (id: string, more = 'hw_sensor_location="core",hw_type="gpu"') =>
  `hw_temperature_celsius{hw_id="${id}",instance="box:9464",job="clawdbot-collectors",${more}}`;
const JOB = { job: 'clawdbot' };
const SMALL = { ...JOB, gen_ai_request_model: 'small' };
const GPU = { job: 'clawdbot-collectors', instance: 'box:9464', hw_id: 'GPU-1', hw_type: 'gpu' };

const up = (name: string) => `up{instance="${name}:8443",job="clawdbot"}`;
const probe = (result: string) =>
  `clawdbot_gateway_probe{instance="box:9900",job="clawdbot-actions",result="${result}"}`;
const ready = (name: string) => `clawdbot_ready{instance="${name}:8443",job="clawdbot"}`;

export const TIERS = {
  AcceleratorTemperatureHigh: [
    {
      series: { [temperature('GPU-1')]: { gauge: [60, 75, 76] } },
      labels: GPU,
      says: ['76', '76'],
      also: [
        {
          name: 'the memory of an accelerator may be hotter',
          series: { [temperature('GPU-1', 'hw_sensor_location="memory",hw_type="gpu"')]: '90x40' },
          atMs: 300_000,
          firing: [],
        },
        {
          name: 'a zone of the board is no accelerator',
          series: { [temperature('x', 'hw_sensor_location="board",hw_type="temperature"')]: '90x40' },
          atMs: 300_000,
          firing: [],
        },
        {
          name: 'an NPU is as one of two devices',
          series: {
            [temperature('NPU-1', 'hw_sensor_location="core",hw_type="npu"')]: '80x40',
            [temperature('GPU-1')]: '70x40',
          },
          atMs: 300_000,
          firing: [{ ...GPU, hw_id: 'NPU-1', hw_type: 'npu' }],
        },
      ],
    },
  ],
  InferenceTimeoutsHigh: [
    {
      series: {
        [requests('ok')]: { counter: [300, 285, 284] },
        [requests('timeout')]: { counter: [0, 15, 16] },
        [requests('rejected')]: { counter: [0, 300, 300] },
      },
      labels: JOB,
      says: ['5.333%', '5.333%'],
      warmUp: 1,
      settleMs: 300_000,
      also: [
        {
          name: 'two requests with one time-out are no wave',
          series: { [requests('ok')]: '100x20 101x30', [requests('timeout')]: '10x20 11x30' },
          atMs: 600_000,
          firing: [],
        },
        {
          name: 'nineteen requests in five minutes are too few',
          series: { [requests('ok')]: '100x20 109x60', [requests('timeout')]: '10x20 20x60' },
          atMs: 420_000,
          firing: [],
        },
        {
          name: 'twenty are enough',
          series: { [requests('ok')]: '100+0x60', [requests('timeout')]: '10+1x60' },
          atMs: 600_000,
          firing: [JOB],
        },
        {
          name: 'twenty-one are enough',
          series: { [requests('ok')]: '100x20 110x60', [requests('timeout')]: '10x20 21x60' },
          atMs: 420_000,
          firing: [JOB],
        },
        {
          name: 'no traffic is no number',
          series: { [requests('ok')]: '100x60', [requests('timeout')]: '10x60' },
          atMs: 600_000,
          firing: [],
        },
        {
          name: 'a restart of the gateway is no wave',
          series: { [requests('ok')]: '1000+20x20 0+20x20', [requests('timeout')]: '40+0x20 0+0x20' },
          atMs: 360_000,
          firing: [],
        },
      ],
    },
  ],
  ServiceUnavailable: [
    {
      series: {
        [up('a')]: { gauge: [1, 0, 0] },
        [up('b')]: { gauge: [1, 1, 0] },
      },
      labels: JOB,
      says: [],
      stepMs: 5000,
      firesWhenGone: true,
      also: [
        {
          name: 'a probe that finds it ready: only Prometheus is kept out',
          series: { [up('a')]: '0x20', [probe('ready')]: '1x20', [probe('unreachable')]: '0x20' },
          atMs: 90_000,
          firing: [],
        },
        {
          name: 'a probe that finds nobody',
          series: { [up('a')]: '0x20', [probe('ready')]: '0x20', [probe('unreachable')]: '1x20' },
          atMs: 90_000,
          firing: [JOB],
        },
        {
          name: 'a probe that finds it not ready',
          series: { [up('a')]: '1x20', [ready('a')]: '0x20', [probe('ready')]: '0x20', [probe('not_ready')]: '1x20' },
          atMs: 90_000,
          firing: [JOB],
        },
        {
          name: 'who probed is gone too',
          series: { [up('a')]: '0x20', [probe('ready')]: '1x2 stale _x17' },
          atMs: 90_000,
          firing: [JOB],
        },
        {
          name: 'it is up and cannot decode',
          series: { [up('a')]: '1x20', [ready('a')]: '0x20' },
          atMs: 60_000,
          firing: [JOB],
        },
        {
          name: 'one of two cannot decode',
          series: { [up('a')]: '1x20', [up('b')]: '1x20', [ready('a')]: '0x20', [ready('b')]: '1x20' },
          atMs: 60_000,
          firing: [],
        },
        { name: 'Prometheus knows of none', series: {}, atMs: 60_000, firing: [JOB] },
        {
          name: 'a target that left the discovery',
          series: { [up('a')]: '1x5 stale _x30', [ready('a')]: '1x5 stale _x30' },
          atMs: 90_000,
          firing: [JOB],
        },
        {
          name: 'a restart that takes twenty seconds',
          series: { [up('a')]: '1x5 0x3 1x20', [ready('a')]: '1x5 _x4 1x20' },
          atMs: 60_000,
          firing: [],
        },
      ],
    },
  ],
  QueueSaturated: [
    {
      series: {
        [`clawdbot_queue_depth{${GATEWAY}}`]: { gauge: [0, 16, 17] },
        [`clawdbot_requests_limit{${GATEWAY}}`]: { gauge: [16, 16, 16] },
      },
      labels: { ...JOB, instance: 'box:8443' },
      says: ['1.06', '1.06'],
    },
  ],
  FirstTokenSlow: [
    {
      // Of a hundred answers 95 within the limit is exactly on it; one less is beyond.
      series: {
        [firstTokens('2.5')]: { counter: [100, 0, 0] },
        [firstTokens('5')]: { counter: [100, 95, 94] },
        [firstTokens('7.5')]: { counter: [100, 100, 100] },
        [firstTokens('+Inf')]: { counter: [100, 100, 100] },
        [requests('ok')]: { counter: [100, 100, 100] },
      },
      labels: SMALL,
      says: ['5.4'],
      warmUp: 1,
      settleMs: 300_000,
      also: [
        {
          name: 'nineteen answers are too few',
          series: {
            [firstTokens('5')]: '0x60',
            [firstTokens('7.5')]: '0x20 19x60',
            [firstTokens('+Inf')]: '0x20 19x60',
            [requests('ok')]: '100x20 119x60',
          },
          atMs: 480_000,
          firing: [],
        },
        {
          name: 'twenty are enough',
          series: {
            [firstTokens('5')]: '1000x60',
            [firstTokens('7.5')]: '1000+1x60',
            [firstTokens('+Inf')]: '1000+1x60',
            [requests('ok')]: '1000+1x60',
          },
          atMs: 600_000,
          firing: [SMALL],
        },
        {
          name: 'twenty-one are enough',
          series: {
            [firstTokens('5')]: '1000x80',
            [firstTokens('7.5')]: '1000x20 1021x60',
            [firstTokens('+Inf')]: '1000x20 1021x60',
            [requests('ok')]: '1000x20 1021x60',
          },
          atMs: 480_000,
          firing: [SMALL],
        },
      ],
    },
  ],
} as const satisfies Record<string, readonly Proof[]>;
