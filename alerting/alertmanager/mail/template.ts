import type { EmailConfig } from '../../../core/config/schema.ts';
import { WORDS, type Words } from './words.ts';

/**
 * What an e-mail says, as templates of Alertmanager: `clawdbot.subject`, `.html` and `.text`. Only functions that 0.25 has,
 * whose templates know no dates and no durations: those are methods of Go's values.
 */
export const renderMailTemplates = (language: EmailConfig['language']): string => {
  const words = WORDS[language];
  return `${[
    '{{/* Rendered by clawdbot; it is written anew at every start. */}}',
    define('clawdbot.host', HOST),
    define('clawdbot.summary', SUMMARY),
    define('clawdbot.severity', severity(words)),
    define('clawdbot.automation', automation(words)),
    define('clawdbot.colour', COLOUR),
    define('clawdbot.subject', subject(words)),
    define('clawdbot.text', text(words)),
    define('clawdbot.html.alert', htmlAlert(words)),
    define('clawdbot.html', html(language, words)),
  ].join('\n')}\n`;
};

const define = (name: string, body: string): string => `{{ define "${name}" }}${body}{{ end }}`;

/** The machine, out of the URL that Alertmanager knows of itself. */
const HOST = '{{ reReplaceAll "^[a-z]+://([^:/]+).*$" "$1" .ExternalURL }}';
/** Of one alert, on one line. */
const SUMMARY = '{{ reReplaceAll "\\\\s+" " " (or .Annotations.summary .Labels.alertname) }}';
const COLOUR =
  '{{ if eq .Status "resolved" }}#1b7f4b{{ else if eq .Labels.severity "critical" }}#b3261e{{ else if eq .Labels.severity "error" }}#b54708{{ else }}#7a5c00{{ end }}';

/** Of one alert, in words; a severity of somebody else's rule as it is. */
const severity = ({ severity: { critical, error, warning }, resolved }: Words): string =>
  `{{ if eq .Status "resolved" }}${resolved}{{ else if eq .Labels.severity "critical" }}${critical}` +
  `{{ else if eq .Labels.severity "error" }}${error}{{ else if eq .Labels.severity "warning" }}${warning}` +
  '{{ else }}{{ .Labels.severity }}{{ end }}';

const automation = ({ automation: said, over, testNote }: Words): string =>
  `{{ if eq .Labels.clawdbot_test "true" }}${testNote}{{ else if eq .Status "resolved" }}${over}` +
  `{{ else if eq .Labels.action "circuit-break" }}${said['circuit-break']}` +
  `{{ else if eq .Labels.action "autoscale" }}${said.autoscale}{{ else if eq .Labels.action "page" }}${said.page}` +
  `{{ else }}${said.email}{{ end }}`;

/** The alert that stands for the message: one that fires, where any does. */
const FIRST = '{{ $first := index .Alerts 0 }}{{ range .Alerts.Firing }}{{ $first = . }}{{ end }}';

const subject = ({ test, more }: Words): string =>
  [
    FIRST,
    `{{ if eq $first.Labels.clawdbot_test "true" }}[${test}] {{ end }}`,
    '[{{ template "clawdbot.severity" $first }}] {{ template "clawdbot.summary" $first }}',
    // Of those that are over, when others still fire, the message tells inside.
    '{{ $those := .Alerts }}{{ if .Alerts.Firing }}{{ $those = .Alerts.Firing }}{{ end }}',
    `{{ with slice $those 1 }} ${more.replace('%', '{{ len . }}')}{{ end }}`,
    ' · {{ template "clawdbot.host" . }}',
  ].join('');

const FACTS = '{{ range (.Labels.Remove (stringSlice "alertname" "severity" "action" "clawdbot_test")).SortedPairs }}';
const TIME = '2006-01-02 15:04:05 MST';
const STARTED = `{{ .StartsAt.Local.Format "${TIME}" }}`;
const ENDED = `{{ .EndsAt.Local.Format "${TIME}" }}`;
const LASTED = '{{ ((.EndsAt.Sub .StartsAt).Round 1000000000).String }}';
const LINKS = ['panel', 'logs', 'runbook'] as const;
const URLS = { panel: 'dashboard_url', logs: 'logs_url', runbook: 'runbook_url' } as const;
const ACKNOWLEDGE = 'clawdbot alerts ack {{ .Labels.alertname }} --for 2h --comment "…"';

/** A message about a thousand alerts would be read by nobody, and refused for its size. */
const MOST_SHOWN = 20;
const firstOf = (alerts: string, body: string): string =>
  `{{ range $place, $alert := ${alerts} }}{{ if lt $place ${MOST_SHOWN} }}{{ with $alert }}${body}{{ end }}{{ end }}{{ end }}`;
const restOf = (alerts: string, { more }: Words): string =>
  `{{ if gt (len ${alerts}) ${MOST_SHOWN} }}${more.replace('%', `{{ len (slice ${alerts} ${MOST_SHOWN}) }}`)}: clawdbot alerts list{{ end }}`;

const text = (words: Words): string =>
  [
    firstOf('.Alerts', textAlert(words)),
    `{{ with .Alerts }}${restOf('.', words)}{{ end }}`,
    `\n${words.sentFrom} {{ template "clawdbot.host" . }}\n`,
  ].join('');

const textAlert = (words: Words): string =>
  [
    '{{ template "clawdbot.severity" . }}: {{ template "clawdbot.summary" . }}\n',
    '{{ if .Annotations.description }}\n{{ .Annotations.description }}\n{{ end }}',
    `\n${words.done}: {{ template "clawdbot.automation" . }}\n\n`,
    `${words.since}: ${STARTED}\n`,
    `{{ if eq .Status "resolved" }}${words.until}: ${ENDED}\n${words.lasted}: ${LASTED}\n{{ end }}`,
    `alert: {{ .Labels.alertname }}\n${FACTS}{{ .Name }}: {{ .Value }}\n{{ end }}`,
    ...LINKS.map((link) => `{{ with .Annotations.${URLS[link]} }}\n${words[link]}:\n{{ . }}\n{{ end }}`),
    `{{ if ne .Status "resolved" }}\n${words.acknowledge}\n  ${ACKNOWLEDGE}\n{{ end }}`,
    '\n-- \n',
  ].join('');

const FONT =
  "font-family:-apple-system,'Segoe UI',Roboto,'PingFang SC','Microsoft YaHei','Noto Sans CJK SC',sans-serif";
const LABEL = 'margin:20px 0 4px;font-size:13px;font-weight:600;color:#5f6368';
const PARAGRAPH = 'margin:0;font-size:16px;line-height:1.5;color:#202124';
const BUTTON =
  'display:block;margin:10px 0;padding:14px 16px;border-radius:8px;background:#eef2f7;color:#174ea6;font-size:16px;font-weight:600;text-align:center;text-decoration:none';
const CELL = 'padding:6px 0;font-size:14px;line-height:1.4;vertical-align:top;border-top:1px solid #eceff1';

const row = (name: string, value: string): string =>
  `<tr><td style="${CELL};padding-right:16px;color:#5f6368;white-space:nowrap">${name}</td>` +
  `<td style="${CELL};color:#202124;word-break:break-word">${value}</td></tr>`;

const htmlAlert = (words: Words): string =>
  [
    '\n<div style="margin:0 0 16px;background:#ffffff;border-radius:12px;overflow:hidden;border:1px solid #e0e3e7">',
    '<div style="padding:18px 20px;background:{{ template "clawdbot.colour" . }};color:#ffffff">',
    `<div style="font-size:14px;font-weight:600">{{ if eq .Labels.clawdbot_test "true" }}${words.test} · {{ end }}{{ template "clawdbot.severity" . }} · {{ .Labels.alertname }}</div>`,
    '<div style="margin-top:6px;font-size:20px;line-height:1.35;font-weight:700">{{ template "clawdbot.summary" . }}</div></div>',
    '<div style="padding:0 20px 20px">',
    `{{ if .Annotations.description }}<p style="${LABEL}">${words.what}</p><p style="${PARAGRAPH}">{{ .Annotations.description }}</p>{{ end }}`,
    `<p style="${LABEL}">${words.done}</p><p style="${PARAGRAPH}">{{ template "clawdbot.automation" . }}</p>`,
    '<div style="margin-top:20px">',
    ...LINKS.map(
      (link) => `{{ with .Annotations.${URLS[link]} }}<a href="{{ . }}" style="${BUTTON}">${words[link]}</a>{{ end }}`,
    ),
    `</div><p style="${LABEL}">${words.details}</p>`,
    `<table role="presentation" cellpadding="0" cellspacing="0" style="width:100%;border-collapse:collapse">${row(words.since, STARTED)}`,
    `{{ if eq .Status "resolved" }}${row(words.until, ENDED)}${row(words.lasted, LASTED)}{{ end }}`,
    `${FACTS}${row('{{ .Name }}', '{{ .Value }}')}{{ end }}</table>`,
    `{{ if ne .Status "resolved" }}<p style="${LABEL}">${words.acknowledge}</p>`,
    `<p style="margin:0;padding:10px 12px;border-radius:8px;background:#f1f3f4;color:#202124;font-family:monospace;font-size:13px;word-break:break-word">${ACKNOWLEDGE}</p>{{ end }}`,
    '</div></div>\n',
  ].join('\n');

const html = (language: string, words: Words): string =>
  [
    `<!DOCTYPE html>\n<html lang="${language}"><head><meta charset="utf-8"><meta name="viewport" content="width=device-width,initial-scale=1">`,
    '<meta name="color-scheme" content="light"><title>{{ template "clawdbot.subject" . }}</title></head>',
    `<body style="margin:0;padding:0;background:#f5f6f8;${FONT}"><div style="max-width:600px;margin:0 auto;padding:16px 12px">`,
    ...['.Alerts.Firing', '.Alerts.Resolved'].flatMap((alerts) => [
      firstOf(alerts, '{{ template "clawdbot.html.alert" . }}'),
      `{{ with ${alerts} }}<p style="${PARAGRAPH}">${restOf('.', words)}</p>{{ end }}`,
    ]),
    `<p style="margin:8px 4px;font-size:13px;color:#5f6368">${words.sentFrom} {{ template "clawdbot.host" . }}</p></div></body></html>`,
  ].join('\n');
