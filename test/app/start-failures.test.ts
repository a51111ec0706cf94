/** A start that cannot succeed: one sentence on standard error that says what to change, exit code 1, nothing left running. */
import { chmod, mkdir, rm, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { startEmbeddedServer } from '../../src/platform/embedded-postgres/server.ts';
import { findPostmaster } from '../../src/platform/embedded-postgres/process.ts';
import { mayMount, mountSmallDisk } from '../faults/small-disk.ts';
import { lotgraph, spawnLotgraph, startLotgraph, type Ended } from '../support/command-line.ts';
import { freshDatabase, withConnection } from '../support/database.ts';
import { makeScratchDirectory } from '../support/scratch.ts';

let root: string;
let directory: string;
let count = 0;

beforeAll(async () => {
  root = await makeScratchDirectory();
  await chmod(root, 0o755);
});
beforeEach(() => {
  directory = path.join(root, String((count += 1)));
});
afterAll(() => rm(root, { recursive: true, force: true }));

/** What the start says in the end, after its lines of progress. */
async function failureOf(environment: Readonly<Record<string, string>>): Promise<string> {
  const ended: Ended = await lotgraph(['start', '--port', '0'], { LOTGRAPH_LOG_LEVEL: 'error', ...environment });
  expect(ended.code).toBe(1);
  expect(ended.stdout).toBe('');
  return ended.stderr.replace(/^(?:Preparing the database|Applying migration|Copying|The PostgreSQL in) .*\n/gm, '');
}

describe('a start with a PostgreSQL of its own operator says', () => {
  test('that the administrator of development still has the documented password, where others can reach the server (USR-6)', async () => {
    const { url, drop } = await freshDatabase();
    const mine = {
      DATABASE_URL: url,
      LOTGRAPH_HOST: '0.0.0.0',
      LOTGRAPH_TOKEN_SECRET: 'x'.repeat(40),
      LOTGRAPH_ADMIN_PASSWORD: 'Forty-2-Lots',
    };
    expect((await lotgraph(['user', 'list'], { DATABASE_URL: url })).code).toBe(0);

    expect(await failureOf(mine)).toBe(
      'The user "admin" in this database still has the documented password (USR-6). Give them another one with "lotgraph user reset-password admin", then start again.\n',
    );

    expect((await lotgraph(['user', 'reset-password', 'admin', '--generate'], mine)).code).toBe(0);
    const { child, ended } = await startLotgraph({ ...mine, LOTGRAPH_LOG_FORMAT: 'json' });
    child.kill('SIGTERM');
    expect((await ended).code).toBe(0);
    await drop();
  });

  test('what is wrong with the file of trusted documents, before anything is migrated', async () => {
    const { url, drop } = await freshDatabase();
    await lotgraph(['db', 'down'], { DATABASE_URL: url });

    expect(await failureOf({ DATABASE_URL: url, LOTGRAPH_TRUSTED_DOCUMENTS: '/nonexistent' })).toMatch(
      /^LOTGRAPH_TRUSTED_DOCUMENTS: \/nonexistent cannot be read: .+\n$/,
    );

    expect((await lotgraph(['db', 'status'], { DATABASE_URL: url })).stdout).toMatch(/PENDING/);
    await drop();
  });

  test('that nothing answers at the address', async () => {
    expect(await failureOf({ DATABASE_URL: 'postgresql://lotgraph:secret@127.0.0.1:1/plant' })).toBe(
      'PostgreSQL at 127.0.0.1:1 cannot be reached (connect ECONNREFUSED 127.0.0.1:1); check that it runs and that the database URL names it.\n',
    );
  });

  test.each([
    ['password', (url: URL) => (url.password = 'not-this-one')],
    ['role', (url: URL) => (url.username = 'nobody_here')],
  ])('that a wrong %s is refused, without showing the password', async (_what, change) => {
    const database = await freshDatabase();
    const url = new URL(database.url);
    change(url);

    const said = await failureOf({ DATABASE_URL: url.toString() });

    expect(said).toMatch(
      new RegExp(
        `^PostgreSQL at 127\\.0\\.0\\.1:${url.port} refuses the login of the role ${url.username} \\(.+\\); check the role and the password in the database URL\\.\\n$`,
      ),
    );
    expect(said).not.toContain('not-this-one');
    await database.drop();
  });

  test('that there is no such database', async () => {
    const database = await freshDatabase();
    const url = new URL(database.url);
    url.pathname = '/no_plant';

    expect(await failureOf({ DATABASE_URL: url.toString() })).toBe(
      `PostgreSQL at 127.0.0.1:${url.port} has no database no_plant; make it, or name another one in the database URL.\n`,
    );
    await database.drop();
  });

  test('that a newer release has migrated the database, which stays as it is (MIG-1)', async () => {
    const database = await freshDatabase();
    await withConnection(database.url, (client) =>
      client.query(
        `INSERT INTO _prisma_migrations (id, checksum, migration_name, finished_at) VALUES ('9', 'x', '9999_future', now())`,
      ),
    );

    expect(await failureOf({ DATABASE_URL: database.url })).toBe(
      'MIG-1: the migrations cannot be run. 9999_future is applied but its file is missing. A newer release has migrated this database; start that release, or a later one.\n',
    );
    await database.drop();
  });

  test('that its role may not make the tables', async () => {
    const database = await freshDatabase();
    const role = `guest_${process.pid}`;
    await withConnection(database.url, (client) =>
      client.query(`DROP SCHEMA public CASCADE; CREATE SCHEMA public; CREATE ROLE ${role} LOGIN PASSWORD 'guest'`),
    );
    const url = new URL(database.url);
    url.username = role;
    url.password = 'guest';

    expect(await failureOf({ DATABASE_URL: url.toString() })).toBe(
      'PostgreSQL refused a step of the start (no schema has been selected to create in); the server was not started.\n',
    );
    await withConnection(database.url, (client) => client.query(`DROP ROLE ${role}`));
    await database.drop();
  });
});

describe('a start with the built-in PostgreSQL says', () => {
  test('that its directory cannot be written', async () => {
    await writeFile(directory, 'a file, where a directory should be');

    expect(await failureOf({ LOTGRAPH_DATA: path.join(directory, 'plant') })).toMatch(
      /^The built-in PostgreSQL cannot use the directory \S+\/plant \(\S+ is a file\)\. Set LOTGRAPH_DATA to a directory that this user may write, or DATABASE_URL to a PostgreSQL server\.\n$/,
    );
  });

  test.runIf(mayMount)('that the disk is full', async () => {
    const disk = await mountSmallDisk(20);
    const data = path.join(disk.directory, 'plant');

    expect(await failureOf({ LOTGRAPH_DATA: data })).toMatch(
      /^The database in \S+ could not be made: .*No space left on device\.\n$/,
    );

    expect(await findPostmaster(path.join(data, 'data'))).toBeUndefined();
    await disk.unmount();
  });

  test('that the secret of the database is another one', async () => {
    const embedded = await startEmbeddedServer({ directory, log: () => undefined, durability: 'none' });
    await embedded.stop();
    await writeFile(path.join(directory, 'password'), 'another');

    expect(await failureOf({ LOTGRAPH_DATA: directory })).toBe(
      `The password in ${directory}/password is not that of the database beside it.\n`,
    );
    expect(await findPostmaster(path.join(directory, 'data'))).toBeUndefined();
  });

  test('why PostgreSQL does not start, and where its log is', async () => {
    await mkdir(path.join(directory, 'data'), { recursive: true });
    await writeFile(path.join(directory, 'data', 'PG_VERSION'), '12\n');

    expect(await failureOf({ LOTGRAPH_DATA: directory })).toMatch(
      /^The built-in PostgreSQL in \S+ did not start: .+ \(see \S+\/postgres\.log\)\.\n$/,
    );
    expect(await findPostmaster(path.join(directory, 'data'))).toBeUndefined();
  });

  test('that a secret of the configuration is too short, and starts nothing', async () => {
    expect(await failureOf({ LOTGRAPH_DATA: directory, LOTGRAPH_TOKEN_SECRET: 'short' })).toBe(
      'The configuration is not usable:\n  - LOTGRAPH_TOKEN_SECRET must be a text of at least 32 characters.\n',
    );
  });

  test('that it was ended by a signal: PostgreSQL does not stay', async () => {
    const { child, ended, words } = spawnLotgraph(['start', '--port', '0', '--demo'], { LOTGRAPH_DATA: directory });
    await expect.poll(words).toContain('Applying migration 1 of');

    child.kill('SIGTERM');

    expect(await ended).toMatchObject({
      code: 1,
      stderr: expect.stringMatching(
        /SIGTERM: the start ends after its present step\.\n(?:.*\n)*The start was ended by a signal\.\n$/,
      ),
    });
    expect(await findPostmaster(path.join(directory, 'data'))).toBeUndefined();
  });
});
