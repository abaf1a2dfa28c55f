import type { Dashboard, Panel } from '@grafana/grafana-foundation-sdk/dashboard';
import { FAST } from '../../alerting/rules/slo.ts';
import type { Tuning } from '../../alerting/rules/tuning.ts';
import { by, events, happened, mean, recording, written } from '../panels/expression.ts';
import { foreign } from '../panels/foreign.ts';
import { lay } from '../panels/grid.ts';
import { lines } from '../panels/lines.ts';
import { alertPanel } from '../panels/panel.ts';
import { percentiles } from '../panels/percentiles.ts';
import { table } from '../panels/table.ts';
import { board } from './board.ts';
import { clicked, toLogs } from './logs-link.ts';
import { availability, budgetLeft, limits } from './pulse.ts';

const outcomes = (): Panel =>
  lines({
    ...alertPanel('outcomes'),
    description:
      'Requests a second by how they ended; together they are the load. Anything but green is somebody without a whole answer: a click leads to the log lines.',
    queries: [{ expr: by('sum', ['outcome'], mean(recording('requestRate'))), legend: '{{outcome}}' }],
    named: ['ok', 'degraded', 'error', 'timeout', 'rejected', 'cancelled'],
    stacked: true,
    links: [toLogs('Log lines of these requests', `labels.outcome:"${clicked('outcome')}"`)],
    noValue: 'no requests',
  });

const answers = (): Panel =>
  lines({
    id: 103,
    title: 'How long do answers take?',
    description:
      'From accepting a request to its last byte. P99 far above P50: a few suffer; all three up: everybody does.',
    queries: percentiles(recording('answerSpread')),
    noValue: 'no requests',
  });

const firstTokens = (tuning: Tuning): Panel =>
  lines({
    id: 104,
    title: 'How long until answers begin?',
    description:
      'From accepting a request to its first token. What the promise of latency counts; the dashed line is the time it promises.',
    queries: percentiles(recording('firstTokenSpread')),
    limit: tuning.slo.latency.firstTokenMs / 1000,
    noValue: 'no requests',
  });

const timeouts = ({ limits: { requests } }: Tuning): Panel =>
  lines({
    ...alertPanel('timeouts'),
    description:
      'Share of the requests of five minutes that ran into their time limit; beyond the dashed line capacity is added.',
    queries: [{ expr: by('max', [], mean(recording('timeoutRatio'))), legend: 'timeout' }],
    limit: requests.timeoutRatio,
    links: [toLogs('Log lines of time-outs', 'labels.outcome:"timeout"')],
    noValue: 'no requests',
  });

const tokens = (): Panel =>
  lines({
    id: 105,
    title: 'Tokens a second',
    description: 'Prompt tokens read and answer tokens written. Requests without output tokens: engines hang or fail.',
    queries: [
      { expr: by('sum', ['gen_ai_token_type'], mean(recording('tokenRate'))), legend: '{{gen_ai_token_type}}' },
    ],
    named: ['input', 'output'],
    noValue: 'no tokens',
  });

const burn = (of: 'availability' | 'latency', description: string, budget: number): Panel =>
  lines({
    ...alertPanel(of === 'availability' ? 'availabilityBudget' : 'latencyBudget'),
    description,
    queries: (
      [
        [of === 'availability' ? 'failedIn1h' : 'lateIn1h', 'last hour'],
        [of === 'availability' ? 'failedIn6h' : 'lateIn6h', 'last 6 hours'],
      ] as const
    ).map(([key, legend]) => ({ expr: by('max', [], mean(recording(key))), legend })),
    limit: FAST.map(({ factor }) => factor * budget),
    noValue: 'no requests',
  });

const firing = (): Panel =>
  table({
    id: 106,
    title: 'Which alerts fire, and since when?',
    description:
      'Every alert that fires now, the oldest first: that is mostly the cause, later ones its effects. Its runbook is `alerting/runbooks/<alert>.md`.',
    queries: [
      {
        // Milliseconds, as Grafana reads a time.
        expr: written(
          `1000 * ${foreign('alertsSince', { severity: 'warning|error|critical' }).text} and ignoring (alertstate) ${foreign('alerts', { alertstate: 'firing' }).text}`,
          'ms since 1970',
        ),
        legend: 'since',
      },
    ],
    columns: [
      { of: 'since', title: 'since' },
      { of: 'alertname', title: 'alert' },
      { of: 'severity', title: 'severity' },
      { of: 'action', title: 'action' },
      { of: 'instance', title: 'instance' },
      { of: 'gen_ai_request_model', title: 'model' },
      { of: 'hw_id', title: 'device' },
    ],
    sortBy: { title: 'since', largestFirst: false },
    noValue: 'none fires',
  });

const automation = (): Panel =>
  lines({
    id: 107,
    title: 'What was done by itself?',
    description:
      'Decisions of the actions service about alerts: capacity added or taken away, breakers opened, people told. `failed` has to be done by hand.',
    queries: [
      {
        expr: happened(
          by('sum', ['action', 'outcome'], events(recording('actionsTaken', { outcome: 'done|failed|retry|dry_run' }))),
        ),
        legend: '{{action}} {{outcome}}',
      },
    ],
    bars: true,
    stacked: true,
    byEnding: ['done', 'failed', 'retry', 'dry_run'],
    links: [
      toLogs('Log lines of these decisions', `event.action:"action.decided" AND labels.action:"${clicked('action')}"`),
    ],
    noValue: 'nothing was done',
  });

/** Is it well? One screen for whoever was woken up. */
export const overview = (tuning: Tuning): Dashboard => {
  const { slo } = tuning;
  return board({
    key: 'overview',
    description: 'Do users suffer, since when, why, and what was already done about it?',
    panels: lay([
      {
        height: 5,
        panels: [
          { width: 9, panel: availability() },
          {
            width: 3,
            panel: budgetLeft(
              100,
              'availability',
              'Availability budget left',
              `${slo.availability.target * 100} % of requests end well`,
            ),
          },
          {
            width: 3,
            panel: budgetLeft(101, 'latency', 'Latency budget left', `${slo.latency.target * 100} % begin in time`),
          },
          { width: 9, panel: limits() },
        ],
      },
      {
        height: 7,
        panels: [
          { width: 8, panel: outcomes() },
          { width: 8, panel: answers() },
          { width: 8, panel: firstTokens(tuning) },
        ],
      },
      {
        height: 6,
        panels: [
          { width: 6, panel: timeouts(tuning) },
          { width: 6, panel: tokens() },
          {
            width: 6,
            panel: burn(
              'availability',
              'Share of requests that failed or timed out. An hour above the upper line, or six above the lower, and the budget of 30 days is gone within days: somebody is called.',
              1 - slo.availability.target,
            ),
          },
          {
            width: 6,
            panel: burn(
              'latency',
              'Share of first tokens that came later than promised. An hour above the upper line, or six above the lower, and the budget of 30 days is gone within days.',
              1 - slo.latency.target,
            ),
          },
        ],
      },
      {
        height: 6,
        panels: [
          { width: 13, panel: firing() },
          { width: 11, panel: automation() },
        ],
      },
    ]),
  });
};
