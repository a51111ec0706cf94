import { execFileSync, spawnSync } from 'node:child_process';
import { chmod, mkdir, readdir, rm, stat, writeFile } from 'node:fs/promises';
import { createServer } from 'node:net';
import path from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { startEmbeddedServer, type EmbeddedServer } from '../../src/platform/embedded-postgres/server.ts';
import { findPostmaster } from '../../src/platform/embedded-postgres/process.ts';
import { withConnection } from '../support/database.ts';
import { makeScratchDirectory } from '../support/scratch.ts';
import { startChild, type Child } from './child.ts';

const isRoot = process.getuid?.() === 0;
/** Whether another account can run this code at all; it cannot in a clone inside a closed home directory. */
const isOpen = isRoot && spawnSync('test', ['-r', import.meta.filename], { uid: 65_534, gid: 65_534 }).status === 0;
const noLog = (): void => undefined;

let root: string;
let directory: string;
const started: EmbeddedServer[] = [];
const children: Child[] = [];

beforeEach(async () => {
  root = await makeScratchDirectory();
  await chmod(root, 0o777);
  directory = path.join(root, 'floor');
});

afterEach(async () => {
  for (const child of children.splice(0)) await child.kill();
  for (const embedded of started.splice(0)) await embedded.stop();
  const postmaster = await findPostmaster(path.join(directory, 'data'));
  if (postmaster !== undefined) process.kill(postmaster.pid, 'SIGQUIT');
  while ((await findPostmaster(path.join(directory, 'data'))) !== undefined) await sleep(20);
  await rm(root, { recursive: true, force: true });
});

async function start(options: Partial<Parameters<typeof startEmbeddedServer>[0]> = {}): Promise<EmbeddedServer> {
  const embedded = await startEmbeddedServer({ directory, log: noLog, durability: 'none', ...options });
  started.push(embedded);
  return embedded;
}

function child(input: object = { directory }, account = {}): Child {
  const made = startChild('embedded-child.ts', input, account);
  children.push(made);
  return made;
}

async function rowsOf<Row extends object>(url: string, sql: string): Promise<readonly Row[]> {
  return withConnection(url, async (client) => (await client.query<Row>(sql)).rows);
}

async function runningPid(): Promise<number | undefined> {
  return (await findPostmaster(path.join(directory, 'data')))?.pid;
}

describe('the built-in PostgreSQL', () => {
  test('is created on first use and keeps data, port and password across a restart', async () => {
    const first = await start();
    await rowsOf(first.url, 'CREATE TABLE kept AS SELECT 42 AS answer');
    await first.stop();
    expect(await runningPid()).toBeUndefined();

    const second = await start();

    expect(second.url).toBe(first.url);
    expect(await rowsOf(second.url, 'SELECT * FROM kept')).toEqual([{ answer: 42 }]);
    expect((await readdir(directory)).filter((name) => !name.startsWith('postgresql-'))).toEqual([
      'data',
      'password',
      'port',
      'postgres.log',
    ]);
  });

  test('listens on the loopback address only, requires a password, and is durable by default', async () => {
    const settings = `SELECT name, setting FROM pg_settings
      WHERE name IN ('listen_addresses', 'unix_socket_directories', 'max_connections', 'fsync', 'synchronous_commit', 'full_page_writes', 'TimeZone') ORDER BY name COLLATE "C"`;
    const embedded = await start({ durability: 'full' });

    expect(
      (await rowsOf<{ name: string; setting: string }>(embedded.url, settings)).map(
        ({ name, setting }) => `${name}=${setting}`,
      ),
    ).toEqual([
      'TimeZone=UTC',
      'fsync=on',
      'full_page_writes=on',
      'listen_addresses=127.0.0.1',
      'max_connections=200',
      'synchronous_commit=on',
      'unix_socket_directories=',
    ]);
    expect(await rowsOf(embedded.url, `SELECT DISTINCT auth_method FROM pg_hba_file_rules`)).toEqual([
      { auth_method: 'scram-sha-256' },
    ]);
    expect((await stat(path.join(directory, 'password'))).mode & 0o777).toBe(0o600);
    const wrong = new URL(embedded.url);
    wrong.password = 'wrong';
    await expect(rowsOf(wrong.toString(), 'SELECT 1')).rejects.toMatchObject({ code: '28P01' });
  });

  test('is refused to a caller that requires durability when it runs without', async () => {
    await start();

    await expect(start({ durability: 'full' })).rejects.toThrow(
      `The PostgreSQL that runs in ${directory} was started without durability. Stop it first.`,
    );
  });

  test('creates the requested database', async () => {
    const embedded = await start({ database: 'other "floor"' });

    expect(await rowsOf(embedded.url, 'SELECT current_database() AS name')).toEqual([{ name: 'other "floor"' }]);
  });

  test('survives a killed process; the next process uses it and stops it at its end', async () => {
    const killed = child();
    const { url } = await killed.next();
    await rowsOf(String(url), 'CREATE TABLE kept AS SELECT 42 AS answer');
    const pid = await runningPid();
    await killed.kill();
    expect(await runningPid()).toBe(pid);

    const next = await start({ durability: 'full' });

    expect(next.url).toBe(url);
    expect(await runningPid()).toBe(pid);
    expect(await rowsOf(next.url, 'SELECT * FROM kept')).toEqual([{ answer: 42 }]);
    await next.stop();
    expect(await runningPid()).toBeUndefined();
  });

  test('ends with its last process also while PostgreSQL has not yet noticed that another one was killed', async () => {
    const killed = child();
    await killed.next();
    const said: string[] = [];
    const last = await start({ durability: 'full', log: (message) => said.push(message) });
    const holders = await rowsOf<{ pid: number }>(
      last.url,
      `SELECT pid FROM pg_stat_activity WHERE application_name LIKE '%process ${killed.pid}'`,
    );
    const session = holders[0]?.pid ?? 0;
    process.kill(session, 'SIGSTOP');
    await killed.kill();

    const stopped = last.stop();
    await expect
      .poll(() => said)
      .toContain('Waiting until PostgreSQL has closed the sessions of processes that have ended.');
    process.kill(session, 'SIGCONT');
    await stopped;

    expect(await runningPid()).toBeUndefined();
  });

  test('recovers all acknowledged changes when server and process are killed together', async () => {
    const killed = child();
    const { url } = await killed.next();
    await rowsOf(String(url), 'CREATE TABLE kept AS SELECT 42 AS answer');
    process.kill((await runningPid()) ?? 0, 'SIGKILL');
    await killed.kill();

    const next = await start({ durability: 'full' });

    expect(await rowsOf(next.url, 'SELECT * FROM kept')).toEqual([{ answer: 42 }]);
  });

  test('is one server for processes that start at once, and runs until the last one ends', async () => {
    const crew = [child(), child(), child()];
    const answers = await Promise.all(crew.map((member) => member.next()));
    expect(new Set(answers.map((answer) => answer['url'])).size).toBe(1);
    const pid = await runningPid();

    expect(await crew[0]?.finish()).toBe(0);
    expect(await runningPid()).toBe(pid);
    expect(await rowsOf(String(answers[1]?.['url']), 'SELECT 1 AS one')).toEqual([{ one: 1 }]);

    await Promise.all([crew[1]?.finish(), crew[2]?.finish()]);
    expect(await runningPid()).toBeUndefined();
  });

  test('protects other users when a session crashes the server', async () => {
    const first = await start({ durability: 'full' });
    const second = child();
    const { url } = await second.next();
    const lost = withConnection(String(url), async (client) => {
      const { rows } = await client.query<{ pid: number }>('SELECT pg_backend_pid() AS pid');
      process.kill(rows[0]?.pid ?? 0, 'SIGKILL');
      await client.query('SELECT pg_sleep(5)');
    });
    await expect(lost).rejects.toThrow();
    const holders = `SELECT count(*)::int AS held FROM pg_locks WHERE locktype = 'advisory' AND mode = 'ShareLock'`;
    await expect.poll(() => rowsOf(String(url), holders).catch(() => []), { interval: 100 }).toEqual([{ held: 2 }]);

    await first.stop();

    expect(await rowsOf(String(url), 'SELECT 1 AS one')).toEqual([{ one: 1 }]);
    await second.finish();
    expect(await runningPid()).toBeUndefined();
  });

  test('moves to a free port when its own port is taken, and reports it when it may not', async () => {
    const first = await start();
    const port = Number(new URL(first.url).port);
    await first.stop();
    const squatter = createServer().listen(port, '127.0.0.1');
    try {
      await expect(start({ port })).rejects.toThrow(
        `Port ${port}, asked for by the built-in PostgreSQL, is in use. Free it or choose another.`,
      );
      const second = await start();
      expect(Number(new URL(second.url).port)).not.toBe(port);
    } finally {
      squatter.close();
    }
  });

  test('ignores a stale postmaster.pid that names an unrelated process', async () => {
    await (await start()).stop();
    const innocent = child({ directory: path.join(root, 'other') });
    await innocent.next();
    const file = path.join(directory, 'data', 'postmaster.pid');
    await writeFile(
      file,
      `${innocent.pid}\n${directory}/data\n1700000000\n1\n\n127.0.0.1\n        1         1\nready\n`,
    );
    if (isRoot) execFileSync('chown', ['--reference', path.dirname(file), file]);

    const next = await start();

    expect(await rowsOf(next.url, 'SELECT 1 AS one')).toEqual([{ one: 1 }]);
    await innocent.finish();
  });

  test('removes what a killed start left behind', async () => {
    await mkdir(path.join(directory, 'draft-2147483646-abcdef'), { recursive: true });

    await start();

    expect(await readdir(directory)).not.toContain('draft-2147483646-abcdef');
  });

  test('refuses a directory with the data of another program', async () => {
    await mkdir(path.join(directory, 'data'), { recursive: true });
    await writeFile(path.join(directory, 'data', 'holiday.jpg'), '');

    await expect(start()).rejects.toThrow(`${directory}/data is not empty and no PostgreSQL data directory`);
    expect(await readdir(path.join(directory, 'data'))).toEqual(['holiday.jpg']);
  });

  test('names the wrong file when the password does not fit', async () => {
    await (await start()).stop();
    await writeFile(path.join(directory, 'password'), 'another');

    await expect(start()).rejects.toThrow(
      `The password in ${directory}/password is not that of the database beside it.`,
    );
  });
});

describe.runIf(isRoot)('as root', () => {
  const user = `lgtest${process.pid}`;

  test('the server runs under a system user, which is created when it is missing', async () => {
    try {
      const root = child({ directory, systemUser: user });
      const { log } = await root.next();

      expect(log).toContain(`PostgreSQL does not run as root: making the system user "${user}" for it.`);
      expect(
        execFileSync('stat', ['-c', '%U', path.join(directory, 'data')])
          .toString()
          .trim(),
      ).toBe(user);
      await root.finish();
    } finally {
      execFileSync('userdel', [user]);
    }
  });

  test('a directory inside a closed home directory is replaced by one that the system user can enter', async () => {
    const home = await makeScratchDirectory();
    const said: string[] = [];
    const embedded = await start({ directory: path.join(home, '.lotgraph'), log: (message) => said.push(message) });
    try {
      expect(embedded.directory).toMatch(/^\/var\/lib\/lotgraph\/lotgraph-[0-9a-f]{8}$/);
      expect(said).toContain(
        `The system user "postgres", which runs PostgreSQL, cannot enter ${home}/.lotgraph. The database lives in ${embedded.directory}.`,
      );
      expect(await rowsOf(embedded.url, 'SELECT 1 AS one')).toEqual([{ one: 1 }]);
      await embedded.stop();
      const again = await start({ directory: path.join(home, '.lotgraph') });
      expect(again.url).toBe(embedded.url);
      await again.stop();
    } finally {
      await rm(embedded.directory, { recursive: true, force: true });
      await rm(home, { recursive: true });
    }
  });

  test.runIf(isOpen)('a database of an ordinary user keeps running under that user', async () => {
    execFileSync('useradd', ['--no-create-home', '--home-dir', '/nonexistent', user]);
    try {
      const uid = Number(execFileSync('id', ['-u', user]).toString());
      const ordinary = child({ directory }, { uid, gid: uid });
      const { url } = await ordinary.next();
      expect((await stat(path.join(directory, 'data'))).uid).toBe(uid);
      await ordinary.finish();

      const asRoot = child();
      expect((await asRoot.next())['url']).toBe(url);
      await asRoot.finish();

      const back = child({ directory }, { uid, gid: uid });
      expect((await back.next())['url']).toBe(url);
      await back.finish();
    } finally {
      execFileSync('userdel', [user]);
    }
  });

  test.runIf(isOpen)(
    'a user who may not use a database gets an error that names the owner of the database',
    async () => {
      await (await start()).stop();

      await expect(child({ directory }, { uid: 65_534, gid: 65_534 }).next()).rejects.toThrow(
        `The built-in PostgreSQL cannot use the directory ${directory} (EACCES: permission denied`,
      );
    },
  );
});
