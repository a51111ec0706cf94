/** `lotgraph figures`: the figures of the graph for scripts, and for people without a browser. */
import type { Command } from 'commander';

/** Adds `lotgraph figures`. Its figures and their options are those of the schema, which is loaded when it is used. */
export function addFigures(program: Command): void {
  program
    .command('figures')
    .description('Answer a figure as a table, JSON, CSV or a picture; "figures --help" lists them.')
    .argument('[figure...]', 'the figure with its options')
    .helpOption(false)
    .allowUnknownOption()
    .action(async (_words: readonly string[], _options: unknown, command: Command) => {
      const { figureProgram } = await import('./program.ts');
      await figureProgram().parseAsync([...command.args], { from: 'user' });
    });
}
