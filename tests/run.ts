import { mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import type { JsonTestResults } from 'vitest/node';
import { Interrupted, runToEnd } from '../cli/setup/child.mjs';
import { endBy } from '../cli/setup/signals.mjs';
import { type Check, closingLine, isGood, type Summary, summarise } from './report.ts';
import { setUpTests } from './set-up.ts';
import { checksOf, chooseSuite, type Suite, vitestArguments } from './suites.ts';

const ROOT = fileURLToPath(new URL('../', import.meta.url));
const REPORTS = join(ROOT, 'reports');

const say = (line: string): void => console.log(line);

/** `npm test`: set-up, checks, tests; everything runs even when something before it failed, and the end says it all. */
const main = async (args: readonly string[]): Promise<boolean> => {
  const { suite, rest } = chooseSuite(args);
  mkdirSync(REPORTS, { recursive: true });
  await setUpTests(say);
  const checks: Check[] = [];
  for (const { name, args: words } of checksOf(suite)) {
    say(`\n${name}`);
    checks.push({ name, passed: (await runToEnd(process.execPath, words, { cwd: ROOT })) === 0 });
  }
  const summary = await runVitest(suite, rest, checks);
  writeFileSync(join(REPORTS, `${suite.name}.summary.json`), JSON.stringify(summary));
  tell(summary);
  return isGood(summary);
};

const runVitest = async (suite: Suite, rest: readonly string[], checks: readonly Check[]): Promise<Summary> => {
  const file = join(REPORTS, `${suite.name}.json`);
  rmSync(file, { force: true });
  const env = { ...process.env, CLAWDBOT_TEST_REPORT: file };
  const exitCode = await runToEnd(process.execPath, vitestArguments(suite, rest), { cwd: ROOT, env });
  return summarise({ report: readReport(file), exitCode }, checks);
};

/** Nothing to read is a result of its own: the runner died before it could write. */
const readReport = (file: string): JsonTestResults | undefined => {
  try {
    return JSON.parse(readFileSync(file, 'utf8'));
  } catch {
    return undefined;
  }
};

const tell = (summary: Summary): void => {
  if (summary.skips.length > 0) say(`skipped:\n${summary.skips.map((line) => `  ${line}`).join('\n')}`);
  if (summary.flaky.length > 0)
    say(`flaky, passed at the second try:\n${summary.flaky.map((line) => `  ${line}`).join('\n')}`);
  if (summary.otherFailures.length > 0) say(`failed:\n${summary.otherFailures.map((line) => `  ${line}`).join('\n')}`);
  if (summary.passed === 0) say('no test passed: that is a failure too');
  say(`\n${closingLine(summary)}`);
};

try {
  process.exitCode = (await main(process.argv.slice(2))) ? 0 : 1;
} catch (error) {
  if (error instanceof Interrupted) endBy(error.signal);
  else throw error;
}
