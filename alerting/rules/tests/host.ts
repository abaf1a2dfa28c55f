import type { Proof } from './proof.ts';
import { COLLECTORS, counted, series } from './series.ts';

const ofHost = (name: string, more: Readonly<Record<string, string>> = {}) => series(name, { ...COLLECTORS, ...more });
const space = (state: string, more: Readonly<Record<string, string>> = {}) =>
  ofHost('system_filesystem_usage_bytes', { place: 'data', system_filesystem_state: state, ...more });
const DATA = { ...COLLECTORS, place: 'data' };
const ENGINE = { ...COLLECTORS, clawdbot_process: 'engine' };
const LAST_SUCCESS = ofHost('clawdbot_plugin_last_success_seconds', { plugin: 'host' });
const UP = ofHost('clawdbot_plugin_up', { plugin: 'host' });
const QUARTER_MS = 900_000;

export const HOST = {
  DiskNearlyFull: [
    {
      series: {
        [space('used')]: { gauge: [50, 90, 91] },
        [space('free')]: { gauge: [50, 10, 9] },
        [space('reserved')]: { gauge: [5, 5, 5] },
      },
      labels: DATA,
      says: ['91%', '91%'],
    },
  ],
  MemoryPressureHigh: [
    {
      series: { [ofHost('job_instance:clawdbot_host_memory_stalled:ratio_rate5m')]: { gauge: [0, 0.1, 0.105] } },
      labels: COLLECTORS,
      says: ['10.5%', '', '10.5%'],
      also: [
        {
          name: 'counted from what the kernel says',
          series: {
            [ofHost('clawdbot_host_pressure_time_seconds_total', { resource: 'memory', kind: 'full' })]: '0+3x40',
          },
          atMs: 480_000,
          firing: [COLLECTORS],
        },
        {
          name: 'waiting for the disk, or of some alone, is another thing',
          series: {
            [ofHost('clawdbot_host_pressure_time_seconds_total', { resource: 'io', kind: 'full' })]: '0+9x40',
            [ofHost('clawdbot_host_pressure_time_seconds_total', { resource: 'memory', kind: 'some' })]: '0+9x40',
          },
          atMs: 480_000,
          firing: [],
        },
      ],
    },
    {
      series: {
        [series('job_process:clawdbot_cgroup_memory_stalled:ratio_rate5m', ENGINE)]: { gauge: [0, 0.1, 0.105] },
      },
      labels: { ...ENGINE, scope: 'cgroup' },
      says: ['10.5%', ' in the control group of engine', '10.5%'],
      also: [
        {
          name: 'counted from what the kernel says of the group',
          series: {
            [ofHost('clawdbot_cgroup_pressure_time_seconds_total', {
              clawdbot_process: 'engine',
              clawdbot_process_index: '0',
              resource: 'memory',
              kind: 'full',
            })]: '0+3x40',
          },
          atMs: 480_000,
          firing: [{ ...ENGINE, scope: 'cgroup' }],
        },
      ],
    },
  ],
  OutOfMemoryKill: [
    counted({
      counter: ofHost('clawdbot_host_oom_kills_total'),
      windowMs: QUARTER_MS,
      labels: COLLECTORS,
      says: ['2', ''],
    }),
    counted({
      counter: ofHost('clawdbot_cgroup_oom_kills_total', { clawdbot_process: 'engine', clawdbot_process_index: '0' }),
      windowMs: QUARTER_MS,
      labels: { ...ENGINE, scope: 'cgroup' },
      says: ['2', ', in the control group of engine'],
    }),
  ],
  CpuThrottled: [
    {
      series: { [series('job_process:clawdbot_cgroup_throttled:ratio_rate5m', ENGINE)]: { gauge: [0, 0.5, 0.52] } },
      labels: ENGINE,
      says: ['52%'],
      stepMs: 60_000,
      also: [
        {
          name: 'counted from what the kernel says',
          series: {
            [ofHost('clawdbot_cgroup_cpu_throttled_time_seconds_total', {
              clawdbot_process: 'engine',
              clawdbot_process_index: '0',
            })]: '0+36x20',
          },
          atMs: 960_000,
          firing: [ENGINE],
        },
      ],
    },
  ],
  ClockSkewed: [
    {
      series: { [LAST_SUCCESS]: { ahead: [0, 30, 32] }, [UP]: { gauge: [1, 1, 1] } },
      labels: COLLECTORS,
      says: ['32'],
      also: [
        {
          name: 'a clock that is behind',
          series: { [LAST_SUCCESS]: '-60+15x40', [UP]: '1x40' },
          atMs: 300_000,
          firing: [COLLECTORS],
        },
        {
          name: 'a reader that fails since a while is no clock',
          series: { [LAST_SUCCESS]: '0x40', [UP]: '0x40' },
          atMs: 300_000,
          firing: [],
        },
        {
          name: 'one reader of two that fails',
          series: {
            [LAST_SUCCESS]: '0+15x40',
            [UP]: '1x40',
            [ofHost('clawdbot_plugin_last_success_seconds', { plugin: 'amd' })]: '0x40',
            [ofHost('clawdbot_plugin_up', { plugin: 'amd' })]: '0x40',
          },
          atMs: 300_000,
          firing: [],
        },
      ],
    },
  ],
} as const satisfies Record<string, readonly Proof[]>;
