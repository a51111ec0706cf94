/** The backups of a configuration: of the built-in PostgreSQL in its data directory, and of its file store. */
import path from 'node:path';
import { Client } from 'pg';
import { startEmbeddedServer } from '../../embedded-postgres/server.ts';
import { openFileStore } from '../open-file-store.ts';
import type { FileStore } from '../file-store.ts';
import { openRepository, type Repository } from './repository.ts';
import { exclusively } from './wal-archive.ts';
import type { Config } from '../../process/config.ts';
import { AppError } from '../../values/assert.ts';

/** What a backup reads and writes. */
export interface OpenPlant {
  readonly repository: Repository;
  readonly client: Client;
  readonly directory: string;
  readonly files: FileStore;
}

/** The repository of the configuration. Fails when it has none. */
export async function repositoryOf({ backups, backupKey }: Config): Promise<Repository> {
  if (backups === undefined) throw new AppError('Set LOTGRAPH_BACKUPS to the folder of the backups.');
  return openRepository(path.resolve(backups), backupKey);
}

/** Does work on the repository and the built-in PostgreSQL, when no other process works on them. */
export async function withPlant<T>(
  config: Config,
  report: (message: string) => void,
  work: (plant: OpenPlant) => Promise<T>,
): Promise<T> {
  if (config.databaseUrl !== undefined)
    throw new AppError(
      'DATABASE_URL names a PostgreSQL of its own. Back it up with its own tools, such as pgBackRest; docs/backup.md says what belongs together.',
    );
  const repository = await repositoryOf(config);
  const files = await openFileStore(config);
  const server = await startEmbeddedServer({ directory: path.resolve(config.dataDirectory), log: report });
  const client = new Client({ connectionString: server.url });
  // A lost connection fails the query that waits for it.
  client.on('error', () => undefined);
  try {
    await client.connect();
    return await exclusively(client, () => work({ repository, client, directory: server.directory, files }));
  } finally {
    await client.end().catch(() => undefined);
    await server.stop();
  }
}
