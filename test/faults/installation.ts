/**
 * A server with its own built-in PostgreSQL in a temporary directory. Faults may destroy it without harm to other
 * tests.
 */
import { chmod, readFile, rm } from 'node:fs/promises';
import path from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { findPostmaster } from '../../src/platform/embedded-postgres/process.ts';
import { startLotgraph, type RunningStart } from '../support/command-line.ts';
import { makeScratchDirectory } from '../support/scratch.ts';

export interface Installation extends AsyncDisposable {
  readonly directory: string;
  /** The data directory of its PostgreSQL. */
  readonly data: string;
  start(environment?: Readonly<Record<string, string>>): Promise<RunningStart>;
  /** The URL of the database for its superuser, while PostgreSQL runs. */
  databaseUrl(): Promise<string>;
}

/** These tests do not test rates, and they expect faults in the log. */
export const QUIET = { LOTGRAPH_REQUESTS_PER_SECOND: '0', LOTGRAPH_LOG_LEVEL: 'silent' } as const;

export async function newInstallation(): Promise<Installation> {
  const directory = await makeScratchDirectory();
  await chmod(directory, 0o755);
  return installationIn(directory, () => rm(directory, { recursive: true, force: true }));
}

export function installationIn(directory: string, clear: () => Promise<void>): Installation {
  const data = path.join(directory, 'data');
  const started: RunningStart[] = [];
  return {
    directory,
    data,
    async start(environment = {}) {
      const running = await startLotgraph({ ...QUIET, LOTGRAPH_DATA: directory, ...environment });
      started.push(running);
      return running;
    },
    async databaseUrl() {
      const [password, port] = await Promise.all(
        ['password', 'port'].map((file) => readFile(path.join(directory, file), 'utf8')),
      );
      return `postgresql://lotgraph:${password}@127.0.0.1:${port}/lotgraph?sslmode=disable`;
    },
    async [Symbol.asyncDispose]() {
      for (const { child, ended } of started) {
        child.kill('SIGKILL');
        await ended;
      }
      for (let left = await findPostmaster(data); left !== undefined; left = await findPostmaster(data)) {
        process.kill(left.pid, 'SIGQUIT');
        await sleep(20);
      }
      await clear();
    },
  };
}
