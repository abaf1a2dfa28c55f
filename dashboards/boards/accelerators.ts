import type { Panel } from '@grafana/grafana-foundation-sdk/dashboard';
import type { Tuning } from '../../alerting/rules/tuning.ts';
import {
  by,
  type Expression,
  events,
  happened,
  instrument,
  mean,
  peak,
  recording,
  trough,
  written,
} from '../panels/expression.ts';
import { lines } from '../panels/lines.ts';
import { alertPanel } from '../panels/panel.ts';
import { table } from '../panels/table.ts';
import { tile } from '../panels/tile.ts';

const BY_DEVICE = ['instance', 'hw_id'] as const;
const LEGEND = '{{hw_id}}';
export const CHOSEN_DEVICE = { hw_id: '$hw_id' } as const;
const NONE = 'no accelerator';
/** Thermal zones of the machine are no accelerators, and the memory of one is built to be hotter. */
const CORE = { ...CHOSEN_DEVICE, hw_type: 'gpu|npu', hw_sensor_location: '!memory' } as const;

/** Of two hundred devices two hundred lines would show nothing: those that reach highest in what the board shows. */
const SHOWN = 10;
const highest = (now: Expression, over: Expression): Expression =>
  written(
    `${by('max', BY_DEVICE, now).text} and on (${BY_DEVICE.join(', ')}) ` +
      `topk(${SHOWN}, ${by('max', BY_DEVICE, written(`max_over_time(${over.text}[$__range] @ end())`, over.unit)).text})`,
    now.unit,
  );

export const temperature = ({ limits: { accelerators } }: Tuning): Panel =>
  lines({
    ...alertPanel('temperature'),
    description: `The ${SHOWN} hottest devices of what is shown. The dashed line is where the mail is sent; they slow down later, by themselves.`,
    queries: [
      {
        expr: highest(peak(recording('deviceTemperature', CORE)), recording('deviceTemperature', CORE)),
        legend: LEGEND,
      },
    ],
    limit: accelerators.temperatureCelsius,
    many: true,
    noValue: NONE,
  });

export const memory = ({ limits: { accelerators } }: Tuning): Panel =>
  lines({
    ...alertPanel('deviceMemory'),
    description: `Share of the memory in use, the ${SHOWN} fullest devices of what is shown. Full is normal for a device that holds one model; beyond the dashed line nothing else fits.`,
    queries: [
      {
        expr: highest(
          peak(recording('deviceMemoryRatio', CHOSEN_DEVICE)),
          recording('deviceMemoryRatio', CHOSEN_DEVICE),
        ),
        legend: LEGEND,
      },
    ],
    limit: accelerators.memoryRatio,
    max: 1,
    many: true,
    noValue: NONE,
  });

export const busy = (): Panel =>
  lines({
    id: 100,
    title: 'How busy are the accelerators?',
    description: `Share of time in which anything ran, the ${SHOWN} busiest devices of what is shown. It says nothing of how hard: compare with power. Idle while requests wait: the way there is the bottleneck.`,
    queries: [
      {
        expr: highest(
          mean(recording('deviceBusy', { ...CHOSEN_DEVICE, hw_gpu_task: 'general' })),
          recording('deviceBusy', { ...CHOSEN_DEVICE, hw_gpu_task: 'general' }),
        ),
        legend: LEGEND,
      },
    ],
    max: 1,
    many: true,
    noValue: NONE,
  });

export const power = (): Panel =>
  lines({
    id: 101,
    title: 'How much power do the accelerators draw?',
    description: `The ${SHOWN} that draw most of what is shown. Work without power is a device that is held back.`,
    queries: [
      {
        expr: highest(mean(recording('devicePower', CHOSEN_DEVICE)), recording('devicePower', CHOSEN_DEVICE)),
        legend: LEGEND,
      },
    ],
    many: true,
    noValue: NONE,
  });

export const throttling = (): Panel =>
  lines({
    ...alertPanel('throttling'),
    description:
      'Number of devices that hold their clocks down, by reason. `idle` and power caps are by design; heat, slowdown and power brake are not, and make answers slower.',
    queries: [
      {
        expr: by('sum', ['reason'], mean(recording('deviceThrottled', CHOSEN_DEVICE))),
        legend: '{{reason}}',
      },
    ],
    named: ['idle'],
    colours: {
      ...{ applications_clocks: 'neutral', display_clock: 'neutral', sync_boost: 'neutral', sw_power_cap: 'worse' },
      ...{ hw_slowdown: 'bad', sw_thermal: 'bad', hw_thermal: 'bad', hw_power_brake: 'bad' },
    },
    stacked: true,
    noValue: NONE,
  });

export const errors = (): Panel =>
  lines({
    ...alertPanel('deviceErrors'),
    description:
      'Errors that the devices and their driver counted, by kind. One uncorrected error or XID is a reason to look; corrected ones in hundreds are memory that ends.',
    queries: [
      {
        expr: happened(by('sum', ['hw_id', 'error_type'], events(recording('deviceErrors', CHOSEN_DEVICE)))),
        legend: '{{hw_id}} {{error_type}}',
      },
    ],
    bars: true,
    stacked: true,
    noValue: 'none',
  });

export const wellness = (): Panel =>
  tile({
    id: 102,
    title: 'Are all accelerators well?',
    description:
      'Devices by state. A device that was there and vanished counts as failed; where there is none, nothing is known.',
    queries: [{ expr: by('sum', ['hw_state'], instrument('hwStatus', CHOSEN_DEVICE)), legend: '{{hw_state}}' }],
    steps: [{ colour: 'neutral' }],
    colours: { ok: 'good', degraded: 'worse', failed: 'bad' },
    noValue: NONE,
  });

export const glance = ({ limits: { accelerators } }: Tuning): Panel =>
  table({
    id: 103,
    title: 'Every accelerator now',
    description: 'A row for each device, the hottest first. Empty cells are what the device does not tell.',
    queries: [
      { expr: by('max', BY_DEVICE, instrument('temperature', CORE)), legend: 'temperature' },
      {
        expr: by('max', BY_DEVICE, instrument('gpuUtilization', { ...CHOSEN_DEVICE, hw_gpu_task: 'general' })),
        legend: 'busy',
      },
      { expr: by('max', BY_DEVICE, recording('deviceMemoryRatio', CHOSEN_DEVICE)), legend: 'memory' },
      { expr: by('max', BY_DEVICE, instrument('power', CHOSEN_DEVICE)), legend: 'power' },
      { expr: by('max', BY_DEVICE, instrument('fanSpeed', CHOSEN_DEVICE)), legend: 'fan' },
    ],
    columns: [
      { of: 'hw_id', title: 'device' },
      { of: 'instance', title: 'instance' },
      {
        of: 'temperature',
        title: 'temperature',
        steps: [{ colour: 'good' }, { from: accelerators.temperatureCelsius, colour: 'bad' }],
      },
      { of: 'busy', title: 'busy' },
      {
        of: 'memory',
        title: 'memory',
        steps: [{ colour: 'good' }, { from: accelerators.memoryRatio, colour: 'bad' }],
      },
      { of: 'power', title: 'power' },
      { of: 'fan', title: 'fan' },
    ],
    sortBy: { title: 'temperature', largestFirst: true },
    noValue: NONE,
  });

/** One of these for each chosen device: what it does, as shares of what it can, so that all share one scale. */
export const each = (): Panel => {
  const device = (expr: Expression) => by('max', [], expr);
  // Some tell the limit, others how far it is away.
  const heat = device(peak(recording('deviceTemperature', CORE))).text;
  return lines({
    id: 104,
    title: 'Device $hw_id',
    description:
      'Work, memory, power and temperature of this device as shares of what it can: of its power limit, and of the temperature at which it protects itself.',
    queries: [
      { expr: device(mean(recording('deviceBusy', { ...CHOSEN_DEVICE, hw_gpu_task: 'general' }))), legend: 'at work' },
      { expr: device(mean(recording('deviceMemoryRatio', CHOSEN_DEVICE))), legend: 'memory' },
      {
        expr: written(
          `${device(mean(recording('devicePower', CHOSEN_DEVICE))).text} / ${device(trough(recording('powerLimit', CHOSEN_DEVICE))).text}`,
          '1',
        ),
        legend: 'power',
      },
      {
        expr: written(
          `${heat} / (${by('min', [], trough(recording('temperatureLimit', CORE))).text} or ${heat} + ${by('min', [], trough(recording('temperatureMargin', CHOSEN_DEVICE))).text})`,
          '1',
        ),
        legend: 'heat',
      },
    ],
    colours: { 'at work': 'input', memory: 'output', power: 'refused', heat: 'bad' },
    repeat: { variable: 'hw_id', across: 4 },
    noValue: NONE,
  });
};
