import type { AlertName } from '../../core/config/alert-names.ts';
import type { Alert, RuleGroup } from './entry.ts';
import { metric } from './promql.ts';
import { MINUTE, type Tuning } from './tuning.ts';

const BY_INSTANCE = 'job, instance';
const WATCHER_LOG = { view: 'app', query: 'service.name: ("clawdbot-prometheus" or "clawdbot-alertmanager")' } as const;
const ACTIONS_LOG = { view: 'app', query: 'service.name: "clawdbot-actions"' } as const;

type Words = Pick<Alert, 'summary' | 'description'>;

/** A watcher that took its new configuration badly: it goes on with the old one. */
const reloadFailed = (name: AlertName, series: string, words: Words): Alert => ({
  ...{ name, severity: 'error', action: 'email', forMs: MINUTE, panel: 'watchers', logs: WATCHER_LOG, ...words },
  when: (tuning) => [{ expr: `max by (${BY_INSTANCE}) (${series}) == 0`, limit: tuning.lasting(MINUTE) }],
});

/** Something that must not happen at all, counted over a window. */
const happened = (
  name: AlertName,
  { series, by = BY_INSTANCE, windowMs }: { readonly series: string; readonly by?: string; readonly windowMs: number },
  rest: Words & Pick<Alert, 'forMs' | 'panel' | 'logs'>,
): Alert => ({
  ...{ name, severity: 'error', action: 'email', keepFiringForMs: 5 * MINUTE, ...rest },
  when: (tuning: Tuning) => [
    { expr: `sum by (${by}) (increase(${series}[${tuning.window(windowMs)}])) >= 1`, limit: '1' },
  ],
});

/** Prometheus, Alertmanager and the actions service, about themselves. */
export const WATCHERS: RuleGroup = {
  name: 'watchers',
  about:
    'Prometheus, Alertmanager and the actions service about themselves. What stops them altogether, the Watchdog tells by its silence.',
  recordings: () => [],
  alerts: [
    reloadFailed('PrometheusReloadFailed', 'prometheus_config_last_reload_successful', {
      summary: 'Prometheus at {{ $labels.instance }} could not read its configuration',
      description:
        'It goes on with the old rules, for longer than the limit of {limit}; the next start will fail. Its log names the line; `clawdbot up` writes the file anew.',
    }),
    happened(
      'PrometheusRulesFailing',
      { series: 'prometheus_rule_evaluation_failures_total', windowMs: 5 * MINUTE },
      {
        summary: 'Prometheus at {{ $labels.instance }} cannot evaluate rules',
        description:
          '{{ $value | printf "%.0f" }} evaluations failed in five minutes; limit {limit}. The alerts of those rules are blind. Two series where one was expected are the usual cause; the log names the rule.',
        ...{ forMs: 0, panel: 'watchers', logs: WATCHER_LOG },
      },
    ),
    {
      name: 'PrometheusNotificationsFailing',
      severity: 'error',
      action: 'email',
      // A restart of Alertmanager costs a few: what goes on for minutes is no restart.
      forMs: 5 * MINUTE,
      keepFiringForMs: 5 * MINUTE,
      when: (tuning) => {
        const lost = (series: string) =>
          `sum by (${BY_INSTANCE}) (increase(${series}[${tuning.window(3 * MINUTE)}])) >= 1`;
        return [
          {
            expr: `${lost('prometheus_notifications_errors_total')} or ${lost('prometheus_notifications_dropped_total')}`,
            limit: '1',
          },
        ];
      },
      summary: 'Alerts of Prometheus at {{ $labels.instance }} do not reach an Alertmanager',
      description:
        '{{ $value | printf "%.0f" }} failed in three minutes, and it goes on; limit {limit}. Alerts arrive late or not at all. `clawdbot status` says whether Alertmanager runs.',
      panel: 'watchers',
      logs: WATCHER_LOG,
    },
    reloadFailed('AlertmanagerReloadFailed', 'alertmanager_config_last_reload_successful', {
      summary: 'Alertmanager at {{ $labels.instance }} could not read its configuration',
      description:
        'It goes on with the old routes, for longer than the limit of {limit}; the next start will fail. Its log names the line; `clawdbot up` writes the file anew.',
    }),
    {
      name: 'AlertmanagerNotificationsFailing',
      severity: 'error',
      // The mail server may be what is down: an SMS goes another way.
      action: 'page',
      // It tries again by itself; what goes on for minutes needs somebody.
      forMs: 5 * MINUTE,
      keepFiringForMs: 5 * MINUTE,
      when: (tuning) => [
        {
          expr: `sum by (${BY_INSTANCE}, integration) (increase(alertmanager_notification_requests_failed_total[${tuning.window(3 * MINUTE)}])) >= 1`,
          limit: '1',
        },
      ],
      summary: 'Alertmanager cannot deliver by {{ $labels.integration }}',
      description:
        '{{ $value | printf "%.0f" }} attempts by {{ $labels.integration }} failed in three minutes, and it goes on; limit {limit}. `email`: the mail server and its password file; `webhook`: the actions service.',
      panel: 'watchers',
      logs: WATCHER_LOG,
    },
    happened(
      'NotificationsUndelivered',
      { series: `${metric('notifications')}{outcome="undelivered"}`, windowMs: 15 * MINUTE },
      {
        summary: 'Messages to people could not be delivered by any notifier',
        description:
          '{{ $value | printf "%.0f" }} in fifteen minutes; limit {limit}. Every provider and the e-mail failed: whoever should know, does not. `clawdbot actions list` names them and what each provider answered.',
        ...{ forMs: 0, panel: 'notifications', logs: ACTIONS_LOG },
      },
    ),
    happened(
      'ActionsFailing',
      { series: `${metric('actions')}{outcome="failed"}`, windowMs: 15 * MINUTE },
      {
        summary: 'An action about an alert failed for good',
        description:
          '{{ $value | printf "%.0f" }} in fifteen minutes; limit {limit}. What should have been done by itself, was not: do it by hand. `clawdbot actions list` says which and why.',
        ...{
          forMs: 0,
          panel: 'actions',
          logs: ACTIONS_LOG,
        },
      },
    ),
    {
      name: 'ActionsDown',
      severity: 'error',
      action: 'email',
      forMs: MINUTE,
      when: (tuning) => [{ expr: 'max by (job) (up{job="clawdbot-actions"}) == 0', limit: tuning.lasting(MINUTE) }],
      summary: 'The actions service does not answer',
      description:
        'For longer than the limit of {limit}. Alertmanager keeps what it should do and sends it again; until then no SMS goes out, no capacity is added, no breaker opened.',
      panel: 'actions',
      logs: ACTIONS_LOG,
    },
    {
      name: 'BehaviourUnusual',
      severity: 'warning',
      action: 'email',
      // The detector waits for two intervals by itself, and for three quiet ones before it ends.
      forMs: 0,
      keepFiringForMs: 5 * MINUTE,
      when: () => [{ expr: `max by (${BY_INSTANCE}, signal) (${metric('anomalyRaised')}) > 0`, limit: '0' }],
      summary: 'The service behaves unusually: {{ $labels.signal }}',
      description:
        '{{ $value | printf "%.0f" }} series of {{ $labels.signal }} are far from what is usual at this hour; limit {limit}. logs/anomaly/anomaly.json says what was expected, what it was, and what else was out of the ordinary.',
      panel: 'unusual',
      logs: { view: 'anomaly', query: 'clawdbot.anomaly.metric: "{{ $labels.signal }}"' },
    },
  ],
};
