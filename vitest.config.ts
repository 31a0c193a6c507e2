import { configDefaults, defineConfig } from 'vitest/config';
import { testsWithoutOracle } from './test/support/oracles.ts';

export default defineConfig({
  test: {
    include: ['test/**/*.test.ts'],
    exclude: [...configDefaults.exclude, ...testsWithoutOracle(process.env)],
    globalSetup: ['test/support/build.ts'],
    testTimeout: 20_000,
    hookTimeout: 60_000,
    // Most of the time goes into waiting for programs: every core may have its file.
    maxWorkers: '100%',
  },
});
