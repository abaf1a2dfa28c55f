import type { Panel } from '@grafana/grafana-foundation-sdk/dashboard';
import type { Tuning } from '../../alerting/rules/tuning.ts';
import { by, events, instrument, mean, peak, recording, written } from '../panels/expression.ts';
import { lines } from '../panels/lines.ts';
import { alertPanel } from '../panels/panel.ts';

const PROCESS = 'clawdbot_process';
const BY_PROCESS = '{{clawdbot_process}}';

export const processors = (): Panel =>
  lines({
    id: 105,
    title: 'What do the processors do?',
    description:
      'Share of the processors of the machine by what they did. Much `iowait`: a disk; much `steal`: another tenant of the machine.',
    queries: [
      { expr: by('avg', ['cpu_mode'], mean(recording('cpuBusy', { cpu_mode: '!idle' }))), legend: '{{cpu_mode}}' },
    ],
    max: 1,
    stacked: true,
  });

export const memoryUse = (): Panel =>
  lines({
    id: 106,
    title: 'What is the memory used for?',
    description:
      'Memory of the machine by use; together it is all there is. `cached` is given back when somebody needs it.',
    queries: [
      { expr: by('sum', ['system_memory_state'], mean(recording('memoryUse'))), legend: '{{system_memory_state}}' },
    ],
    named: ['used', 'free', 'cached', 'buffers'],
    colours: { used: 'refused', cached: 'good' },
    stacked: true,
  });

export const waiting = ({ limits: { host } }: Tuning): Panel =>
  lines({
    ...alertPanel('memory'),
    description:
      'Share of the time in which everything that wants to run waits for memory, on the whole machine and in our control groups. Beyond the dashed line a kill is near.',
    queries: [
      { expr: by('max', ['instance'], mean(recording('hostMemoryStalled'))), legend: 'machine {{instance}}' },
      { expr: by('max', [PROCESS], mean(recording('cgroupMemoryStalled'))), legend: BY_PROCESS },
    ],
    limit: host.memoryStalledRatio,
    noValue: 'the kernel does not tell',
  });

export const disks = ({ limits: { host } }: Tuning): Panel =>
  lines({
    ...alertPanel('disk'),
    description:
      'Share of the disks that hold our folders that is used. Full, and jobs, audit trail and logs cannot be written.',
    queries: [
      { expr: by('max', ['instance', 'place'], mean(recording('diskRatio'))), legend: '{{place}} {{instance}}' },
    ],
    limit: host.diskRatio,
    max: 1,
  });

export const throttled = ({ limits: { host } }: Tuning): Panel =>
  lines({
    ...alertPanel('throttledCpu'),
    description: 'Seconds a second for which threads of our control groups stood still because of a processor limit.',
    queries: [{ expr: by('max', [PROCESS], mean(recording('cgroupThrottled'))), legend: BY_PROCESS }],
    limit: host.throttledRatio,
    noValue: 'no limit is set',
  });

export const clocks = ({ limits: { host } }: Tuning): Panel =>
  lines({
    ...alertPanel('clock'),
    description:
      'How far the clock of each machine is from that of Prometheus. Beyond the dashed line tokens are refused and times in logs mislead.',
    queries: [
      {
        expr: written(
          `abs(max by (instance) (${instrument('pluginLastSuccess').text} - timestamp(${instrument('pluginLastSuccess').text})))`,
          's',
        ),
        legend: '{{instance}}',
      },
    ],
    limit: host.clockSkewMs / 1000,
  });

export const processCpu = (): Panel =>
  lines({
    id: 107,
    title: 'Which process uses the processors?',
    description: 'Processors that each kind of process of ours uses: 2 are two whole ones.',
    queries: [
      { expr: by('sum', [PROCESS], mean(recording('processCpuRate', { [PROCESS]: '.+' }))), legend: BY_PROCESS },
    ],
    stacked: true,
  });

export const processMemory = (): Panel =>
  lines({
    id: 108,
    title: 'Which process uses the memory?',
    description:
      'Physical memory of each kind of process of ours, the largest of each. A line that climbs for days is a leak.',
    queries: [
      { expr: by('max', [PROCESS], peak(recording('processMemory', { [PROCESS]: '.+' }))), legend: BY_PROCESS },
    ],
    many: true,
  });

export const diskIo = (): Panel =>
  lines({
    id: 109,
    title: 'How much goes to and from the disks?',
    description:
      'Bytes read and written. Reads for hours while a model answers: it does not fit into memory and is read again and again.',
    queries: [
      { expr: by('sum', ['disk_io_direction'], mean(recording('diskIoRate'))), legend: '{{disk_io_direction}}' },
    ],
    named: ['read', 'write'],
  });

export const networkIo = (): Panel =>
  lines({
    id: 110,
    title: 'How much goes through the network?',
    description: 'Bytes received and sent by all interfaces but the loopback and those of containers.',
    queries: [
      {
        expr: by('sum', ['network_io_direction'], mean(recording('networkIoRate'))),
        legend: '{{network_io_direction}}',
      },
    ],
    named: ['receive', 'transmit'],
  });

export const pressure = (): Panel =>
  lines({
    id: 111,
    title: 'What does the machine wait for?',
    description:
      'Share of the time in which at least one busy thread waited for a resource (pressure stall information).',
    queries: [
      { expr: by('max', ['resource'], mean(recording('pressureRate', { kind: 'some' }))), legend: '{{resource}}' },
    ],
    noValue: 'the kernel does not tell',
  });

export const swapping = (): Panel =>
  lines({
    id: 112,
    title: 'Is memory swapped?',
    description: 'Pages swapped in and out a second. In, while requests run: answers wait for the disk.',
    queries: [
      {
        expr: by('sum', ['system_paging_direction'], mean(recording('swapRate'))),
        legend: '{{system_paging_direction}}',
      },
    ],
    named: ['in', 'out'],
  });

export const kills = (): Panel =>
  lines({
    id: 113,
    title: 'Was anything killed for lack of memory?',
    description:
      'Processes that the kernel killed because memory ran out: of anybody on the machine, and in our control groups.',
    queries: [
      { expr: by('sum', ['instance'], events(recording('oomKills'))), legend: 'machine {{instance}}' },
      { expr: by('sum', [PROCESS], events(recording('cgroupOomKills'))), legend: BY_PROCESS },
    ],
    bars: true,
    stacked: true,
  });
