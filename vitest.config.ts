import { defineConfig } from 'vitest/config';
import { LongestFirst } from './test/support/longest-first.js';

export default defineConfig({
  test: {
    sequence: { sequencer: LongestFirst },
    reporters: ['default', './test/support/slowest.ts'],
    projects: [
      {
        test: {
          name: 'unit',
          // Nothing that a fake engine says is kept in the user's own folder.
          env: { XDG_CACHE_HOME: '/dev/null/cache' },
          include: ['test/unit/**/*.test.ts'],
          isolate: false,
          setupFiles: ['test/support/fresh-modules.ts'],
          maxWorkers: '100%',
          testTimeout: 30_000,
          sequence: { groupOrder: 0 },
        },
      },
      {
        test: {
          name: 'docker',
          include: ['test/docker/**/*.test.ts'],
          // Much of a test is waiting for servers. An engine holds about 15 topologies: see to it
          // that there are fewer at a time, also where a test brings up some. Three workers load two
          // processors so much that waits run out.
          maxWorkers: 2,
          maxConcurrency: 2,
          // Real containers on a small machine need room for a slow start.
          testTimeout: 120_000,
          hookTimeout: 120_000,
          sequence: { groupOrder: 1 },
        },
      },
    ],
  },
});
