/** `lotgraph check`: the checklist of a deployment as one command with one exit code. */
import path from 'node:path';
import type { Command } from 'commander';
import { answer, formatTable, report } from '../output.ts';

interface Options {
  readonly json?: boolean;
  readonly record?: string;
  readonly compare?: string;
}

/** Adds `lotgraph check`. */
export function addCheck(program: Command): void {
  program
    .command('check')
    .description(
      'Check that the plant is whole and answers: schema, stored data, rules, audit trail, key queries, connections, clock, disk. Changes nothing; exit code 1 when something is wrong.',
    )
    .option('--record <file>', 'keep how the plant is, to compare with later')
    .option('--compare <file>', 'compare with how the plant was: times, statements, rows')
    .option('--json', 'answer as JSON')
    .action(async ({ json, record, compare }: Options) => {
      const [{ checkPlant }, { readBaseline, writeBaseline }, { openForCheck }] = await Promise.all([
        import('./check-plant.ts'),
        import('./baseline.ts'),
        import('../../start/open-for-check.ts'),
      ]);
      const before = compare === undefined ? undefined : await readBaseline(path.resolve(compare));
      const opened = await openForCheck(report);
      try {
        const found = await checkPlant(opened.services, { ...opened, before });
        if (record !== undefined) await writeBaseline(path.resolve(record), found.baseline);
        const rows = found.findings.map(({ status, check, message }) => ({ status, check, message }));
        const summary = found.isHealthy
          ? 'Everything is as it should be.'
          : `${rows.filter(({ status }) => status === 'FAILED').length} of ${rows.length} checks failed.`;
        const sizes = found.tables.map(({ name, rows: count, tableBytes, indexBytes }) => ({
          table: name,
          rows: count,
          'table KiB': Math.round(tableBytes / 1_024),
          'index KiB': Math.round(indexBytes / 1_024),
        }));
        answer(found, `${formatTable(rows)}\n\n${formatTable(sizes)}\n\n${summary}`, json === true);
        if (!found.isHealthy) process.exitCode = 1;
      } finally {
        await opened.close();
      }
    });
}
