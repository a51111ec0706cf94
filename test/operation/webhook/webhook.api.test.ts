import { afterAll, beforeAll, expect, test } from 'vitest';
import { openText } from '../../../src/platform/security/sealed-text.ts';
import { startApi, type Api } from '../../support/api.ts';
import { uuidOf } from '../../support/build.ts';
import { done, expectRefused, type Payload } from '../../support/expect.ts';

let api: Api;
beforeAll(async () => {
  api = await startApi();
});
afterAll(() => api.close());

const SECRET = 'the-secret-of-the-plant';
let made = 0;
const input = (given: object = {}): object => ({
  name: `Hook ${(made += 1)}`,
  url: 'https://erp.plant.example/hooks',
  secret: SECRET,
  events: ['DEFECT_DETECTED', 'lot.closed'],
  ...given,
});
const FIELDS = 'webhook { id name url events isActive lastDelivery { id } createdBy { username } version }';
const make = async (given: object = {}): Promise<Payload> =>
  (await done(api, 'createWebhook', input(given), FIELDS))['webhook'];
const putDelivery = async (webhook: { readonly id: string }, position: number, status: string): Promise<string> => {
  const [row] = await api.database.reader().sql<{ id: string }>`
    INSERT INTO webhook_deliveries (webhook_id, position, type, occurred_at, status, delivered_at, attempts, error_message)
    VALUES (${uuidOf(webhook)}::uuid, ${position}, 'lot.closed', now(), ${status}::webhook_delivery_status, CASE ${status} WHEN 'DELIVERED' THEN now() END, 7, 'Down') RETURNING id`;
  return Buffer.from(`WebhookDelivery:${row?.id}`).toString('base64url');
};

test('a webhook is made, changed and deleted by administrators; its secret is stored encrypted and never shown (WHK-1)', async () => {
  const webhook = await make({ name: 'ERP', events: ['lot.closed', 'lot.closed', 'MANUAL'] });
  expect(webhook).toEqual({
    id: expect.any(String),
    name: 'ERP',
    url: 'https://erp.plant.example/hooks',
    events: ['lot.closed', 'MANUAL'],
    isActive: true,
    lastDelivery: null,
    createdBy: { username: 'admin' },
    version: 1,
  });
  const change = {
    id: webhook['id'],
    secret: 'another-secret-of-the-plant',
    events: ['lot.created'],
    expectedVersion: 1,
  };
  const changed = await done(api, 'updateWebhook', change, FIELDS);
  expect(changed['webhook']).toMatchObject({ name: 'ERP', events: ['lot.created'], version: 2 });
  await expectRefused(api, 'updateWebhook', change, [['STALE_VERSION', 'expectedVersion', 'GEN-2']]);

  const [row] = await api.database.reader().sql<{ sealed: string }>`
    SELECT sealed_secret AS sealed FROM webhooks WHERE name = 'ERP'`;
  expect(openText(api.config, row?.sealed ?? '')).toBe('another-secret-of-the-plant');
  const [leaks] = await api.database.reader().sql<{ count: number }>`
    SELECT count(*)::int AS count FROM (
      SELECT t::text AS text FROM audit_entries t UNION ALL SELECT t::text FROM webhooks t UNION ALL SELECT t::text FROM idempotency_keys t
    ) AS stored WHERE text LIKE '%secret-of-the-plant%' OR text LIKE ${`%${row?.sealed}%`} AND text LIKE '%audit%'`;
  expect(leaks).toEqual({ count: 0 });
  const { data } = await api.ask(
    '{ auditEntries(filter: { action: { eq: "webhook.updated" } }) { nodes { newValues } } }',
  );
  expect(data.auditEntries.nodes[0].newValues).toMatchObject({ sealedSecret: '[redacted]' });

  await putDelivery({ id: webhook['id'] }, 1, 'PENDING');
  expect((await done(api, 'deleteWebhook', { id: webhook['id'] }, 'deletedId'))['deletedId']).toBe(webhook['id']);
  await expectRefused(api, 'deleteWebhook', { id: webhook['id'] }, [['NOT_FOUND', 'id', null]]);
});

test('name, URL, secret and events are checked (WHK-1)', async () => {
  await expectRefused(api, 'createWebhook', input({ name: ' ', url: 'ftp://x', secret: 'short', events: [] }), [
    ['INVALID_INPUT', 'name', 'WHK-1'],
    ['INVALID_INPUT', 'url', 'WHK-1'],
    ['INVALID_INPUT', 'secret', 'WHK-1'],
    ['INVALID_INPUT', 'events', 'WHK-1'],
  ]);
  await expectRefused(
    api,
    'createWebhook',
    input({ url: 'https://me:pass@erp.example', events: ['lot.closed', 'lot.melted'] }),
    [
      ['INVALID_INPUT', 'url', 'WHK-1'],
      ['INVALID_INPUT', 'events.1', 'WHK-1'],
    ],
  );
  await expectRefused(api, 'createWebhook', input({ events: Array.from({ length: 51 }, () => 'lot.closed') }), [
    ['LIMIT_EXCEEDED', 'events', 'WHK-1'],
  ]);
  const { name } = await make();
  await expectRefused(api, 'createWebhook', input({ name }), [['CONFLICT', 'name', 'WHK-1']]);
  const other = await make();
  await expectRefused(api, 'updateWebhook', { id: other['id'], name }, [['CONFLICT', 'name', 'WHK-1']]);
  await done(api, 'updateWebhook', { id: other['id'], name: other['name'] }, '');
});

test('of two who take one name at once, one gets it (WHK-1)', async () => {
  const answers = await Promise.all(
    [1, 2, 3].map(() =>
      api.ask('mutation ($input: CreateWebhookInput!) { createWebhook(input: $input) { errors { code } } }', {
        input: { ...input(), name: 'Race' },
      }),
    ),
  );
  expect(answers.map(({ data }) => data.createWebhook.errors[0]?.code ?? 'made').toSorted()).toEqual([
    'CONFLICT',
    'CONFLICT',
    'made',
  ]);
});

test('a delivery that has ended is sent again, with new tries; one that waits is not (WHK-3)', async () => {
  const webhook = { id: (await make())['id'] };
  const failed = await putDelivery(webhook, 1, 'FAILED');
  const selection =
    'webhookDelivery { id status attempts nextTryAt errorMessage deliveredAt responseStatus webhook { redeliveredAt } }';
  const { webhookDelivery } = await done(api, 'redeliverWebhook', { id: failed }, selection);
  expect(webhookDelivery).toMatchObject({
    id: failed,
    status: 'PENDING',
    attempts: 0,
    errorMessage: null,
    deliveredAt: null,
  });
  expect(webhookDelivery.nextTryAt).toBe(webhookDelivery.webhook.redeliveredAt);
  await expectRefused(api, 'redeliverWebhook', { id: failed }, [['RULE_VIOLATED', 'id', 'WHK-3']]);
  await done(api, 'redeliverWebhook', { id: await putDelivery(webhook, 2, 'DELIVERED') }, '');
  await expectRefused(
    api,
    'redeliverWebhook',
    { id: Buffer.from('WebhookDelivery:00000000-0000-7000-8000-000000000000').toString('base64url') },
    [['NOT_FOUND', 'id', null]],
  );
  const third = await putDelivery(webhook, 3, 'FAILED');
  const raced = await Promise.all(
    [1, 2].map(() =>
      api.ask('mutation ($id: ID!) { redeliverWebhook(input: { id: $id }) { errors { rule } } }', { id: third }),
    ),
  );
  expect(raced.map(({ data }) => data.redeliverWebhook.errors.length).toSorted()).toEqual([0, 1]);
});

test('each mutation has one effect for one key (IDK-1)', async () => {
  const creation = { ...input(), idempotencyKey: 'hook' };
  const [first, second] = [
    await done(api, 'createWebhook', creation, FIELDS),
    await done(api, 'createWebhook', creation, FIELDS),
  ];
  expect(second).toEqual(first);
  const { id } = first['webhook'];
  const delivery = await putDelivery({ id }, 1, 'FAILED');
  for (const [mutation, given] of [
    ['updateWebhook', { id, name: 'Once' }],
    ['redeliverWebhook', { id: delivery }],
    ['deleteWebhook', { id }],
  ] as const)
    for (let time = 0; time < 2; time += 1) await done(api, mutation, { ...given, idempotencyKey: mutation }, '');
});

test('webhooks and their deliveries are listed, by a fixed number of statements', async () => {
  const fresh = await startApi();
  try {
    const counts: number[] = [];
    for (const count of [1, 10, 100]) {
      await fresh.database.reader().sql`
        INSERT INTO webhooks (name, url, sealed_secret, events, read_position) SELECT 'H' || n, 'https://x.example/', 'x', '{lot.closed}', 0 FROM generate_series(1 + (SELECT count(*)::int FROM webhooks), ${count}::int) AS n`;
      await fresh.database.reader().sql`
        INSERT INTO webhook_deliveries (webhook_id, position, type, occurred_at) SELECT id, n, 'lot.closed', now() FROM webhooks, generate_series(1, 3) AS n ON CONFLICT DO NOTHING`;
      const { data, statements } = await fresh.ask(
        '{ webhooks(first: 100) { totalCount nodes { name lastDelivery { type status } deliveries(first: 2, filter: { status: { eq: PENDING } }) { totalCount nodes { type nextTryAt webhook { name } } } } } }',
      );
      expect(data.webhooks.totalCount).toBe(count);
      expect(data.webhooks.nodes[0]).toMatchObject({
        lastDelivery: { status: 'PENDING' },
        deliveries: { totalCount: 3 },
      });
      counts.push(statements);
    }
    expect(new Set(counts).size).toBe(1);
  } finally {
    await fresh.close();
  }
});
