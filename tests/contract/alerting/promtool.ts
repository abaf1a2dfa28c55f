import { execFile } from 'node:child_process';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { stringify } from 'yaml';
import type { Alert, Recording } from '../../../alerting/rules/entry.ts';
import { type AlertingRule, alertingRules } from '../../../alerting/rules/render.ts';
import { mutantsOf } from '../../../alerting/rules/tests/mutants.ts';
import type { Proof } from '../../../alerting/rules/tests/proof.ts';
import { type Story, storiesOf } from '../../../alerting/rules/tests/stories.ts';
import type { Tuning } from '../../../alerting/rules/tuning.ts';

/** One alert with everything that is asked of it. */
export interface Trial {
  readonly alert: Alert;
  readonly rules: readonly AlertingRule[];
  /** The one of them that the proof is about. */
  readonly rule: AlertingRule;
  readonly proof: Proof;
  /** Names its files. */
  readonly file: string;
  readonly stories: readonly Story[];
  /** Wrong ones, each under a name of its own, that the stories must tell from the right one. */
  readonly wrong: readonly { readonly mistake: string; readonly rule: AlertingRule }[];
}

const UNIT_MS = { d: 86_400_000, h: 3_600_000, m: 60_000, s: 1000, ms: 1 } as const;

const msOf = (duration: string): number => {
  const [, count = '0', unit = 's'] = /^([\d.]+)(ms|[dhms])$/.exec(duration) ?? [];
  return Number(count) * UNIT_MS[unit as keyof typeof UNIT_MS]; // safe: the pattern has just these
};

/** Of several rules of one alert the labels of the proof tell which one it is about. */
export const trialOf = (alert: Alert, proof: Proof, number: number, tuning: Tuning): Trial => {
  const rules = alertingRules(alert, tuning);
  const isMeant = ({ labels }: AlertingRule) =>
    Object.entries(labels).every(
      ([key, value]) => key === 'severity' || key === 'action' || proof.labels[key] === value,
    );
  // The one with most labels first: another may have none of its own.
  const rule = rules.toSorted((one, other) => sizeOf(other.labels) - sizeOf(one.labels)).find(isMeant);
  if (rule === undefined) throw new Error(`${alert.name}: no rule of it has the labels of its proof`);
  const times = { forMs: msOf(rule.for), keepMs: msOf(rule.keep_firing_for ?? '0s') };
  const stories = storiesOf(proof, times);
  const stepMs = stories[0]?.stepMs ?? 0;
  const delayed = (ms: number, by: number) => `${Math.max(0, ms + by)}ms`;
  const wrong = [
    ...(proof.isAlways === true
      ? []
      : [
          ...mutantsOf(rule.expr).map(({ mistake, expr }) => ({ mistake, rule: { ...rule, expr } })),
          { mistake: 'waits longer', rule: { ...rule, for: delayed(times.forMs, stepMs) } },
          ...(times.forMs < stepMs
            ? []
            : [{ mistake: 'waits less', rule: { ...rule, for: delayed(times.forMs, -stepMs) } }]),
          ...(times.keepMs === 0 || proof.settleMs !== undefined
            ? []
            : [
                { mistake: 'goes on longer', rule: { ...rule, keep_firing_for: delayed(times.keepMs, stepMs) } },
                { mistake: 'ends at once', rule: { ...rule, keep_firing_for: '0s' } },
              ]),
        ]),
  ].map(({ mistake, rule: mutant }, index) => ({
    ...{ mistake, rule: { ...mutant, alert: `${alert.name}_${number}_${index}` } },
  }));
  return { alert, rules, rule, proof, file: `${alert.name}-${number}`, stories, wrong };
};

const sizeOf = (labels: object): number => Object.keys(labels).length;

/** What promtool found wrong: by alert, the stories that went another way than they should. */
export type Findings = ReadonlyMap<string, readonly string[]>;

/** Runs every story of every trial once, for the alert and for all of its mutants at the same time. */
export const runTrials = async (
  promtool: string,
  dir: string,
  trials: readonly Trial[],
  recordings: readonly Recording[],
): Promise<{ readonly findings: Findings; readonly said: string }> => {
  const files = trials.map(({ alert, rules, rule, stories, wrong, file: base }) => {
    const rulesFile = `${base}.rules.yml`;
    const all = [...neededBy(rules, recordings), ...rules, ...wrong.map((one) => one.rule)];
    writeFileSync(join(dir, rulesFile), stringify({ groups: [{ name: alert.name, rules: all }] }, { lineWidth: 0 }));
    const file = join(dir, `${base}.test.yml`);
    const names = [alert.name, ...wrong.map((one) => one.rule.alert)];
    writeFileSync(
      file,
      stringify({
        rule_files: [rulesFile],
        evaluation_interval: `${stories[0]?.stepMs ?? 0}ms`,
        tests: stories.map((story, index) => ({
          interval: `${story.stepMs}ms`,
          input_series: Object.entries(story.series).map(([series, values]) => ({ series, values })),
          promql_expr_test: names.flatMap((name) => checksOf(name, `${base} ${index}`, story, rule)),
        })),
      }),
    );
    return file;
  });
  // Two at a time, each with every second file: one would leave a core idle.
  const said = (
    await Promise.all(
      [0, 1].map((part) =>
        test(
          promtool,
          files.filter((_, at) => at % 2 === part),
        ),
      ),
    )
  ).join('');
  const findings = new Map<string, string[]>();
  // The name of the rule that is asked about, and the comment that says in which story.
  for (const [, name = '', story = ''] of said.matchAll(/ALERTS\{alertname=\\?"(\w+)\\?"[^}]*\} # ([\w-]+ \d+)/g)) {
    findings.set(name, [...(findings.get(name) ?? []), story]);
  }
  return { findings, said };
};

const test = (promtool: string, files: readonly string[]): Promise<string> =>
  new Promise((resolve) => {
    execFile(promtool, ['test', 'rules', ...files], { maxBuffer: 1 << 29 }, (_failed, stdout, stderr) =>
      resolve(`${stdout}${stderr}`),
    );
  });

/** Those series that the rules ask for, and no more: each is computed at every step of every story. */
export const neededBy = (rules: readonly AlertingRule[], recordings: readonly Recording[]): readonly Recording[] =>
  recordings.filter(({ record }) => rules.some(({ expr }) => new RegExp(`${record}\\b`).test(expr)));

const checksOf = (name: string, mark: string, { checks }: Story, rule: AlertingRule) =>
  checks.map(({ atMs, firing }) => ({
    // Its own labels too: another rule of the alert may fire in the same story.
    expr: `${seriesOf('ALERTS', { alertname: name, alertstate: 'firing', ...rule.labels })} # ${mark}`,
    eval_time: `${atMs}ms`,
    exp_samples: firing.map((labels) => ({
      labels: seriesOf('ALERTS', {
        ...{ alertname: name, alertstate: 'firing' },
        ...rule.labels,
        ...labels,
      }),
      value: 1,
    })),
  }));

const seriesOf = (name: string, labels: Readonly<Record<string, string>>): string =>
  `${name}{${Object.entries(labels)
    .map(([key, value]) => `${key}="${value}"`)
    .join(',')}}`;

/** What an alert says when it fires, all of it. */
export const saysTest = ({ alert, rule, proof, stories }: Trial) => {
  const [story] = stories;
  const [check] = story?.checks ?? [];
  if (story === undefined || check === undefined) throw new Error(`${alert.name}: no story`);
  return {
    interval: `${story.stepMs}ms`,
    input_series: Object.entries(story.series).map(([series, values]) => ({ series, values })),
    alert_rule_test: [
      {
        eval_time: `${check.atMs}ms`,
        alertname: alert.name,
        exp_alerts: [
          {
            exp_labels: { ...rule.labels, ...proof.labels },
            exp_annotations: filledIn(rule, proof),
          },
        ],
      },
    ],
  };
};

/** What stands for a whole choice, or for one value. */
const TEMPLATE = /\{\{ (?:if|with) .*?\{\{ end \}\}|\{\{ .*? \}\}/gs;

/** Annotations as Prometheus fills them in: labels as they are, encoded in links, and the rest as the proof says. */
const filledIn = ({ annotations, labels: own }: AlertingRule, { labels, says }: Proof) => {
  const words = [...says];
  // A label of the rule itself is unknown while its texts are filled in.
  const known = (label: string): string => (label in own ? '' : (labels[label] ?? ''));
  const chosen = (label: string): string =>
    known(label) === '' ? '' : `&var-${label}=${encodeURIComponent(known(label))}`;
  const fill = (text: string): string =>
    text.replaceAll(TEMPLATE, (template) => {
      const [, variable] = /^\{\{ with \$labels\.(\w+) \}\}&var-/.exec(template) ?? [];
      if (variable !== undefined) return chosen(variable);
      const [, label, link] = /^\{\{ \$labels\.(\w+)( \| urlquery)? \}\}$/.exec(template) ?? [];
      if (label === undefined) return words.shift() ?? '(the proof says nothing here)';
      return link === undefined ? known(label) : encodeURIComponent(known(label));
    });
  return Object.fromEntries(Object.entries(annotations).map(([key, text]) => [key, fill(text)]));
};
