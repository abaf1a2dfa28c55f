import type { Expression } from './expression.ts';
import { type Matchers, selector } from './labels.ts';

/** What Prometheus and Alertmanager tell of themselves: not ours to name, so not in the catalogue. */
const FOREIGN = {
  up: { name: 'up', unit: '{target}', labels: ['job', 'instance'] },
  /** Alerts as they are: some know no instance, so boards choose them by job alone. */
  alerts: { name: 'ALERTS', unit: '{alert}', labels: ['job', 'alertname', 'alertstate', 'severity', 'action'] },
  /** Its value is the Unix time at which the condition began. */
  alertsSince: { name: 'ALERTS_FOR_STATE', unit: 's', labels: ['job', 'alertname', 'severity', 'action'] },
  samples: { name: 'scrape_samples_scraped', unit: '{sample}', labels: ['job', 'instance'] },
  scrapeTime: { name: 'scrape_duration_seconds', unit: 's', labels: ['job', 'instance'] },
  prometheusReloaded: {
    name: 'prometheus_config_last_reload_successful',
    unit: '{reload}',
    labels: ['job', 'instance'],
  },
  alertmanagerReloaded: {
    name: 'alertmanager_config_last_reload_successful',
    unit: '{reload}',
    labels: ['job', 'instance'],
  },
  ruleFailures: {
    name: 'prometheus_rule_evaluation_failures_total',
    unit: '{failure}',
    labels: ['job', 'instance'],
  },
  alertsLost: { name: 'prometheus_notifications_errors_total', unit: '{alert}', labels: ['job', 'instance'] },
  alertsDropped: { name: 'prometheus_notifications_dropped_total', unit: '{alert}', labels: ['job', 'instance'] },
  deliveryFailures: {
    name: 'alertmanager_notification_requests_failed_total',
    unit: '{request}',
    labels: ['job', 'instance', 'integration'],
  },
  deliveries: {
    name: 'alertmanager_notification_requests_total',
    unit: '{request}',
    labels: ['job', 'instance', 'integration'],
  },
} as const satisfies Record<string, { name: string; unit: string; labels: readonly string[] }>;

type ForeignKey = keyof typeof FOREIGN;

/** A series of theirs, of those jobs and instances that the board shows. */
export const foreign = <K extends ForeignKey>(
  key: K,
  matchers?: Matchers<(typeof FOREIGN)[K]['labels'][number]>,
): Expression => {
  const { name, unit, labels } = FOREIGN[key];
  return { text: `${name}${selector(labels, matchers)}`, unit };
};
