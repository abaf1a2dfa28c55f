import type { Reporter } from 'vitest/node';

declare module 'vitest' {
  interface TaskMeta {
    /** What the test said when it skipped itself. */
    skipReason?: string;
  }
}

/** Puts the reason that a test gave for skipping into the JSON report, which has no place of its own for it. */
export const skipReasons: Reporter = {
  onTestCaseResult(test) {
    const result = test.result();
    if (result.state === 'skipped' && result.note !== undefined) test.meta().skipReason = result.note;
  },
};
