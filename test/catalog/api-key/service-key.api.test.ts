/** Services with API keys of their own, such as an ERP system or a dashboard, as they act over HTTP. */
import { afterAll, afterEach, beforeAll, describe, expect, test, vi } from 'vitest';
import type { Role } from '../../../src/platform/rules/access.ts';
import { startApi, type Answer, type Api } from '../../support/api.ts';
import { uuidOf } from '../../support/build.ts';
import { call, done, expectRefused, fingerprint, type Refusal } from '../../support/expect.ts';
import { sendAs } from '../../support/station.ts';
import { listen } from '../../support/stream.ts';
import { makeFloor, oneItem, start, type Floor } from '../../support/work.ts';

const WHO = '{ viewer { role permissions user { id } station { id } service { id name role isReadOnly } } }';

let api: Api;
let floor: Floor;
beforeAll(async () => {
  api = await startApi();
  floor = await makeFloor(api);
});
afterEach(() => void vi.useRealTimers());
afterAll(() => api.close());

interface ServiceWithKey {
  readonly keyId: string;
  readonly apiKey: string;
}

/** A service with a key that was used already, so that its next use changes no row. */
async function makeService(name: string, role: Role, isReadOnly = false, where = api): Promise<ServiceWithKey> {
  const { apiKey, secret } = await done(
    where,
    'createApiKey',
    { name, service: { role, isReadOnly } },
    'apiKey { id } secret',
  );
  await where.askWith({ apiKey: secret }, '{ __typename }');
  return { keyId: apiKey.id, apiKey: secret };
}

/** The global id of the service of a key. */
function serviceIdOf({ keyId }: ServiceWithKey): string {
  return Buffer.from(`Service:${uuidOf({ id: keyId })}`, 'latin1').toString('base64url');
}

async function expectRefusedAs(apiKey: string, mutation: string, input: object, error: object): Promise<void> {
  const before = await fingerprint(api);
  expect((await sendAs(api, apiKey, mutation, input)).errors).toMatchObject([error]);
  expect(await fingerprint(api)).toEqual(before);
}

const put = (keyId: string, assignments: string): Promise<unknown> =>
  import('../../../src/platform/postgres/sql.ts').then(({ raw }) =>
    api.database.reader().query(raw(`UPDATE api_keys SET ${assignments} WHERE id = '${uuidOf({ id: keyId })}'`)),
  );

describe('the key of a service', () => {
  test('is made with a name, a role and an end, and is for changes, too, unless its maker says otherwise (AUT-6)', async () => {
    const expiresAt = '2190-01-01T00:00:00.000Z';
    const { apiKey } = await done(
      api,
      'createApiKey',
      { name: ' ERP ', service: { role: 'MANAGER' }, expiresAt },
      'apiKey { name isUsable expiresAt station { id } service { name role isReadOnly } createdBy { username } }',
    );
    expect(apiKey).toEqual({
      name: 'ERP',
      isUsable: true,
      expiresAt,
      station: null,
      service: { name: 'ERP', role: 'MANAGER', isReadOnly: false },
      createdBy: { username: 'admin' },
    });
  });

  test.each<readonly [what: string, input: object, refusal: Refusal]>([
    [
      'the role ADMIN',
      { name: 'K', service: { role: 'ADMIN' } },
      [
        'RULE_VIOLATED',
        'service.role',
        'AUT-6',
        'A service never has the role ADMIN; give it the least role that it needs.',
      ],
    ],
    ['neither a station nor a role', { name: 'K' }, ['INVALID_INPUT', 'station', 'AUT-6']],
    [
      'both a station and a role',
      { name: 'K', station: { code: 'ANY' }, service: { role: 'VIEWER' } },
      ['INVALID_INPUT', 'station', 'AUT-6'],
    ],
    ['a blank name', { name: ' ', service: { role: 'VIEWER' } }, ['INVALID_INPUT', 'name', null]],
    [
      'an end in the past',
      { name: 'K', service: { role: 'VIEWER' }, expiresAt: '2026-01-01T00:00:00Z' },
      ['RULE_VIOLATED', 'expiresAt', 'AUT-5'],
    ],
  ])('is not made with %s, and nothing changes (AUT-6)', async (_what, input, refusal) => {
    await expectRefused(api, 'createApiKey', input, [refusal]);
  });

  test('is refused when it is revoked or has expired, like that of a station (AUT-5, AUT-6)', async () => {
    const { keyId, apiKey } = await makeService('Ends', 'VIEWER');
    await put(keyId, "expires_at = created_at + interval '1 millisecond'");
    expect((await api.askWith({ apiKey }, WHO)).status).toBe(401);
    await put(keyId, "expires_at = now() + interval '1 day'");
    expect((await api.askWith({ apiKey }, WHO)).status).toBe(200);
    await done(api, 'revokeApiKey', { id: keyId, reason: 'Replaced' }, 'apiKey { isUsable }');
    expect((await api.askWith({ apiKey }, WHO)).status).toBe(401);
  });

  test('is sent alone: together with the token of a user it is refused, also where both are valid (AUT-6)', async () => {
    const { apiKey } = await makeService('Alone', 'VIEWER');
    const { status, errors } = await api.askWith({ apiKey, token: await api.tokenOf('ADMIN') }, WHO);
    expect([status, errors[0]?.message]).toEqual([
      401,
      'The key of a service is sent alone, without an access token (AUT-6).',
    ]);
  });

  test('is found in the list by its role and by its maker, apart from the keys of stations (AUT-6)', async () => {
    const { keyId } = await makeService('Listed', 'INSPECTOR');
    const idsBy = async (filter: object): Promise<string[]> =>
      (
        await api.ask('query($filter: ApiKeyFilter) { apiKeys(filter: $filter) { nodes { id } } }', { filter })
      ).data.apiKeys.nodes.map(({ id }: { readonly id: string }) => id);
    expect(await idsBy({ role: { eq: 'INSPECTOR' }, isUsable: true })).toEqual([keyId]);
    const maker = Buffer.from(`User:${api.userIdOf('ADMIN')}`, 'latin1').toString('base64url');
    expect(await idsBy({ createdBy: { eq: maker } })).toContain(keyId);
    expect(await idsBy({ createdBy: { eq: maker }, role: { isNull: true } })).not.toContain(keyId);
  });
});

describe('a service', () => {
  test('is shown as such in `viewer`, with the rights of its role (AUT-6)', async () => {
    const service = await makeService('Planning', 'MANAGER');
    const { data } = await api.askWith({ apiKey: service.apiKey }, WHO);
    expect(data.viewer).toMatchObject({
      role: 'MANAGER',
      user: null,
      station: null,
      service: { id: serviceIdOf(service), name: 'Planning', role: 'MANAGER', isReadOnly: false },
    });
    expect(data.viewer.permissions).toEqual(expect.arrayContaining(['createLot', 'lots', 'users']));
    expect(data.viewer.permissions).not.toContain('releaseLot');
  });

  test('is the actor of its changes in the audit trail, and every reader of the trail sees which one (AUD-1, AUT-6)', async () => {
    const service = await makeService('Orders', 'MANAGER');
    const input = { productModel: { code: 'PSA' }, productionLine: { code: 'KR01' }, productionDate: '2026-11-20' };
    const { lot } = await sendAs(api, service.apiKey, 'createLot', input, 'lot { id }');
    const actor = { __typename: 'Service', id: serviceIdOf(service), name: 'Orders', role: 'MANAGER' };
    for (const role of ['ADMIN', 'MANAGER', 'AUDITOR'] as const) {
      const { data, errors } = await api.ask(
        'query($actor: ID!) { auditEntries(filter: { actor: { eq: $actor } }) { nodes { action actorKind actorId recordId station { id } actor { __typename id ... on Service { name role } } } } }',
        { actor: actor.id },
        role,
      );
      expect([role, errors, data.auditEntries.nodes]).toEqual([
        role,
        [],
        [{ action: 'lot.created', actorKind: 'SERVICE', actorId: actor.id, recordId: lot.id, station: null, actor }],
      ]);
    }
  });

  test('has the rights of its role, and nothing that is done in the name of a person (AUT-6)', async () => {
    const { lot } = await oneItem(api);
    const { apiKey: viewer } = await makeService('Board', 'VIEWER');
    await expectRefusedAs(viewer, 'closeLot', { lot: { id: lot.id } }, { code: 'FORBIDDEN', rule: null });
    const { apiKey: manager } = await makeService('MES', 'MANAGER');
    const decision = { lot: { id: lot.id }, reason: 'Because' };
    for (const [mutation, input] of [
      ['quarantineLot', decision],
      ['releaseLot', decision],
      ['rejectLot', decision],
      ['logout', {}],
      ['changePassword', { oldPassword: 'x', newPassword: 'y' }],
    ] as const)
      await expectRefusedAs(manager, mutation, input, {
        code: 'FORBIDDEN',
        message: expect.stringMatching(/^A service may not do this; it is for persons: ADMIN, MANAGER/),
      });
    expect((await sendAs(api, manager, 'updateLot', { lot: { id: lot.id }, targetQuantity: 7 })).errors).toEqual([]);
  });

  test('names the operator of its executions, and the role decides whether it may record (PD-15, AUT-6)', async () => {
    const { item } = await oneItem(api);
    const { apiKey } = await makeService('Bridge', 'OPERATOR');
    const where = { unit: { id: item.id }, process: { id: floor.mount.id } };
    await expectRefusedAs(apiKey, 'startProcess', where, {
      code: 'INVALID_INPUT',
      path: ['operator'],
      rule: 'PD-15',
      message: 'Service Bridge must name the operator.',
    });
    const ready = `{ unitReadiness(unit: { id: "${item.id}" }, process: { id: "${floor.mount.id}" }) { isReady } }`;
    expect((await api.askWith({ apiKey }, ready)).data.unitReadiness).toEqual({ isReady: true });
    const { processData } = await sendAs(
      api,
      apiKey,
      'startProcess',
      { ...where, operator: { username: 'operator' } },
      'processData { operator { username } station { code } }',
    );
    expect(processData).toEqual({ operator: { username: 'operator' }, station: null });
    const { apiKey: auditor } = await makeService('QMS', 'AUDITOR');
    await expectRefusedAs(auditor, 'startProcess', where, { code: 'FORBIDDEN', path: [], rule: null });
  });

  test('withdraws no execution as its own, and any with the role ENGINEER (PD-14, AUT-6)', async () => {
    const { item } = await oneItem(api);
    const { id } = await start(api, item, floor.mount);
    const { apiKey } = await makeService('Line', 'OPERATOR');
    await expectRefusedAs(apiKey, 'withdrawProcess', { id, reason: 'R' }, { code: 'FORBIDDEN', rule: 'PD-14' });
    const { apiKey: engineer } = await makeService('Cell', 'ENGINEER');
    expect((await sendAs(api, engineer, 'withdrawProcess', { id, reason: 'R' })).errors).toEqual([]);
  });

  test('has idempotency keys of its own (IDK-1, AUT-6)', async () => {
    const [first, second] = [await makeService('One', 'MANAGER'), await makeService('Two', 'MANAGER')];
    const input = {
      productModel: { code: 'PSA' },
      productionLine: { code: 'KR01' },
      productionDate: '2026-11-21',
      idempotencyKey: 'one key',
    };
    const numberOf = async ({ apiKey }: ServiceWithKey): Promise<string> =>
      (await sendAs(api, apiKey, 'createLot', input, 'lot { number }')).lot.number;
    const made = await numberOf(first);
    expect(await numberOf(first)).toBe(made);
    expect(await numberOf(second)).not.toBe(made);
  });

  test('has a rate of its own (AUT-6)', async () => {
    await using busy = await startApi({ requestsPerSecond: 2 });
    const [loud, quiet] = [await makeService('L', 'VIEWER', false, busy), await makeService('Q', 'VIEWER', true, busy)];
    // No time goes by, so that no bucket fills; a service used one of its four tokens when it was made.
    vi.useFakeTimers({ toFake: ['Date'] });
    const ask = ({ apiKey }: ServiceWithKey): Promise<Answer> => busy.askWith({ apiKey }, '{ __typename }');
    const answers = await Promise.all(Array.from({ length: 8 }, () => ask(loud)));
    expect(answers.map(({ status }) => status)).toContain(429);
    expect((await ask(quiet)).status).toBe(200);
  });

  test('is answered by the same statements as a user', async () => {
    const { apiKey } = await makeService('Counter', 'MANAGER');
    const document = '{ lots(first: 5) { nodes { number } } viewer { role } }';
    const asUser = await api.ask(document, {}, 'MANAGER');
    expect((await api.askWith({ apiKey }, document)).statements).toBe(asUser.statements);
  });
});

describe('the key of a service that is for reading', () => {
  test('calls no mutation, not even one that is for everybody, and `viewer.permissions` names none (AUT-7)', async () => {
    const { apiKey } = await makeService('Dashboard', 'MANAGER', true);
    const refused = {
      code: 'FORBIDDEN',
      rule: 'AUT-7',
      message: 'The key of the service Dashboard is for reading only; a change needs a key that is not.',
    };
    const input = { productModel: { code: 'PSA' }, productionLine: { code: 'KR01' }, productionDate: '2026-11-20' };
    await expectRefusedAs(apiKey, 'createLot', input, refused);
    await expectRefusedAs(apiKey, 'login', { username: 'admin', password: 'x' }, refused);
    await expectRefusedAs(apiKey, 'recordProcessDataBatch', { items: [] }, refused);
    const { data } = await api.askWith({ apiKey }, WHO);
    expect(data.viewer.service).toMatchObject({ name: 'Dashboard', isReadOnly: true });
    expect(data.viewer.permissions).toEqual(expect.arrayContaining(['lots', 'auditEntries']));
    expect(data.viewer.permissions.filter((name: string) => /^(create|login|record|update)/.test(name))).toEqual([]);
  });

  test('reads and subscribes with its role (AUT-6, AUT-7)', async () => {
    const service = await makeService('Andon', 'AUDITOR', true);
    using stream = await listen(api, { apiKey: service.apiKey }, 'subscription { changes { action } }');
    await expect.poll(() => stream.headers['x-accel-buffering']).toBe('no');
    expect((await api.askWith({ apiKey: service.apiKey }, '{ lots(first: 1) { totalCount } }')).errors).toEqual([]);
  });
});

test('the key of a station does not appear as a service (AUT-6)', async () => {
  const { id } = await done(api, 'registerStation', { code: 'PLAIN', name: 'Plain', host: 'h' }, 'station { id }').then(
    ({ station }) => station,
  );
  const { apiKey } = await done(
    api,
    'createApiKey',
    { station: { code: 'PLAIN' }, name: 'Key' },
    'apiKey { id service { name } station { id } }',
  );
  expect(apiKey).toMatchObject({ service: null, station: { id } });
  const asService = serviceIdOf({ keyId: apiKey.id, apiKey: '' });
  expect((await api.ask('query($id: ID!) { node(id: $id) { id } }', { id: asService })).data.node).toBeNull();
});

test('only ADMIN makes keys of services: no other role, and no service (AUT-6)', async () => {
  const input = { name: 'K', service: { role: 'VIEWER' } };
  for (const role of ['MANAGER', 'ENGINEER', 'AUDITOR'] as const)
    await expectRefused(api, 'createApiKey', input, [['FORBIDDEN', '', null]], role);
  const { apiKey } = await makeService('Maker', 'MANAGER');
  await expectRefusedAs(apiKey, 'createApiKey', input, { code: 'FORBIDDEN' });
  expect((await call(api, 'createApiKey', input, 'secret')).secret).toMatch(/^lgk_/);
});
