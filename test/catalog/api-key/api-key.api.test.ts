import { createHash } from 'node:crypto';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { startApi, type Answer, type Api } from '../../support/api.ts';
import { uuidOf } from '../../support/build.ts';
import { call, done, expectRefused, fingerprint, type Refusal } from '../../support/expect.ts';
import { makeStation } from '../../support/station.ts';

const KEY =
  'id name prefix isUsable expiresAt revokedAt lastUsedAt createdAt updatedAt version station { code } createdBy { username }';
const WHO = '{ viewer { role user { username } station { code } } }';
const INSTANT = /^\d{4}-\d{2}-\d{2}T\d{2}:\d{2}:\d{2}\.\d{3}Z$/;

let api: Api;
beforeAll(async () => {
  api = await startApi();
});
afterAll(() => api.close());

async function put(keyId: string, assignments: string): Promise<void> {
  const { raw } = await import('../../../src/platform/postgres/sql.ts');
  await api.database.reader().query(raw(`UPDATE api_keys SET ${assignments} WHERE id = '${uuidOf({ id: keyId })}'`));
}

const expectInvalid = (answer: Answer): void => {
  expect(answer).toMatchObject({
    status: 401,
    data: undefined,
    errors: [
      {
        message: 'The API key is not valid, has expired or was revoked, or its station is inactive.',
        extensions: { code: 'UNAUTHENTICATED', path: [], requestId: expect.any(String) },
      },
    ],
  });
};

describe('API keys', () => {
  test('are shown once and stored as a hash only; they expire after 365 days (AUT-5)', async () => {
    await done(api, 'registerStation', { code: 'S1', name: 'S1', host: 'host' }, 'station { id }');
    const { apiKey, secret, errors } = await call(
      api,
      'createApiKey',
      { station: { code: 's1' }, name: ' Line 1 ' },
      `apiKey { ${KEY} } secret`,
    );

    expect(errors).toEqual([]);
    expect(secret).toMatch(/^lgk_[A-Za-z0-9_-]{8}_[A-Za-z0-9_-]{43}$/);
    expect(apiKey).toEqual({
      id: expect.any(String),
      name: 'Line 1',
      prefix: secret.slice(4, 12),
      isUsable: true,
      expiresAt: expect.stringMatching(INSTANT),
      revokedAt: null,
      lastUsedAt: null,
      createdAt: expect.stringMatching(INSTANT),
      updatedAt: apiKey.createdAt,
      version: 1,
      station: { code: 'S1' },
      createdBy: { username: 'admin' },
    });
    expect(Date.parse(apiKey.expiresAt) - Date.parse(apiKey.createdAt)).toBe(365 * 86_400_000);
    const [row] = await api.database.reader().sql<{
      row: string;
      hash: string;
    }>`SELECT t::text AS row, secret_hash AS hash FROM api_keys t`;
    expect(row?.row).not.toContain(secret.slice(13));
    expect(row?.hash).toBe(createHash('sha256').update(secret).digest('hex'));
  });

  test.each<readonly [what: string, input: object, refusal: Refusal]>([
    ['an unknown station', { station: { code: 'NOWHERE' }, name: 'K' }, ['NOT_FOUND', 'station', null]],
    ['a blank name', { station: { code: 'S1' }, name: ' ' }, ['INVALID_INPUT', 'name', null]],
    ['a name of 101 characters', { station: { code: 'S1' }, name: 'x'.repeat(101) }, ['INVALID_INPUT', 'name', null]],
    [
      'an end in the past',
      { station: { code: 'S1' }, name: 'K', expiresAt: '2026-01-01T00:00:00Z' },
      ['RULE_VIOLATED', 'expiresAt', 'AUT-5'],
    ],
  ])('are not created with %s, and nothing changes (AUT-5)', async (_what, input, error) => {
    await expectRefused(api, 'createApiKey', input, [error]);
  });

  test('are revoked once, and refused from the next request on (AUT-5)', async () => {
    const { apiKey, keyId } = await makeStation(api, 'REVOKED');
    expect((await api.askWith({ apiKey }, WHO)).status).toBe(200);
    await expectRefused(api, 'revokeApiKey', { id: keyId, reason: ' ' }, [['INVALID_INPUT', 'reason', 'GEN-4']]);
    await expectRefused(api, 'revokeApiKey', { id: keyId, reason: 'Lost', expectedVersion: 9 }, [
      ['STALE_VERSION', 'expectedVersion', 'GEN-2'],
    ]);

    const { apiKey: revoked, errors } = await call(
      api,
      'revokeApiKey',
      { id: keyId, reason: 'Lost' },
      `apiKey { ${KEY} }`,
    );

    expect([revoked, errors]).toMatchObject([
      { isUsable: false, revokedAt: expect.stringMatching(INSTANT), version: 2 },
      [],
    ]);
    expectInvalid(await api.askWith({ apiKey }, WHO));
    await expectRefused(api, 'revokeApiKey', { id: keyId, reason: 'Again' }, [['RULE_VIOLATED', 'id', 'AUT-5']]);
  });

  test('are replaced without a gap: a station may have two valid keys, and the old one is revoked when it is no longer used (AUT-5)', async () => {
    const { id, code, apiKey: old, keyId } = await makeStation(api, 'ROTATES');
    const { secret: next } = await call(api, 'createApiKey', { station: { code }, name: 'Key 2' }, 'secret');
    const uses =
      'query($id: ID!) { apiKeys(filter: { station: { eq: $id }, isUsable: true }) { nodes { name lastUsedAt } } }';
    const usable = async (): Promise<unknown> => (await api.ask(uses, { id })).data.apiKeys.nodes;

    // Two computers of one station, of which only one has the new key yet.
    const answers = await Promise.all([old, next, old, next].map((apiKey) => api.askWith({ apiKey }, WHO)));
    expect(answers.map(({ status, data }) => [status, data.viewer.station.code])).toEqual(
      answers.map(() => [200, code]),
    );
    expect(await usable()).toEqual([
      { name: 'Key 2', lastUsedAt: expect.stringMatching(INSTANT) },
      { name: 'Key', lastUsedAt: expect.stringMatching(INSTANT) },
    ]);

    await call(api, 'revokeApiKey', { id: keyId, reason: 'Replaced by Key 2' });
    expect((await api.askWith({ apiKey: next }, WHO)).data.viewer.station.code).toBe(code);
    expectInvalid(await api.askWith({ apiKey: old }, WHO));
    expect(await usable()).toMatchObject([{ name: 'Key 2' }]);
  });

  test('prevent the deletion of their station and of the administrator who created them (GEN-1, USR-5)', async () => {
    await makeStation(api, 'KEPT');
    await expectRefused(api, 'deleteStation', { station: { code: 'KEPT' } }, [['RULE_VIOLATED', 'station', 'GEN-1']]);
  });
});

describe('authentication with an API key', () => {
  test('acts as the station of the key (AUT-5)', async () => {
    const { apiKey } = await makeStation(api, 'ACTS');
    expect(await api.askWith({ apiKey }, WHO)).toMatchObject({
      status: 200,
      data: { viewer: { role: null, user: null, station: { code: 'ACTS' } } },
    });
  });

  test('together with a token acts as the user, at the station of the key (AUT-5)', async () => {
    const { apiKey } = await makeStation(api, 'BOTH');
    expect(await api.askWith({ apiKey, token: await api.tokenOf('OPERATOR') }, WHO)).toMatchObject({
      data: { viewer: { role: 'OPERATOR', user: { username: 'operator' }, station: { code: 'BOTH' } } },
    });
  });

  test('refuses an expired key, also at the exact instant of its expiry (AUT-5)', async () => {
    const { apiKey, keyId } = await makeStation(api, 'EXPIRED');
    await put(keyId, "expires_at = created_at + interval '1 millisecond'");
    expectInvalid(await api.askWith({ apiKey }, WHO));
    await put(keyId, "expires_at = now() + interval '1 minute'");
    expect((await api.askWith({ apiKey }, WHO)).status).toBe(200);
  });

  test('refuses the key of an inactive station at once, and accepts it again when the station is activated (AUT-5)', async () => {
    const { apiKey } = await makeStation(api, 'ASLEEP');
    await call(api, 'updateStation', { station: { code: 'ASLEEP' }, isActive: false });
    expectInvalid(await api.askWith({ apiKey }, WHO));
    await call(api, 'updateStation', { station: { code: 'ASLEEP' }, isActive: true });
    expect((await api.askWith({ apiKey }, WHO)).status).toBe(200);
  });

  test('refuses an invalid credential, also next to a valid one (AUT-5)', async () => {
    const { apiKey } = await makeStation(api, 'BESIDE');
    const token = await api.tokenOf('ADMIN');
    expectInvalid(
      await api.askWith({ apiKey: `${apiKey.slice(0, -1)}${apiKey.endsWith('A') ? 'B' : 'A'}`, token }, WHO),
    );
    expectInvalid(await api.askWith({ apiKey: '' }, WHO));
    expectInvalid(await api.askWith({ apiKey: `${apiKey}, ${apiKey}` }, WHO));
    expectInvalid(await api.askWith({ apiKey: token }, WHO));
    expect((await api.askWith({ apiKey, token: 'x' }, WHO)).errors).toMatchObject([
      { message: 'The access token is not valid or has expired; sign in again.' },
    ]);
  });

  test('never accepts a key as a user, and says where a key belongs (AUT-5)', async () => {
    const { apiKey } = await makeStation(api, 'AS_USER');
    expect(await api.askWith({ token: apiKey }, WHO)).toMatchObject({
      status: 401,
      errors: [{ message: 'This is an API key, not an access token; send it as "X-API-Key: …".' }],
    });
  });

  test('records the last use of a key at most once a minute, without a new version (AUT-5)', async () => {
    const { apiKey, keyId } = await makeStation(api, 'USED');
    const read = async (): Promise<Answer['data']> =>
      (
        await api.ask('query($id: ID!) { node(id: $id) { ... on ApiKey { lastUsedAt version updatedAt } } }', {
          id: keyId,
        })
      ).data.node;
    const before = await read();
    await Promise.all(Array.from({ length: 5 }, () => api.askWith({ apiKey }, WHO)));
    const first = await read();
    expect([before.lastUsedAt, first]).toEqual([null, { ...before, lastUsedAt: expect.stringMatching(INSTANT) }]);
    await put(keyId, "last_used_at = now() - interval '59 seconds'");
    const moved = await read();
    await api.askWith({ apiKey }, WHO);
    expect(await read()).toEqual(moved);
    await put(keyId, "last_used_at = now() - interval '60 seconds'");
    await api.askWith({ apiKey }, WHO);
    expect((await read()).lastUsedAt > moved.lastUsedAt).toBe(true);
  });
});

describe('reading API keys', () => {
  test('is for ADMIN only, in the list and below a station; everybody reads the other fields of a station (AUT-5)', async () => {
    const { code, apiKey } = await makeStation(api, 'SEEN');
    const document =
      'query($code: String!) { stationByCode(code: $code) { code apiKeys { totalCount nodes { name } } } }';
    expect((await api.ask(document, { code })).data.stationByCode).toEqual({
      code,
      apiKeys: { totalCount: 1, nodes: [{ name: 'Key' }] },
    });
    for (const credentials of [
      { token: await api.tokenOf('MANAGER') },
      { token: await api.tokenOf('AUDITOR') },
      { apiKey },
    ]) {
      const { data, errors } = await api.askWith(credentials, document, { code });
      expect(data.stationByCode).toEqual({ code, apiKeys: null });
      expect(errors).toMatchObject([{ path: ['stationByCode', 'apiKeys'], extensions: { code: 'FORBIDDEN' } }]);
      expect((await api.askWith(credentials, '{ apiKeys { totalCount } }')).errors).toMatchObject([
        { extensions: { code: 'FORBIDDEN' } },
      ]);
    }
  });

  test('filters the list by usability, and by station (AUT-5)', async () => {
    const { id, keyId } = await makeStation(api, 'LISTED');
    const names = async (filter: object): Promise<unknown> =>
      (
        await api.ask('query($filter: ApiKeyFilter) { apiKeys(filter: $filter) { nodes { isUsable } } }', {
          filter: { station: { eq: id }, ...filter },
        })
      ).data.apiKeys.nodes;
    expect([await names({}), await names({ isUsable: true }), await names({ isUsable: false })]).toEqual([
      [{ isUsable: true }],
      [{ isUsable: true }],
      [],
    ]);
    await put(keyId, 'revoked_at = now()');
    expect([await names({}), await names({ isUsable: true }), await names({ isUsable: false })]).toEqual([
      [{ isUsable: false }],
      [],
      [{ isUsable: false }],
    ]);
  });

  test.each([1, 10, 100])('costs 3 statements for %i keys with station and creator', async (count) => {
    const { id } = await makeStation(api, `MANY_${count}`);
    await api.database.reader().sql`
      INSERT INTO api_keys (name, station_id, prefix, secret_hash, created_by_id)
      SELECT 'K', ${uuidOf({ id })}::uuid, substr(md5(random()::text), 1, 8), repeat('0', 64), ${api.userIdOf('ADMIN')}::uuid FROM generate_series(2, ${count}::int)`;
    const { data, statements } = await api.ask(
      'query($id: ID!) { apiKeys(first: 100, filter: { station: { eq: $id } }) { nodes { name isUsable station { code } createdBy { username } } } }',
      { id },
    );
    expect([data.apiKeys.nodes.length, statements]).toEqual([count, 3]);
  });
});

describe('node and nodes return the same for a missing and a forbidden record', () => {
  test('as null: an API key or a migration run looks like an unknown id to users who may not see it, at the same cost (AUT-1)', async () => {
    const { keyId, apiKey } = await makeStation(api, 'HIDDEN');
    const [run] = await api.database.reader().sql<{ id: string }>`SELECT id FROM migration_history LIMIT 1`;
    const idOf = (type: string, id: string): string => Buffer.from(`${type}:${id}`, 'latin1').toString('base64url');
    const unknown = '01a1f910-a910-75ba-b5e0-944d3865891d';
    const ids = [
      keyId,
      idOf('ApiKey', unknown),
      idOf('MigrationHistory', run?.id ?? ''),
      idOf('MigrationHistory', unknown),
    ];
    const node = 'query($id: ID!) { node(id: $id) { __typename id } }';

    for (const credentials of [{ token: await api.tokenOf('OPERATOR') }, { apiKey }]) {
      const answers = [];
      for (const id of ids) answers.push(await api.askWith(credentials, node, { id }));
      expect(answers).toEqual(ids.map(() => ({ status: 200, data: { node: null }, errors: [], statements: 0 })));
      const all = await api.askWith(credentials, 'query($ids: [ID!]!) { nodes(ids: $ids) { __typename id } }', { ids });
      expect(all).toEqual({ status: 200, data: { nodes: [null, null, null, null] }, errors: [], statements: 0 });
    }
    const found = await api.ask('query($ids: [ID!]!) { nodes(ids: $ids) { __typename } }', { ids });
    expect(found.data.nodes).toEqual([{ __typename: 'ApiKey' }, null, { __typename: 'MigrationHistory' }, null]);
  });
});

test('only ADMIN creates and revokes API keys; requests of others change nothing (AUT-5)', async () => {
  const { keyId, apiKey } = await makeStation(api, 'ADMINS');
  await api.askWith({ apiKey }, WHO);
  const before = await fingerprint(api);
  for (const credentials of [{ token: await api.tokenOf('ENGINEER') }, { apiKey }]) {
    const { data } = await api.askWith(
      credentials,
      `mutation { createApiKey(input: { station: { code: "ADMINS" }, name: "K" }) { secret errors { code } } revokeApiKey(input: { id: "${keyId}", reason: "R" }) { errors { code } } }`,
    );
    expect(data).toEqual({
      createApiKey: { secret: null, errors: [{ code: 'FORBIDDEN' }] },
      revokeApiKey: { errors: [{ code: 'FORBIDDEN' }] },
    });
  }
  expect(await fingerprint(api)).toEqual(before);
});

test('simultaneous requests of different users and stations each get their own viewer, and an invalid key none', async () => {
  const keyOf = async (code: string): Promise<string> => {
    await done(api, 'registerStation', { code, name: code, host: 'host' }, 'station { id }');
    return (await call(api, 'createApiKey', { station: { code }, name: 'Key' }, 'secret')).secret;
  };
  const stations = await Promise.all(
    ['C1', 'C2', 'C3'].map(async (code) => ({ code, apiKey: await keyOf(code), user: null as string | null })),
  );
  const users = await Promise.all(
    (['ADMIN', 'OPERATOR', 'VIEWER'] as const).map(async (role) => ({
      token: await api.tokenOf(role),
      user: role.toLowerCase(),
    })),
  );
  const crowd = Array.from({ length: 20 }, () => [...stations, ...users]).flat();

  const answers = await Promise.all([
    ...crowd.map((credentials) => api.askWith(credentials, WHO)),
    api.askWith({ apiKey: `${stations[0]?.apiKey}x` }, WHO),
  ]);
  const last = answers.pop();
  expect(answers.map(({ data }) => [data.viewer.user?.username ?? null, data.viewer.station?.code ?? null])).toEqual(
    crowd.map((sender) => [sender.user, 'code' in sender ? sender.code : null]),
  );
  if (last !== undefined) expectInvalid(last);
});
