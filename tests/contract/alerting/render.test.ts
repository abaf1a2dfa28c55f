import { mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll, describe, expect, it } from 'vitest';
import { parse } from 'yaml';
import { BOARDS, DATA_VIEWS, logsUrl, PANELS, panelUrl, runbookUrl } from '../../../alerting/links.ts';
import { type AlertingRule, renderRules } from '../../../alerting/rules/render.ts';
import { ALERTS, INHIBITIONS } from '../../../alerting/rules/table.ts';
import { configSchema } from '../../../core/config/schema.ts';
import { METRICS, type MetricRow } from '../../../core/telemetry/metrics.ts';
import { runCli } from './run-cli.ts';

const ROOT = fileURLToPath(new URL('../../../', import.meta.url));
const dir = mkdtempSync(join(tmpdir(), 'clawdbot-render-'));
afterAll(() => rmSync(dir, { recursive: true, force: true }));

interface Files {
  readonly groups: readonly { readonly interval?: string; readonly rules: readonly Partial<AlertingRule>[] }[];
}

/** The rules of one alert under a configuration. */
const rulesOf = (name: string, config: object): readonly Partial<AlertingRule>[] =>
  Object.values(renderRules(configSchema.parse(config)))
    .flatMap((text) => (parse(text) as Files).groups) // rendered by ourselves
    .flatMap(({ rules }) => rules)
    .filter(({ alert }) => alert === name);

describe('the rules of a configuration', () => {
  it('have a limit of its own for each device that is named', () => {
    const devices = { 'GPU-a.1': { temperatureCelsius: 83 }, 'GPU-b': {} };
    const rules = rulesOf('AcceleratorTemperatureHigh', { alerts: { accelerators: { devices } } });
    expect(rules.map(({ expr }) => /\{.*\} *\) > \d+|\{.*\}\) > \d+/.exec(expr ?? '')?.[0])).toEqual([
      '{hw_type=~"gpu|npu",hw_sensor_location!="memory",hw_id!~"GPU-a\\\\.1"}) > 75',
      '{hw_type=~"gpu|npu",hw_sensor_location!="memory",hw_id="GPU-a.1"}) > 83',
    ]);
    expect(rules.map(({ labels }) => labels?.hw_id)).toEqual([undefined, 'GPU-a.1']);
    expect(rules.map(({ annotations }) => /limit [^.]*/.exec(annotations?.description ?? '')?.[0])).toEqual([
      'limit 75 °C',
      'limit 83 °C',
    ]);
  });

  it('follow the limits and times that are written', () => {
    const alerts = {
      requests: { timeoutRatio: 0.1, minimum: 50 },
      rules: { InferenceTimeoutsHigh: { forMs: 5000, keepFiringForMs: 0 }, Watchdog: { enabled: false } },
    };
    const [rule] = rulesOf('InferenceTimeoutsHigh', { alerts });
    expect(rule).toMatchObject({ for: '5s', expr: expect.stringMatching(/> 0\.1 .*>= 50$/) });
    expect(rule).not.toHaveProperty('keep_firing_for');
    expect(rulesOf('Watchdog', { alerts })).toEqual([]);
  });

  it('are faster by one factor, but never shorter than a rate needs', () => {
    const files = renderRules(
      configSchema.parse({ alerts: { timing: { factor: 0.1 } }, prometheus: { intervalMs: 1000 } }),
    );
    expect(files['tiers.yml']).toContain('[30s]');
    expect(files['slo.yml']).toContain('interval: 4s');
    const [rule] = rulesOf('ServiceUnavailable', { alerts: { timing: { factor: 0.1 } } });
    expect(rule?.for).toBe('3s');
    const slow = renderRules(configSchema.parse({ alerts: { timing: { factor: 0.001 } } }));
    expect(slow['tiers.yml']).toContain('[20s]');
  });

  it('miss no collectors where none are wanted', () => {
    expect(rulesOf('TelemetryMissing', {})).toHaveLength(2);
    expect(rulesOf('TelemetryMissing', { collectors: { enabled: false } })).toHaveLength(1);
  });

  it('let a service rest whose models are all loaded on demand', () => {
    const onDemand = { models: [{ id: 'small', engine: 'scripted', load: 'onDemand' }] };
    expect(rulesOf('ServiceUnavailable', {})[0]?.expr).toContain('clawdbot_ready');
    expect(rulesOf('ServiceUnavailable', onDemand)[0]?.expr).not.toContain('clawdbot_ready');
  });

  it('lead to the places of the operator', () => {
    const links = {
      grafana: 'https://grafana.example/',
      runbooks: 'https://wiki.example/runbooks',
      kibana: 'https://kibana.example',
    };
    const [rule] = rulesOf('FirstTokenSlow', { alerts: { links } });
    expect(rule?.annotations).toMatchObject({
      dashboard_url: expect.stringMatching(/^https:\/\/grafana\.example\/d\/clawdbot-inference\?viewPanel=1&/),
      logs_url: expect.stringMatching(/^https:\/\/kibana\.example\/app\/discover#/),
      runbook_url: 'https://wiki.example/runbooks/FirstTokenSlow.md',
    });
  });

  it('are those that `clawdbot alerts render` writes', async () => {
    const [file, out] = [join(dir, 'clawdbot.yaml'), join(dir, 'out')];
    writeFileSync(file, 'alerts: { accelerators: { temperatureCelsius: 80 } }\n');
    const { status } = await runCli(ROOT, ['alerts', 'render', '--config', file, '--out', out]);
    expect(status).toBe(0);
    const written = Object.fromEntries(readdirSync(out).map((name) => [name, readFileSync(join(out, name), 'utf8')]));
    expect(written).toEqual(renderRules(configSchema.parse({ alerts: { accelerators: { temperatureCelsius: 80 } } })));
  });
});

describe('where alerts lead', () => {
  it('is a table of boards with ids that Grafana takes', () => {
    const uids = Object.values(BOARDS).map(({ uid }) => uid);
    for (const uid of uids) expect(uid).toMatch(/^[a-z0-9-]{1,40}$/);
    expect(new Set(uids).size).toBe(uids.length);
  });

  it('is a panel with a number of its own on its board', () => {
    const places = Object.values(PANELS).map(({ board, id }) => `${board} ${id}`);
    expect(new Set(places).size).toBe(places.length);
    for (const { id } of Object.values(PANELS)) expect(id).toBeGreaterThan(0);
  });

  it('is used: each panel by an alert', () => {
    expect(Object.keys(PANELS).filter((key) => !ALERTS.some(({ panel }) => panel === key))).toEqual([]);
  });

  it('sets variables that are labels of the catalogue', () => {
    const labels = new Set(
      Object.values(METRICS).flatMap(({ labels: own }: MetricRow) => own.map((label) => label.replaceAll('.', '_'))),
    );
    const variables = Object.values(PANELS).flatMap((panel) => ('variables' in panel ? panel.variables : []));
    expect(variables.filter((label) => label !== 'instance' && !labels.has(label))).toEqual([]);
  });

  it('is a view of logs with an id of its own', () => {
    const ids = Object.values(DATA_VIEWS).map(({ id }) => id);
    expect(new Set(ids).size).toBe(ids.length);
  });

  it('escapes what a search may hold', () => {
    const url = logsUrl('http://k/', { view: 'app', query: `message: "it's!" & {{ $labels.job | urlquery }}` });
    const [, app = ''] = url.split('&_a=');
    expect(decodeURIComponent(app)).toBe(
      `(index:'clawdbot-app',query:(language:kuery,query:'message: "it!'s!!" & {{ $labels.job | urlquery }}'))`,
    );
    expect(app).toContain('{{ $labels.job | urlquery }}');
    expect(app).not.toContain('&');
  });

  it('joins bases with and without a slash', () => {
    expect(panelUrl('http://g/', 'timeouts')).toBe(panelUrl('http://g', 'timeouts'));
    expect(runbookUrl('a/b', 'X')).toBe('a/b/X.md');
    expect(runbookUrl('a/b/', 'X')).toBe('a/b/X.md');
  });
});

describe('symptoms', () => {
  it('are kept back by their cause alone', () => {
    const names = new Set(ALERTS.map(({ name }) => name));
    for (const [cause, symptoms] of INHIBITIONS) {
      expect(names).toContain(cause);
      expect(symptoms).not.toContain(cause);
      for (const symptom of symptoms) expect(ALERTS.find(({ name }) => name === symptom)?.severity).not.toBe('none');
    }
    expect(INHIBITIONS.get('ServiceUnavailable')).toEqual(expect.arrayContaining(['QueueSaturated', 'BreakerOpen']));
  });
});
