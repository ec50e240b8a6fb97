import { defineConfig } from 'vitest/config';

export default defineConfig({
  test: {
    projects: [
      {
        test: {
          name: 'unit',
          include: ['test/unit/**/*.test.ts'],
          isolate: false,
          setupFiles: ['test/support/fresh-modules.ts'],
          maxWorkers: '100%',
          // Property tests take seconds beside real containers.
          testTimeout: 30_000,
        },
      },
      {
        test: {
          name: 'docker',
          include: ['test/docker/**/*.test.ts'],
          // Real containers on a small machine: one file at a time, and room for a slow start.
          fileParallelism: false,
          // Of the tests that say that they may run beside others.
          maxConcurrency: 3,
          testTimeout: 120_000,
          hookTimeout: 120_000,
        },
      },
    ],
  },
});
