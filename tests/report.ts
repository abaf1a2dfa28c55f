import type { JsonTestResults } from 'vitest/node';

/** What a run comes to. */
export interface Summary {
  readonly passed: number;
  readonly failed: number;
  readonly skipped: number;
  /** Each skipped test with the reason it gave. */
  readonly skips: readonly string[];
  /** Tests that failed and passed when they were run again: counted as passed, and to be mended. */
  readonly flaky: readonly string[];
  /** What failed without being a test: a check, a file that could not be loaded, a runner that ended early. */
  readonly otherFailures: readonly string[];
}

/** How one run of the runner ended: what it wrote (undefined: nothing that can be read) and its exit code. */
export interface RunnerResult {
  readonly report: JsonTestResults | undefined;
  readonly exitCode: number;
}

/** A check beside the tests (lint, types): what it is called and whether it passed. */
export interface Check {
  readonly name: string;
  readonly passed: boolean;
}

/**
 * Passed and skipped are the runner's own counts; failed is its count and one for each other failure, so that a closing
 * line without failures means that nothing failed.
 */
export const summarise = ({ report, exitCode }: RunnerResult, checks: readonly Check[]): Summary => {
  const files = report?.testResults ?? [];
  const known = [
    ...checks.filter(({ passed }) => !passed).map(({ name }) => name),
    ...files.flatMap(describeLoadFailure),
  ];
  const failedTests = report?.numFailedTests ?? 0;
  const isExplained = exitCode === 0 || failedTests > 0 || files.some((file) => describeLoadFailure(file).length > 0);
  const otherFailures = isExplained ? known : [...known, describeRunner(report, exitCode)];
  return {
    passed: report?.numPassedTests ?? 0,
    failed: failedTests + otherFailures.length,
    skipped: (report?.numPendingTests ?? 0) + (report?.numTodoTests ?? 0),
    skips: files.flatMap(describeSkips),
    flaky: files.flatMap(describeFlaky),
    otherFailures,
  };
};

/** Several runs as one. */
export const addUp = (summaries: readonly Summary[]): Summary => ({
  passed: summaries.reduce((sum, { passed }) => sum + passed, 0),
  failed: summaries.reduce((sum, { failed }) => sum + failed, 0),
  skipped: summaries.reduce((sum, { skipped }) => sum + skipped, 0),
  skips: summaries.flatMap(({ skips }) => skips),
  flaky: summaries.flatMap(({ flaky }) => flaky),
  otherFailures: summaries.flatMap(({ otherFailures }) => otherFailures),
});

/** The last line of a run, alone on it. */
export const closingLine = ({ passed, failed, skipped }: Summary): string =>
  `${passed} passed, ${failed} failed, ${skipped} skipped`;

/** Whether a run counts as good: something ran, and nothing failed. */
export const isGood = ({ passed, failed }: Summary): boolean => passed > 0 && failed === 0;

type FileResult = JsonTestResults['testResults'][number];

const describeLoadFailure = ({ name, status, message, assertionResults }: FileResult): string[] =>
  status === 'failed' && !assertionResults.some((test) => test.status === 'failed')
    ? [`${name}: ${message.split('\n')[0]}`]
    : [];

const describeRunner = (report: JsonTestResults | undefined, exitCode: number): string => {
  const end = `the test runner ended with code ${exitCode}`;
  if (report === undefined) return `${end} and no report`;
  return report.numTotalTests === 0 ? `${end}: no test matched` : `${end}: an error outside every test`;
};

const describeSkips = ({ assertionResults }: FileResult): string[] =>
  assertionResults
    .filter(({ status }) => status !== 'passed' && status !== 'failed')
    .map(({ fullName, meta }) => `${fullName}: ${meta?.skipReason ?? 'no reason given'}`);

const describeFlaky = ({ assertionResults }: FileResult): string[] =>
  assertionResults.filter(({ status, meta }) => status === 'passed' && meta?.flaky).map(({ fullName }) => fullName);
