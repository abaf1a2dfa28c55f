import type { RuleGroup } from './entry.ts';
import {
  BY_DEVICE,
  BY_MODEL,
  ENOUGH_REQUESTS,
  GATEWAY,
  LET_IN,
  metric,
  number,
  percent,
  REQUESTS,
  seconds,
  sumOfRate,
} from './promql.ts';
import { MINUTE, SECOND, type Tuning } from './tuning.ts';

/** Prometheus gets nothing of any gateway: it may be dead, or only its page refused. */
export const UNSCRAPED = `max by (job) (up{job="${GATEWAY}"}) == 0 or absent(up{job="${GATEWAY}"})`;
/** The second opinion, over a connection and with a certificate check of its own; where nobody probes, there is none. */
export const PROBED_READY = `max(${metric('gatewayProbe')}{result="ready"}) == 1`;

/** The three tiers, and what warns of the second before users feel it. */
export const TIERS: RuleGroup = {
  name: 'tiers',
  about: 'The three tiers: a mail, more capacity, the circuit breaker; and what warns of the second early.',
  recordings: (tuning) => {
    const window = tuning.window(5 * MINUTE);
    const firstTokens = `rate(${metric('timeToFirstToken')}_bucket[${window}])`;
    return [
      { record: 'job:clawdbot_requests:increase5m', expr: `sum by (job) (increase(${LET_IN}[${window}]))` },
      {
        record: 'job:clawdbot_requests_timeout:ratio_rate5m',
        expr: `${sumOfRate(`${REQUESTS}{outcome="timeout"}`, window)} / ${sumOfRate(LET_IN, window)}`,
      },
      {
        record: 'job_instance:clawdbot_queue_depth:ratio',
        expr: `sum by (job, instance) (${metric('queueDepth')}) / sum by (job, instance) (${metric('concurrencyLimit')})`,
      },
      {
        record: 'job_model:gen_ai_time_to_first_token_seconds:p95_5m',
        expr: `histogram_quantile(0.95, sum by (${BY_MODEL}, le) (${firstTokens}))`,
      },
    ];
  },
  alerts: [
    {
      name: 'AcceleratorTemperatureHigh',
      severity: 'warning',
      action: 'email',
      forMs: MINUTE,
      keepFiringForMs: 5 * MINUTE,
      when: temperatureConditions,
      summary:
        '{{ $labels.hw_type }} {{ $labels.hw_id }} on {{ $labels.instance }} is at {{ $value | printf "%.0f" }} °C',
      description:
        '{{ $value | printf "%.0f" }} °C; limit {limit}. It still works at full speed. Look at fans, air and the load of the others in the machine; ' +
        'where this is its normal temperature, `clawdbot alerts calibrate` proposes a limit for it.',
      panel: 'temperature',
      logs: { view: 'app', query: 'service.name: "clawdbot-collectors" and log.level: (warn or error)' },
    },
    {
      name: 'InferenceTimeoutsHigh',
      severity: 'error',
      action: 'autoscale',
      forMs: MINUTE,
      keepFiringForMs: 2 * MINUTE,
      when: (tuning) => [
        {
          expr: `job:clawdbot_requests_timeout:ratio_rate5m > ${number(tuning.limits.requests.timeoutRatio)} ${ENOUGH_REQUESTS(tuning)}`,
          limit: percent(tuning.limits.requests.timeoutRatio),
        },
      ],
      summary: '{{ $value | humanizePercentage }} of the requests of {{ $labels.job }} time out',
      description:
        '{{ $value | humanizePercentage }} of the requests of five minutes; limit {limit}. Capacity is being added where there is room. ' +
        '`clawdbot actions list` says what was done, `clawdbot status` what the engines are at.',
      panel: 'timeouts',
      logs: { view: 'access', query: 'labels.outcome: "timeout"' },
      symptomOf: ['ServiceUnavailable'],
    },
    {
      name: 'ServiceUnavailable',
      severity: 'critical',
      action: 'circuit-break',
      forMs: 30 * SECOND,
      keepFiringForMs: 15 * SECOND,
      when: (tuning) => [
        {
          expr: `(${[
            UNSCRAPED,
            ...(tuning.mustBeReady ? [`max by (job) (${metric('ready')}{job="${GATEWAY}"}) == 0`] : []),
          ].join(' or ')}) unless on () ${PROBED_READY}`,
          limit: tuning.lasting(30 * SECOND),
        },
      ],
      summary: '{{ $labels.job }} is unavailable',
      description:
        'For more than {limit} no instance answered, none was known, or none had a model that can decode, and a probe from beside Prometheus did not find it ready either. The circuit breaker is being opened and an SMS sent. ' +
        '`clawdbot status` names the part that is down.',
      panel: 'availability',
      logs: { view: 'app', query: 'log.level: (error or fatal)' },
    },
    {
      name: 'QueueSaturated',
      severity: 'warning',
      action: 'autoscale',
      forMs: MINUTE,
      keepFiringForMs: 2 * MINUTE,
      when: ({ limits }) => [
        {
          expr: `job_instance:clawdbot_queue_depth:ratio > ${number(limits.requests.queueRatio)}`,
          limit: number(limits.requests.queueRatio),
        },
      ],
      summary: 'Requests queue at {{ $labels.instance }}: {{ $value | printf "%.2f" }} wait for each that is worked on',
      description:
        '{{ $value | printf "%.2f" }} requests wait for each that is worked on; limit {limit}. Capacity is being added where there is room. ' +
        'Where slots are free, `limits.maxConcurrency` is what holds them back.',
      panel: 'queue',
      logs: { view: 'app', query: 'event.action: "queue.filled"' },
      symptomOf: ['ServiceUnavailable'],
    },
    {
      name: 'FirstTokenSlow',
      severity: 'warning',
      action: 'autoscale',
      forMs: 2 * MINUTE,
      keepFiringForMs: 2 * MINUTE,
      when: (tuning) => [
        {
          expr: `job_model:gen_ai_time_to_first_token_seconds:p95_5m > ${number(tuning.limits.requests.firstTokenMs / 1000)} ${ENOUGH_REQUESTS(tuning)}`,
          limit: seconds(tuning.limits.requests.firstTokenMs),
        },
      ],
      summary: 'Answers of {{ $labels.gen_ai_request_model }} begin late',
      description:
        '95 of 100 first tokens of {{ $labels.gen_ai_request_model }} come within {{ $value | printf "%.1f" }} s; limit {limit}. ' +
        'Capacity is being added where there is room. Compare the queue with the time of the prompts: only the first is helped by more engines.',
      panel: 'firstToken',
      logs: { view: 'access', query: 'gen_ai.request.model: "{{ $labels.gen_ai_request_model | urlquery }}"' },
      symptomOf: ['ServiceUnavailable'],
    },
  ],
};

/** Its own condition for each device that has a limit of its own. The memory of an accelerator is built to be hotter. */
function temperatureConditions({ limits: { accelerators } }: Tuning) {
  const own = Object.entries(accelerators.devices).flatMap(([id, { temperatureCelsius }]) =>
    temperatureCelsius === undefined ? [] : [{ id, celsius: temperatureCelsius }],
  );
  const selected = (matcher: string) =>
    `${metric('temperature')}{hw_type=~"gpu|npu",hw_sensor_location!="memory"${matcher}}`;
  const condition = (series: string, celsius: number) => ({
    expr: `max by (${BY_DEVICE}) (${series}) > ${number(celsius)}`,
    limit: `${number(celsius)} °C`,
  });
  const others = own.length === 0 ? '' : `,hw_id!~"${own.map(({ id }) => id.replaceAll('.', '\\\\.')).join('|')}"`;
  return [
    condition(selected(others), accelerators.temperatureCelsius),
    // The label is there anyway; as one of the rule it tells the rules of the devices apart.
    ...own.map(({ id, celsius }) => ({
      ...condition(selected(`,hw_id="${id}"`), celsius),
      labels: { hw_id: id },
    })),
  ];
}
