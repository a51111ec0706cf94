/** The anchor publisher against real receivers: a file, an HTTP server, and sockets that take syslog messages. */
import { createPrivateKey, createPublicKey } from 'node:crypto';
import { createSocket, type Socket } from 'node:dgram';
import { once } from 'node:events';
import { mkdir, readFile, rm } from 'node:fs/promises';
import { createServer, type IncomingHttpHeaders, type Server, type ServerResponse } from 'node:http';
import { createServer as createTcpServer, type AddressInfo } from 'node:net';
import path from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { pino } from 'pino';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { newAnchorKey, signatureProblem, type AnchorKey } from '../../src/app/audit-export/anchor-signature.ts';
import { anchorTarget } from '../../src/app/audit-export/anchor-target.ts';
import { startAnchorPublisher, type PublisherTimes } from '../../src/app/jobs/outgoing/anchor-publisher.ts';
import { startAuditSealer } from '../../src/app/jobs/audit-sealer.ts';
import type { BackgroundJob } from '../../src/app/jobs/background.ts';
import { sealNow } from '../../src/operation/audit/seal.commands.ts';
import { startApi, type Api } from '../support/api.ts';
import { withConnection } from '../support/database.ts';
import { makeScratchDirectory } from '../support/scratch.ts';

const SOON: PublisherTimes = {
  pauseMilliseconds: 20,
  idleMilliseconds: 10,
  firstRetryMilliseconds: 10,
  timeoutMilliseconds: 60_000,
};
/** What a receiver does not reach in a test. */
const NEVER = 600_000;

let api: Api;
let directory: string;
const { id, privatePem, publicPem } = newAnchorKey();
const key: AnchorKey = { id, key: createPrivateKey(privatePem) };
const keys = new Map([[id, createPublicKey(publicPem)]]);
const opened: { close(): unknown }[] = [];
const started: BackgroundJob[] = [];
let logged: { event: string; target: string; err?: { message: string }; failures?: number }[] = [];

beforeAll(async () => {
  api = await startApi();
});
beforeEach(async () => {
  directory = await makeScratchDirectory();
  logged = [];
  await sealedBlock();
});
afterEach(async () => {
  for (const job of started.splice(0)) await job.stop();
  for (const each of opened.splice(0)) each.close();
  await rm(directory, { recursive: true, force: true });
});
afterAll(() => api.close());

async function newEntry(): Promise<void> {
  await withConnection(api.databaseUrl, (client) =>
    client.query(
      `INSERT INTO production_lines (code, lot_segment, name) SELECT 'L' || count(*), 'LLLL', 'Line' FROM production_lines`,
    ),
  );
}

/** Seals a new block; returns its number. */
async function sealedBlock(): Promise<number> {
  await newEntry();
  await sealNow(api.database);
  return newestBlock();
}

async function newestBlock(): Promise<number> {
  const [row] = await withConnection(
    api.databaseUrl,
    async (client) => (await client.query('SELECT max(number)::int AS number FROM audit_blocks')).rows,
  );
  return row.number;
}

function publish(targets: readonly string[], times: Partial<PublisherTimes> = {}): BackgroundJob {
  const log = pino({ level: 'info', base: null }, { write: (line: string) => void logged.push(JSON.parse(line)) });
  const publication = { key, targets: targets.map(anchorTarget) };
  const job = startAnchorPublisher({ database: api.database, log }, publication, { ...SOON, ...times });
  started.push(job);
  return job;
}

/** The number of the block, if the anchor has a valid signature. */
function provenBlock(text: string): number {
  const anchor = JSON.parse(text);
  expect(signatureProblem(anchor, keys)).toBeUndefined();
  return anchor.number;
}

interface HttpReceiver {
  host: string;
  readonly requests: { readonly headers: IncomingHttpHeaders; readonly body: string; readonly at: number }[];
  /** How the next requests are answered. */
  answer: (response: ServerResponse, path?: string) => void;
}

async function httpReceiver(): Promise<HttpReceiver> {
  const receiver: HttpReceiver = { host: '', requests: [], answer: (response) => response.writeHead(204).end() };
  const server: Server = createServer((request, response) => {
    let body = '';
    request.on('data', (chunk) => (body += String(chunk)));
    request.on('end', () => {
      receiver.requests.push({ headers: request.headers, body, at: performance.now() });
      receiver.answer(response, request.url);
    });
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  opened.push({ close: () => server.close() && server.closeAllConnections() });
  receiver.host = `127.0.0.1:${portOf(server)}`;
  return receiver;
}

const portOf = (server: { address(): AddressInfo | string | null }): number => (server.address() as AddressInfo).port;

async function udpReceiver(port = 0): Promise<{ readonly port: number; readonly messages: string[] }> {
  const socket: Socket = createSocket('udp4');
  const messages: string[] = [];
  socket.on('message', (message) => messages.push(message.toString('utf8')));
  socket.bind(port, '127.0.0.1');
  await once(socket, 'listening');
  opened.push(socket);
  return { port: socket.address().port, messages };
}

async function tcpReceiver(port = 0): Promise<{ readonly port: number; readonly text: () => string }> {
  let text = '';
  const server = createTcpServer((socket) => socket.on('data', (chunk) => (text += chunk.toString('utf8'))));
  server.listen(port, '127.0.0.1');
  await once(server, 'listening');
  opened.push(server);
  return { port: portOf(server), text: () => text };
}

/** A port on which nothing listens. */
async function freePort(): Promise<number> {
  const server = createTcpServer().listen(0, '127.0.0.1');
  await once(server, 'listening');
  const port = portOf(server);
  await new Promise((resolve) => server.close(resolve));
  return port;
}

const fileTarget = (name = 'anchors'): string => `file://${path.join(directory, name)}`;
const linesOf = async (name = 'anchors'): Promise<readonly string[]> =>
  (await readFile(path.join(directory, name), 'utf8').catch(() => '')).split('\n').slice(0, -1);
const events = (): readonly string[] => logged.map(({ event }) => event);

describe('a signed anchor of the newest block is published', () => {
  test('to a file, as one line that verification reads, and again for each new block (AUD-5)', async () => {
    const first = await newestBlock();
    publish([fileTarget()]);
    await expect.poll(linesOf).toHaveLength(1);
    const second = await sealedBlock();
    await expect.poll(linesOf).toHaveLength(2);

    expect((await linesOf()).map(provenBlock)).toEqual([first, second]);
    expect(events()).toEqual([]);
  });

  test('to an HTTP endpoint, as JSON with the credentials of the URL', async () => {
    const receiver = await httpReceiver();
    publish([`http://plant:p%40ss@${receiver.host}/anchors?of=plant`]);
    await expect.poll(() => receiver.requests).toHaveLength(1);

    const [request] = receiver.requests;
    expect(provenBlock(request?.body ?? '')).toBe(await newestBlock());
    expect(request?.headers).toMatchObject({
      'content-type': 'application/json',
      authorization: `Basic ${Buffer.from('plant:p@ss').toString('base64')}`,
    });
  });

  test('to syslog, as a message of RFC 5424 in one datagram of at most 480 bytes', async () => {
    const { port, messages } = await udpReceiver();
    publish([`syslog://127.0.0.1:${port}`]);
    await expect.poll(() => messages).toHaveLength(1);

    const [, content = ''] =
      /^<109>1 \d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z [!-~]+ lotgraph \d+ audit-anchor - (\{.*\})$/.exec(
        messages[0] ?? '',
      ) ?? [];
    expect(provenBlock(content)).toBe(await newestBlock());
    expect(Buffer.byteLength(messages[0] ?? '')).toBeLessThanOrEqual(480);
  });

  test('to syslog over TCP, with the length of the message in front', async () => {
    const { port, text } = await tcpReceiver();
    publish([`syslog+tcp://127.0.0.1:${port}`]);
    await expect.poll(text).toMatch(/\}$/);

    const [, length, message = ''] = /^(\d+) (<109>1 .*)$/.exec(text()) ?? [];
    expect(Number(length)).toBe(Buffer.byteLength(message));
    expect(provenBlock(message.slice(message.indexOf('{')))).toBe(await newestBlock());
  });

  test('once, however often the publisher looks, and not before the pause is over', async () => {
    publish([fileTarget('quiet')]);
    publish([fileTarget('paused')], { pauseMilliseconds: NEVER });
    for (const name of ['quiet', 'paused']) await expect.poll(() => linesOf(name)).toHaveLength(1);
    await sleep(200);
    expect(await linesOf('quiet')).toHaveLength(1);

    await sealedBlock();
    await expect.poll(() => linesOf('quiet')).toHaveLength(2);
    await sleep(200);
    expect(await linesOf('paused')).toHaveLength(1);
  });
});

describe('an outage of a target', () => {
  test.each<readonly [string, HttpReceiver['answer'], Partial<PublisherTimes>, RegExp]>([
    ['that answers 503', (response) => response.writeHead(503).end('busy'), {}, /^The endpoint answered 503\.$/],
    [
      'that redirects',
      (response, path) => response.writeHead(path === '/elsewhere' ? 200 : 307, { location: '/elsewhere' }).end(),
      {},
      /./,
    ],
    ['that hangs up', (response) => response.destroy(), {}, /./],
    ['that does not answer', () => undefined, { timeoutMilliseconds: 50 }, /^There was no answer in 50 ms\.$/],
  ])('%s is logged once, and so is its end; then it gets the newest block', async (_what, fail, times, message) => {
    const receiver = await httpReceiver();
    receiver.answer = fail;
    publish([`http://plant:hidden@${receiver.host}/hidden`], times);
    await expect.poll(() => receiver.requests.length).toBeGreaterThan(3);
    await sealedBlock();
    const newest = await sealedBlock();
    expect(logged).toMatchObject([
      {
        event: 'audit.anchor_failed',
        target: `http://${receiver.host}`,
        err: { message: expect.stringMatching(message) },
      },
    ]);
    receiver.answer = (response) => response.writeHead(200).end('thanks');

    await expect.poll(events).toEqual(['audit.anchor_failed', 'audit.anchor_recovered']);
    expect(logged[1]?.failures).toBeGreaterThan(2);
    expect(provenBlock(receiver.requests.at(-1)?.body ?? '')).toBe(newest);
    expect(JSON.stringify(logged)).not.toContain('hidden');
  });

  test('is followed by attempts whose distance doubles', async () => {
    const receiver = await httpReceiver();
    receiver.answer = (response) => response.writeHead(503).end();
    publish([`http://${receiver.host}`], { pauseMilliseconds: NEVER, firstRetryMilliseconds: 40 });
    await expect.poll(() => receiver.requests.length).toBeGreaterThan(3);

    const times = receiver.requests.map(({ at }) => at);
    const gaps = times.slice(1, 4).map((at, index) => at - (times[index] ?? 0));
    // A timer may be a millisecond early; on a busy machine the gaps are longer.
    expect(gaps.map((gap, index) => gap > 40 * 2 ** index - 2)).toEqual([true, true, true]);
  });

  test('whose folder is missing ends when the folder is there', async () => {
    publish([fileTarget('mounted/anchors')]);
    await expect.poll(events).toEqual(['audit.anchor_failed']);
    await mkdir(path.join(directory, 'mounted'));
    await expect.poll(events).toEqual(['audit.anchor_failed', 'audit.anchor_recovered']);
    expect((await linesOf('mounted/anchors')).map(provenBlock)).toEqual([await newestBlock()]);
  });

  test('that takes syslog is noticed when it refuses, over UDP and over TCP', async () => {
    const ports = [await freePort(), await freePort()] as const;
    publish([`syslog://127.0.0.1:${ports[0]}`, `syslog+tcp://127.0.0.1:${ports[1]}`]);
    await expect
      .poll(() => logged.map(({ err }) => err?.message).toSorted())
      .toEqual([expect.stringContaining('ECONNREFUSED'), expect.stringContaining('ECONNREFUSED')]);
    const [udp, tcp] = [await udpReceiver(ports[0]), await tcpReceiver(ports[1])];
    await expect.poll(() => udp.messages).toHaveLength(1);
    await expect.poll(tcp.text).toMatch(/\}$/);
    await expect.poll(() => events().filter((event) => event === 'audit.anchor_recovered')).toHaveLength(2);
  });

  test('delays neither another target, nor the sealing of new entries, nor the stop of the server', async () => {
    const hanging = await httpReceiver();
    hanging.answer = () => undefined;
    const publisher = publish([`http://${hanging.host}`, fileTarget()], { timeoutMilliseconds: NEVER });
    const sealer = startAuditSealer({ database: api.database, log: api.services.log });
    started.push(sealer);
    await expect.poll(() => hanging.requests).toHaveLength(1);
    const before = await newestBlock();

    await newEntry();

    await expect.poll(newestBlock).toBe(before + 1);
    await expect.poll(async () => (await linesOf()).map(provenBlock).at(-1)).toBe(before + 1);
    expect(hanging.requests).toHaveLength(1);
    await publisher.stop();
    expect(events()).toEqual([]);
  });

  test('of the database is none of a target for ever: the publisher continues when it is back', async () => {
    const lost = {
      reader: () => {
        throw new Error('The database is away.');
      },
    };
    let database: Pick<Api['database'], 'reader'> = lost;
    const log = pino({ level: 'info', base: null }, { write: (line: string) => void logged.push(JSON.parse(line)) });
    const services = { log, database: { ...api.database, reader: () => database.reader() } };
    started.push(startAnchorPublisher(services, { key, targets: [anchorTarget(fileTarget())] }, SOON));
    await expect.poll(events).toEqual(['audit.anchor_failed']);
    database = api.database;
    await expect.poll(events).toEqual(['audit.anchor_failed', 'audit.anchor_recovered']);
    expect(await linesOf()).toHaveLength(1);
  });
});
