import { defineConfig } from 'vitest/config';

const SLOW_MACHINE_MS = 120_000;

/** The three layers of `npm test`; heavier suites get commands of their own. */
export default defineConfig({
  test: {
    testTimeout: SLOW_MACHINE_MS,
    hookTimeout: SLOW_MACHINE_MS,
    projects: [
      {
        extends: true,
        test: {
          name: 'unit',
          include: ['{core,services,collectors,alerting,dashboards,elk,deploy,cli,bench}/**/*.test.ts'],
        },
      },
      { extends: true, test: { name: 'contract', include: ['tests/contract/**/*.test.ts'], fileParallelism: false } },
      { extends: true, test: { name: 'system', include: ['tests/system/**/*.test.ts'], fileParallelism: false } },
    ],
  },
});
