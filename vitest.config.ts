import path from 'node:path';
import { defineConfig } from 'vitest/config';

/** Tests of pure rules, of the sources and of the documents. */
const WITHOUT_DATABASE = [
  'test/**/*.rules.test.ts',
  'test/house.test.ts',
  'test/docs.test.ts',
  'test/architecture.test.ts',
];

export default defineConfig({
  // Vite would take the package's ESM copy while the libraries load its CommonJS copy: two copies do not know each
  // other's types.
  resolve: {
    alias: [{ find: /^graphql$/, replacement: path.resolve(import.meta.dirname, 'node_modules/graphql/index.js') }],
  },
  test: {
    pool: 'forks',
    // The database server works beside the tests: more workers than cores only make both wait.
    maxWorkers: 2,
    testTimeout: 30_000,
    hookTimeout: 60_000,
    // What is waited for comes at once, or on a busy machine a little later: only what never comes is a failure.
    expect: { poll: { timeout: 20_000, interval: 20 } },
    coverage: {
      provider: 'v8',
      include: ['src/**/*.ts'],
      exclude: ['src/generated/**'],
      reporter: ['text-summary', 'json-summary', 'html'],
      thresholds: {
        lines: 90,
        statements: 90,
        functions: 90,
        branches: 80,
        'src/**/*.rules.ts': { lines: 100, branches: 100, functions: 100, statements: 100 },
      },
    },
    projects: [
      {
        extends: true,
        test: { name: 'rules', include: WITHOUT_DATABASE },
      },
      {
        extends: true,
        test: {
          name: 'floor',
          include: ['test/**/*.test.ts'],
          exclude: WITHOUT_DATABASE,
          globalSetup: ['test/support/cluster.ts'],
        },
      },
    ],
  },
});
