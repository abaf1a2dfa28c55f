import type { AlertName } from '../../core/config/alert-names.ts';
import type { Alert, Condition, RuleGroup } from './entry.ts';
import { LET_IN, metric, number, percent, REQUESTS, sumOfRate } from './promql.ts';
import { DAY, duration, HOUR, MINUTE, SECOND, type Tuning } from './tuning.ts';

/** A long window says that it matters, a short one that it still goes on. */
interface Burn {
  readonly longMs: number;
  readonly shortMs: number;
  /** How many times faster than allowed the budget of 30 days is used up. */
  readonly factor: number;
  readonly forMs: number;
}

/** Two per cent of the budget in an hour, five in six: somebody has to get up. */
export const FAST: readonly Burn[] = [
  { longMs: HOUR, shortMs: 5 * MINUTE, factor: 14.4, forMs: 2 * MINUTE },
  { longMs: 6 * HOUR, shortMs: 30 * MINUTE, factor: 6, forMs: 15 * MINUTE },
];
/** A tenth of it in three days: somebody has to look, by day. */
const SLOW: readonly Burn[] = [
  { longMs: DAY, shortMs: 2 * HOUR, factor: 3, forMs: HOUR },
  { longMs: 3 * DAY, shortMs: 6 * HOUR, factor: 1, forMs: 3 * HOUR },
];
const burning = [...FAST, ...SLOW];
const ascending = (lengths: readonly number[]): readonly number[] =>
  [...new Set(lengths)].sort((one, other) => one - other);
const WINDOWS = ascending(burning.flatMap(({ longMs, shortMs }) => [shortMs, longMs]));
const SHORT_WINDOWS = ascending(burning.map(({ shortMs }) => shortMs));

const FAILED = 'job:clawdbot_requests_failed:ratio_rate';
const LATE = 'job:gen_ai_first_token_late:ratio_rate';
const COUNT = 'job:clawdbot_requests:increase';

const burns = (series: string, budget: number, burn: Burn, tuning: Tuning): Condition => {
  const limit = number(burn.factor * budget);
  const [long, short] = [duration(burn.longMs), duration(burn.shortMs)];
  return {
    expr:
      `${series}${long} > ${limit} and on (job) ${series}${short} > ${limit} ` +
      `and on (job) ${COUNT}${short} >= ${tuning.limits.requests.minimum}`,
    limit: percent(burn.factor * budget),
    labels: { window: long },
    forMs: burn.forMs,
  };
};

type Written = Pick<Alert, 'severity' | 'action' | 'summary' | 'description' | 'panel' | 'logs'>;

const budgetAlert = (
  name: AlertName,
  of: readonly Burn[],
  { series, budget }: { readonly series: string; readonly budget: (tuning: Tuning) => number },
  written: Written,
): Alert => ({
  ...{ name, forMs: 0, symptomOf: ['ServiceUnavailable'], ...written },
  when: (tuning) => of.map((burn) => burns(series, budget(tuning), burn, tuning)),
});

const AVAILABILITY = { series: FAILED, budget: ({ slo }: Tuning) => 1 - slo.availability.target };
const LATENCY = { series: LATE, budget: ({ slo }: Tuning) => 1 - slo.latency.target };

const FAILS =
  '{{ $value | humanizePercentage }} of the requests of {{ $labels.window }} failed or timed out; limit {limit}, at which the budget of 30 days is used up ';
const DRAGS =
  '{{ $value | humanizePercentage }} of the first tokens of {{ $labels.window }} came late; limit {limit}, at which the budget of 30 days is used up ';
const LOOK = 'Errors by kind: the panel; then the log of the most frequent one.';
const ERRORS = { view: 'access', query: 'labels.outcome: ("error" or "timeout")' } as const;
const LATE_ANSWERS = { view: 'access', query: 'labels.outcome: "ok"' } as const;

/** Budgets of the objectives in `slo`, by how fast they are used up. */
export const SLO: RuleGroup = {
  name: 'slo',
  about: 'How fast the budgets of the objectives in `slo` are used up, over two windows each.',
  // Sums over days: not worth reading every few seconds.
  everyMs: 30 * SECOND,
  recordings: (tuning) => {
    const tokens = metric('timeToFirstToken');
    const bound = number(tuning.slo.latency.firstTokenMs / 1000);
    // OpenMetrics writes whole bounds with a fraction, the older text without.
    const inTime = `${tokens}_bucket{le=~"${bound.replace('.', '\\\\.')}(\\\\.0)?"}`;
    return [
      ...WINDOWS.flatMap((ms) => {
        const [name, window] = [duration(ms), tuning.window(ms)];
        return [
          {
            record: `${FAILED}${name}`,
            expr: `${sumOfRate(`${REQUESTS}{outcome=~"error|timeout"}`, window)} / ${sumOfRate(LET_IN, window)}`,
          },
          {
            record: `${LATE}${name}`,
            expr: `1 - ${sumOfRate(inTime, window)} / ${sumOfRate(`${tokens}_count`, window)}`,
          },
        ];
      }),
      // That of five minutes is recorded with the tiers.
      ...SHORT_WINDOWS.filter((ms) => ms !== 5 * MINUTE).map((ms) => ({
        record: `${COUNT}${duration(ms)}`,
        expr: `sum by (job) (increase(${LET_IN}[${tuning.window(ms)}]))`,
      })),
    ];
  },
  alerts: [
    budgetAlert('AvailabilityBudgetBurnFast', FAST, AVAILABILITY, {
      severity: 'critical',
      action: 'page',
      summary: 'Requests of {{ $labels.job }} fail far too often',
      description: `${FAILS}within days. ${LOOK}`,
      panel: 'availabilityBudget',
      logs: ERRORS,
    }),
    budgetAlert('AvailabilityBudgetBurnSlow', SLOW, AVAILABILITY, {
      severity: 'warning',
      action: 'email',
      summary: 'Requests of {{ $labels.job }} fail too often',
      description: `${FAILS}before its time. ${LOOK}`,
      panel: 'availabilityBudget',
      logs: ERRORS,
    }),
    budgetAlert('LatencyBudgetBurnFast', FAST, LATENCY, {
      severity: 'warning',
      action: 'email',
      summary: 'First tokens of {{ $labels.job }} come late far too often',
      description: `${DRAGS}within days. Compare the queue with the time of the prompts.`,
      panel: 'latencyBudget',
      logs: LATE_ANSWERS,
    }),
    budgetAlert('LatencyBudgetBurnSlow', SLOW, LATENCY, {
      severity: 'warning',
      action: 'email',
      summary: 'First tokens of {{ $labels.job }} come late too often',
      description: `${DRAGS}before its time. Compare the queue with the time of the prompts.`,
      panel: 'latencyBudget',
      logs: LATE_ANSWERS,
    }),
  ],
};
