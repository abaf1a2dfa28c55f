import { availableParallelism } from 'node:os';
import { defineConfig } from 'vitest/config';
import { testNotes } from './tests/test-notes.ts';

const SLOW_MACHINE_MS = 600_000;

const WORKERS = availableParallelism();

/** Real processes, killed on a machine that is shared: in CI what passes at the second try is listed as flaky, not hidden. */
const TRIES_AGAIN = process.env.CI === undefined ? 0 : 1;

const reportFile = process.env.CLAWDBOT_TEST_REPORT;

/** The three layers of `npm test`, one after the other; heavier suites get projects and commands of their own. */
export default defineConfig({
  test: {
    testTimeout: SLOW_MACHINE_MS,
    hookTimeout: SLOW_MACHINE_MS,
    teardownTimeout: SLOW_MACHINE_MS,
    maxWorkers: WORKERS,
    retry: TRIES_AGAIN,
    reporters: reportFile === undefined ? ['default'] : ['default', testNotes, ['json', { outputFile: reportFile }]],
    projects: [
      {
        extends: true,
        test: {
          name: 'unit',
          include: [
            '{core,services,collectors,alerting,dashboards,elk,deploy,cli,bench}/**/*.test.ts',
            'tests/*.test.ts',
            'tests/{debian,python,remote-write,go}/*.test.ts',
          ],
          sequence: { groupOrder: 0 },
        },
      },
      {
        extends: true,
        test: {
          name: 'contract',
          include: ['tests/{contract,fuzz,security}/**/*.test.ts'],
          fileParallelism: false,
          sequence: { groupOrder: 1 },
        },
      },
      {
        extends: true,
        test: {
          name: 'system',
          include: ['tests/system/**/*.test.ts'],
          fileParallelism: false,
          sequence: { groupOrder: 2 },
        },
      },
      {
        extends: true,
        test: {
          name: 'otlp',
          include: ['tests/go/*.test.ts', 'tests/otlp-prometheus/*.test.ts'],
          fileParallelism: false,
        },
      },
      {
        extends: true,
        test: {
          name: 'docker',
          include: ['tests/docker/**/*.test.ts'],
          globalSetup: ['tests/docker/set-up.ts'],
          // Compose is compiled on a fresh machine.
          hookTimeout: 3 * SLOW_MACHINE_MS,
          fileParallelism: false,
        },
      },
      {
        extends: true,
        test: {
          name: 'elk',
          include: ['tests/elk/**/*.test.ts'],
          globalSetup: ['tests/elk/programs/set-up.ts'],
          // What compiles on a fresh machine takes longer than any test.
          hookTimeout: 3 * SLOW_MACHINE_MS,
          fileParallelism: false,
        },
      },
    ],
  },
});
