import type { Command } from 'commander';
import type { StartOptions } from '../start/options.ts';
import { progress, report } from './output.ts';

/** Adds `lotgraph worker`. */
export function addWorker(program: Command): void {
  program
    .command('worker')
    .description(
      'Do background work and nothing else until Ctrl-C, for servers that run with LOTGRAPH_WORKER=off. Any number of workers may run.',
    )
    .option('--no-backup', 'take no backup before migrations in production')
    .action(async (options: Pick<StartOptions, 'backup'>) =>
      (await import('../start/work.ts')).work(options, { report, progress }),
    );
}
