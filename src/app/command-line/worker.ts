import type { Command } from 'commander';
import { progress, report } from './output.ts';

/** Adds `lotgraph worker`. */
export function addWorker(program: Command): void {
  program
    .command('worker')
    .description(
      'Do background work and nothing else until Ctrl-C, for servers that run with LOTGRAPH_WORKER=off. Any number of workers may run.',
    )
    .action(async () => (await import('../start/work.ts')).work({ report, progress }));
}
