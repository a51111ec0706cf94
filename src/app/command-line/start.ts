import type { Command } from 'commander';
import type { Config } from '../../platform/config.ts';
import type { Services } from '../../platform/context.ts';
import { developmentToken } from '../development-token.ts';
import { openRuntime, soundConfig } from '../runtime.ts';
import { startServer } from '../server.ts';
import { report } from './output.ts';

interface StartOptions {
  readonly port?: number;
  readonly host?: string;
  readonly demo?: boolean;
}

export function addStart(program: Command): void {
  program
    .command('start')
    .description('Start the server: the built-in PostgreSQL unless DATABASE_URL is set, migrations applied, /graphql served until Ctrl-C.')
    .option('--port <number>', 'port to listen on (LOTGRAPH_PORT)', Number)
    .option('--host <address>', 'address to listen on (LOTGRAPH_HOST)')
    .option('--demo', 'fill an empty database with a small running factory first')
    .action(start);
}

async function start({ port, host }: StartOptions): Promise<void> {
  const overrides: Partial<Config> = { ...(port === undefined ? {} : { port }), ...(host === undefined ? {} : { host }) };
  const runtime = await openRuntime(soundConfig(overrides), report);
  const server = await startServer(runtime.services);
  report(`lotgraph listens on ${server.url}`);
  await greet(runtime.services, server.url);
  const stop = (signal: string): void => {
    report(`${signal}: finishing what is under way.`);
    void server
      .stop()
      .then(() => runtime.close())
      .then(() => process.exit(0), (error: unknown) => {
        report(String(error));
        process.exit(1);
      });
  };
  process.once('SIGINT', stop);
  process.once('SIGTERM', stop);
}

async function greet(services: Services, url: string): Promise<void> {
  const token = await developmentToken(services);
  if (token === undefined) return;
  report(`GraphiQL with a tour: open ${url} in a browser.`);
  report(`Ready token of the administrator, for 7 days, in development only:\n  ${token}`);
}
