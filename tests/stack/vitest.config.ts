/** The tests that need what `npm run test:stack` installs. Rows are compared by the tests that all engines have. */
import { defineConfig } from 'vitest/config';

export default defineConfig({
  test: {
    include: ['tests/stack/**/*.test.ts', 'tests/functions/{scalars,groups,casts,letter-case}.test.ts'],
    env: { LOCKSTEP_STACK: 'yes' },
    reporters: ['default', './tests/support/closing-line.ts'],
    testTimeout: 300_000,
    hookTimeout: 600_000,
    // ClickHouse runs threads of its own.
    maxWorkers: 1,
  },
});
