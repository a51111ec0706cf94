/** Runs `lotgraph audit keygen` and `audit anchor` as an operator does, and a server that publishes anchors by itself. */
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { appendFile, readFile, rm, stat, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { sealNow } from '../../src/operation/audit/seal.commands.ts';
import { openDatabase } from '../../src/platform/postgres/database.ts';
import { lotgraph, startLotgraph } from '../support/command-line.ts';
import { freshDatabase, withConnection, type TestDatabase } from '../support/database.ts';
import { makeScratchDirectory } from '../support/scratch.ts';

let database: TestDatabase;
let directory: string;
let environment: Record<string, string>;
const file = (name: string): string => path.join(directory, name);
const audit = (...args: readonly string[]) => lotgraph(['audit', ...args], environment);

beforeAll(async () => {
  database = await freshDatabase();
  directory = await makeScratchDirectory();
  environment = { NODE_ENV: 'test', DATABASE_URL: database.url };
  await sealedBlock('A1');
});
afterAll(async () => {
  await database.drop();
  await rm(directory, { recursive: true, force: true });
});

async function sealedBlock(code: string): Promise<void> {
  await withConnection(database.url, (client) =>
    client.query(`INSERT INTO production_lines (code, lot_segment, name) VALUES ($1, 'LLLL', 'Line')`, [code]),
  );
  const pool = openDatabase({
    url: database.url,
    poolSize: 2,
    statementTimeoutSeconds: 60,
    onConnectionError: () => undefined,
  });
  await sealNow(pool);
  await pool.close();
}

describe('the key and the signature of anchors, in this order', () => {
  test('keygen writes a private key that only its owner reads, and its public key', async () => {
    const { code, stdout } = await audit('keygen', '--key', file('plant.key'), '--public', file('plant.pub'));

    expect([code, stdout]).toEqual([
      0,
      expect.stringMatching(
        /^Key [0-9a-f]{16}: the private key is in .*plant\.key, the public key in .*plant\.pub\.\n$/,
      ),
    ]);
    expect((await stat(file('plant.key'))).mode & 0o777).toBe(0o600);
    expect(await readFile(file('plant.key'), 'utf8')).toMatch(/^-----BEGIN PRIVATE KEY-----\n/);
    expect(await readFile(file('plant.pub'), 'utf8')).toMatch(/^-----BEGIN PUBLIC KEY-----\n/);
    expect(stdout).not.toContain('BEGIN PRIVATE');
  });

  test('keygen overwrites neither key, and leaves no private key without its public key behind', async () => {
    const [privateKey, publicKey] = await Promise.all(
      ['plant.key', 'plant.pub'].map((name) => readFile(file(name), 'utf8')),
    );
    for (const args of [
      ['--key', file('plant.key')],
      ['--key', file('plant.key'), '--public', file('other.pub')],
      ['--key', file('other.key'), '--public', file('plant.pub')],
    ])
      expect(await audit('keygen', ...args)).toMatchObject({
        code: 1,
        stdout: '',
        stderr: expect.stringContaining('EEXIST'),
      });
    expect(await readFile(file('plant.key'), 'utf8')).toBe(privateKey);
    expect(await readFile(file('plant.pub'), 'utf8')).toBe(publicKey);
    for (const name of ['other.key', 'other.pub']) await expect(stat(file(name))).rejects.toThrow('ENOENT');
  });

  test('anchor signs with a key, and verify accepts a file of signed anchors (AUD-5)', async () => {
    expect(await audit('anchor', '--key', file('plant.key'), '--file', file('anchors'))).toMatchObject({
      code: 0,
      stdout: expect.stringMatching(/^Block 1, .*, signed with the key [0-9a-f]{16}\n$/),
    });
    await sealedBlock('A2');
    const byVariable = await lotgraph(['audit', 'anchor', '--file', file('anchors')], {
      ...environment,
      LOTGRAPH_ANCHOR_KEY: file('plant.key'),
    });
    expect(byVariable.code).toBe(0);

    expect(await audit('verify', '--anchor', file('anchors'), '--public-key', file('plant.pub'))).toMatchObject({
      code: 0,
      stdout: expect.stringMatching(/^Intact: \d+ entries in 2 blocks, 2 signed anchors;/),
    });
    expect((await audit('verify', '--anchor', file('anchors'))).stdout).toMatch(/, 2 anchors;/);
  });

  test('verify with a public key refuses an unsigned anchor, a wrong key, and a file without anchors (AUD-5)', async () => {
    await audit('keygen', '--key', file('foreign.key'), '--public', file('foreign.pub'));
    const verify = (anchors: string, publicKey: string) =>
      audit('verify', '--anchor', file(anchors), '--public-key', file(publicKey));
    expect(await verify('anchors', 'foreign.pub')).toMatchObject({
      code: 1,
      stdout: '',
      stderr: expect.stringMatching(
        /^Line 1 of the anchors, block 1, is signed with the key [0-9a-f]{16}, which is not/,
      ),
    });
    await audit('anchor', '--file', file('anchors'));
    expect(await verify('anchors', 'plant.pub')).toMatchObject({
      code: 1,
      stdout: '',
      stderr: 'Line 3 of the anchors, block 2, has no signature.\n',
    });
    await writeFile(file('none'), '\n');
    expect(await verify('none', 'plant.pub')).toMatchObject({
      code: 1,
      stderr: 'The file of anchors contains none.\n',
    });
    expect(await audit('verify', '--public-key', file('plant.pub'))).toMatchObject({
      code: 1,
      stdout: '',
      stderr: expect.stringContaining('--public-key needs --anchor'),
    });
  });

  test('verify with a public key still names the block that an anchor does not fit (AUD-5)', async () => {
    const lines = (await readFile(file('anchors'), 'utf8')).split('\n').slice(0, 2);
    await writeFile(file('signed'), `${lines.join('\n')}\n`);
    await withConnection(database.url, (client) =>
      client.query(
        `SET session_replication_role = replica; DELETE FROM audit_positions WHERE block_number = 2; DELETE FROM audit_blocks WHERE number = 2`,
      ),
    );
    const { code, stdout } = await audit('verify', '--anchor', file('signed'), '--public-key', file('plant.pub'));
    expect([code, stdout]).toEqual([1, expect.stringMatching(/^BROKEN, ANCHOR_MISSING at block 2/)]);
  });
});

describe('a server with targets of anchors', () => {
  const received: unknown[] = [];
  let receiver: Server;
  beforeAll(async () => {
    receiver = createServer((request, response) => {
      let body = '';
      request.on('data', (chunk) => (body += String(chunk)));
      request.on('end', () => {
        received.push(JSON.parse(body));
        response.writeHead(204).end();
      });
    });
    await new Promise<void>((resolve) => receiver.listen(0, '127.0.0.1', resolve));
  });
  afterAll(() => receiver.close());

  test('publishes signed anchors to all of them, and stops', async () => {
    const { port } = receiver.address() as AddressInfo;
    const fresh = await freshDatabase();
    const server = await startLotgraph({
      NODE_ENV: 'test',
      DATABASE_URL: fresh.url,
      LOTGRAPH_ANCHOR_KEY: file('plant.key'),
      LOTGRAPH_ANCHOR_TARGETS: `file://${file('published')}, http://127.0.0.1:${port}/anchors`,
    });
    await expect.poll(() => received).toHaveLength(1);
    await expect.poll(() => readFile(file('published'), 'utf8').catch(() => '')).toMatch(/^\{.*\}\n$/);
    const onDatabase = { NODE_ENV: 'test', DATABASE_URL: fresh.url };
    await appendFile(file('published'), `${JSON.stringify(received[0])}\n`);
    const args = ['audit', 'verify', '--anchor', file('published'), '--public-key', file('plant.pub')];
    expect(await lotgraph(args, onDatabase)).toMatchObject({
      code: 0,
      stdout: expect.stringMatching(/, 2 signed anchors;/),
    });
    server.child.kill('SIGTERM');
    expect(await server.ended).toMatchObject({ code: 0 });
    await fresh.drop();
  });

  test('does not start with a key that is none, without a key, or with a target of an unknown kind', async () => {
    const start = (more: Record<string, string>) => lotgraph(['start'], { ...environment, ...more });
    await writeFile(file('wrong.key'), 'nothing');
    expect(await start({ LOTGRAPH_ANCHOR_KEY: file('wrong.key') })).toMatchObject({
      code: 1,
      stderr: expect.stringMatching(/wrong\.key does not contain a private Ed25519 key/),
    });
    expect(await start({ LOTGRAPH_ANCHOR_TARGETS: 'file:///srv/anchors' })).toMatchObject({
      code: 1,
      stderr: expect.stringMatching(/LOTGRAPH_ANCHOR_TARGETS: needs LOTGRAPH_ANCHOR_KEY/),
    });
    const wrong = [
      '/srv/anchors',
      'file:///srv/',
      'file://host/srv/anchors',
      'file:///srv%2Fanchors',
      'ftp://user:hidden@host/x',
      'https://',
      'syslog:514',
      'syslog://host:514/path',
      'syslog://host:99999',
    ];
    const { code, stderr } = await start({
      LOTGRAPH_ANCHOR_KEY: file('plant.key'),
      LOTGRAPH_ANCHOR_TARGETS: ['syslog://host', ...wrong, 'file:///srv/anchors'].join(', '),
    });
    expect([code, stderr.match(/LOTGRAPH_ANCHOR_TARGETS: a target is/g)?.length]).toEqual([1, wrong.length]);
    expect(stderr).not.toContain('hidden');
  });

  test('config shows its targets without credentials, paths and queries', async () => {
    const { stdout } = await lotgraph(['config', '--json'], {
      LOTGRAPH_ANCHOR_KEY: '/etc/lotgraph/plant.key',
      LOTGRAPH_ANCHOR_TARGETS:
        'file:///srv/anchors, https://user:hidden@log.example:8443/hidden?token=hidden, syslog://10.0.0.9:514, syslog+tcp://[fd00::9]',
    });
    expect(JSON.parse(stdout).configuration).toMatchObject({
      LOTGRAPH_ANCHOR_KEY: '/etc/lotgraph/plant.key',
      LOTGRAPH_ANCHOR_TARGETS:
        'file:///srv/anchors, https://log.example:8443, syslog://10.0.0.9:514, syslog+tcp://[fd00::9]',
    });
  });
});
