import { mkdirSync } from 'node:fs';
import { parseArgs } from 'node:util';
import { tuningOf } from '../alerting/rules/tuning.ts';
import { loadConfig } from '../core/config/load.ts';
import { configSchema } from '../core/config/schema.ts';
import { buildBoards } from './boards/index.ts';
import { lintWithGrafanas } from './grafana-linter.ts';
import { differences, readBoards, writeBoards } from './json-files.ts';
import { sayFinding } from './lint/finding.ts';
import { lintBoards, worldOf } from './lint/lint.ts';

const USAGE = `usage: npm run dashboards                                    writes dashboards/json/
       npm run dashboards -- --config FILE --out DIR        writes boards that draw the limits of FILE
       npm run dashboards -- check                          fails where code and JSON differ, or a rule is broken`;

/** What is shipped, held against the limits that are shipped. */
const findings = (): readonly string[] => lintBoards(readBoards(), worldOf(configSchema.parse({}))).map(sayFinding);

/** Grafana's own linter where it is installed; ours has its rules, for where it is not. */
const linter = (): readonly string[] => {
  const found = lintWithGrafanas();
  if (found === undefined)
    console.log('dashboard-linter (github.com/grafana/dashboard-linter) is not on PATH and was not run');
  return found ?? [];
};

/** What `check` looks at: each answers with a sentence for every problem. */
const CHECKS: readonly (() => readonly string[])[] = [differences, findings, linter];

const main = (args: readonly string[]): number => {
  const { positionals, values } = parseArgs({
    args: [...args],
    allowPositionals: true,
    options: { config: { type: 'string' }, out: { type: 'string' } },
  });
  const [command, ...rest] = positionals;
  if (rest.length > 0 || (values.config === undefined) !== (values.out === undefined)) return misused();
  if (command === 'check' && values.out === undefined) return check();
  if (command !== undefined) return misused();
  if (values.config === undefined || values.out === undefined) return wrote(writeBoards());
  const { config } = loadConfig({ file: values.config, env: process.env });
  mkdirSync(values.out, { recursive: true });
  return wrote(writeBoards(values.out, buildBoards(tuningOf(config))));
};

const wrote = (paths: readonly string[]): number => {
  for (const path of paths) console.log(`wrote ${path}`);
  return 0;
};

const check = (): number => {
  const problems = CHECKS.flatMap((judge) => judge());
  for (const problem of problems) console.error(problem);
  if (problems.length === 0) console.log('dashboards: nothing to say against them');
  return problems.length === 0 ? 0 : 1;
};

const misused = (): number => {
  console.error(USAGE);
  return 2;
};

process.exitCode = main(process.argv.slice(2));
