import { spawnSync } from 'node:child_process';
import { existsSync, globSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll, describe, expect, it } from 'vitest';
import { stringify } from 'yaml';
import { type AlertingRule, alertingRules, renderRules } from '../../../alerting/rules/render.ts';
import { SERIES } from '../../../alerting/rules/series.ts';
import { ALERTS, GROUPS } from '../../../alerting/rules/table.ts';
import { PROOFS } from '../../../alerting/rules/tests/table.ts';
import { tuningOf } from '../../../alerting/rules/tuning.ts';
import { ALERT_NAMES } from '../../../core/config/alert-names.ts';
import { configSchema } from '../../../core/config/schema.ts';
import { FIRST_TOKEN_BOUNDS } from '../../../core/config/schema-slo.ts';
import { METRICS, type MetricRow } from '../../../core/telemetry/metrics.ts';
import { wireName } from '../../../core/telemetry/wire-name.ts';
import { debianProgram, missingProgram } from '../../debian/programs.ts';
import { neededBy, runTrials, saysTest, trialOf } from './promtool.ts';

const ROOT = fileURLToPath(new URL('../../../', import.meta.url));
const SHIPPED = configSchema.parse({});
const TUNING = tuningOf(SHIPPED);
const promtool = debianProgram('promtool');

const dir = mkdtempSync(join(tmpdir(), 'clawdbot-rules-'));
afterAll(() => rmSync(dir, { recursive: true, force: true }));

const run = (args: readonly string[]) => {
  const { status, stdout, stderr } = spawnSync(promtool ?? '', args, { encoding: 'utf8' });
  return { status, said: `${stdout}${stderr}` };
};

const trials = ALERTS.flatMap((alert) =>
  PROOFS[alert.name].map((proof, index) => trialOf(alert, proof, index, TUNING)),
);
const ruled = ALERTS.flatMap((alert) => alertingRules(alert, TUNING));
const recorded = GROUPS.flatMap(({ recordings }) => recordings(TUNING));

/** What is named as ours are, but for what we record. */
const OURS = /(?<![\w:])(?:clawdbot|hw|system|process|gen_ai|http|nodejs|v8js)_\w+(?!\w*:)/g;

const namesOf = (row: MetricRow): readonly string[] => {
  const labels = row.labels.map((label) => label.replaceAll('.', '_'));
  const name = wireName(row);
  const series = row.kind === 'histogram' ? ['bucket', 'count', 'sum'].map((part) => `${name}_${part}`) : [name];
  return [...series, ...labels];
};

/** Metrics of the catalogue and their labels, as Prometheus shows them. */
const KNOWN_NAMES: ReadonlySet<string> = new Set(Object.values(METRICS).flatMap(namesOf));

let outcome: ReturnType<typeof runTrials> | undefined;
/** Promtool runs once for all: starting it and parsing the files is most of its time. */
const outcomes = () => {
  outcome ??= runTrials(promtool ?? '', dir, trials, recorded);
  return outcome;
};

describe('the alerting rules', () => {
  it('are valid', ({ skip }) => {
    if (promtool === undefined) return skip(missingProgram('promtool'));
    const files = Object.entries(renderRules(SHIPPED)).map(([name, text]) => {
      writeFileSync(join(dir, name), text);
      return join(dir, name);
    });
    expect(run(['check', 'rules', ...files])).toMatchObject({ status: 0 });
  });

  it('have no file beside those that are rendered', () => {
    const files = readdirSync(join(ROOT, 'alerting/rules')).filter((file) => file.endsWith('.yml'));
    expect(files.sort()).toEqual(Object.keys(renderRules(SHIPPED)).sort());
  });

  it('are each proven, rule by rule', () => {
    const named = ({ alert, labels }: AlertingRule) => JSON.stringify([alert, labels]);
    expect(trials.map(({ rule }) => named(rule)).sort()).toEqual(ruled.map(named).sort());
  });

  it('are named in the order of the table', () => expect(ALERTS.map(({ name }) => name)).toEqual(ALERT_NAMES));

  it('record under names that say level, metric and operation', () => {
    for (const { record } of recorded) expect(record).toMatch(/^[a-z_]+:[a-z0-9_]+:[a-z0-9_]+$/);
  });

  it('use what they record, and record what they use', () => {
    const used = ruled.flatMap(({ expr }) => expr.match(/\b[a-z_]+:[a-z0-9_]+:[a-z0-9_]+/g) ?? []);
    const names = recorded.map(({ record }) => record);
    expect(used.filter((name) => !names.includes(name))).toEqual([]);
    const series = recorded.map(({ record, labels = {} }) => JSON.stringify([record, labels]));
    expect(new Set(series).size).toBe(series.length);
  });

  it('record every series that boards may draw', () => {
    const names = new Set(recorded.map(({ record }) => record));
    expect(Object.values(SERIES).filter(({ record }) => !names.has(record))).toEqual([]);
  });

  it.each(ruled.map((rule) => [rule.alert, rule] as const))('%s says what it is about and what to do', (_, rule) => {
    expect(rule.for).toMatch(/^\d+(ms|[smhd])$/);
    expect(rule.labels).toMatchObject({
      severity: expect.stringMatching(/^(none|warning|error|critical)$/),
      action: expect.stringMatching(/^(heartbeat|email|page|autoscale|circuit-break)$/),
    });
    for (const key of Object.keys(rule.labels)) expect(rule.labels[key], key).not.toContain('$value');
    const { summary = '', description = '', runbook_url: runbook = '', ...links } = rule.annotations;
    expect(summary.length).toBeGreaterThan(10);
    expect(description.length).toBeGreaterThan(20);
    if (rule.alert !== 'Watchdog') expect(description).toMatch(/limit|For more than/);
    expect(description).not.toContain('{limit}');
    const read = rule.alert === 'Watchdog' ? ['evaluated_at'] : [];
    expect(Object.keys(links).sort()).toEqual(['dashboard_url', ...read, 'logs_url']);
    expect(runbook).toBe(`alerting/runbooks/${rule.alert}.md`);
  });

  it.each([...recorded, ...ruled].map((rule) => ['record' in rule ? rule.record : rule.alert, rule.expr] as const))(
    '%s asks for metrics of the catalogue',
    (name, expr) => {
      const { awaiting = '' } = ALERTS.find((alert) => alert.name === name) ?? {};
      const asked = expr.replaceAll(/"[^"]*"/g, '').match(OURS) ?? [];
      const unknown = asked.filter((each) => !KNOWN_NAMES.has(each));
      expect(unknown.filter((each) => !awaiting.includes(each))).toEqual([]);
      if (/clawdbot_/.test(awaiting)) expect(unknown, 'it has its source: strike `awaiting` out').not.toEqual([]);
    },
  );

  it('look for words that logs have', () => {
    const written = globSync('{core,services,collectors,cli,alerting}/**/*.ts', { cwd: ROOT })
      .filter((file) => !file.startsWith('alerting/rules'))
      .map((file) => readFileSync(join(ROOT, file), 'utf8'))
      .join('\n');
    const words = ALERTS.flatMap(({ logs }) => logs.query.match(/"[a-z_]+\.[a-z_]+"|ERR_[A-Z_]+/g) ?? []);
    expect(words.length).toBeGreaterThan(5);
    for (const word of new Set(words)) expect(written).toContain(word.replaceAll('"', ''));
  });

  it('count first tokens at bounds that their histogram has', () => {
    const bounds: readonly number[] = METRICS.timeToFirstToken.buckets;
    for (const ms of FIRST_TOKEN_BOUNDS) expect(bounds).toContain(ms / 1000);
  });

  describe.each(trials.map((trial) => [trial.file, trial] as const))('%s', (file, trial) => {
    it.for(trial.stories.map((story, index) => [story.name, index] as const))('%s', async ([, index], { skip }) => {
      if (promtool === undefined) return skip(missingProgram('promtool'));
      const { findings, said } = await outcomes();
      const mark = `${file} ${index}`;
      expect(findings.get(trial.alert.name) ?? [], excerptOf(said, `# ${mark}`)).not.toContain(mark);
    });

    it.for(trial.wrong.map(({ mistake, rule }) => [mistake, rule.alert] as const))(
      'would be caught if: %s',
      async ([, mutant], { skip }) => {
        if (promtool === undefined) return skip(missingProgram('promtool'));
        expect((await outcomes()).findings.get(mutant) ?? []).not.toEqual([]);
      },
    );
  });

  it('say it to people with values and limits, and lead where they should', ({ skip }) => {
    if (promtool === undefined) return skip(missingProgram('promtool'));
    const files = trials.map((trial) => {
      const test = saysTest(trial);
      const file = join(dir, `${trial.file}.says.yml`);
      const rules = `${trial.file}.alone.yml`;
      const all = [...neededBy(trial.rules, recorded), ...trial.rules];
      writeFileSync(join(dir, rules), stringify({ groups: [{ name: 'all', rules: all }] }, { lineWidth: 0 }));
      const about = { rule_files: [rules], evaluation_interval: test.interval };
      writeFileSync(file, stringify({ ...about, tests: [test] }, { lineWidth: 0 }));
      return file;
    });
    const { status, said } = run(['test', 'rules', ...files]);
    expect(status, said).toBe(0);
  });

  it('have a runbook each', () => {
    const missing = ALERT_NAMES.filter((name) => !existsSync(join(ROOT, 'alerting/runbooks', `${name}.md`)));
    expect(missing).toEqual([]);
  });
});

const excerptOf = (said: string, mark: string): string => {
  const at = said.indexOf(mark);
  return at === -1 ? said.slice(0, 1000) : said.slice(at - 200, at + 800);
};
