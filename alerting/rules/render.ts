import { stringify } from 'yaml';
import { logsUrl, panelUrl, runbookUrl } from '../links.ts';
import type { Alert, Condition, RuleGroup } from './entry.ts';
import { GROUPS } from './table.ts';
import { duration, type RuleConfig, type Tuning, tuningOf } from './tuning.ts';

/** An alerting rule as Prometheus reads it. */
export interface AlertingRule {
  readonly alert: string;
  readonly expr: string;
  readonly for: string;
  readonly keep_firing_for?: string;
  readonly labels: Readonly<Record<string, string>>;
  readonly annotations: Readonly<Record<string, string>>;
}

/** The rule files of a configuration, by name. */
export const renderRules = (config: RuleConfig): Readonly<Record<string, string>> => {
  const tuning = tuningOf(config);
  return Object.fromEntries(GROUPS.map((group) => [`${group.name}.yml`, renderGroup(group, tuning)]));
};

const renderGroup = (group: RuleGroup, tuning: Tuning): string => {
  const rules = [...group.recordings(tuning), ...group.alerts.flatMap((alert) => alertingRules(alert, tuning))];
  const interval = group.everyMs === undefined ? {} : { interval: tuning.window(group.everyMs) };
  const text = stringify({ groups: [{ name: `clawdbot.${group.name}`, ...interval, rules }] }, { lineWidth: 0 });
  return `# ${group.about}\n# Rendered from alerting/rules/${group.name}.ts by \`clawdbot alerts render\`; do not edit.\n${text}`;
};

/** What one alert becomes: a rule for each of its conditions; none where the configuration turns it off. */
export const alertingRules = (alert: Alert, tuning: Tuning): readonly AlertingRule[] => {
  const change = tuning.limits.rules[alert.name];
  if (change?.enabled === false) return [];
  const { severity, action, keepFiringForMs = 0 } = alert;
  return alert.when(tuning).map((condition) => ({
    alert: alert.name,
    expr: condition.expr,
    for: holds(tuning, change?.forMs, condition.forMs ?? alert.forMs),
    ...keeps(holds(tuning, change?.keepFiringForMs, keepFiringForMs)),
    labels: { severity, action, ...condition.labels },
    annotations: annotate(alert, condition, tuning),
  }));
};

/** A time that the operator wrote is taken as it is. */
const holds = (tuning: Tuning, written: number | undefined, shipped: number): string =>
  written === undefined ? tuning.lasting(shipped) : duration(written);

const keeps = (time: string) => (time === '0s' ? {} : { keep_firing_for: time });

const annotate = (alert: Alert, condition: Condition, tuning: Tuning) => {
  const { name, summary, description, panel, logs, annotations } = alert;
  const { grafana, kibana, runbooks } = tuning.limits.links;
  return {
    summary: written(summary, condition),
    description: written(description, condition),
    dashboard_url: panelUrl(grafana, panel),
    logs_url: logsUrl(kibana, logs),
    runbook_url: runbookUrl(runbooks, name),
    ...annotations,
  };
};

/** The limit, and labels that only this rule adds: Prometheus does not know those when it fills a text in. */
const written = (text: string, { limit, labels = {} }: Condition): string =>
  Object.entries({ ...labels }).reduce(
    (filled, [label, value]) => filled.replaceAll(`{{ $labels.${label} }}`, value),
    text.replaceAll('{limit}', limit),
  );
