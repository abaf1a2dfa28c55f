import { spawnSync } from 'node:child_process';
import { mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll, describe, expect, it } from 'vitest';
import { parse, stringify } from 'yaml';
import { METRICS } from '../../../core/telemetry/metrics.ts';
import { wireName } from '../../../core/telemetry/wire-name.ts';
import { debianProgram, missingProgram } from '../../debian/programs.ts';

const ROOT = fileURLToPath(new URL('../../../', import.meta.url));
const FOLDER = join(ROOT, 'alerting/rules');
const FILES = readdirSync(FOLDER)
  .filter((file) => file.endsWith('.yml'))
  .map((file) => join(FOLDER, file));
const promtool = debianProgram('promtool');

const dir = mkdtempSync(join(tmpdir(), 'clawdbot-rules-'));
afterAll(() => rmSync(dir, { recursive: true, force: true }));

interface Alert {
  readonly alert: string;
  readonly expr: string;
  readonly for: string;
  readonly labels: Readonly<Record<string, string>>;
  readonly annotations: Readonly<Record<string, string>>;
}
interface Rules {
  readonly groups: readonly { readonly rules: readonly Alert[] }[];
}

const alerts = FILES.flatMap((file) =>
  (parse(readFileSync(file, 'utf8')) as Rules).groups.flatMap(({ rules }) => rules),
);

const run = (args: readonly string[]) => {
  const { status, stdout, stderr } = spawnSync(promtool ?? '', args, { encoding: 'utf8' });
  return { status, said: `${stdout}${stderr}` };
};

/** Values of the two metrics of a token of 9000 s made at second 0; `_` is a missing one. */
const token = (expiry: string, issued = '0x200') => [
  { series: 'clawdbot_scrape_token_expiry_seconds', values: expiry },
  { series: 'clawdbot_scrape_token_issued_seconds', values: issued },
];

/** Alerts by how they look at a moment of a story. */
const STORIES: readonly {
  readonly name: string;
  readonly series: readonly { readonly series: string; readonly values: string }[];
  readonly at: string;
  readonly fires: readonly (readonly [alert: string, left: string])[];
}[] = [
  { name: 'a token at two thirds of its life', series: token('9000x200'), at: '6000s', fires: [] },
  { name: 'one past that, for less than a minute', series: token('9000x200'), at: '6030s', fires: [] },
  {
    name: 'one past that for longer',
    series: token('9000x200'),
    at: '6120s',
    fires: [['ScrapeTokenExpiring', '32% of its life is left']],
  },
  {
    name: 'one that has ended',
    series: token('9000x200'),
    at: '9060s',
    fires: [['ScrapeTokenExpiring', 'It has ended']],
  },
  {
    name: 'one that was renewed after all',
    series: token('9000x102 15180x98', '0x102 6180x98'),
    at: '6240s',
    fires: [],
  },
  { name: 'no Prometheus of ours', series: [], at: '6120s', fires: [] },
  { name: 'collectors that are gone', series: token('9000x50 stale', '0x50 stale'), at: '6120s', fires: [] },
];

describe('the alerting rules', () => {
  it('are valid', ({ skip }) => {
    if (promtool === undefined) return skip(missingProgram('promtool'));
    expect(run(['check', 'rules', ...FILES])).toMatchObject({ status: 0 });
  });

  it.each(alerts.map((alert) => [alert.alert, alert] as const))(
    '%s says what it is about and what to do',
    (_, alert) => {
      expect(alert.alert).toMatch(/^[A-Z][A-Za-z0-9]+$/);
      expect(alert.for).toMatch(/^\d+[smh]$/);
      expect(alert.labels).toEqual({
        severity: expect.stringMatching(/^(warning|error|critical)$/),
        action: expect.stringMatching(/^(email|autoscale|circuit-break)$/),
      });
      const { summary, description, runbook = '' } = alert.annotations;
      expect(summary?.length).toBeGreaterThan(10);
      expect(description?.length).toBeGreaterThan(20);
      const [page = '', anchor = ''] = runbook.split('#');
      const headings = readFileSync(join(ROOT, page), 'utf8').match(/^##+ .*$/gm) ?? [];
      expect(headings.map((line) => line.replace(/^#+ /, '').toLowerCase().replaceAll(' ', '-'))).toContain(anchor);
    },
  );

  it.each(alerts.map(({ alert, expr }) => [alert, expr] as const))(
    '%s asks for metrics of the catalogue',
    (_, expr) => {
      const names = new Set(Object.values(METRICS).map(wireName));
      expect((expr.match(/\b(?:clawdbot|hw|system|process)_\w+/g) ?? []).filter((name) => !names.has(name))).toEqual(
        [],
      );
    },
  );

  it.for(STORIES)('$name', ({ series, at, fires }, { skip }) => {
    if (promtool === undefined) return skip(missingProgram('promtool'));
    const test = {
      rule_files: FILES,
      evaluation_interval: '30s',
      tests: [
        {
          interval: '60s',
          input_series: series,
          alert_rule_test: alerts.map((alert) => ({
            eval_time: at,
            alertname: alert.alert,
            exp_alerts: fires
              .filter(([name]) => name === alert.alert)
              .map(([, left]) => ({
                exp_labels: alert.labels,
                exp_annotations: {
                  ...alert.annotations,
                  description: alert.annotations.description?.replace(/\{\{ if .*end \}\}/s, left),
                },
              })),
          })),
        },
      ],
    };
    const file = join(dir, 'test.yml');
    writeFileSync(file, stringify(test));
    expect(run(['test', 'rules', file])).toMatchObject({ status: 0 });
  });
});
