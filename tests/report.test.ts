import { describe, expect, it } from 'vitest';
import type { JsonTestResults } from 'vitest/node';
import { addUp, closingLine, isGood, summarise } from './report.ts';

const test = (fullName: string, status: 'passed' | 'failed' | 'skipped' | 'todo', skipReason?: string) => ({
  ancestorTitles: [],
  fullName,
  title: fullName,
  status,
  meta: (skipReason === undefined ? {} : { skipReason }) as { skipReason?: string; flaky?: boolean },
  failureMessages: [],
  tags: [],
});

const file = (assertionResults: ReturnType<typeof test>[], message = '') => ({
  name: '/project/a.test.ts',
  status: message !== '' || assertionResults.some(({ status }) => status === 'failed') ? 'failed' : 'passed',
  message,
  startTime: 0,
  endTime: 0,
  assertionResults,
});

/** A report as the runner writes it, with its counts. */
const report = (...files: ReturnType<typeof file>[]): JsonTestResults => {
  const tests = files.flatMap(({ assertionResults }) => assertionResults);
  const count = (status: string): number => tests.filter((one) => one.status === status).length;
  // Only the fields that are read; the runner writes more.
  return {
    numTotalTests: tests.length,
    numPassedTests: count('passed'),
    numFailedTests: count('failed'),
    numPendingTests: count('skipped'),
    numTodoTests: count('todo'),
    testResults: files,
  } as unknown as JsonTestResults;
};

const GREEN = report(file([test('adds', 'passed'), test('subtracts', 'passed')]));

describe('summarise', () => {
  it('takes its counts from the runner', () => {
    const summary = summarise({ report: GREEN, exitCode: 0 }, [{ name: 'lint', passed: true }]);
    expect(closingLine(summary)).toBe('2 passed, 0 failed, 0 skipped');
    expect(isGood(summary)).toBe(true);
  });

  it('lists skipped tests with their reasons', () => {
    const skipped = file([
      test('a', 'passed'),
      test('needs promtool', 'skipped', 'promtool is missing'),
      test('later', 'todo'),
    ]);
    const summary = summarise({ report: report(skipped), exitCode: 0 }, []);
    expect(closingLine(summary)).toBe('1 passed, 0 failed, 2 skipped');
    expect(summary.skips).toEqual(['needs promtool: promtool is missing', 'later: no reason given']);
  });

  it('lists what passed at the second try only', () => {
    const flaky = { ...test('kills and waits', 'passed'), meta: { flaky: true } };
    const summary = summarise({ report: report(file([test('a', 'passed'), flaky])), exitCode: 0 }, []);
    expect(closingLine(summary)).toBe('2 passed, 0 failed, 0 skipped');
    expect(addUp([summary]).flaky).toEqual(['kills and waits']);
  });

  it('counts a failed check as a failure', () => {
    const summary = summarise({ report: GREEN, exitCode: 0 }, [{ name: 'types', passed: false }]);
    expect(closingLine(summary)).toBe('2 passed, 1 failed, 0 skipped');
    expect(isGood(summary)).toBe(false);
  });

  it('counts a file that could not be loaded', () => {
    const summary = summarise({ report: report(file([], 'Cannot find module x\nat …')), exitCode: 1 }, []);
    expect(summary.otherFailures).toEqual(['/project/a.test.ts: Cannot find module x']);
    expect(summary.failed).toBe(1);
  });

  it('does not count a failed test twice', () => {
    const summary = summarise({ report: report(file([test('a', 'failed')], 'expected 1')), exitCode: 1 }, []);
    expect(closingLine(summary)).toBe('0 passed, 1 failed, 0 skipped');
  });

  it.each([
    ['died before it wrote', undefined, 'ended with code 1 and no report'],
    ['found no test', report(), 'no test matched'],
    ['met an error outside every test', GREEN, 'an error outside every test'],
  ])('fails when the runner %s', (_name, written, words) => {
    const summary = summarise({ report: written, exitCode: 1 }, []);
    expect(summary.otherFailures.join()).toContain(words);
    expect(isGood(summary)).toBe(false);
  });
});

describe('isGood', () => {
  it('wants something to have run', () => {
    expect(isGood(summarise({ report: report(file([test('a', 'skipped')])), exitCode: 0 }, []))).toBe(false);
    expect(isGood(addUp([]))).toBe(false);
  });
});

describe('addUp', () => {
  it('is one summary of several', () => {
    const one = summarise({ report: GREEN, exitCode: 0 }, []);
    const other = summarise(
      { report: report(file([test('a', 'failed'), test('b', 'skipped', 'why')])), exitCode: 1 },
      [],
    );
    expect(closingLine(addUp([one, other]))).toBe('2 passed, 1 failed, 1 skipped');
    expect(addUp([one, other]).skips).toEqual(['b: why']);
  });
});
