import { configSchema } from '../../core/config/schema.ts';
import type { Alert } from './entry.ts';
import { alertingRules } from './render.ts';
import { GROUPS } from './table.ts';
import { type Tuning, tuningOf } from './tuning.ts';

/** The page of every alert, with the limits that are shipped. */
export const renderAlertsPage = (): string => {
  const tuning = tuningOf(configSchema.parse({}));
  const sections = GROUPS.map(({ name, about, alerts }) =>
    [`## ${name}`, '', about, '', HEAD, ...alerts.map((alert) => renderRow(alert, tuning))].join('\n'),
  );
  const awaited = GROUPS.flatMap(({ alerts }) => alerts.filter(({ awaiting }) => awaiting !== undefined));
  return `${[INTRODUCTION, ...sections, renderAwaited(awaited)].join('\n\n')}\n`;
};

const INTRODUCTION = `# Alerts

<!-- Generated from alerting/rules/ by \`clawdbot config docs --write\`; do not edit. -->

What is watched, with the limits as they are shipped. Sections \`alerts\` and \`slo\` of the [configuration](configuration.md) change
them; \`alerts.rules.<Alert>\` turns one off or changes its times. \`clawdbot up\` renders them into the data folder when it starts
Prometheus; \`clawdbot alerts render --out DIR\` does it for another one. The runbook of each says what to do.`;

const HEAD = '| alert | tier | condition | limit | for | action |\n| --- | --- | --- | --- | --- | --- |';

const renderRow = (alert: Alert, tuning: Tuning): string => {
  const conditions = alert.when(tuning);
  const rules = alertingRules(alert, tuning);
  const cells = [
    `[${alert.name}](../alerting/runbooks/${alert.name}.md)`,
    alert.severity,
    conditions.map(({ expr }) => `\`${expr}\``).join(' / '),
    conditions.map(({ limit }) => limit).join(' / '),
    [...new Set(rules.map((rule) => rule.for))].join(' / '),
    alert.action,
  ];
  return `| ${cells.map((cell) => cell.replaceAll('|', '\\|')).join(' | ')} |`;
};

const renderAwaited = (alerts: readonly Alert[]): string =>
  [
    '## Awaiting source',
    '',
    alerts.length === 0
      ? 'None: every alert has the metrics it asks for.'
      : 'These are loaded and tested, and stay quiet until something brings their metric:',
    ...(alerts.length === 0 ? [] : ['', ...alerts.map(({ name, awaiting }) => `- ${name}: ${awaiting}`)]),
  ].join('\n');
