import type { Command } from 'commander';
import { DEFAULT_SEED, LOTS, SERIALS_PER_LOT, type SimulateOptions, STEPS } from '../../simulation/options.ts';

/** Adds `lotgraph simulate`. */
export function addSimulate(program: Command): void {
  program
    .command('simulate')
    .description(
      'Fill an empty database with a believable running factory; refused in production, and where masters or lots exist.',
    )
    .option('--lots <number>', `how many, ${LOTS.min} to ${LOTS.max}`, Number, LOTS.default)
    .option(
      '--serials-per-lot <number>',
      `units of each lot, ${SERIALS_PER_LOT.min} to ${SERIALS_PER_LOT.max} (default: a mix of 50 to 100)`,
      Number,
    )
    .option(
      '--steps <number>',
      `steps of a unit that runs through all of them, its conversion included, ${STEPS.min} to ${STEPS.max}`,
      Number,
      STEPS.default,
    )
    .option('--seed <text>', 'the same seed, size and end give the same factory', DEFAULT_SEED)
    .option('--until <instant>', 'end of the simulated time, with offset (default: now)')
    .option('--no-audit', 'write no audit entries for the simulated history: faster, and half the size')
    .option('--json', 'answer as JSON')
    .action(async (options: SimulateOptions) => (await import('./run-simulation.ts')).runSimulation(options));
}
