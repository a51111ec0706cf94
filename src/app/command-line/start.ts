import type { Command } from 'commander';
import { progress, report } from './output.ts';
import type { StartOptions } from '../start/options.ts';

/** Adds `lotgraph start`. */
export function addStart(program: Command): void {
  program
    .command('start')
    .description(
      'Start the server: the built-in PostgreSQL unless DATABASE_URL is set, migrations applied, /graphql served until Ctrl-C.',
    )
    .option('--port <number>', 'port to listen on (LOTGRAPH_PORT)')
    .option('--host <address>', 'address to listen on (LOTGRAPH_HOST)')
    .option('--demo', 'fill an empty database with a small running factory first')
    .option('--no-backup', 'take no backup before migrations in production')
    .action(async (options: StartOptions) => (await import('../start/serve.ts')).serve(options, { report, progress }));
}
