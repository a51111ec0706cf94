/** A migration runner in a process of its own, told what to do by one JSON argument. */
import { migrateUp } from '../../src/platform/migrations/runner.ts';
import type { MigrateOptions } from '../../src/platform/migrations/options.ts';

const options: MigrateOptions = JSON.parse(process.argv[2] ?? '{}');
const { done } = await migrateUp({
  ...options,
  report: (progress) => process.stdout.write(`${JSON.stringify({ progress })}\n`),
});
process.stdout.write(`${JSON.stringify({ done })}\n`);
