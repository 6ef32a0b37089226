import { defineConfig } from 'vitest/config';
import LongestFirst from './tests/support/longest-first.ts';

export default defineConfig({
  test: {
    include: ['tests/**/*.test.ts'],
    // `npm run test:stack`
    exclude: ['tests/stack/**', '**/node_modules/**'],
    sequence: { sequencer: LongestFirst },
    reporters: ['default', './tests/support/closing-line.ts'],
    testTimeout: 120_000,
    hookTimeout: 120_000,
    // DuckDB runs threads of its own.
    maxWorkers: 2,
  },
});
