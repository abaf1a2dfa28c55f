import type { Panel } from '@grafana/grafana-foundation-sdk/dashboard';
import { by, events, happened, instrument, peak, recording, trough, written } from '../panels/expression.ts';
import { lines } from '../panels/lines.ts';
import { tile } from '../panels/tile.ts';

const PROCESS = 'clawdbot_process';

export const processes = (): Panel =>
  lines({
    id: 105,
    title: 'Which processes were replaced?',
    description: 'Processes of ours that took the place of one that ended, by kind, for whatever reason.',
    queries: [
      { expr: happened(by('sum', [PROCESS], events(recording('processRestarts')))), legend: '{{clawdbot_process}}' },
    ],
    bars: true,
    stacked: true,
    noValue: 'none',
  });

export const uptime = (): Panel =>
  tile({
    id: 106,
    title: 'Since when do the processes run?',
    description: 'The youngest process of each kind. Minutes where the others have days: that one was replaced.',
    queries: [
      {
        expr: by('min', [PROCESS], instrument('processUptime', { [PROCESS]: '!other' })),
        legend: '{{clawdbot_process}}',
      },
    ],
    steps: [{ colour: 'neutral' }],
  });

export const eventLoops = (): Panel =>
  lines({
    id: 107,
    title: 'Do the event loops turn?',
    description:
      'How late 99 of 100 turns of each process came. Tenths of a second: something computes where it should only pass on, and everybody waits.',
    queries: [{ expr: by('max', ['job'], peak(recording('eventLoopDelay'))), legend: '{{job}}' }],
  });

export const heaps = (): Panel =>
  lines({
    id: 108,
    title: 'How full are the heaps?',
    description:
      'Share of the heap of JavaScript of each process that is used. One that only climbs ends with the process.',
    queries: [
      {
        expr: written(
          `max by (job) (${peak(recording('heapUsed')).text}) / min by (job) (${trough(recording('heapLimit')).text})`,
          '1',
        ),
        legend: '{{job}}',
      },
    ],
    max: 1,
  });
