import type { Proof } from './proof.ts';
import { counted, series } from './series.ts';

const PROMETHEUS = { job: 'prometheus', instance: 'box:9090' };
const ALERTMANAGER = { job: 'alertmanager', instance: 'box:9093' };
const ACTIONS = { job: 'clawdbot-actions', instance: 'box:9900' };
const FIVE_MS = 300_000;
const QUARTER_MS = 900_000;

const ERRORS = series('prometheus_notifications_errors_total', { ...PROMETHEUS, alertmanager: 'http://box:9093' });
const DROPPED = series('prometheus_notifications_dropped_total', PROMETHEUS);
const ANOMALY = { job: 'clawdbot-anomaly', instance: 'box:9466' } as const;
const BY_MAIL = { ...ALERTMANAGER, integration: 'email' };
const UNSENT = series('alertmanager_notification_requests_failed_total', BY_MAIL);
/** Four steps are one window. */
const STEP_MS = 45_000;
/** So many in each window, on and on. */
const goingOn = (counter: string, times: number, isFiring: boolean, labels: Proof['labels'] = PROMETHEUS) => ({
  name: `${times} in three minutes of ${counter.slice(0, 32)}`,
  series: { [counter]: `1000x5 ${1000 + times / 4}+${times / 4}x20` },
  // Six samples before, four to fill the window, seven for five minutes.
  atMs: 17 * STEP_MS,
  firing: isFiring ? [labels] : [],
});

export const WATCHERS = {
  PrometheusReloadFailed: [
    {
      series: { [series('prometheus_config_last_reload_successful', PROMETHEUS)]: { gauge: [1, 1, 0] } },
      ...{ labels: PROMETHEUS, says: [] },
    },
  ],
  PrometheusRulesFailing: [
    counted({
      counter: series('prometheus_rule_evaluation_failures_total', { ...PROMETHEUS, rule_group: 'a' }),
      ...{ windowMs: FIVE_MS, labels: PROMETHEUS, says: ['2'] },
    }),
  ],
  PrometheusNotificationsFailing: [
    {
      series: { [ERRORS]: { counter: [0, 0, 1] }, [DROPPED]: { counter: [0, 0, 0] } },
      ...{ labels: PROMETHEUS, says: ['4'], stepMs: STEP_MS, warmUp: 1, settleMs: 180_000 },
      also: [
        goingOn(ERRORS, 1, true),
        goingOn(ERRORS, 0.95, false),
        goingOn(DROPPED, 1, true),
        goingOn(DROPPED, 0.95, false),
        {
          name: 'a restart of Alertmanager',
          series: { [ERRORS]: '1000x5 1001x1 1002x30' },
          atMs: 10 * STEP_MS,
          firing: [],
        },
      ],
    },
  ],
  AlertmanagerReloadFailed: [
    {
      series: { [series('alertmanager_config_last_reload_successful', ALERTMANAGER)]: { gauge: [1, 1, 0] } },
      ...{ labels: ALERTMANAGER, says: [] },
    },
  ],
  AlertmanagerNotificationsFailing: [
    {
      series: { [UNSENT]: { counter: [0, 0, 1] } },
      ...{ labels: BY_MAIL, says: ['4'], stepMs: STEP_MS, warmUp: 1, settleMs: 180_000 },
      also: [
        goingOn(UNSENT, 1, true, BY_MAIL),
        goingOn(UNSENT, 0.95, false, BY_MAIL),
        {
          name: 'one that was sent a little later',
          series: { [UNSENT]: '1000x5 1001x30' },
          atMs: 10 * STEP_MS,
          firing: [],
        },
      ],
    },
  ],
  NotificationsUndelivered: [
    counted({
      counter: series('clawdbot_notifications_total', { ...ACTIONS, notifier: 'every', outcome: 'undelivered' }),
      ...{ windowMs: QUARTER_MS, labels: ACTIONS, says: ['2'] },
    }),
  ],
  ActionsFailing: [
    counted({
      counter: series('clawdbot_actions_total', { ...ACTIONS, action: 'scale', outcome: 'failed' }),
      ...{ windowMs: QUARTER_MS, labels: ACTIONS, says: ['2'] },
    }),
  ],
  ActionsDown: [
    { series: { [series('up', ACTIONS)]: { gauge: [1, 1, 0] } }, labels: { job: 'clawdbot-actions' }, says: [] },
  ],
  BehaviourUnusual: [
    {
      series: { [series('clawdbot_anomaly_raised', { ...ANOMALY, signal: 'errors' })]: { gauge: [0, 0, 1] } },
      labels: { ...ANOMALY, signal: 'errors' },
      says: ['1'],
      stepMs: 60_000,
      also: [
        {
          name: 'one signal of two',
          series: {
            [series('clawdbot_anomaly_raised', { ...ANOMALY, signal: 'errors' })]: '0x20',
            [series('clawdbot_anomaly_raised', { ...ANOMALY, signal: 'traffic' })]: '2x20',
          },
          atMs: 600_000,
          firing: [{ ...ANOMALY, signal: 'traffic' }],
        },
        { name: 'no detector', series: {}, atMs: 600_000, firing: [] },
      ],
    },
  ],
} as const satisfies Record<string, readonly Proof[]>;
