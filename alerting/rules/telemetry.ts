import type { RuleGroup } from './entry.ts';
import { COLLECTORS, metric, number, percent, seconds } from './promql.ts';
import { PROBED_READY, UNSCRAPED } from './tiers.ts';
import { MINUTE } from './tuning.ts';

/** Seconds since 1970, of the evaluation that an alert comes from. */
const EVALUATED_AT = 'evaluated_at';
const BY_INSTANCE = 'job, instance';

/** How the measuring itself does: what every other alert rests on. */
export const TELEMETRY: RuleGroup = {
  name: 'telemetry',
  about: 'How the measuring itself does: what every other alert rests on.',
  recordings: () => [],
  alerts: [
    {
      name: 'Watchdog',
      severity: 'none',
      action: 'heartbeat',
      forMs: 0,
      when: () => [{ expr: 'vector(time())', limit: 'none' }],
      summary: 'Prometheus evaluates rules and reaches Alertmanager',
      description: 'Fires always. Whoever waits for it raises the alarm when it stops coming.',
      // Alertmanager repeats it for minutes after Prometheus has ended: whoever waits must see that it was said anew.
      annotations: { [EVALUATED_AT]: '{{ $value | printf "%.0f" }}' },
      panel: 'watchdog',
      logs: { view: 'app', query: 'service.name: ("clawdbot-prometheus" or "clawdbot-alertmanager")' },
    },
    {
      name: 'ScrapeTokenExpiring',
      severity: 'warning',
      action: 'email',
      forMs: MINUTE,
      // Renewed at half of its life; two thirds gone means that renewing has failed since then.
      when: () => [
        {
          expr: `(${metric('scrapeTokenExpiry')} - time()) / (${metric('scrapeTokenExpiry')} - ${metric('scrapeTokenIssued')}) < 1 / 3`,
          limit: 'a third',
        },
      ],
      summary: 'The token that Prometheus scrapes the gateway with is not renewed',
      description:
        '{{ if gt $value 0.0 }}{{ $value | humanizePercentage }} of its life is left{{ else }}It has ended{{ end }}; limit {limit}. Without one nothing of the gateway is measured. ' +
        'Read `scrape_token.failed` in logs/prometheus/app.json first; then restart `clawdbot up`.',
      panel: 'scrapeToken',
      logs: { view: 'app', query: 'event.action: "scrape_token.failed"' },
    },
    {
      name: 'TelemetryMissing',
      severity: 'warning',
      action: 'email',
      forMs: 2 * MINUTE,
      keepFiringForMs: MINUTE,
      when: (tuning) => [
        { expr: `max by (job, instance, plugin) (${metric('pluginUp')}) == 0`, limit: tuning.lasting(2 * MINUTE) },
        // Where none are wanted, none are missed.
        ...(tuning.isCollecting
          ? [
              {
                expr: `max by (job) (up{job="${COLLECTORS}"}) == 0 or absent(up{job="${COLLECTORS}"})`,
                limit: tuning.lasting(2 * MINUTE),
                labels: { plugin: 'all' },
              },
            ]
          : []),
      ],
      summary: 'Nothing is known of {{ with $labels.plugin }}{{ . }}{{ else }}machine and devices{{ end }}',
      description:
        '{{ with $labels.plugin }}Readings of {{ . }} fail{{ else }}The collectors do not answer, or Prometheus knows of none{{ end }}, for longer than the limit of {limit}. ' +
        'Heat, errors and memory go unseen meanwhile. `clawdbot status`, then the log of the collectors.',
      panel: 'readers',
      logs: { view: 'app', query: 'service.name: "clawdbot-collectors" and event.action: "collector.failed"' },
    },
    {
      name: 'ScrapeFailing',
      severity: 'warning',
      action: 'email',
      forMs: MINUTE,
      when: (tuning) => [{ expr: `(${UNSCRAPED}) and on () ${PROBED_READY}`, limit: tuning.lasting(MINUTE) }],
      summary: 'Prometheus gets nothing of {{ $labels.job }}, which answers',
      description:
        'A probe finds it ready, and yet for longer than the limit of {limit} no scrape succeeds: nothing of it is measured, and alerts about it cannot fire. ' +
        'The token, the certificate, `auth.allow` or `server.hosts` keeps Prometheus out; `lastError` of its targets says which.',
      panel: 'scrapes',
      logs: { view: 'app', query: 'service.name: "clawdbot-prometheus" or event.action: "scrape_token.failed"' },
    },
    {
      name: 'LogLinesDropped',
      severity: 'warning',
      action: 'email',
      forMs: 0,
      keepFiringForMs: 5 * MINUTE,
      when: (tuning) => [
        {
          expr: `sum by (${BY_INSTANCE}, stream) (increase(${metric('logDropped')}[${tuning.window(15 * MINUTE)}])) >= 1`,
          limit: '1',
        },
      ],
      summary: '{{ $labels.instance }} loses lines of its log {{ $labels.stream }}',
      description:
        '{{ $value | printf "%.0f" }} lines could not be written in fifteen minutes; limit {limit}. The disk is full or too slow. Requests are answered as before.',
      panel: 'logs',
      logs: { view: 'app', query: 'log.level: (warn or error)' },
    },
    {
      name: 'OtlpRecordsDropped',
      severity: 'warning',
      action: 'email',
      forMs: 0,
      keepFiringForMs: 5 * MINUTE,
      when: (tuning) => [
        {
          expr: `sum by (${BY_INSTANCE}, signal) (increase(${metric('otlpDropped')}[${tuning.window(15 * MINUTE)}])) >= 1`,
          limit: '1',
        },
      ],
      summary: '{{ $labels.signal }} of {{ $labels.instance }} do not reach the OpenTelemetry collector',
      description:
        '{{ $value | printf "%.0f" }} records were dropped in fifteen minutes; limit {limit}. `telemetry.otlp.endpoint` does not answer, or not fast enough. Files and metrics are complete.',
      panel: 'logs',
      logs: { view: 'app', query: 'log.level: (warn or error)' },
    },
    {
      name: 'LogPipelineLagging',
      severity: 'warning',
      action: 'email',
      forMs: 5 * MINUTE,
      keepFiringForMs: 5 * MINUTE,
      when: ({ limits }) => [
        {
          expr: `max by (${BY_INSTANCE}, stage) (${metric('logsPipelineLag')}) > ${number(limits.telemetry.logLagMs / 1000)}`,
          limit: seconds(limits.telemetry.logLagMs),
        },
      ],
      summary: 'Log lines reach Elasticsearch late: they wait in {{ $labels.stage }}',
      description:
        'The oldest line that {{ $labels.stage }} holds has waited {{ $value | humanizeDuration }}; limit {limit}. Kibana shows the past; nothing is lost while its queue has room. ' +
        'Ask Elasticsearch first, then the log of {{ $labels.stage }}. The files of the machine are complete: `grep` in the folder `logs`.',
      panel: 'logLag',
      logs: { view: 'app', query: 'service.name: clawdbot*' },
    },
    {
      name: 'LogEventsRefused',
      severity: 'warning',
      action: 'email',
      forMs: 0,
      keepFiringForMs: 5 * MINUTE,
      when: (tuning) => [
        {
          expr: `sum by (${BY_INSTANCE}, stage) (increase(${metric('logsPipelineEvents')}{outcome=~"dead_letter|lost"}[${tuning.window(15 * MINUTE)}])) >= ${number(tuning.limits.telemetry.deadLetters)}`,
          limit: number(tuning.limits.telemetry.deadLetters),
        },
      ],
      summary: 'Elasticsearch refuses log events of {{ $labels.stage }}',
      description:
        '{{ $value | printf "%.0f" }} events in fifteen minutes became dead letters or were lost; limit {limit}. Most often a field has another type than its mapping. ' +
        'The log of {{ $labels.stage }} names field and reason; then let the dead letters be tried again.',
      panel: 'logRefusals',
      logs: { view: 'app', query: 'service.name: clawdbot*' },
    },
    {
      name: 'ScrapeLimitNear',
      severity: 'warning',
      action: 'email',
      forMs: 5 * MINUTE,
      // Beyond the limit the whole scrape fails, and everything of that job with it.
      when: ({ limits, sampleLimit }) => [
        {
          expr: `max by (${BY_INSTANCE}) (scrape_samples_scraped{job=~"clawdbot.*"}) > ${number(limits.telemetry.samplesRatio * sampleLimit)}`,
          limit: `${percent(limits.telemetry.samplesRatio)} of ${sampleLimit}`,
        },
      ],
      summary: 'The page of {{ $labels.instance }} nears what Prometheus takes',
      description:
        '{{ $value }} samples in one scrape; limit {limit}. Beyond `prometheus.sampleLimit` nothing of it is taken any more. Many models or devices are a reason to raise it.',
      panel: 'scrapes',
      logs: { view: 'app', query: 'service.name: "clawdbot-prometheus"' },
    },
  ],
};
