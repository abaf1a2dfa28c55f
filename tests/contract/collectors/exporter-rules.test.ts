import { spawnSync } from 'node:child_process';
import { mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll, describe, expect, it } from 'vitest';
import { parse, stringify } from 'yaml';
import { isOn, METRICS, type MetricRow } from '../../../core/telemetry/metrics.ts';
import { safeName, wireName } from '../../../core/telemetry/wire-name.ts';
import { debianProgram, missingProgram } from '../../debian/programs.ts';

const FOLDER = fileURLToPath(new URL('../../../collectors/exporters/', import.meta.url));
const FILES = readdirSync(FOLDER).filter((file) => file.endsWith('.yml'));
const promtool = debianProgram('promtool');

const dir = mkdtempSync(join(tmpdir(), 'clawdbot-rules-'));
afterAll(() => rmSync(dir, { recursive: true, force: true }));

interface Rules {
  readonly groups: readonly {
    readonly rules: readonly { readonly record: string; readonly labels: Readonly<Record<string, string>> }[];
  }[];
}

const run = (args: readonly string[]) => {
  const { status, stdout, stderr } = spawnSync(promtool ?? '', args, { encoding: 'utf8' });
  return { status, said: `${stdout}${stderr}` };
};

/** What each expression gives, as labels and value. */
const EXPECTED: readonly (readonly [string, ...(readonly [string, number])[]])[] = [
  [
    'sum by (hw_id, exporter) (hw_temperature_celsius)',
    ['{hw_id="GPU-1"}', 60],
    ['{exporter="dcgm",hw_id="GPU-2"}', 62],
    ['{exporter="intel",hw_id="X1"}', 55],
  ],
  ['sum by (exporter) (hw_gpu_memory_limit_bytes)', ['{exporter="dcgm"}', 2 ** 32], ['{exporter="intel"}', 16_000]],
  ['sum by (exporter) (hw_gpu_memory_usage_bytes)', ['{exporter="dcgm"}', 2 ** 30], ['{exporter="intel"}', 4000]],
  ['sum by (exporter) (hw_energy_joules_total)', ['{exporter="dcgm"}', 5], ['{exporter="intel"}', 7]],
  ['sum by (hw_type) (hw_gpu_utilization_ratio)', ['{hw_type="npu"}', 0.5]],
];

describe('the rules that take exporters in', () => {
  it.each(FILES)('%s: record names and labels of the catalogue, and nothing else', (file) => {
    const { groups }: Rules = parse(readFileSync(join(FOLDER, file), 'utf8'));
    const rows = new Map(Object.values<MetricRow>(METRICS).map((row) => [wireName(row), row]));
    for (const { record, labels } of groups.flatMap(({ rules }) => rules)) {
      const row = rows.get(record);
      expect(row !== undefined && isOn('collectors', row), record).toBe(true);
      const known = [...(row?.labels ?? []).map(safeName), 'exporter'];
      expect(Object.keys(labels).filter((label) => !known.includes(label))).toEqual([]);
    }
  });

  it('are valid', ({ skip }) => {
    if (promtool === undefined) return skip(missingProgram('promtool'));
    expect(run(['check', 'rules', ...FILES.map((file) => join(FOLDER, file))])).toMatchObject({ status: 0 });
  });

  it('turn the units into ours, and leave a device alone that a collector of ours reads', ({ skip }) => {
    if (promtool === undefined) return skip(missingProgram('promtool'));
    const test = {
      rule_files: FILES.map((file) => join(FOLDER, file)),
      evaluation_interval: '5s',
      tests: [
        {
          interval: '5s',
          input_series: [
            { series: 'DCGM_FI_DEV_GPU_TEMP{UUID="GPU-1"}', values: '61x6' },
            { series: 'DCGM_FI_DEV_GPU_TEMP{UUID="GPU-2"}', values: '62x6' },
            { series: 'hw_temperature_celsius{hw_id="GPU-1",hw_type="gpu"}', values: '60x6' },
            { series: 'DCGM_FI_DEV_FB_USED{UUID="GPU-2"}', values: '1024x6' },
            { series: 'DCGM_FI_DEV_FB_FREE{UUID="GPU-2"}', values: '3072x6' },
            { series: 'DCGM_FI_DEV_TOTAL_ENERGY_CONSUMPTION{UUID="GPU-2"}', values: '5000x6' },
            { series: 'xpum_temperature_celsius{uuid="X1",sub_dev="0",location="gpu"}', values: '50x6' },
            { series: 'xpum_temperature_celsius{uuid="X1",sub_dev="1",location="gpu"}', values: '55x6' },
            { series: 'xpum_memory_used_bytes{uuid="X1",sub_dev="0"}', values: '1000x6' },
            { series: 'xpum_memory_used_bytes{uuid="X1",sub_dev="1"}', values: '3000x6' },
            { series: 'xpum_memory_ratio{uuid="X1",sub_dev="0"}', values: '0.1x6' },
            { series: 'xpum_memory_ratio{uuid="X1",sub_dev="1"}', values: '0.5x6' },
            { series: 'xpum_energy_joules_total{uuid="X1"}', values: '7x6' },
            { series: 'npu_chip_info_utilization{vdie_id="A1"}', values: '50x6' },
          ],
          promql_expr_test: EXPECTED.map(([expr, ...samples]) => ({
            ...{ expr, eval_time: '20s' },
            exp_samples: samples.map(([labels, value]) => ({ labels, value })),
          })),
        },
      ],
    };
    const file = join(dir, 'test.yml');
    writeFileSync(file, stringify(test));
    expect(run(['test', 'rules', file])).toMatchObject({ status: 0 });
  });
});
