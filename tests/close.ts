import { globSync, readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { addUp, closingLine, isGood, type Summary } from './report.ts';

const REPORTS = fileURLToPath(new URL('../reports/', import.meta.url));

/** Adds up what every suite of this run reported and closes with one line: the end of `.ci/run`. */
const main = (): boolean => {
  const summaries = globSync(`${REPORTS}*.summary.json`).map((file): Summary => JSON.parse(readFileSync(file, 'utf8')));
  const total = addUp(summaries);
  for (const line of total.flaky) console.log(`flaky, passed at the second try: ${line}`);
  for (const line of total.otherFailures) console.log(`failed: ${line}`);
  console.log(closingLine(total));
  return isGood(total);
};

process.exitCode = main() ? 0 : 1;
