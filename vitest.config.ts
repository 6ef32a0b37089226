import { defineConfig } from 'vitest/config';

export default defineConfig({
  test: {
    include: ['tests/**/*.test.ts'],
    reporters: ['default', './tests/support/closing-line.ts'],
    testTimeout: 120_000,
    hookTimeout: 120_000,
    // DuckDB runs threads of its own.
    maxWorkers: 2,
  },
});
