import { METRICS } from '../../core/telemetry/metrics.ts';
import { wireName } from '../../core/telemetry/wire-name.ts';
import type { Recording, RuleGroup } from './entry.ts';
import { limitUses } from './limit-uses.ts';
import { BY_MODEL, GATEWAY, metric, number } from './promql.ts';
import { recorded, SERIES, type Series } from './series.ts';
import { DAY, MINUTE, type Tuning } from './tuning.ts';

/** What boards draw over hours and days: reading every scrape of a month for one picture would be too dear. */
export const BOARDS: RuleGroup = {
  name: 'boards',
  about: 'What boards draw over hours and days, once a minute. No alert rests on it.',
  everyMs: MINUTE,
  recordings: (tuning) => [
    ...Object.values(SERIES).flatMap((series: Series) => madeFrom(series, tuning)),
    ...spreads(),
    ...budgets(tuning),
    {
      record: recorded('scraped'),
      expr: `min by (job, instance) (min_over_time(up{job=~"${GATEWAY}.*"}[${tuning.window(MINUTE)}]))`,
    },
    {
      record: recorded('restartsIn15m'),
      expr: `sum by (${BY_MODEL}) (increase(${metric('engineRestarts')}[${tuning.window(15 * MINUTE)}]))`,
    },
    {
      record: recorded('firing'),
      expr: 'count by (job, alertname, severity, action) (ALERTS{alertstate="firing",severity!="none"})',
    },
    ...limitUses(tuning),
  ],
  alerts: [],
};

const madeFrom = ({ record, labels, from }: Series, tuning: Tuning): Recording[] => {
  if (from === undefined) return [];
  const name = wireName(METRICS[from.key]);
  const [by, window] = [labels.join(', '), tuning.window(MINUTE)];
  const counted = METRICS[from.key].kind === 'histogram' ? `${name}_count` : name;
  const expr = {
    rate: `sum by (${by}) (rate(${counted}[${window}]))`,
    sum: `sum by (${by}) (rate(${name}_sum[${window}]))`,
    increase: `sum by (${by}) (increase(${counted}[${window}]))`,
    buckets: `sum by (${by}, le) (rate(${name}_bucket[${window}]))`,
    ever: `sum by (${by}, le) (${name}_bucket)`,
    max: `max by (${by}) (max_over_time(${name}[${window}]))`,
    min: `min by (${by}) (min_over_time(${name}[${window}]))`,
    mean: `avg by (${by}) (avg_over_time(${name}[${window}]))`,
  }[from.operation];
  return [{ record, expr }];
};

/** Of all models and instances together: a board for the whole service needs no more, for a quarter of the samples. */
const spreads = (): readonly Recording[] => [
  {
    record: recorded('answerSpread'),
    expr: `sum by (job, le) (${recorded('answerSpreadOfModel')})`,
  },
  {
    record: recorded('firstTokenSpread'),
    expr: `sum by (job, le) (${recorded('firstTokenSpreadOfModel')})`,
  },
];

/** What is left of the budgets of 30 days, or of as many as are kept: 1 at first, 0 when it is used up, then less. */
const budgets = (tuning: Tuning): readonly Recording[] => {
  const { slo } = tuning;
  const total = (series: string) => `sum by (job) (sum_over_time(${series}[${tuning.window(30 * DAY)}]))`;
  const share = (part: string, whole: string) => `(${total(part)} or 0 * ${total(whole)}) / ${total(whole)}`;
  const [requests, spread] = [recorded('requestRate'), recorded('firstTokenSpread')];
  const bound = number(slo.latency.firstTokenMs / 1000).replace('.', '\\\\.');
  const failed = share(`${requests}{outcome=~"error|timeout"}`, `${requests}{outcome!="rejected"}`);
  const inTime = share(`${spread}{le=~"${bound}(\\\\.0)?"}`, `${spread}{le="+Inf"}`);
  return [
    {
      record: recorded('availabilityBudget'),
      expr: `1 - ${failed} / ${number(1 - slo.availability.target)}`,
    },
    {
      record: recorded('latencyBudget'),
      expr: `1 - (1 - ${inTime}) / ${number(1 - slo.latency.target)}`,
    },
  ];
};
