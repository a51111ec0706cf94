/** Deliveries to real servers on this machine, by real workers (WHK-2, WHK-3, WHK-4). */
import { createHmac } from 'node:crypto';
import { createServer, type IncomingHttpHeaders, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { startBackgroundWork } from '../../../src/app/jobs/background-work.ts';
import type { BackgroundJob } from '../../../src/app/jobs/background.ts';
import type { Resolve } from '../../../src/app/jobs/outgoing/post.ts';
import { type SenderOptions, senderOf } from '../../../src/app/jobs/outgoing/webhook-work.ts';
import { sealNow } from '../../../src/operation/audit/seal.commands.ts';
import {
  claimDeliveries,
  makeDeliveries,
  returnLostDeliveries,
} from '../../../src/operation/webhook/delivery.commands.ts';
import { startApi, type Api } from '../../support/api.ts';
import { done, type Payload } from '../../support/expect.ts';

const SECRET = 'the-secret-of-the-plant';

interface Received {
  readonly headers: IncomingHttpHeaders;
  readonly text: string;
  // oxlint-disable-next-line typescript/no-explicit-any -- the tests state what they expect of a body
  readonly body: any;
}
interface Endpoint {
  readonly url: string;
  readonly received: readonly Received[];
  readonly connections: () => number;
}

let api: Api;
let servers: Server[];
let jobs: BackgroundJob[];
beforeEach(async () => {
  api = await startApi({ webhookPrivate: true });
  servers = [];
  jobs = [];
});
afterEach(async () => {
  await Promise.all(jobs.map((job) => job.stop()));
  for (const server of servers) {
    server.closeAllConnections();
    server.close();
  }
  await api.close();
});

/** A server that notes what it receives, and answers. */
async function endpoint(answer: (response: ServerResponse, received: Received) => void): Promise<Endpoint> {
  const received: Received[] = [];
  let connections = 0;
  const server = createServer((request, response) => {
    const chunks: Buffer[] = [];
    request.on('data', (chunk: Buffer) => chunks.push(chunk));
    request.on('end', () => {
      const text = Buffer.concat(chunks).toString('utf8');
      const each = { headers: request.headers, text, body: JSON.parse(text) };
      received.push(each);
      answer(response, each);
    });
  });
  server.on('connection', () => (connections += 1));
  servers.push(server);
  await new Promise<void>((listening) => server.listen(0, '127.0.0.1', listening));
  const { port } = server.address() as AddressInfo;
  return { url: `http://127.0.0.1:${port}/hooks`, received, connections: () => connections };
}
const accepting = (): Promise<Endpoint> => endpoint((response) => response.writeHead(204).end());

const hook = async (url: string, events: readonly string[] = ['MANUAL'], name = url): Promise<string> =>
  (await done(api, 'createWebhook', { name, url, secret: SECRET, events }, 'webhook { id }'))['webhook'].id;
const raise = (title: string): Promise<Payload> => done(api, 'createAlert', { title, message: title }, 'alert { id }');
async function occur(...titles: readonly string[]): Promise<void> {
  for (const title of titles) await raise(title);
  await sealNow(api.database);
  while (await api.database.transaction(makeDeliveries));
}
function work(options: Partial<SenderOptions> = {}): BackgroundJob {
  const sender = senderOf({ pauseMilliseconds: 20, tryMilliseconds: 90_000, limit: 200, worker: 'one', ...options });
  const job = startBackgroundWork(api.services, [sender]);
  jobs.push(job);
  return job;
}
const deliveriesOf = async (id: string): Promise<Payload[]> => {
  const { data } = await api.ask(
    'query ($id: ID!) { node(id: $id) { ... on Webhook { deliveries(orderBy: [{ field: POSITION }], first: 100) { nodes { id type status attempts responseStatus errorMessage data } } } } }',
    { id },
  );
  return data.node.deliveries.nodes;
};
const statusesOf = async (id: string): Promise<readonly string[]> =>
  (await deliveriesOf(id)).map(({ status }) => status);
async function ended(id: string, statuses: readonly string[]): Promise<void> {
  await expect.poll(() => statusesOf(id), { timeout: 30_000 }).toEqual(statuses);
}
/** Makes every PENDING delivery due now. */
const due = () => api.database.reader().sql`UPDATE webhook_deliveries SET run_after = now() WHERE status = 'PENDING'`;

/** The signature as a receiver computes it. */
const isSigned = ({ headers, text }: Received): boolean =>
  headers['x-lotgraph-signature'] ===
  `v1=${createHmac('sha256', SECRET).update(`${headers['x-lotgraph-timestamp']}.${text}`).digest('hex')}`;

test('events arrive in order, signed, with the id of their delivery (WHK-2)', async () => {
  const target = await accepting();
  const id = await hook(target.url, ['MANUAL', 'alert.archived']);
  const { alert } = await raise('First');
  await done(api, 'archiveAlerts', { ids: [alert.id] }, '');
  await occur('Second', 'Third');
  work();
  await ended(
    id,
    Array.from({ length: 4 }, () => 'DELIVERED'),
  );
  const deliveries = await deliveriesOf(id);
  expect(target.received.map(({ body }) => [body.id, body.type, body.data.title ?? body.data.operation])).toEqual([
    [deliveries[0]?.['id'], 'MANUAL', 'First'],
    [deliveries[1]?.['id'], 'alert.archived', 'UPDATE'],
    [deliveries[2]?.['id'], 'MANUAL', 'Second'],
    [deliveries[3]?.['id'], 'MANUAL', 'Third'],
  ]);
  expect(target.received.map(isSigned)).toEqual([true, true, true, true]);
  expect(target.received.map(({ headers, body }) => headers['x-lotgraph-delivery-id'] === body.id)).not.toContain(
    false,
  );
  expect(target.received[0]?.body).toMatchObject({
    occurredAt: expect.stringMatching(/Z$/),
    data: { typename: 'Alert', id: alert.id, severity: 'MEDIUM', title: 'First', message: 'First' },
  });
  const after = await api.ask('query ($after: String!) { changes(after: $after) { changes { action } } }', {
    after: target.received[1]?.body.cursor,
  });
  expect(after.data.changes.changes.map(({ action }: { action: string }) => action)).toEqual([
    'alert.created',
    'alert.created',
  ]);
});

test('only chosen events are posted, from the making of the webhook on, and none while it is not active (WHK-2)', async () => {
  const target = await accepting();
  await occur('Before');
  const id = await hook(target.url, ['MANUAL']);
  await done(api, 'createProductionLine', { code: 'KR01', name: 'Line' }, '');
  await occur('Chosen');
  await done(api, 'updateWebhook', { id, isActive: false }, '');
  await occur('Meanwhile');
  await done(api, 'updateWebhook', { id, isActive: true }, '');
  await occur('Afterwards');
  expect((await deliveriesOf(id)).map(({ data }) => data.title)).toEqual(['Chosen', 'Afterwards']);
});

test('a delivery that fails is tried again before the later ones, with the same id and a signature of its own time (WHK-2, WHK-3)', async () => {
  let isUp = false;
  const target = await endpoint((response) => response.writeHead(isUp ? 200 : 500).end('no'));
  const id = await hook(target.url);
  await occur('First', 'Second');
  work();
  await expect.poll(async () => (await deliveriesOf(id))[0]?.['errorMessage']).toBe('The endpoint answered 500.');
  expect(await statusesOf(id)).toEqual(['PENDING', 'PENDING']);
  expect((await deliveriesOf(id))[0]).toMatchObject({ attempts: 1, responseStatus: 500 });
  isUp = true;
  await due();
  await ended(id, ['DELIVERED', 'DELIVERED']);
  expect(target.received.map(({ body }) => body.data.title)).toEqual(['First', 'First', 'Second']);
  expect(target.received[0]?.body.id).toBe(target.received[1]?.body.id);
  expect((await deliveriesOf(id))[0]).toMatchObject({ attempts: 2, responseStatus: 200, errorMessage: null });
});

test('after seven tries it is FAILED, the next one follows, and a redelivery is sent at once (WHK-3)', async () => {
  let isUp = false;
  const target = await endpoint((response, { body }) =>
    response.writeHead(isUp || body.data.title === 'Second' ? 201 : 503).end(),
  );
  const id = await hook(target.url);
  await occur('First', 'Second');
  work();
  for (let tries = 1; tries < 7; tries += 1) {
    await expect.poll(async () => (await deliveriesOf(id))[0]?.['attempts']).toBe(tries);
    await expect.poll(() => statusesOf(id)).toEqual(['PENDING', 'PENDING']);
    await due();
  }
  await ended(id, ['FAILED', 'DELIVERED']);
  expect(target.received).toHaveLength(8);
  isUp = true;
  const [first] = await deliveriesOf(id);
  await done(api, 'redeliverWebhook', { id: first?.['id'] }, '');
  await ended(id, ['DELIVERED', 'DELIVERED']);
  expect(target.received.at(-1)?.body.id).toBe(first?.['id']);
});

test('an endpoint that never answers costs the others nothing (WHK-3)', async () => {
  const hanging = await endpoint(() => undefined);
  const target = await accepting();
  const stuck = await hook(hanging.url);
  const fine = await hook(target.url);
  const job = work();
  const titles = Array.from({ length: 25 }, (_, index) => `Alert ${index}`);
  await occur(...titles);
  await ended(
    fine,
    titles.map(() => 'DELIVERED'),
  );
  expect(target.received.map(({ body }) => body.data.title)).toEqual(titles);
  expect([hanging.received.length, await statusesOf(stuck)]).toEqual([
    1,
    ['SENDING', ...titles.slice(1).map(() => 'PENDING')],
  ]);
  // A worker that stops gives it back, and the try does not count.
  await job.stop();
  expect((await deliveriesOf(stuck))[0]).toMatchObject({ status: 'PENDING', attempts: 0 });
});

test('a try ends at its deadline (WHK-3)', async () => {
  const hanging = await endpoint(() => undefined);
  const id = await hook(hanging.url);
  await occur('First');
  work({ tryMilliseconds: 50 });
  await expect
    .poll(async () => (await deliveriesOf(id))[0]?.['errorMessage'])
    .toBe('There was no answer within 0.05 seconds.');
});

test('a redirect is not followed, and an endless answer is not read (WHK-3)', async () => {
  const other = await accepting();
  const moving = await endpoint((response) => response.writeHead(302, { location: other.url }).end());
  const endless = await endpoint((response) => {
    response.writeHead(200, { 'content-type': 'text/plain' });
    const more = (): void => void (response.destroyed || response.write('x'.repeat(65_536), more));
    more();
  });
  const [moved, flooded] = [await hook(moving.url), await hook(endless.url)];
  await occur('First');
  work();
  await ended(flooded, ['DELIVERED']);
  await expect.poll(async () => (await deliveriesOf(moved))[0]?.['errorMessage']).toBe('The endpoint answered 302.');
  expect(other.received).toEqual([]);
});

test('of two workers each delivery is sent by one (WHK-3)', async () => {
  const targets = await Promise.all(Array.from({ length: 5 }, accepting));
  const ids: string[] = [];
  for (const { url } of targets) ids.push(await hook(url));
  const titles = Array.from({ length: 8 }, (_, index) => `Alert ${index}`);
  await occur(...titles);
  work({ worker: 'one' });
  work({ worker: 'two' });
  for (const id of ids)
    await ended(
      id,
      titles.map(() => 'DELIVERED'),
    );
  for (const { received } of targets) expect(received.map(({ body }) => body.data.title)).toEqual(titles);
});

test('what a killed worker had is sent by another one when its lease is over, and nothing is lost (WHK-2, WHK-3)', async () => {
  const target = await accepting();
  const id = await hook(target.url);
  await occur('First', 'Second');
  // A worker that claims and is killed.
  const claimed = await api.database.transaction((tx) => claimDeliveries(tx, 'killed', 10));
  expect(claimed.map(({ attempts }) => attempts)).toEqual([1]);
  expect(await api.database.transaction((tx) => claimDeliveries(tx, 'other', 10))).toEqual([]);
  expect(await api.database.transaction(returnLostDeliveries)).toBe(0);
  await api.database.reader()
    .sql`UPDATE webhook_deliveries SET locked_until = now() - interval '1 second' WHERE status = 'SENDING'`;
  expect(await api.database.transaction(returnLostDeliveries)).toBe(1);
  work();
  await ended(id, ['DELIVERED', 'DELIVERED']);
  expect(target.received.map(({ body }) => body.data.title)).toEqual(['First', 'Second']);
});

test('an event becomes one delivery, also when several workers look for events at once (WHK-2)', async () => {
  const id = await hook('https://erp.plant.example/');
  for (const title of ['First', 'Second', 'Third']) await raise(title);
  await sealNow(api.database);
  await Promise.all([1, 2, 3].map(() => api.database.transaction(makeDeliveries)));
  expect((await deliveriesOf(id)).map(({ data }) => data.title)).toEqual(['First', 'Second', 'Third']);
});

test('a secret that cannot be read any more is an error of the delivery, and is set again (WHK-1, WHK-3)', async () => {
  const target = await accepting();
  const id = await hook(target.url);
  await api.database.reader().sql`UPDATE webhooks SET sealed_secret = 'AAAA'`;
  await occur('First');
  work();
  await expect
    .poll(async () => (await deliveriesOf(id))[0]?.['errorMessage'])
    .toContain('set it again by updateWebhook');
  await done(api, 'updateWebhook', { id, secret: SECRET }, '');
  await due();
  await ended(id, ['DELIVERED']);
  expect(target.received.map(isSigned)).toEqual([true]);
});

describe('without LOTGRAPH_WEBHOOK_PRIVATE', () => {
  const errorOf = async (url: string, resolve?: Resolve): Promise<string> => {
    const strict = { ...api.services, config: { ...api.config, webhookPrivate: false } };
    const id = await hook(url, ['MANUAL'], `${url} ${String(resolve === undefined)}`);
    await occur('First');
    const options = { pauseMilliseconds: 20, tryMilliseconds: 90_000, limit: 10, worker: 'strict' };
    const job = startBackgroundWork(strict, [senderOf({ ...options, ...(resolve === undefined ? {} : { resolve }) })]);
    jobs.push(job);
    await expect.poll(async () => (await deliveriesOf(id))[0]?.['errorMessage']).not.toBeNull();
    await job.stop();
    return (await deliveriesOf(id))[0]?.['errorMessage'];
  };

  test('private addresses are not called, in whatever form they are written (WHK-4)', async () => {
    const target = await accepting();
    const port = new URL(target.url).port;
    for (const host of [
      '127.0.0.1',
      '2130706433',
      '0x7f.1',
      'localhost',
      '[::1]',
      '[::ffff:127.0.0.1]',
      '10.0.0.1',
      '169.254.169.254',
    ])
      expect([host, await errorOf(`http://${host}:${port}/`)]).toEqual([host, expect.stringContaining('WHK-4')]);
    expect(target.connections()).toBe(0);
  });

  test('the host is resolved once, and a host with one private address is not called (WHK-4)', async () => {
    const target = await accepting();
    const port = new URL(target.url).port;
    const asked: string[] = [];
    const mixed: Resolve = (hostname, callback) => {
      asked.push(hostname);
      callback(null, [
        { address: '93.184.216.34', family: 4 },
        { address: '127.0.0.1', family: 4 },
      ]);
    };
    expect(await errorOf(`http://rebind.example:${port}/`, mixed)).toContain('WHK-4');
    expect([asked, target.connections()]).toEqual([['rebind.example'], 0]);
  });
});

test('the address that was judged is the one that is called: a second look-up does not happen (WHK-4)', async () => {
  const target = await accepting();
  const asked: string[] = [];
  const changing: Resolve = (hostname, callback) => {
    asked.push(hostname);
    callback(null, [{ address: asked.length === 1 ? '127.0.0.1' : '127.0.0.2', family: 4 }]);
  };
  const id = await hook(`http://erp.plant.example:${new URL(target.url).port}/`);
  await occur('First');
  work({ resolve: changing });
  await ended(id, ['DELIVERED']);
  expect([asked, target.received.length]).toEqual([['erp.plant.example'], 1]);
  expect(target.received[0]?.headers.host).toBe(`erp.plant.example:${new URL(target.url).port}`);
});
