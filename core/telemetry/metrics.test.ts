import { describe, expect, test } from 'vitest';
import { METRICS, type MetricRow } from './metrics.ts';

const rows: [string, MetricRow][] = Object.entries(METRICS);

/** Labels whose values the configuration, the routes or the protocol bound, or what is built into the machine. */
const BOUNDED_ELSEWHERE = new Set([
  ...['gen_ai.request.model', 'http.route', 'http.response.status_code', 'rule', 'plugin', 'xid'],
  ...['hw.id', 'hw.vendor', 'hw.model', 'hw.driver_version', 'hw.parent', 'hw.sensor_location'],
  ...['system.device', 'network.interface.name', 'clawdbot.process.index', 'notifier', 'action'],
]);

describe.each(rows)('the catalogue row %s', (_key, row) => {
  test('has a list of values for every label that nothing else bounds', () => {
    const open = row.labels.filter((label) => row.values?.[label] === undefined && !BOUNDED_ELSEWHERE.has(label));
    expect(open).toEqual([]);
  });

  test('lists values only for labels it has', () => {
    expect(Object.keys(row.values ?? {}).filter((label) => !row.labels.includes(label))).toEqual([]);
  });

  test('says what it is in one sentence', () => {
    expect(row.help).toMatch(/^[A-Za-z0-9].*[^.]\.$/);
  });

  test('has rising buckets exactly when it is a histogram', () => {
    expect(row.buckets !== undefined).toBe(row.kind === 'histogram');
    expect(row.buckets ?? []).toEqual([...(row.buckets ?? [])].sort((a, b) => a - b));
  });

  // What Prometheus reserves for the parts of a histogram: the published `process.thread.count` is not to be had.
  test('has no name of a part of a histogram', () => {
    expect(row.name).not.toMatch(/[._](count|sum|bucket)$/);
  });

  test('counts in base units', () => {
    expect(row.unit).toMatch(/^(s|By|By\/s|1|Cel|W|J|Hz|\{[a-z_]+\})$/);
  });
});
