import type { Dashboard, Panel } from '@grafana/grafana-foundation-sdk/dashboard';
import type { Tuning } from '../../alerting/rules/tuning.ts';
import { by, events, happened, mean, peak, quantile, recording, written } from '../panels/expression.ts';
import { lay } from '../panels/grid.ts';
import { lines } from '../panels/lines.ts';
import { alertPanel } from '../panels/panel.ts';
import { states } from '../panels/states.ts';
import { table } from '../panels/table.ts';
import { board } from './board.ts';
import { clicked, toLogs } from './logs-link.ts';
import * as watchers from './watchers.ts';

/** The number of a severity, so that a band has the colour of the worst. */
const SEVERITIES = { warning: 1, error: 2, critical: 3 } as const;

const history = (): Panel =>
  states({
    id: 100,
    title: 'Which alerts fired, and when?',
    description:
      'A band for each alert that fired in what is shown, from its beginning to its end. The first of several that overlap is mostly the cause.',
    queries: [
      {
        expr: written(
          Object.entries(SEVERITIES)
            .map(
              ([severity, number]) =>
                `${number} * clamp_max(max by (alertname) (${recording('firing', { severity }).text}), 1)`,
            )
            .join(' or '),
          '{severity}',
        ),
        legend: '{{alertname}}',
      },
    ],
    states: {
      1: { text: 'warning', colour: 'worse' },
      2: { text: 'error', colour: 'bad' },
      3: { text: 'critical', colour: 'bad' },
    },
    noValue: 'none fired',
  });

const noise = (): Panel => {
  const fired = `max by (alertname, severity) (${recording('firing').text})`;
  const of = 'sum by (alertname, severity)';
  return table({
    id: 101,
    title: 'Which alerts are noise?',
    description:
      'Every alert that fired in what is shown: how often it began, and for how many minutes it fired in all. Often and briefly: its limit or its `for` is too tight. Rarely: keep it.',
    queries: [
      {
        expr: written(
          `${of} (count_over_time((${fired} unless ${fired.replace(/\}/, '} offset 1m')})[$__range:1m]))`,
          '{beginning}',
        ),
        legend: 'times',
      },
      { expr: written(`${of} (count_over_time((${fired})[$__range:1m]))`, '{minute}'), legend: 'minutes' },
    ],
    columns: [
      { of: 'alertname', title: 'alert' },
      { of: 'severity', title: 'severity' },
      { of: 'times', title: 'times' },
      { of: 'minutes', title: 'minutes' },
    ],
    sortBy: { title: 'times', largestFirst: true },
    noValue: 'none fired',
  });
};

const timeToAct = (): Panel =>
  lines({
    id: 102,
    title: 'How long until something is done?',
    description:
      'Time from the firing of an alert until an action about it was done, for 95 of 100 since the actions service started, by action. Alertmanager waits a little to gather; what is longer had to be repeated.',
    queries: [{ expr: quantile(0.95, ['action'], mean(recording('actionDelay'))), legend: '{{action}}' }],
    noValue: 'nothing was done',
  });

const actions = (): Panel =>
  lines({
    ...alertPanel('actions'),
    description:
      'Decisions about alerts by action and outcome. `failed` is for good: it has to be done by hand. `nothing` and `dry_run` are decisions too.',
    queries: [
      {
        expr: happened(by('sum', ['action', 'outcome'], events(recording('actionsTaken')))),
        legend: '{{action}} {{outcome}}',
      },
    ],
    byEnding: ['done', 'nothing', 'dry_run', 'retry', 'failed'],
    bars: true,
    stacked: true,
    links: [
      toLogs('Log lines of this action', `event.action:"action.decided" AND labels.action:"${clicked('action')}"`),
    ],
    noValue: 'none',
  });

const notifications = (): Panel =>
  lines({
    ...alertPanel('notifications'),
    description:
      'Messages to people by notifier and by what became of them. `undelivered`: whoever should know, does not.',
    queries: [
      {
        expr: happened(by('sum', ['notifier', 'outcome'], events(recording('notifications')))),
        legend: '{{notifier}} {{outcome}}',
      },
    ],
    byEnding: ['delivered', 'rejected', 'undelivered'],
    bars: true,
    stacked: true,
    noValue: 'none',
  });

const pending = (): Panel =>
  lines({
    id: 103,
    title: 'What is still to be done?',
    description:
      'Tasks that were taken on and have no outcome yet, by action. A few for moments are normal; a line that stays is an action that cannot be done.',
    queries: [{ expr: by('sum', ['action'], peak(recording('actionsPending'))), legend: '{{action}}' }],
    stacked: true,
  });

const webhooks = (): Panel =>
  lines({
    id: 104,
    title: 'Do alerts reach the actions service?',
    description:
      'Webhooks of Alertmanager by what became of them. `failed` and `busy` are sent again; `unauthorized` never arrives: its token.',
    queries: [{ expr: happened(by('sum', ['outcome'], events(recording('webhooks')))), legend: '{{outcome}}' }],
    named: ['accepted', 'failed'],
    bars: true,
    stacked: true,
    noValue: 'none',
  });

/** Do alerts come, are they worth it, and is something done? */
export const alerts = (tuning: Tuning): Dashboard =>
  board({
    key: 'alerts',
    description: 'What fired, how soon was something done, is any of it noise, and would an alert arrive at all?',
    panels: lay(
      [
        {
          height: 8,
          panels: [
            { width: 14, panel: history() },
            { width: 10, panel: noise() },
          ],
        },
        {
          height: 7,
          panels: [
            { width: 8, panel: timeToAct() },
            { width: 8, panel: actions() },
            { width: 8, panel: notifications() },
          ],
        },
      ],
      [
        {
          title: 'Would an alert arrive?',
          bands: [
            {
              height: 7,
              panels: [
                { width: 6, panel: watchers.watchdog() },
                { width: 9, panel: watchers.works() },
                { width: 9, panel: watchers.readers() },
              ],
            },
            {
              height: 7,
              panels: [
                { width: 9, panel: watchers.scrapes(tuning) },
                { width: 9, panel: watchers.pages() },
                { width: 6, panel: watchers.scrapeToken() },
              ],
            },
          ],
        },
        {
          title: 'Details of actions',
          collapsed: true,
          bands: [
            {
              height: 7,
              panels: [
                { width: 12, panel: pending() },
                { width: 12, panel: webhooks() },
              ],
            },
          ],
        },
      ],
    ),
  });
