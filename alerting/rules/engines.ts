import type { RuleGroup } from './entry.ts';
import { BY_MODEL, ENOUGH_REQUESTS, LET_IN, metric, number, percent, REQUESTS, sumOfRate } from './promql.ts';
import { DAY, MINUTE, SECOND } from './tuning.ts';

const CACHE = metric('cacheRequests');
const FOUND = `${CACHE}{result=~"hit|shared"}`;
const modelState = (state: string): string => `${metric('modelState')}{state="${state}"}`;

/** Engines, models and what they save or lose. */
export const ENGINES: RuleGroup = {
  name: 'engines',
  about: 'Engines and models: what keeps answers from being good, fast or there at all.',
  recordings: (tuning) => {
    const window = tuning.window(5 * MINUTE);
    const caches = (span: string) =>
      `sum by (job, cache) (rate(${FOUND}[${span}])) / sum by (job, cache) (rate(${CACHE}[${span}]))`;
    return [
      {
        record: 'job:clawdbot_requests_refused:ratio_rate5m',
        expr: `${sumOfRate(`${metric('rejections')}{reason="queue_full"}`, window)} / ${sumOfRate(REQUESTS, window)}`,
      },
      {
        record: 'job:clawdbot_requests_degraded:ratio_rate5m',
        expr: `${sumOfRate(`${REQUESTS}{outcome="degraded"}`, window)} / ${sumOfRate(LET_IN, window)}`,
      },
      { record: 'job_cache:clawdbot_cache_hits:ratio_rate30m', expr: caches(tuning.window(30 * MINUTE)) },
      { record: 'job_cache:clawdbot_cache_hits:ratio_rate1d', expr: caches(tuning.window(DAY)) },
    ];
  },
  alerts: [
    {
      name: 'RequestsRefused',
      severity: 'warning',
      action: 'email',
      forMs: 2 * MINUTE,
      keepFiringForMs: 2 * MINUTE,
      when: (tuning) => [
        {
          expr: `job:clawdbot_requests_refused:ratio_rate5m > ${number(tuning.limits.requests.refusedRatio)} ${ENOUGH_REQUESTS(tuning)}`,
          limit: percent(tuning.limits.requests.refusedRatio),
        },
      ],
      summary: '{{ $value | humanizePercentage }} of the requests of {{ $labels.job }} find the queue full',
      description:
        '{{ $value | humanizePercentage }} of the requests of five minutes got 503 because the queue was full; limit {limit}. ' +
        '`clawdbot usage` shows who sends them, `clawdbot actions list` why no capacity was added.',
      panel: 'refused',
      logs: { view: 'access', query: 'error.code: "ERR_ADMIT_QUEUE_FULL"' },
      symptomOf: ['ServiceUnavailable'],
    },
    {
      name: 'AnswersDegraded',
      severity: 'warning',
      action: 'email',
      forMs: 5 * MINUTE,
      keepFiringForMs: 2 * MINUTE,
      when: (tuning) => [
        {
          expr: `job:clawdbot_requests_degraded:ratio_rate5m > ${number(tuning.limits.requests.degradedRatio)} ${ENOUGH_REQUESTS(tuning)}`,
          limit: percent(tuning.limits.requests.degradedRatio),
        },
      ],
      summary: '{{ $value | humanizePercentage }} of the answers of {{ $labels.job }} are degraded',
      description:
        '{{ $value | humanizePercentage }} of the answers of five minutes came from a fall-back instead of the model asked for; limit {limit}. ' +
        'A breaker that is open or a model that failed is the cause: `clawdbot breaker list`, `clawdbot status`.',
      panel: 'outcomes',
      logs: { view: 'access', query: 'labels.outcome: "degraded"' },
    },
    {
      name: 'CacheCold',
      severity: 'warning',
      action: 'email',
      forMs: 15 * MINUTE,
      keepFiringForMs: 15 * MINUTE,
      // A cache that never helped is no news; one that stopped helping is.
      when: (tuning) => {
        const { cacheDropRatio, cacheUsefulRatio } = tuning.limits.engines;
        return [
          {
            expr:
              `job_cache:clawdbot_cache_hits:ratio_rate30m < ${number(cacheDropRatio)} * job_cache:clawdbot_cache_hits:ratio_rate1d ` +
              `and job_cache:clawdbot_cache_hits:ratio_rate1d > ${number(cacheUsefulRatio)} ${ENOUGH_REQUESTS(tuning)}`,
            limit: `${percent(cacheDropRatio)} of the day before`,
          },
        ];
      },
      summary: 'The {{ $labels.cache }} cache of {{ $labels.job }} finds little any more',
      description:
        '{{ $value | humanizePercentage }} of what half an hour asked of the {{ $labels.cache }} cache was found; limit {limit}. ' +
        'After a restart it fills again by itself; else look for a changed system prompt, more models than memory, or `cache.maxBytes`.',
      panel: 'cache',
      logs: { view: 'access', query: 'labels.cache: "miss"' },
    },
    {
      name: 'ModelLoadFailed',
      severity: 'error',
      action: 'email',
      forMs: MINUTE,
      keepFiringForMs: MINUTE,
      // Between two attempts it is loading: what counts is that it failed lately and is not there now.
      when: (tuning) => [
        {
          expr:
            `max by (${BY_MODEL}) (max_over_time(${modelState('failed')}[${tuning.window(2 * MINUTE)}])) == 1 ` +
            `and on (${BY_MODEL}) max by (${BY_MODEL}) (${modelState('ready')}) == 0`,
          limit: tuning.lasting(MINUTE),
        },
      ],
      summary: 'Model {{ $labels.gen_ai_request_model }} cannot be loaded',
      description:
        '{{ $labels.gen_ai_request_model }} failed to load, again within two minutes, and no replica of it is ready; limit {limit}. ' +
        '`clawdbot status` names the reason; it is tried again with longer and longer pauses.',
      panel: 'models',
      logs: { view: 'app', query: 'event.action: ("engine.exited" or "engine.lost" or "model.failed")' },
    },
    {
      name: 'ModelLoadSlow',
      severity: 'warning',
      action: 'email',
      forMs: 3 * MINUTE,
      when: (tuning) => [
        {
          expr: `max by (${BY_MODEL}) (${modelState('loading')}) == 1`,
          limit: tuning.lasting(tuning.limits.engines.loadMs),
          forMs: tuning.limits.engines.loadMs,
        },
      ],
      summary: 'Model {{ $labels.gen_ai_request_model }} is still loading',
      description:
        '{{ $labels.gen_ai_request_model }} has been loading for longer than usual; limit {limit}. Look at the disk the model lies on, and at memory: ' +
        'a file that does not fit is read again and again.',
      panel: 'models',
      logs: { view: 'app', query: 'event.action: engine.*' },
    },
    {
      name: 'EnginesRestarting',
      severity: 'error',
      action: 'email',
      forMs: 0,
      when: (tuning) => [
        {
          expr: `sum by (${BY_MODEL}) (increase(${metric('engineRestarts')}[${tuning.window(15 * MINUTE)}])) >= ${tuning.limits.engines.restarts}`,
          limit: `${tuning.limits.engines.restarts}`,
        },
      ],
      summary: 'Engines of {{ $labels.gen_ai_request_model }} die again and again',
      description:
        '{{ $value | printf "%.0f" }} restarts of engines of {{ $labels.gen_ai_request_model }} in fifteen minutes; limit {limit}. ' +
        'Each interrupted what it worked on; what can be moved went on elsewhere. The last words of the engine stand in the log before `engine.exited`.',
      panel: 'restarts',
      logs: { view: 'app', query: 'event.action: "engine.exited"' },
    },
    {
      name: 'EngineFallBack',
      severity: 'warning',
      action: 'email',
      forMs: MINUTE,
      when: () => [{ expr: `max by (${BY_MODEL}) (${metric('engineFallBack')}) > 0`, limit: '0' }],
      summary: '{{ $labels.gen_ai_request_model }} runs on the slower engine',
      description:
        '{{ $value }} replicas of {{ $labels.gen_ai_request_model }} run on the fall-back engine, at about half the speed; limit {limit}. ' +
        'The guard refused the native libraries: `npm ci` brings the pinned ones back, then restart.',
      panel: 'fallBack',
      logs: { view: 'engine', query: 'event.action: "engine.output"' },
    },
    {
      name: 'BreakerOpen',
      severity: 'warning',
      action: 'email',
      forMs: 30 * SECOND,
      when: (tuning) => [
        {
          expr: `max by (${BY_MODEL}) (${metric('breakerState')}{state="open"}) == 1`,
          limit: tuning.lasting(30 * SECOND),
        },
      ],
      summary: 'The circuit breaker of {{ $labels.gen_ai_request_model }} is open',
      description:
        'Requests for {{ $labels.gen_ai_request_model }} get 503 at once, for longer than the limit of {limit}. ' +
        '`clawdbot breaker list` says since when and why; it half-opens by itself.',
      panel: 'breaker',
      logs: { view: 'audit', query: 'event.action: "breaker.changed"' },
      symptomOf: ['ServiceUnavailable'],
    },
  ],
};
