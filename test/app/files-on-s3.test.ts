/** A process whose files are in a bucket of an S3 server: what it refuses at its start, and what it never says. */
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { lotgraph, startLotgraph } from '../support/command-line.ts';
import { freshDatabase, type TestDatabase } from '../support/database.ts';
import type { TestStore } from '../support/file-stores.ts';
import { addressOf, CREDENTIALS, openBucket } from '../support/s3-server.ts';

let bucket: TestStore;
let database: TestDatabase;
let address: string;
beforeAll(async () => {
  [bucket, database] = await Promise.all([openBucket(), freshDatabase()]);
  address = String(bucket.environment['LOTGRAPH_FILES']);
});
afterAll(async () => {
  await bucket.close();
  await database.drop();
});

/** What a start with this file store says, which must not succeed. */
async function refusalOf(
  LOTGRAPH_FILES: string,
  more: Readonly<Record<string, string>> = CREDENTIALS,
): Promise<string> {
  const environment = { DATABASE_URL: database.url, LOTGRAPH_LOG_LEVEL: 'error', LOTGRAPH_FILES, ...more };
  const { code, stdout, stderr } = await lotgraph(['start', '--port', '0'], environment);
  expect([code, stdout]).toEqual([1, '']);
  for (const secret of Object.values(CREDENTIALS)) expect(stderr).not.toContain(secret);
  return stderr.replace(/^\(node[^]*?\(Use .*\n/, '');
}

describe('a start is refused, and says what would be right,', () => {
  test('when the scheme is not known, or no bucket is named', async () => {
    expect(await refusalOf('gs://files')).toBe(
      'The configuration is not usable:\n  - LOTGRAPH_FILES: gs:// is not known; the file store is a folder, or s3://bucket?endpoint=https://host&region=name\n',
    );
    expect(await refusalOf('s3://?region=eu-central-1')).toContain('after s3:// comes the name of one bucket');
  });

  test('when the address holds credentials, which it does not show', async () => {
    const said = await refusalOf(`s3://plant:never-in-a-log@files?region=eu-central-1`);
    expect(said).toContain('put them into AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY');
  });

  test('when nothing answers at the endpoint', async () => {
    expect(await refusalOf(addressOf('http://127.0.0.1:1'))).toBe(
      'LOTGRAPH_FILES: the bucket lotgraph at http://127.0.0.1:1 (eu-central-1) cannot be reached (ECONNREFUSED); check the endpoint and the region, and that the server runs.\n',
    );
  });

  test('when there is no such bucket', async () => {
    expect(await refusalOf(address.replace('//lotgraph', '//another'))).toMatch(
      /^LOTGRAPH_FILES: there is no bucket another at http:\/\/127\.0\.0\.1:\d+ \(eu-central-1\); make it, or name another one\.\n$/,
    );
  });

  test('when the server refuses the credentials, or there are none', async () => {
    const refusing = createServer((_request, response) => response.writeHead(403).end());
    await new Promise<void>((resolve) => {
      refusing.listen(0, '127.0.0.1', resolve);
    });
    const endpoint = `http://127.0.0.1:${(refusing.address() as AddressInfo).port}`;
    expect(await refusalOf(addressOf(endpoint))).toContain(
      'refuses these credentials; check AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY',
    );
    const nowhere = { HOME: '/nonexistent', AWS_EC2_METADATA_DISABLED: 'true' };
    expect(await refusalOf(addressOf(endpoint), nowhere)).toContain(
      'there are no credentials for the bucket lotgraph at',
    );
    refusing.close();
  });
});

test('a command that needs no files does not ask for the store', async () => {
  const environment = { DATABASE_URL: database.url, LOTGRAPH_FILES: addressOf('http://127.0.0.1:1') };
  expect((await lotgraph(['user', 'list'], environment)).code).toBe(0);
});

test('the demo keeps its files in the bucket, all of them are intact, and no output has a credential', async () => {
  const environment = { DATABASE_URL: database.url, LOTGRAPH_LOG_LEVEL: 'trace', ...bucket.environment };
  const server = await startLotgraph(environment, ['--demo']);
  server.child.kill('SIGTERM');
  const { code, stdout, stderr } = await server.ended;
  expect(code).toBe(0);
  expect((await bucket.stored()).length).toBeGreaterThan(0);
  const verified = await lotgraph(['files', 'verify'], environment);
  expect([verified.code, verified.stdout]).toEqual([0, expect.stringContaining('all are as they were.')]);
  const config = await lotgraph(['config'], environment);
  expect(config.stdout).toContain(address);
  for (const said of [stdout, stderr, verified.stderr, config.stdout])
    for (const secret of Object.values(CREDENTIALS)) expect(said).not.toContain(secret);
});

test('the client of S3 is loaded only for a bucket', async () => {
  const isLoaded = async (LOTGRAPH_FILES: string) => {
    const script = `process.on('exit',()=>console.error('S3:',Object.keys(require.cache).some(f=>f.includes('@aws-sdk'))))`;
    const environment = {
      ...bucket.environment,
      DATABASE_URL: database.url,
      LOTGRAPH_FILES,
      NODE_OPTIONS: `--import data:text/javascript,${encodeURIComponent(`import{createRequire}from'node:module';const require=createRequire('/');${script}`)}`,
    };
    const { code, stderr } = await lotgraph(['files', 'sweep'], environment);
    expect(code).toBe(0);
    return /^S3: (true|false)$/m.exec(stderr)?.[1];
  };
  expect(await isLoaded(address)).toBe('true');
  expect(await isLoaded(`${bucket.environment['LOTGRAPH_DATA']}/folder`)).toBe('false');
});
