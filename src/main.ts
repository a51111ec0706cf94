#!/usr/bin/env node
/**
 * The command line. Answers go to standard output, progress and problems to standard error; the exit code says how the
 * command ended.
 */
import { Command } from 'commander';
import { addAudit } from './app/command-line/audit.ts';
import { addConfig } from './app/command-line/config.ts';
import { addDb } from './app/command-line/db.ts';
import { addFiles } from './app/command-line/files.ts';
import { addImport } from './app/command-line/import.ts';
import { errorText, report } from './app/command-line/output.ts';
import { addSimulate } from './app/command-line/simulate.ts';
import { addStart } from './app/command-line/start.ts';
import { addUser } from './app/command-line/user.ts';
import { addWorker } from './app/command-line/worker.ts';
import { VERSION } from './app/start/runtime.ts';

const program = new Command()
  .name('lotgraph')
  .description('Manufacturing traceability and quality as one GraphQL graph on PostgreSQL.')
  .version(VERSION)
  .showHelpAfterError();

addStart(program);
addWorker(program);
addDb(program);
addImport(program);
addConfig(program);
addSimulate(program);
addAudit(program);
addUser(program);
addFiles(program);

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
