/**
 * The machine of a plant is lost while stations write: the server and PostgreSQL are killed, and their directory is
 * deleted. What is left is the folder of the backups.
 */
import { chmod, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { Client } from 'pg';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { listBackups, openRepository } from '../../src/platform/file-store/backup/repository.ts';
import { pruneRepository, verifyRepository } from '../../src/platform/file-store/backup/verify-repository.ts';
import { startEmbeddedServer } from '../../src/platform/embedded-postgres/server.ts';
import { plusDays } from '../../src/platform/values/time.ts';
import { present } from '../../src/platform/values/assert.ts';
import { lotgraph, startLotgraph, type RunningStart } from '../support/command-line.ts';
import { uploadForm } from '../support/upload.ts';
import { makeScratchDirectory } from '../support/scratch.ts';
import { chanceOf, isFull, rounds } from './rounds.ts';

const ROUNDS = rounds(20, 2);
const WRITERS = 3;
const KEY = 'the-key-of-the-backups-of-this-test';

/** A backup flushes a thousand files, next to whatever else the machine does. */
const PATIENTLY = { timeout: 600_000, interval: 50 };

let scratch: string;
/** The plant that works now. */
let running: { readonly server: RunningStart; readonly data: string } | undefined;
let backups: string;
const directory = (name: string): string => path.join(scratch, name);
const environment = (data: string): Record<string, string> => ({
  LOTGRAPH_DATA: data,
  LOTGRAPH_BACKUPS: backups,
  LOTGRAPH_BACKUP_KEY: KEY,
  LOTGRAPH_REQUESTS_PER_SECOND: '0',
});
beforeAll(async () => {
  scratch = await makeScratchDirectory();
  // Run as root, PostgreSQL works as another user, who has to reach its data.
  await chmod(scratch, 0o755);
  backups = path.join(scratch, 'backups');
});
afterAll(async () => {
  if (running !== undefined) await lose(running.server, running.data);
  await rm(scratch, { recursive: true, force: true });
});

/** A product model that was acknowledged, and when it was sent and acknowledged. */
interface Made {
  readonly code: string;
  readonly sentAt: number;
  readonly answeredAt: number;
}

/** Makes product models until the server is gone. */
async function write({ url, token }: RunningStart, prefix: string, made: Made[]): Promise<void> {
  const headers = { authorization: `Bearer ${token}`, 'content-type': 'application/json' };
  for (let number = 1; ; number += 1) {
    const code = `${prefix}${number}`;
    const sentAt = Date.now();
    const query = `mutation { createProductModel(input: { code: "${code}", name: "Model" }) { errors { message } } }`;
    const response = await fetch(url, { method: 'POST', headers, body: JSON.stringify({ query }) }).catch(
      () => undefined,
    );
    if (response === undefined) return;
    const { data } = (await response.json().catch(() => ({}))) as {
      data?: { createProductModel: { errors: unknown[] } };
    };
    if (data === undefined) return;
    expect(data.createProductModel.errors).toEqual([]);
    made.push({ code, sentAt, answeredAt: Date.now() });
  }
}

/** An image of an inspection, so that the file store has a content. */
async function keepEvidence({ url, token }: RunningStart): Promise<void> {
  const authorization = `Bearer ${token}`;
  const ask = async (query: string): Promise<Readonly<Record<string, { readonly id: string }>>> => {
    const headers = { authorization, 'content-type': 'application/json' };
    const response = await fetch(url, { method: 'POST', headers, body: JSON.stringify({ query }) });
    const { data } = (await response.json()) as { data: { payload: Record<string, { id: string }> } };
    return data.payload;
  };
  await ask('mutation { payload: createProductModel(input: { code: "PSA", name: "Sensor" }) { errors { message } } }');
  await ask('mutation { payload: createProductionLine(input: { code: "KR01", name: "Line" }) { errors { message } } }');
  const { lot } = await ask(
    'mutation { payload: createLot(input: { productModel: { code: "PSA" }, productionLine: { code: "KR01" }, productionDate: "2026-11-20" }) { lot { id } } }',
  );
  const { inspection } = await ask(
    `mutation { payload: createInspection(input: { lot: { id: "${lot?.id}" }, type: VISUAL, sampleCode: "SAMPLE-1" }) { inspection { id } } }`,
  );
  const body = uploadForm({ inspection: inspection?.id, type: 'IMAGE' }, { content: Buffer.alloc(100_000, 7) });
  const response = await fetch(url, { method: 'POST', headers: { authorization, 'x-lotgraph-upload': '1' }, body });
  expect(await response.json()).toMatchObject({ data: { payload: { errors: [] } } });
}

/** The connection of the superuser of a running built-in server. */
async function asSuperuser<T>(data: string, work: (client: Client) => Promise<T>): Promise<T> {
  const [password, port] = await Promise.all(
    ['password', 'port'].map((name) => readFile(path.join(data, name), 'utf8')),
  );
  const client = new Client({
    host: '127.0.0.1',
    port: Number(port),
    user: 'lotgraph',
    password,
    database: 'lotgraph',
  });
  await client.connect();
  try {
    return await work(client);
  } finally {
    await client.end();
  }
}

async function codesIn(data: string): Promise<readonly string[]> {
  const server = await startEmbeddedServer({ directory: data, log: () => undefined });
  const client = new Client({ connectionString: server.url });
  try {
    await client.connect();
    const { rows } = await client.query<{ code: string }>('SELECT code FROM product_models');
    return rows.map(({ code }) => code);
  } finally {
    await client.end();
    await server.stop();
  }
}

/** Ends everything at once, as a machine that burns. */
async function lose({ child, ended }: RunningStart, data: string): Promise<void> {
  const postmaster = Number((await readFile(path.join(data, 'data/postmaster.pid'), 'utf8')).split('\n')[0]);
  child.kill('SIGKILL');
  process.kill(postmaster, 'SIGKILL');
  await ended;
  await rm(data, { recursive: true, force: true, maxRetries: 50, retryDelay: 100 });
}

async function restored(
  to: string,
  args: readonly string[] = [],
): Promise<{ readonly files: number; readonly problems: readonly string[] }> {
  const { code, stdout, stderr } = await lotgraph(
    ['backup', 'restore', '--to', to, '--json', ...args],
    environment(to),
  );
  if (code !== 0) throw new Error(stderr);
  return JSON.parse(stdout);
}

/** A restore to an instant has what was acknowledged before it, and nothing that was sent after it. */
async function expectEarlier(
  made: readonly Made[],
  before: readonly string[],
  instant: Date,
  to: string,
): Promise<void> {
  expect((await restored(to, ['--until', instant.toISOString()])).problems).toEqual([]);
  const codes = await codesIn(to);
  const sure = made.filter(({ answeredAt }) => answeredAt < instant.getTime()).map(({ code }) => code);
  const afterwards = new Set(made.filter(({ sentAt }) => sentAt > instant.getTime()).map(({ code }) => code));
  expect(codes).toEqual(expect.arrayContaining([...before, ...sure]));
  expect(codes.filter((code) => afterwards.has(code))).toEqual([]);
  await rm(to, { recursive: true });
}

test(`a lost plant comes back with everything that was acknowledged before its last archived instant, and with exactly what there was at an earlier one; ${ROUNDS} rounds`, {
  timeout: 3_600_000,
}, async () => {
  const chance = chanceOf('a machine is lost');
  let data = directory('plant-0');
  let before: readonly string[] = [];
  for (let round = 1; round <= ROUNDS; round += 1) {
    const made: Made[] = [];
    const server = await startLotgraph(environment(data));
    running = { server, data };
    if (round === 1) await keepEvidence(server);
    await expect
      .poll(async () => (await readdir(path.join(backups, 'backups')).catch(() => [])).length, PATIENTLY)
      .toBeGreaterThanOrEqual(round);
    const writers = Array.from({ length: WRITERS }, (_, writer) => write(server, `R${round}-${writer}-`, made));

    const until = chance.whole(20, 60);
    await expect.poll(() => made.length, PATIENTLY).toBeGreaterThan(until);
    const instant = new Date();
    const later = made.length + chance.whole(20, 60);
    await expect.poll(() => made.length, PATIENTLY).toBeGreaterThan(later);
    const archived = made.map(({ code }) => code);
    const segment = await asSuperuser(data, async (client) => {
      const { rows } = await client.query<{ name: string }>('SELECT pg_walfile_name(pg_switch_wal()) AS name');
      return present(rows[0], 'A segment').name;
    });
    await expect.poll(async () => (await readdir(path.join(backups, 'wal'))).includes(segment), PATIENTLY).toBe(true);
    await lose(server, data);
    running = undefined;
    await Promise.all(writers);

    const newest = directory(`plant-${round}`);
    const { files, problems } = await restored(newest);
    expect([problems, files]).toEqual([[], 1]);
    const codes = await codesIn(newest);
    expect(codes).toEqual(expect.arrayContaining([...before, ...archived]));

    if (isFull || round === ROUNDS) await expectEarlier(made, before, instant, directory(`earlier-${round}`));
    before = codes;
    data = newest;
  }
});

test('what does not fit is refused with a sentence, and nothing is written', async () => {
  const nowhere = directory('nowhere');
  const refused = async (args: readonly string[], changes: Readonly<Record<string, string>> = {}): Promise<string> => {
    const { code, stderr } = await lotgraph(['backup', ...args], { ...environment(nowhere), ...changes });
    expect(code).toBe(1);
    return stderr.trim();
  };
  const restore = ['restore', '--to', nowhere];

  await expect(openRepository(backups, KEY.toUpperCase())).rejects.toThrow('LOTGRAPH_BACKUP_KEY is not the key');
  await expect(openRepository(scratch, undefined)).rejects.toThrow('is no folder of backups: it has other files');
  expect(await refused(['restore', '--to', backups])).toMatch(/is not empty/);
  expect(await refused([...restore, '--until', '2001-01-01T00:00:00Z'])).toMatch(
    /^There is no backup that had ended at 2001/,
  );
  expect(await refused([...restore, '20010101T000000Z'])).toMatch(/^There is no backup 20010101T000000Z/);
  expect(await refused(['create'], { DATABASE_URL: 'postgresql://u@127.0.0.1:1/x' })).toMatch(
    /^DATABASE_URL names a PostgreSQL/,
  );
  await expect(readdir(nowhere)).rejects.toThrow('ENOENT');
});

test('the backups of one database take none of another one', async () => {
  const { code, stderr } = await lotgraph(['backup', 'create'], environment(directory('another')));
  expect([code, stderr]).toEqual([1, expect.stringContaining('are of another database')]);
});

test('a rehearsal restores the newest backup elsewhere, says how long it took, and leaves nothing', async () => {
  const { code, stdout } = await lotgraph(['backup', 'rehearse', '--json'], {
    ...environment(directory('none')),
    TMPDIR: scratch,
  });
  expect([code, JSON.parse(stdout)]).toEqual([
    0,
    expect.objectContaining({ seconds: expect.any(Number), problems: [] }),
  ]);
  expect((await readdir(scratch)).filter((name) => name.startsWith('lotgraph-rehearsal-'))).toEqual([]);
});

test('nothing in an encrypted repository can be read or recognised without its key', async () => {
  const repository = await openRepository(backups, KEY);
  const { database } = present((await listBackups(repository))[0], 'A backup');
  const names = (await readdir(backups, { recursive: true })).map((name) => path.basename(name));
  expect(database.filter(({ sha256 }) => names.includes(sha256))).toEqual([]);
  for (const name of await readdir(path.join(backups, 'wal')))
    expect((await readFile(path.join(backups, 'wal', name))).includes('R1-0-1')).toBe(false);
});

test('backups that no kept day needs are removed with what only they had, and the newest is whole', async () => {
  const repository = await openRepository(backups, KEY);
  const { code } = await lotgraph(['backup', 'create'], environment(directory(`plant-${ROUNDS}`)));
  expect(code).toBe(0);
  const all = await listBackups(repository);
  const pruned = await pruneRepository(repository, 1, plusDays(present(all.at(-1), 'A backup').endedAt, 40));

  expect(pruned.backups).toEqual(all.slice(0, -1).map(({ id }) => id));
  expect([pruned.contents > 0, pruned.segments > 0]).toEqual([true, true]);
  expect(await verifyRepository(repository)).toMatchObject({ backups: 1, problems: [] });
});

test('a flipped bit is found by `backup verify`, and a restore does not use it', async () => {
  const repository = await openRepository(backups, KEY);
  const [backup] = await listBackups(repository);

  const objects = path.join(backups, 'objects');
  const sizes = await readdir(objects, { recursive: true, withFileTypes: true });
  const file = present(
    sizes.find((entry) => entry.isFile()),
    'A content',
  );
  const damaged = path.join(file.parentPath, file.name);
  const bytes = await readFile(damaged);
  bytes.writeUInt8(bytes.readUInt8(bytes.length - 20) ^ 1, bytes.length - 20);
  await writeFile(damaged, bytes);
  const segment = path.join(backups, 'wal', present(backup, 'A backup').lastSegment);
  await rm(segment);

  const found = await lotgraph(['backup', 'verify', '--json'], environment(directory('none')));
  expect([found.code, JSON.parse(found.stdout).problems]).toEqual([
    1,
    [
      expect.stringContaining(`${damaged} is damaged`),
      expect.stringMatching(/lacks 1 segments of the write-ahead log/),
    ],
  ]);
  const refused = await lotgraph(['backup', 'restore', '--to', directory('damaged')], environment(directory('none')));
  expect([refused.code, refused.stderr]).toEqual([1, expect.stringMatching(/is damaged|is missing/)]);
});
