import { expect, it } from 'vitest';
import { SERIES } from '../../alerting/rules/series.ts';
import { configSchema } from '../../core/config/schema.ts';
import { worldOf } from './lint.ts';
import { parsePromql } from './promql/parse.ts';
import { fits, printDimension } from './unit-fit.ts';
import { dimensionIn, dimensionOf } from './units.ts';

const { series } = worldOf(configSchema.parse({}));

const dimension = (text: string) => {
  const parsed = parsePromql(text);
  return parsed.ok ? dimensionIn(parsed.expr, series) : undefined;
};

it.for([
  ['sum(rate(clawdbot_requests_total[5m]))', '{}/s', 'reqps'],
  ['rate(clawdbot_engine_time_seconds_total[5m])', '1', 'percentunit'],
  ['sum(rate(clawdbot_requests_total[5m])) / sum(rate(clawdbot_requests_total[1h]))', '1', 'percentunit'],
  ['100 * clawdbot_kv_cache_usage_ratio', '1 × 100', 'percent'],
  ['histogram_quantile(0.5, sum by (le) (rate(clawdbot_queue_wait_seconds_bucket[5m])))', 's', 's'],
  ['rate(clawdbot_queue_wait_seconds_sum[5m]) / rate(clawdbot_queue_wait_seconds_count[5m])', 's', 's'],
  ['clawdbot_certificate_expiry_seconds - time()', 's', 's'],
  ['clawdbot_certificate_expiry_seconds * 1000', 's × 1000', 'dateTimeAsIso'],
  ['sum(sum_over_time(job_instance_model:clawdbot_engine_restarts:increase1m[1h]))', '{}', 'short'],
  ['(clawdbot_certificate_expiry_seconds - time()) / 86400', 's × 0.0000115741', ''],
  ['rate(system_disk_io_bytes_total[5m])', 'By/s', 'Bps'],
  ['rate(hw_energy_joules_total[5m])', 'J/s', 'watt'],
  ['max by (hw_id) (hw_temperature_celsius) > 75', 'Cel', 'celsius'],
  ['avg_over_time(up[1h])', '{}', 'percentunit'],
  ['count(up)', '{}', 'short'],
  ['up == bool 1', '{}', 'short'],
  ['job_model:gen_ai_time_to_first_token_seconds:p95_5m or vector(0)', 's', 's'],
  ['sum(clawdbot_slots_used) / sum(clawdbot_slots_limit)', '1', 'percentunit'],
])('%s is measured in %s', ([text, printed, unit]) => {
  const found = dimension(text ?? '');
  expect(found === undefined ? undefined : printDimension(found)).toBe(printed);
  if (found !== undefined && unit !== '') expect(fits(unit ?? '', found)).toBe(true);
});

it('agrees with what is written down of recorded series', () => {
  const differing = Object.values(SERIES).flatMap(({ record, unit }) => {
    const isSpread = record.includes(':bucket_');
    const [derived, written] = [isSpread ? series.ofObserved(record) : series.derived(record), dimensionOf(unit)];
    if (derived === undefined || !Number.isFinite(derived.scale)) return [];
    const [found, said] = [printDimension({ ...derived, scale: 1 }), printDimension(written)];
    return found === said ? [] : [`${record}: written ${said}, computed ${found}`];
  });
  expect(differing).toEqual([]);
});

it('says nothing of what it cannot know', () => {
  for (const text of ['ln(up)', 'up ^ 2', 'nobody_knows', '1']) expect(dimension(text)).toBeUndefined();
});
