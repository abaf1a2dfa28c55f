import type { Proof } from './proof.ts';
import { counted, GATEWAY, GPU, MODEL, NPU, series } from './series.ts';

const HOUR_MS = 3_600_000;
const ofGpu = (name: string, more: Readonly<Record<string, string>> = {}) => series(name, { ...GPU, ...more });
const ofNpu = (name: string, more: Readonly<Record<string, string>> = {}) => series(name, { ...NPU, ...more });
const errors = (type: string) => ofGpu('hw_errors_total', { error_type: type });
const device = (wanted: string, actual: string) =>
  series('clawdbot_engine_device', { ...GATEWAY, gen_ai_request_model: 'small', wanted, actual });
const failed = series('clawdbot_model_state', { ...GATEWAY, gen_ai_request_model: 'small', state: 'failed' });
const throttled = (reason: string) => ofGpu('clawdbot_accelerator_throttled', { reason });
const fan = (speed: number, celsius: number) => ({
  [ofGpu('hw_fan_speed_ratio')]: `${speed}x20`,
  [ofGpu('hw_temperature_celsius', { hw_sensor_location: 'core' })]: `${celsius}x20`,
});
const FAN_AT = 240_000;

export const ACCELERATORS = {
  AcceleratorThrottled: [
    {
      series: {
        [throttled('hw_thermal')]: { gauge: [0, 0, 1] },
        [throttled('sw_power_cap')]: { gauge: [0, 1, 0] },
        [throttled('idle')]: { gauge: [0, 1, 0] },
      },
      labels: { ...GPU, reason: 'hw_thermal' },
      says: [],
      stepMs: 5000,
      also: [
        {
          name: 'an NPU too',
          series: { [ofNpu('clawdbot_accelerator_throttled', { reason: 'hw_slowdown' })]: '1x20' },
          atMs: 60_000,
          firing: [{ ...NPU, reason: 'hw_slowdown' }],
        },
      ],
    },
  ],
  AcceleratorMemoryErrors: [
    counted({
      counter: errors('ecc_uncorrected'),
      ...{ windowMs: HOUR_MS, stepMs: 300_000, labels: { ...GPU, error_type: 'ecc_uncorrected' }, says: ['2'] },
    }),
    counted({
      counter: errors('ecc_corrected'),
      ...{
        windowMs: HOUR_MS,

        times: 100,
        labels: { ...GPU, error_type: 'ecc_corrected' },
        says: ['150'],
      },
    }),
  ],
  AcceleratorRepairNeeded: [
    {
      series: { [ofGpu('clawdbot_accelerator_memory_repair', { state: 'pending' })]: { gauge: [0, 0, 1] } },
      labels: GPU,
      says: [],
      also: [
        {
          name: 'the driver asks for a reset',
          series: { [ofGpu('clawdbot_accelerator_recovery', { action: 'reset' })]: '1x20' },
          atMs: 240_000,
          firing: [GPU],
        },
        {
          name: 'the driver asks for nothing',
          series: {
            [ofGpu('clawdbot_accelerator_recovery', { action: 'none' })]: '1x20',
            [ofGpu('clawdbot_accelerator_recovery', { action: 'reset' })]: '0x20',
          },
          atMs: 240_000,
          firing: [],
        },
      ],
    },
  ],
  AcceleratorXid: [counted({ counter: errors('xid'), windowMs: 900_000, labels: GPU, says: ['2'] })],
  AcceleratorMemoryNearlyFull: [
    {
      series: {
        [ofGpu('hw_gpu_memory_usage_bytes')]: { gauge: [50, 98, 99] },
        [ofGpu('hw_gpu_memory_limit_bytes')]: { gauge: [100, 100, 100] },
      },
      labels: GPU,
      says: ['99%'],
      stepMs: 60_000,
      also: [
        {
          name: 'an NPU too',
          series: { [ofNpu('hw_gpu_memory_usage_bytes')]: '99x15', [ofNpu('hw_gpu_memory_limit_bytes')]: '100x15' },
          atMs: 840_000,
          firing: [NPU],
        },
      ],
    },
  ],
  AcceleratorFanFailed: [
    {
      series: {
        [ofGpu('hw_fan_speed_ratio')]: { gauge: [0.5, 0.05, 0.049] },
        [ofGpu('hw_temperature_celsius', { hw_sensor_location: 'core' })]: { gauge: [80, 80, 80] },
      },
      labels: GPU,
      says: ['4.9%'],
      also: [
        { name: 'a cool device needs no fan', series: fan(0, 65), atMs: FAN_AT, firing: [] },
        { name: 'a warm one does', series: fan(0, 66), atMs: FAN_AT, firing: [GPU] },
      ],
    },
  ],
  AcceleratorLost: [
    {
      series: { [device('cuda', 'cpu')]: { gauge: [0, 0, 1] }, [device('auto', 'cpu')]: { gauge: [1, 1, 1] } },
      labels: { ...MODEL, wanted: 'cuda', actual: 'cpu' },
      says: ['small wanted cuda and does not have it', '1 replicas of small wanted cuda and got cpu'],
      also: [
        {
          name: 'the model fails for want of it',
          series: { [device('cuda', 'none')]: '1x20', [failed]: '1x20' },
          atMs: 240_000,
          firing: [{ ...MODEL, wanted: 'cuda', actual: 'none' }],
        },
        {
          name: 'a replica that loads has none yet',
          series: { [device('cuda', 'none')]: '1x20', [failed]: '0x20' },
          atMs: 240_000,
          firing: [],
        },
        {
          name: 'another model that fails',
          series: { [device('cuda', 'none')]: '0x20', [failed]: '1x20' },
          atMs: 240_000,
          firing: [],
        },
      ],
    },
    {
      series: {
        [ofGpu('hw_status', { hw_state: 'failed' })]: { gauge: [0, 0, 1] },
        [ofGpu('hw_status', { hw_state: 'degraded' })]: { gauge: [0, 1, 0] },
      },
      labels: { ...GPU, device: 'failed' },
      says: ['gpu GPU-1 is gone or failed', 'The collectors saw the device before, and now it fails or is gone'],
    },
  ],
} as const satisfies Record<string, readonly Proof[]>;
