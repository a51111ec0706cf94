import type { Command } from 'commander';
import {
  migrateDown,
  migrateUp,
  readMigrationHistory,
  migrationStatus,
  pendingMigrations,
  resetDatabase,
  stampMigrations,
  validateMigrations,
} from '../../../platform/migrations/runner.ts';
import { isTransactional } from '../../../platform/migrations/script.ts';
import type { MigrateOptions } from '../../../platform/migrations/options.ts';
import {
  grantRights,
  migrateOptions,
  reachDatabaseServer,
  validConfig,
  type OpenDatabaseServer,
} from '../../start/runtime.ts';
import { backUpBeforeMigrating } from '../../start/before-migrating.ts';
import { addRoles } from './db-roles.ts';
import { answer, report, formatTable } from '../output.ts';

interface JsonOption {
  readonly json?: boolean;
}

/** Adds `lotgraph db` with its subcommands. */
export function addDb(program: Command): void {
  const db = program.command('db').description('Look after the schema of the database (rules MIG-1 to MIG-3).');

  db.command('up')
    .description('Apply the migrations that are pending.')
    .option('--to <migration>', 'the last one to apply, by name or number')
    .option('--no-backup', 'take no backup before them in production')
    .option('--json', 'answer as JSON')
    .action(({ to, backup, json }: JsonOption & { to?: string; backup?: boolean }) =>
      withDatabase(async (options, server) => {
        if (backup !== false)
          await backUpBeforeMigrating(validConfig(), (await migrationStatus(options)).migrations, report);
        const { done } = await migrateUp(options, to);
        await grantRights(server);
        answer(
          { applied: done },
          done.length === 0 ? 'Nothing was pending.' : `Applied ${done.join(', ')}.`,
          json === true,
        );
      }),
    );

  db.command('down')
    .description('Undo the newest migrations; refused in production.')
    .option('--steps <number>', 'how many', Number, 1)
    .option('--to <migration>', 'undo everything after this one, by name or number; 0 undoes all')
    .option('--json', 'answer as JSON')
    .action(({ steps, to, json }: JsonOption & { steps: number; to?: string }) =>
      withDatabase(async (options, server) => {
        const { done } = await migrateDown(options, to === undefined ? { steps } : { to });
        await grantRights(server);
        answer(
          { undone: done },
          done.length === 0 ? 'Nothing was there to undo.' : `Undid ${done.join(', ')}.`,
          json === true,
        );
      }),
    );

  db.command('sql')
    .description(
      'Print the scripts of the pending migrations, for a database administrator who runs them; see "db stamp".',
    )
    .option('--to <migration>', 'the last one to print, by name or number')
    .option('--json', 'answer as JSON')
    .action(({ to, json }: JsonOption & { to?: string }) =>
      withDatabase(async (options) => {
        const pending = await pendingMigrations(options, to);
        const rows = pending.map(({ name, up }) => ({ name, sql: up, isTransaction: isTransactional(up) }));
        answer(rows, rows.map(scriptText).join('\n') || '-- Nothing is pending.', json === true);
      }),
    );

  db.command('stamp')
    .description('Record pending migrations as applied, after their scripts were run by other means. Runs nothing.')
    .requiredOption('--to <migration>', 'the last one that was run, by name or number')
    .option('--json', 'answer as JSON')
    .action(({ to, json }: JsonOption & { to: string }) =>
      withDatabase(async (options, server) => {
        const { done } = await stampMigrations(options, to);
        await grantRights(server);
        const text = done.length === 0 ? 'Nothing was pending.' : `Recorded ${done.join(', ')} as applied.`;
        answer({ stamped: done }, text, json === true);
      }),
    );

  db.command('status')
    .description('Tell which migrations are applied; exit code 1 when the schema is not up to date.')
    .option('--json', 'answer as JSON')
    .action(({ json }: JsonOption) =>
      withDatabase(async (options) => {
        const status = await migrationStatus(options);
        answer(status, formatTable(status.migrations.map((each) => ({ ...each }))), json === true);
        if (!status.isCurrent) process.exitCode = 1;
      }),
    );

  db.command('history')
    .description('Tell every run of a migration, the newest first.')
    .option('--json', 'answer as JSON')
    .action(({ json }: JsonOption) =>
      withDatabase(async (options) => {
        const entries = await readMigrationHistory(options);
        answer(entries, formatTable(entries.map((each) => ({ ...each }))), json === true);
      }),
    );

  db.command('validate')
    .description('Check the migration files, alone and against the database; exit code 1 when something is wrong.')
    .option('--json', 'answer as JSON')
    .action(({ json }: JsonOption) =>
      withDatabase(async (options) => {
        const problems = await validateMigrations(options);
        answer({ problems }, problems.length === 0 ? 'Files and database agree.' : problems.join('\n'), json === true);
        if (problems.length > 0) process.exitCode = 1;
      }),
    );

  addRoles(db);

  db.command('reset')
    .description('Drop everything and apply all migrations anew; refused in production. All data is lost.')
    .requiredOption('--yes', 'confirm that all data is to be lost')
    .option('--json', 'answer as JSON')
    .action(({ json }: JsonOption) =>
      withDatabase(async (options, server) => {
        await resetDatabase(options);
        const { done } = await migrateUp(options);
        await grantRights(server);
        answer({ applied: done }, `Emptied the database and applied ${done.join(', ')}.`, json === true);
      }),
    );
}

/** A script as `psql --set ON_ERROR_STOP=1` runs it. */
function scriptText({ name, sql, isTransaction }: { name: string; sql: string; isTransaction: boolean }): string {
  const [begin, end] = isTransaction ? ['BEGIN;\n', 'COMMIT;\n'] : ['', ''];
  return `-- Migration ${name}. Afterwards: lotgraph db stamp --to ${name}\n${begin}${sql.trimEnd()}\n${end}`;
}

async function withDatabase(
  work: (options: MigrateOptions, server: OpenDatabaseServer) => Promise<void>,
): Promise<void> {
  const config = validConfig();
  const server = await reachDatabaseServer(config, report);
  try {
    await work(migrateOptions(config, server, report), server);
  } finally {
    await server.release();
  }
}
