/**
 * Series that are not ours and that boards and alerts read all the same, with their units: what Prometheus makes of every
 * scrape, and what Prometheus and Alertmanager say of themselves. The proof against real ones finds a name that is none.
 */
export const BESIDE: Readonly<Record<string, string>> = {
  up: '{target}',
  ALERTS: '{alert}',
  ALERTS_FOR_STATE: 's',
  scrape_duration_seconds: 's',
  scrape_samples_scraped: '{sample}',
  scrape_series_added: '{series}',
  prometheus_config_last_reload_successful: '{configuration}',
  prometheus_rule_evaluation_failures_total: '{failure}',
  prometheus_notifications_errors_total: '{alert}',
  prometheus_notifications_dropped_total: '{alert}',
  alertmanager_config_last_reload_successful: '{configuration}',
  alertmanager_notification_requests_failed_total: '{request}',
};
