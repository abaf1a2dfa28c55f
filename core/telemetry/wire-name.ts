import type { MetricRow } from './metrics.ts';

/** What a name on the wire depends on. */
export type Named = Pick<MetricRow, 'name' | 'unit' | 'kind'>;

const UNIT_WORDS: Readonly<Record<string, string>> = {
  s: 'seconds',
  ms: 'milliseconds',
  By: 'bytes',
  Cel: 'celsius',
  W: 'watts',
  J: 'joules',
  V: 'volts',
  Hz: 'hertz',
  '%': 'percent',
};
const PER_WORDS: Readonly<Record<string, string>> = { s: 'second', m: 'minute', h: 'hour' };

/** The name a scrape shows: `gen_ai_server_request_duration_seconds`, `clawdbot_requests_total`. */
export const wireName = (row: Named): string => (row.kind === 'counter' ? `${familyName(row)}_total` : familyName(row));

/** The name without `_total`: what OpenMetrics calls the family. */
export const familyName = (row: Named): string => {
  const base = safeName(row.kind === 'counter' ? row.name.replace(/[._]total$/, '') : row.name);
  const unit = unitWord(row);
  return unit === '' || base.endsWith(`_${unit}`) ? base : `${base}_${unit}`;
};

/** The unit as the suffix spells it; empty for counted things and for ratios that are not gauges. */
export const unitWord = ({ unit, kind }: Pick<Named, 'unit' | 'kind'>): string => {
  if (unit === '1') return kind === 'gauge' ? 'ratio' : '';
  const [numerator = '', denominator] = unit.split('/');
  const counted = numerator === '' || numerator.startsWith('{');
  const words = [counted ? '' : (UNIT_WORDS[numerator] ?? safeName(numerator))];
  if (denominator !== undefined) words.push(`per_${PER_WORDS[denominator] ?? safeName(denominator)}`);
  return words.filter((word) => word !== '').join('_');
};

/** A label or metric name with every character Prometheus refuses replaced by one underscore. */
export const safeName = (name: string): string => {
  const safe = name.replace(/[^a-zA-Z0-9_]/g, '_').replace(/_{2,}/g, '_');
  return /^[0-9]/.test(safe) ? `_${safe}` : safe;
};
