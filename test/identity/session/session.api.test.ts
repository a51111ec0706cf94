import { hash } from '@node-rs/argon2';
import { SignJWT } from 'jose';
import { v7 as uuid7 } from 'uuid';
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { isOutdatedHash, isPassword } from '../../../src/platform/security/password.ts';
import {
  ACCESS_TOKEN_SECONDS,
  signAccessToken,
  type TokenHolder,
} from '../../../src/platform/security/access-token.ts';
import { startApi, type Answer, type Api } from '../../support/api.ts';
import { fingerprint, call } from '../../support/expect.ts';
import { aMinuteLater } from '../../support/station.ts';

const PASSWORD = 'Abcdef-1';
const SESSION = 'session { accessToken refreshToken expiresInSeconds user { username role } }';
const WHO = '{ viewer { role user { username } } }';

let api: Api;
beforeAll(async () => {
  api = await startApi();
  await make('kim', 'ENGINEER');
});
beforeEach(() => aMinuteLater(api, 'kim'));
afterAll(() => api.close());

async function make(username: string, role = 'OPERATOR', isActive = true): Promise<string> {
  const { user } = await call(
    api,
    'createUser',
    { username, fullName: 'Person', password: PASSWORD, role, isActive },
    'user { id }',
  );
  return user.id;
}

function login(username: string, password: string): Promise<Answer['data']> {
  return call(api, 'login', { username, password }, SESSION, null);
}

async function tokenOf(username: string): Promise<string> {
  return (await login(username, PASSWORD)).session.accessToken;
}

/** The newest session of a user. */
async function sessionOf(username: string): Promise<string> {
  const [row] = await api.database.reader().sql<{
    id: string;
  }>`SELECT id FROM login_sessions WHERE user_id = ${await idOf(username)}::uuid ORDER BY created_at DESC, id DESC LIMIT 1`;
  return row?.id ?? '';
}

async function holder(username: string): Promise<TokenHolder> {
  return { userId: await idOf(username), sessionId: await sessionOf(username) };
}

async function failuresOf(username: string): Promise<unknown> {
  const [row] = await api.database.reader()
    .sql`SELECT failed_logins AS "failedLogins", coalesce(locked_until > now(), false) AS "isLocked" FROM users WHERE username = ${username}`;
  return row;
}

async function idOf(username: string): Promise<string> {
  const [row] = await api.database.reader().sql<{ id: string }>`SELECT id FROM users WHERE username = ${username}`;
  return row?.id ?? '';
}

describe('login', () => {
  test('returns a token that is valid for 15 minutes, and the user who signed in (AUT-2)', async () => {
    const { session, errors } = await login('kim', PASSWORD);
    expect(errors).toEqual([]);
    expect(session).toEqual({
      accessToken: expect.any(String),
      refreshToken: expect.stringMatching(/^[A-Za-z0-9_-]{43}$/),
      expiresInSeconds: 900,
      user: { username: 'kim', role: 'ENGINEER' },
    });
    expect(await api.askWith(session.accessToken, WHO)).toMatchObject({
      status: 200,
      data: { viewer: { role: 'ENGINEER', user: { username: 'kim' } } },
    });
    const [, payload = ''] = session.accessToken.split('.');
    const claims = JSON.parse(Buffer.from(payload, 'base64url').toString('utf8'));
    expect(claims).toEqual({
      sub: await idOf('kim'),
      sid: await sessionOf('kim'),
      iss: 'lotgraph',
      iat: claims.iat,
      exp: claims.iat + ACCESS_TOKEN_SECONDS,
    });
  });

  test.each([' KIM ', 'Kim', 'kim'])('accepts the username as %j', async (username) => {
    expect((await login(username, PASSWORD)).session).toMatchObject({ user: { username: 'kim' } });
  });

  test('records the time of the login, without a new version of the user', async () => {
    await make('noted');
    const read = async (): Promise<Answer['data']> =>
      (await api.ask('{ userByUsername(username: "noted") { lastLoginAt version updatedAt } }')).data.userByUsername;
    const before = await read();
    await login('noted', PASSWORD);
    const after = await read();
    expect(before).toMatchObject({ lastLoginAt: null, version: 1 });
    expect(after).toEqual({
      ...before,
      lastLoginAt: expect.stringMatching(/^\d{4}-\d{2}-\d{2}T\d{2}:\d{2}:\d{2}\.\d{3}Z$/),
    });
  });

  test('gives the same answer for an unknown, a wrong and an inactive user, and changes only the count of failures (AUT-2)', async () => {
    await make('asleep', 'OPERATOR', false);
    const before = await fingerprint(api);
    const attempts = [
      ['nobody', PASSWORD],
      ['kim', 'Abcdef-2'],
      ['kim', ''],
      ['kim', `${PASSWORD} `],
      ['asleep', PASSWORD],
      ['asleep', 'x'],
      ['', ''],
      ['k', PASSWORD],
      ['kim\u0000', PASSWORD],
      ['\ud800', PASSWORD],
      ["' OR 1=1 --", PASSWORD],
      ['kim', `${PASSWORD}\u0000`],
      ['k'.repeat(10_000), PASSWORD],
    ] as const;
    for (const [username, password] of attempts) {
      expect(await login(username, password)).toEqual({
        session: null,
        errors: [
          {
            code: 'UNAUTHENTICATED',
            message: 'Username or password is wrong, or the user may not sign in.',
            path: [],
            rule: 'AUT-2',
          },
        ],
      });
    }
    expect(await failuresOf('kim')).toEqual({ failedLogins: 4, isLocked: false });
    await api.database.reader().sql`UPDATE users SET failed_logins = 0 WHERE username = 'kim'`;
    expect(await fingerprint(api)).toEqual(before);
  });

  test('hashes the password of an unknown user too, so that the response time does not reveal who exists (AUT-2)', async () => {
    expect(await isPassword('nobody has this password', undefined)).toBe(false);
  });

  test('replaces a hash that was made with other parameters, without a new version of the user (USR-2)', async () => {
    await make('veteran');
    const hashOf = async (): Promise<string> =>
      (
        await api.database.reader().sql<{
          hash: string;
        }>`SELECT password_hash AS hash FROM users WHERE username = 'veteran'`
      )[0]?.hash ?? '';
    const old = await hash(PASSWORD, { memoryCost: 8_192, timeCost: 1, parallelism: 1 });
    await api.database.reader().sql`UPDATE users SET password_hash = ${old} WHERE username = 'veteran'`;
    expect(isOutdatedHash(await hashOf())).toBe(true);

    expect((await login('veteran', 'Wrong-12')).session).toBeNull();
    expect(await hashOf()).toBe(old);
    expect((await login('veteran', PASSWORD)).session).not.toBeNull();
    expect(isOutdatedHash(await hashOf())).toBe(false);
    expect((await login('veteran', PASSWORD)).session).not.toBeNull();
  });

  test('offers no idempotency key, because its answer is a secret and is not stored (IDK-1)', async () => {
    const { data } = await api.ask('{ __type(name: "LoginInput") { inputFields { name } } }');
    expect(data.__type.inputFields.map((field: { name: string }) => field.name).toSorted()).toEqual([
      'password',
      'username',
    ]);
  });

  test('refuses a password of a megabyte without hashing it', async () => {
    expect(await login('kim', 'x'.repeat(1_000_000))).toMatchObject({
      session: null,
      errors: [{ code: 'INVALID_INPUT', path: ['password'] }],
    });
  });
});

describe('an invalid token', () => {
  const refused = async (token: string): Promise<void> => {
    const answer = await api.askWith(token, '{ __typename }');
    expect(answer).toMatchObject({
      status: 401,
      data: undefined,
      errors: [
        {
          message: 'The access token is not valid or has expired; sign in again.',
          extensions: { code: 'UNAUTHENTICATED', path: [], requestId: expect.any(String) },
        },
      ],
    });
  };

  const claimsOf = ({ userId, sessionId }: TokenHolder, alg = 'HS256', issuer = 'lotgraph'): SignJWT =>
    new SignJWT({ sid: sessionId }).setProtectedHeader({ alg }).setSubject(userId).setIssuer(issuer).setIssuedAt();
  const secret = (text: string): Uint8Array => new TextEncoder().encode(text);

  test('of a deactivated user is refused at once with HTTP 401, and accepted again when the user is activated (AUT-1)', async () => {
    await make('leaver');
    const token = await tokenOf('leaver');
    expect((await api.askWith(token, WHO)).status).toBe(200);
    await call(api, 'updateUser', { user: { username: 'leaver' }, isActive: false });
    await refused(token);
    await call(api, 'updateUser', { user: { username: 'leaver' }, isActive: true });
    expect((await api.askWith(token, WHO)).status).toBe(200);
  });

  test('of a deleted user is refused with HTTP 401 (AUT-1)', async () => {
    await make('gone');
    const token = await tokenOf('gone');
    await call(api, 'deleteUser', { user: { username: 'gone' } });
    await refused(token);
  });

  test('that has expired is refused with HTTP 401, also at the exact instant of its expiry (AUT-1)', async () => {
    const kim = await holder('kim');
    expect((await api.askWith(await signAccessToken(kim, api.config.tokenSecret, 60), WHO)).status).toBe(200);
    await refused(await signAccessToken(kim, api.config.tokenSecret, -1));
    await refused(await signAccessToken(kim, api.config.tokenSecret, 0));
  });

  test('that is forged is refused with HTTP 401: another secret, no algorithm, another algorithm, other claims (AUT-1)', async () => {
    const kim = await holder('kim');
    const own = secret(api.config.tokenSecret);
    expect((await api.askWith(await claimsOf(kim).setExpirationTime('1h').sign(own), WHO)).status).toBe(200);
    await refused(await signAccessToken(kim, 'another secret of at least 32 characters'));
    for (const algorithm of ['HS384', 'HS512'])
      await refused(await claimsOf(kim, algorithm).setExpirationTime('1h').sign(own));
    await refused(await claimsOf(kim, 'HS256', 'elsewhere').setExpirationTime('1h').sign(own));
    await refused(await claimsOf(kim).sign(own));
    await refused(await claimsOf(kim).setExpirationTime('1h').setNotBefore('30m').sign(own));
    const part = (value: object): string => Buffer.from(JSON.stringify(value)).toString('base64url');
    const claims = part({ sub: kim.userId, sid: kim.sessionId, iss: 'lotgraph', exp: 9_999_999_999 });
    for (const alg of ['none', 'None', 'nOnE'])
      for (const signature of ['', 'x']) await refused(`${part({ alg, typ: 'JWT' })}.${claims}.${signature}`);
  });

  test('without a session, or with the session of another user, is refused (AUT-4)', async () => {
    const kim = await holder('kim');
    const own = secret(api.config.tokenSecret);
    const sessionId = await sessionOf('admin');
    await refused(await signAccessToken({ ...kim, sessionId }, api.config.tokenSecret));
    await refused(await signAccessToken({ ...kim, userId: api.userIdOf('ADMIN') }, api.config.tokenSecret));
    for (const other of [uuid7(), 'x', ''])
      await refused(await signAccessToken({ ...kim, sessionId: other }, api.config.tokenSecret));
    await refused(await signAccessToken({ ...kim, userId: "' OR true --" }, api.config.tokenSecret));
    await refused(
      await new SignJWT({})
        .setProtectedHeader({ alg: 'HS256' })
        .setSubject(kim.userId)
        .setIssuer('lotgraph')
        .setIssuedAt()
        .setExpirationTime('1h')
        .sign(own),
    );
  });

  test('that was changed, or is not a token at all, is refused with HTTP 401 (AUT-1)', async () => {
    const token = await tokenOf('kim');
    const [header = '', payload = '', signature = ''] = token.split('.');
    const claims = JSON.parse(Buffer.from(payload, 'base64url').toString('utf8'));
    const promoted = Buffer.from(JSON.stringify({ ...claims, sub: api.userIdOf('ADMIN') })).toString('base64url');
    await refused(`${header}.${promoted}.${signature}`);
    for (const text of ['x', 'a.b.c', `${token}x`, 'null', 'undefined']) await refused(text);
  });

  test('with a scheme other than Bearer is refused with HTTP 401 (AUT-1)', async () => {
    for (const authorization of [
      await tokenOf('kim'),
      `Basic ${await tokenOf('kim')}`,
      'Bearer',
      'Bearer ',
      `Bearer ${await tokenOf('kim')} x`,
    ]) {
      const response = await fetch(api.url, {
        method: 'POST',
        headers: { 'content-type': 'application/json', authorization },
        body: '{"query":"{ __typename }"}',
      });
      expect([authorization.slice(0, 6), response.status]).toEqual([authorization.slice(0, 6), 401]);
      expect(response.headers.get('www-authenticate')).toBe('Bearer');
    }
  });
});

test('a change of role takes effect on the next request with an older token', async () => {
  await make('riser', 'VIEWER');
  const token = await tokenOf('riser');
  const create = (code: string): Promise<Answer> =>
    api.askWith(token, `mutation { createProductionLine(input: { code: "${code}", name: "L" }) { errors { code } } }`);
  expect((await create('A1')).data.createProductionLine.errors).toEqual([{ code: 'FORBIDDEN' }]);
  await call(api, 'updateUser', { user: { username: 'riser' }, role: 'ENGINEER' });
  expect((await create('A1')).data.createProductionLine.errors).toEqual([]);
  await call(api, 'updateUser', { user: { username: 'riser' }, role: 'VIEWER' });
  expect((await create('A2')).data.createProductionLine.errors).toEqual([{ code: 'FORBIDDEN' }]);
});

test('the viewer sees the names of exactly the operations that they may call, in alphabetical order', async () => {
  const permissionsOf = async (role: 'ADMIN' | 'VIEWER'): Promise<string[]> =>
    (await api.ask('{ viewer { permissions station { code } } }', {}, role)).data.viewer.permissions;
  const [admin, viewer] = [await permissionsOf('ADMIN'), await permissionsOf('VIEWER')];
  expect(admin).toEqual(admin.toSorted());
  expect(admin).toEqual(expect.arrayContaining(['createUser', 'login', 'productionLines', 'users', 'viewer']));
  expect(viewer).toEqual(expect.arrayContaining(['login', 'productionLines', 'viewer']));
  expect(
    viewer.filter((name) => ['users', 'createUser', 'createProductionLine', 'registerStation'].includes(name)),
  ).toEqual([]);
});
