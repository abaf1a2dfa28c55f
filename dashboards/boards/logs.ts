import type { Dashboard, Panel } from '@grafana/grafana-foundation-sdk/dashboard';
import type { Tuning } from '../../alerting/rules/tuning.ts';
import { RAISE } from '../../elk/anomaly/detect/alarm.ts';
import { by, events, happened, peak, recording } from '../panels/expression.ts';
import { lay } from '../panels/grid.ts';
import { lines } from '../panels/lines.ts';
import { alertPanel } from '../panels/panel.ts';
import { logLines, volume } from '../panels/searches.ts';
import { board } from './board.ts';
import { QUERY } from './logs-link.ts';

/** What the reader searches for; links from other boards set it. */
const SEARCH = `$${QUERY}`;

const levels = (): Panel =>
  volume({
    id: 100,
    title: 'How much is written, and how bad is it?',
    description:
      'Lines that the search finds, by level. A wall of errors has one cause mostly: its code stands beside.',
    query: SEARCH,
    field: 'log.level',
    named: ['debug', 'info', 'warn', 'error', 'fatal'],
  });

const codes = (): Panel =>
  volume({
    id: 101,
    title: 'Which errors are there?',
    description:
      'Lines with a code of an error that the search finds, by code; `docs/errors.md` says what each means and what to do.',
    query: `(${SEARCH}) AND error.code:*`,
    field: 'error.code',
  });

const outcomes = (): Panel =>
  volume({
    id: 102,
    title: 'How did these requests end?',
    description: 'Lines of the access log that the search finds, by how the request ended.',
    query: `(${SEARCH}) AND labels.outcome:* AND data_stream.dataset:"clawdbot.access"`,
    field: 'labels.outcome',
    named: ['ok', 'degraded', 'error', 'timeout', 'rejected', 'cancelled'],
  });

const found = (): Panel =>
  logLines({
    id: 103,
    title: 'Log lines',
    description:
      'What the search finds, the newest first. A line opens to all its fields; `trace.id` leads to all lines of one request.',
    query: SEARCH,
  });

const lost = (): Panel =>
  lines({
    ...alertPanel('logs'),
    description:
      'Lines that a process could not write to its files, by stream, and spans and records that the OpenTelemetry collector never got, by signal.',
    queries: [
      { expr: happened(by('sum', ['stream'], events(recording('logDrops')))), legend: 'line of {{stream}}' },
      { expr: happened(by('sum', ['signal'], events(recording('otlpDrops')))), legend: '{{signal}} by OTLP' },
    ],
    bars: true,
    stacked: true,
    noValue: 'none',
  });

const lag = ({ limits }: Tuning): Panel =>
  lines({
    ...alertPanel('logLag'),
    description:
      'How long the oldest line that each stage holds has waited. It climbs steadily while the store does not answer; nothing is lost while the queue has room.',
    queries: [{ expr: by('max', ['stage'], peak(recording('logLag'))), legend: '{{stage}}' }],
    limit: limits.telemetry.logLagMs / 1000,
    noValue: 'no pipeline is read',
  });

const refused = (): Panel =>
  lines({
    ...alertPanel('logRefusals'),
    description:
      'Events that the store refused and that were set aside as dead letters, or lost, by stage. Mostly a field of another type than its mapping.',
    queries: [
      {
        expr: happened(
          by('sum', ['stage', 'outcome'], events(recording('logEvents', { outcome: 'dead_letter|lost' }))),
        ),
        legend: '{{stage}} {{outcome}}',
      },
    ],
    bars: true,
    stacked: true,
    noValue: 'none',
  });

const unusual = (): Panel =>
  lines({
    ...alertPanel('unusual'),
    description:
      'How far each signal is from what is usual at this hour, in standard deviations. Two intervals in a row beyond the dashed line are raised, three below half of it end it; Discover has the documents.',
    queries: [
      { expr: by('max', ['signal', 'window'], peak(recording('anomalyScore'))), legend: '{{signal}}, {{window}}' },
    ],
    limit: RAISE.score,
    noValue: 'nothing is known yet',
  });

const passed = (): Panel =>
  lines({
    id: 104,
    title: 'How many events pass each stage?',
    description:
      'Events that each stage read (`received`) and passed on (`delivered`) in each step. Where the two part, that stage holds them.',
    queries: [
      {
        expr: by('sum', ['stage', 'outcome'], events(recording('logEvents', { outcome: 'received|delivered' }))),
        legend: '{{stage}} {{outcome}}',
      },
    ],
    noValue: 'no pipeline is read',
  });

const queues = (): Panel =>
  lines({
    id: 105,
    title: 'How full are the queues of the pipeline?',
    description:
      'Share of the queue of each stage, and of its room for dead letters, that is taken. Full: the stage before it waits, and at last the files.',
    queries: [
      { expr: by('max', ['stage'], peak(recording('queueUsage'))), legend: 'queue of {{stage}}' },
      { expr: by('max', ['stage'], peak(recording('deadLettersUsage'))), legend: 'dead letters of {{stage}}' },
    ],
    max: 1,
    noValue: 'not told',
  });

const waiting = (): Panel =>
  lines({
    id: 106,
    title: 'How many events wait in each stage?',
    description: 'Events that each stage has read and not yet passed on.',
    queries: [{ expr: by('sum', ['stage'], peak(recording('eventsWaiting'))), legend: '{{stage}}' }],
    noValue: 'no pipeline is read',
  });

/** What do the logs say, and can they be trusted? */
export const logs = (tuning: Tuning): Dashboard =>
  board({
    key: 'logs',
    description: 'What do the logs say of it, and does every line arrive?',
    searches: true,
    panels: lay(
      [
        {
          height: 7,
          panels: [
            { width: 8, panel: levels() },
            { width: 8, panel: codes() },
            { width: 8, panel: outcomes() },
          ],
        },
        { height: 14, panels: [{ width: 24, panel: found() }] },
      ],
      [
        {
          title: 'Does every line arrive?',
          bands: [
            {
              height: 7,
              panels: [
                { width: 8, panel: lost() },
                { width: 8, panel: lag(tuning) },
                { width: 8, panel: refused() },
              ],
            },
          ],
        },
        { title: 'Is it as usual?', bands: [{ height: 7, panels: [{ width: 24, panel: unusual() }] }] },
        {
          title: 'Stages of the pipeline',
          collapsed: true,
          bands: [
            {
              height: 7,
              panels: [
                { width: 8, panel: passed() },
                { width: 8, panel: waiting() },
                { width: 8, panel: queues() },
              ],
            },
          ],
        },
      ],
    ),
  });
