import type { Reporter } from 'vitest/node';

declare module 'vitest' {
  interface TaskMeta {
    /** What the test said when it skipped itself. */
    skipReason?: string;
    /** It failed first, and passed when it was run again. */
    flaky?: true;
  }
}

/** Puts what the JSON report has no place of its own for into it: why a test skipped itself, and that it passed at the second try. */
export const testNotes: Reporter = {
  onTestCaseResult(test) {
    const result = test.result();
    if (result.state === 'skipped' && result.note !== undefined) test.meta().skipReason = result.note;
    if (test.diagnostic()?.flaky) test.meta().flaky = true;
  },
};
