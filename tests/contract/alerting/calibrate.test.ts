import { spawnSync } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll, describe, expect, it } from 'vitest';
import { parse, stringify } from 'yaml';
import { calibrationQueries } from '../../../alerting/rules/calibrate.ts';
import { debianProgram, missingProgram } from '../../debian/programs.ts';
import { runCli } from './run-cli.ts';

const promtool = debianProgram('promtool');
const dir = mkdtempSync(join(tmpdir(), 'clawdbot-calibrate-'));
afterAll(() => rmSync(dir, { recursive: true, force: true }));

const ROOT = fileURLToPath(new URL('../../../', import.meta.url));
const device = (name: string, id: string, place = 'core') =>
  `${name}{hw_id="${id}",hw_type="gpu",instance="box",hw_sensor_location="${place}"}`;

describe('the questions that a limit is made from', () => {
  it('are answered by device', ({ skip }) => {
    if (promtool === undefined) return skip(missingProgram('promtool'));
    const { plateau, minutes, slowdown } = calibrationQueries(1);
    const ids = (values: Readonly<Record<string, number>>) =>
      Object.entries(values).map(([id, value]) => ({ labels: `{hw_id="${id}",instance="box"}`, value }));
    const test = {
      evaluation_interval: '1m',
      tests: [
        {
          interval: '1m',
          input_series: [
            { series: device('hw_temperature_celsius', 'GPU-1'), values: '80x1500' },
            { series: device('hw_temperature_celsius', 'GPU-1', 'memory'), values: '95x1500' },
            { series: device('hw_temperature_celsius', 'GPU-2'), values: '60x1500' },
            { series: device('hw_temperature_limit_celsius', 'GPU-2'), values: '100x1500' },
            // What is left, on a device that tells no limit.
            { series: device('clawdbot_accelerator_temperature_margin_celsius', 'GPU-1'), values: '10x1500' },
          ],
          promql_expr_test: [
            { expr: plateau, eval_time: '1440m', exp_samples: ids({ 'GPU-1': 80, 'GPU-2': 60 }) },
            { expr: minutes, eval_time: '1440m', exp_samples: ids({ 'GPU-1': 1441, 'GPU-2': 1441 }) },
            { expr: slowdown, eval_time: '1440m', exp_samples: ids({ 'GPU-1': 90, 'GPU-2': 100 }) },
          ],
        },
      ],
    };
    const file = join(dir, 'calibrate.yml');
    writeFileSync(file, stringify(test, { lineWidth: 0 }));
    const { status, stdout, stderr } = spawnSync(promtool, ['test', 'rules', file], { encoding: 'utf8' });
    expect(status, `${stdout}${stderr}`).toBe(0);
  });
});

/** The far side: a Prometheus that knows two devices. */
const answers: Readonly<Record<string, readonly [string, string][]>> = {
  ...{
    [calibrationQueries(7).plateau]: [
      ['GPU-1', '80.5'],
      ['GPU-2', '60'],
    ],
  },
  ...{
    [calibrationQueries(7).minutes]: [
      ['GPU-1', '10080'],
      ['GPU-2', '10080'],
    ],
  },
  ...{ [calibrationQueries(7).slowdown]: [['GPU-1', '90']] },
};

const startPrometheus = async () => {
  const server = createServer((request, response) => {
    const query = new URL(request.url ?? '', 'http://localhost').searchParams.get('query') ?? '';
    const result = (answers[query] ?? []).map(([id, value]) => ({
      ...{ metric: { hw_id: id, instance: 'box' }, value: [1, value] },
    }));
    response.end(JSON.stringify({ status: 'success', data: { resultType: 'vector', result } }));
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const { port } = server.address() as AddressInfo; // it listens on a port
  return { url: `http://127.0.0.1:${port}`, stop: () => server.close() };
};

describe('clawdbot alerts calibrate', () => {
  it('prints limits to copy, and why', async () => {
    const prometheus = await startPrometheus();
    const { status, stdout } = await runCli(ROOT, [
      'alerts',
      'calibrate',
      '--prometheus',
      prometheus.url,
      '--data',
      dir,
    ]);
    prometheus.stop();
    expect(status).toBe(0);
    expect(parse(stdout)).toEqual({ alerts: { accelerators: { devices: { 'GPU-1': { temperatureCelsius: 86 } } } } });
    expect(stdout).toContain('# GPU-1 on box: 99 of 100 minutes at 80.5 °C or below, slows down at 90 °C');
    expect(stdout).toContain('# GPU-2 on box: ');
  });

  it('says whom it asked in vain', async () => {
    const { url, stop } = await startPrometheus();
    stop();
    const { status, stderr } = await runCli(ROOT, ['alerts', 'calibrate', '--prometheus', url, '--data', dir]);
    expect(status).toBe(1);
    expect(stderr).toContain(`${url}: expected a Prometheus, got no answer`);
  });
});
