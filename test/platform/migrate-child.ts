/** Runs migrations in a process of its own. One JSON argument sets the options. */
import { migrateUp } from '../../src/platform/migrations/runner.ts';
import type { MigrateOptions } from '../../src/platform/migrations/options.ts';

const options: MigrateOptions = JSON.parse(process.argv[2] ?? '{}');
const { done } = await migrateUp({
  ...options,
  report: (progress) => process.stdout.write(`${JSON.stringify({ progress })}\n`),
});
process.stdout.write(`${JSON.stringify({ done })}\n`);
