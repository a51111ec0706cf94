#!/usr/bin/env node
/**
 * The command line. Answers go to standard output, progress and problems to standard error; the exit code says how the
 * command ended.
 */
import { Command } from 'commander';
import { errorText, report } from './app/command-line/output.ts';
import { VERSION } from './app/start/version.ts';

const program = new Command()
  .name('lotgraph')
  .description('Manufacturing traceability and quality as one GraphQL graph on PostgreSQL.')
  .version(VERSION)
  .showHelpAfterError();

/** The commands, in the order of the help. Their files load most of the program. */
const COMMANDS: Readonly<Record<string, () => Promise<(to: Command) => void>>> = {
  start: async () => (await import('./app/command-line/start.ts')).addStart,
  worker: async () => (await import('./app/command-line/worker.ts')).addWorker,
  db: async () => (await import('./app/command-line/db/db.ts')).addDb,
  check: async () => (await import('./app/command-line/check/check.ts')).addCheck,
  import: async () => (await import('./app/command-line/import.ts')).addImport,
  config: async () => (await import('./app/command-line/config.ts')).addConfig,
  simulate: async () => (await import('./app/command-line/simulation/simulate.ts')).addSimulate,
  figures: async () => (await import('./app/command-line/figures/figures.ts')).addFigures,
  audit: async () => (await import('./app/command-line/audit/audit.ts')).addAudit,
  user: async () => (await import('./app/command-line/user.ts')).addUser,
  backup: async () => (await import('./app/command-line/backup/backup.ts')).addBackup,
  files: async () => (await import('./app/command-line/files.ts')).addFiles,
};

// A command that is named first needs no other one. The help, and the message about an unknown command, need all.
const [, , named = ''] = process.argv;
const needed = Object.hasOwn(COMMANDS, named) ? [named] : Object.keys(COMMANDS);
for (const add of await Promise.all(needed.map((name) => COMMANDS[name]?.()))) add?.(program);

// `start` and `worker` write them into their log.
program.hook('preAction', async (_program, command) => {
  if (['start', 'worker'].includes(command.name())) return;
  const { unknownSettings } = await import('./platform/process/config.ts');
  for (const warning of unknownSettings()) report(warning);
});

try {
  await program.parseAsync();
} catch (error) {
  report(errorText(error));
  process.exitCode = 1;
}
