/** `lotgraph files`: checks and sweeps the file store. */
import type { Command } from 'commander';
import { answer, formatTable } from './output.ts';
import { withServices } from './services.ts';

interface JsonOption {
  readonly json?: boolean;
}

const NEEDED = { needsFiles: true };

/** Adds `lotgraph files` with its subcommands. */
export function addFiles(program: Command): void {
  const files = program.command('files').description('Look after the contents of artifacts and reports.');

  files
    .command('verify')
    .description('Read every stored file again; exit code 1 when one is missing or not what it was (ART-2).')
    .option('--json', 'answer as JSON')
    .action(({ json }: JsonOption) =>
      withServices(async (services) => {
        // The entities with files declare them when they are imported.
        const [{ checkFiles }] = await Promise.all([
          import('../../platform/file-store/check.ts'),
          import('../schema.ts'),
        ]);
        const found = await checkFiles(services);
        const summary = `${found.checkedRecords} records with ${found.checkedFiles} files (${found.checkedBytes} bytes): ${found.isIntact ? 'all are as they were.' : `${found.damaged.length} are damaged.`}`;
        const rows = found.damaged.map(({ type, id, location, problem, key }) => ({
          type,
          id,
          location,
          problem,
          key,
        }));
        answer(found, rows.length === 0 ? summary : `${formatTable(rows)}\n\n${summary}`, json === true);
        if (!found.isIntact) process.exitCode = 1;
      }, NEEDED),
    );

  files
    .command('sweep')
    .description('Remove files that nothing refers to for a day, as the server does every day.')
    .option('--json', 'answer as JSON')
    .action(({ json }: JsonOption) =>
      withServices(async (services) => {
        const { sweep } = await import('../jobs/file-sweep.ts');
        const swept = await sweep(services);
        const text = `Removed ${swept.removedFiles} files (${swept.removedBytes} bytes) and ${swept.removedUnfinished} unfinished ones; kept ${swept.keptFiles}. ${swept.releasedArtifacts} artifacts at TEMPORARY have no content any more.`;
        answer(swept, text, json === true);
      }, NEEDED),
    );
}
