import { configDefaults, defineConfig } from 'vitest/config';
import { oracleTests, testsWithoutOracle } from './test/support/oracles.ts';

/** Unit tests that do not share a process with others: they replace modules, or wait and work for seconds. */
const apart = [
  'test/unit/credentials/{chain,environment}.test.ts',
  'test/unit/storage/trash.test.ts',
  'test/unit/http/rate-limit/sandbox.test.ts',
  'test/unit/sandbox/processes.test.ts',
];
const rest = ['test/!(unit)/**/*.test.ts', ...apart, ...oracleTests('test/unit/')];

const each = { testTimeout: 20_000, hookTimeout: 60_000 };

export default defineConfig({
  test: {
    projects: [
      {
        // `npm run test:unit`. A process for each file would cost more than the tests.
        test: {
          ...each,
          name: 'unit',
          include: ['test/unit/**/*.test.ts'],
          exclude: [...configDefaults.exclude, ...rest],
          isolate: false,
        },
      },
      {
        test: {
          ...each,
          name: 'rest',
          include: rest,
          exclude: [...configDefaults.exclude, ...testsWithoutOracle(process.env)],
          globalSetup: ['test/support/build.ts'],
        },
      },
    ],
    // Most of the time goes into waiting for programs: every core may have its file.
    maxWorkers: '100%',
  },
});
