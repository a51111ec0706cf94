import path from 'node:path';
import { defineConfig } from 'vitest/config';

/** Tests of pure rules, of the sources and of the documents. They need no database and run in seconds. */
const RULES = ['test/**/*.rules.test.ts', 'test/{architecture,docs,house,part-11,release}.test.ts'];

/**
 * Tests of processes: the command line, the built-in PostgreSQL, injected faults, whole factories. Tests that replace a
 * module are here too, because each file of this project has modules of its own.
 */
const SYSTEM = [
  'test/{faults,histories}/**/*.test.ts',
  'test/model/{floor,routes}.test.ts',
  'test/app/{access-log,audit-anchor,audit-command-line,command-line,document-commands,import,npm-start,package,simulation,start,start-failures,user-command-line,worker}.test.ts',
  'test/platform/{embedded,embedded-binaries,migrate}.test.ts',
  'test/security/log.test.ts',
  // These replace modules.
  'test/app/fast-path.test.ts',
  'test/identity/session/lock-out.api.test.ts',
  'test/security/brute-force.test.ts',
];

const CLUSTER = ['test/support/cluster.ts'];

export default defineConfig({
  // Vite would take the package's ESM copy while the libraries load its CommonJS copy, and the two copies do not
  // recognise each other's types.
  resolve: {
    alias: [{ find: /^graphql$/, replacement: path.resolve(import.meta.dirname, 'node_modules/graphql/index.js') }],
  },
  test: {
    pool: 'forks',
    // As the server itself: the heap of young objects is collected less often.
    execArgv: ['--max-semi-space-size=64'],
    // For two cores: a worker waits for PostgreSQL, for processes or for a time in a fifth of its time.
    maxWorkers: 3,
    // Long enough for a busy machine; a test that is green takes none of it.
    testTimeout: 300_000,
    hookTimeout: 300_000,
    teardownTimeout: 60_000,
    // What is waited for comes at once, or on a busy machine a little later: only what never comes is a failure.
    expect: { poll: { timeout: 60_000, interval: 20 } },
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
      { extends: true, test: { name: 'rules', include: RULES, isolate: false } },
      // These files share the modules of the product, and nothing else: one import for each worker, not for each file.
      {
        extends: true,
        test: {
          name: 'api',
          include: ['test/**/*.test.ts'],
          exclude: [...RULES, ...SYSTEM],
          isolate: false,
          globalSetup: CLUSTER,
        },
      },
      { extends: true, test: { name: 'system', include: SYSTEM, globalSetup: CLUSTER } },
    ],
  },
});
