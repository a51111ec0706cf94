/** A server whose token secret was replaced, on the database of the server before: what that one signed, and what not. */
import { SignJWT, decodeProtectedHeader } from 'jose';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { startServer, type RunningServer } from '../../../src/app/server.ts';
import { sealNow } from '../../../src/operation/audit/seal.commands.ts';
import type { Config } from '../../../src/platform/process/config.ts';
import { signAccessToken, type TokenHolder } from '../../../src/platform/security/access-token.ts';
import { PASSWORD, startApi, type Api } from '../../support/api.ts';
import { done } from '../../support/expect.ts';
import { posted } from '../../security/wire.ts';

const NEW = 'the secret of after the rotation, 1234567890';
const OLDER = 'the secret of before the one before, 1234567890';
const WHO = '{ viewer { user { username } } }';

let api: Api;
let old: string;
let kim: TokenHolder;
const servers: RunningServer[] = [];
beforeAll(async () => {
  api = await startApi();
  old = api.config.tokenSecret;
  for (const code of ['L1', 'L2', 'L3'])
    await done(api, 'createProductionLine', { code, name: code }, 'productionLine { id }');
  await sealNow(api.database);
  const [sub, sid] = claimsOf(await api.tokenOf('ADMIN'));
  kim = { userId: sub, sessionId: sid };
});
afterEach(async () => {
  for (const server of servers.splice(0)) await server.stop();
});
afterAll(() => api.close());

function claimsOf(token: string): [sub: string, sid: string] {
  const { sub, sid } = JSON.parse(Buffer.from(token.split('.')[1] ?? '', 'base64url').toString('utf8'));
  return [sub, sid];
}

/** A server with these secrets on the same database; returns how to ask it. */
async function serverWith(secrets: Pick<Config, 'tokenSecret' | 'acceptedTokenSecrets'>) {
  const server = await startServer({ ...api.services, config: { ...api.config, ...secrets } });
  servers.push(server);
  return (token: string, query: string, variables: object = {}) =>
    posted(server.url, { query, variables }, token === '' ? {} : { authorization: `Bearer ${token}` });
}

type Ask = Awaited<ReturnType<typeof serverWith>>;

/** A token as it was issued before tokens named their secrets, or with any other name. */
const tokenWith = (secret: string, header: object = {}): Promise<string> =>
  new SignJWT({ sid: kim.sessionId })
    .setProtectedHeader({ alg: 'HS256', ...header })
    .setSubject(kim.userId)
    .setIssuer('lotgraph')
    .setExpirationTime('1h')
    .sign(new TextEncoder().encode(secret));

describe('after the rotation of the token secret, with the former one accepted', () => {
  let ask: Ask;
  beforeEach(async () => {
    ask = await serverWith({ tokenSecret: NEW, acceptedTokenSecrets: [OLDER, old] });
  });

  test('an access token of before is valid until it expires, and a new one is signed with the new secret (AUT-1)', async () => {
    const before = await signAccessToken(kim, old, 60);
    for (const _time of ['first', 'known']) expect((await ask(before, WHO)).status).toBe(200);
    expect((await ask(await signAccessToken(kim, OLDER), WHO)).status).toBe(200);
    expect((await ask(await signAccessToken(kim, old, 0), WHO)).status).toBe(401);

    const { body } = await ask(
      '',
      `mutation { login(input: { username: "operator", password: "${PASSWORD}" }) { session { accessToken } } }`,
    );
    const { accessToken } = body.data.login.session;
    expect((await ask(accessToken, WHO)).body.data.viewer.user.username).toBe('operator');
    const [now, then] = [decodeProtectedHeader(accessToken), decodeProtectedHeader(before)];
    expect([now.kid, then.kid]).toEqual([expect.stringMatching(/^[\w-]{11}$/), expect.stringMatching(/^[\w-]{11}$/)]);
    expect(now.kid).not.toBe(then.kid);
    // The server of before the rotation does not know the new secret.
    expect((await api.askWith(accessToken, WHO)).status).toBe(401);
  });

  test('a token that names no secret is valid if an accepted secret signed it, because older versions issued such tokens (AUT-1)', async () => {
    for (const secret of [NEW, old, OLDER]) expect((await ask(await tokenWith(secret), WHO)).status).toBe(200);
    expect((await ask(await tokenWith('a secret that nobody configured, 123456'), WHO)).status).toBe(401);
  });

  test('a token that names an unknown secret, or another one than the one that signed it, is not valid (AUT-1)', async () => {
    const kidOf = async (secret: string) => decodeProtectedHeader(await signAccessToken(kim, secret)).kid;
    const [kid, formerKid] = [await kidOf(NEW), await kidOf(old)];
    expect((await ask(await tokenWith(NEW, { kid }), WHO)).status).toBe(200);
    expect((await ask(await tokenWith(old, { kid: formerKid }), WHO)).status).toBe(200);
    for (const header of [{ kid: formerKid }, { kid: `${kid}x` }, { kid: '' }, { kid: null }, { kid: 7 }])
      expect([header, (await ask(await tokenWith(NEW, header), WHO)).status]).toEqual([header, 401]);
    expect((await ask(await tokenWith(old, { kid }), WHO)).status).toBe(401);
  });

  test('a cursor of before continues its list and the changes, and so does one of a page that an older cursor led to', async () => {
    const token = await api.tokenOf('ADMIN');
    const page =
      'query($after: String) { productionLines(first: 1, after: $after) { nodes { code } pageInfo { endCursor } } }';
    const read = async (answer: Promise<{ data?: unknown; body?: { data: unknown } }>) => {
      const { data, body } = await answer;
      return (data ?? body?.data) as {
        productionLines: { nodes: { code: string }[]; pageInfo: { endCursor: string } };
      };
    };
    const first = await read(api.askWith(token, page));
    const second = await read(ask(token, page, { after: first.productionLines.pageInfo.endCursor }));
    const third = await read(ask(token, page, { after: second.productionLines.pageInfo.endCursor }));
    expect([first, second, third].map(({ productionLines }) => productionLines.nodes[0]?.code)).toEqual([
      'L1',
      'L2',
      'L3',
    ]);
    expect((await api.askWith(token, page, { after: second.productionLines.pageInfo.endCursor })).errors).toHaveLength(
      1,
    );

    const changes = 'query($after: String) { changes(first: 1, after: $after) { endCursor } }';
    const { data } = await api.askWith(token, changes);
    const { body } = await ask(token, changes, { after: data.changes.endCursor });
    expect(body.errors).toBeUndefined();
    expect(body.data.changes.endCursor).not.toBe(data.changes.endCursor);
  });

  test('a retry of a request of before returns its outcome, and the same key with other input is refused (IDK-1)', async () => {
    const token = await api.tokenOf('ADMIN');
    const create =
      'mutation($n: String!) { createProductionLine(input: { code: "ONCE", name: $n, idempotencyKey: "rotated" }) { productionLine { id } errors { code } } }';
    const { data } = await api.askWith(token, create, { n: 'Once' });

    const { body } = await ask(token, create, { n: 'Once' });
    expect([body.data, body.data.createProductionLine.errors]).toEqual([data, []]);
    const { body: other } = await ask(token, create, { n: 'Twice' });
    expect(other.data.createProductionLine).toEqual({
      productionLine: null,
      errors: [{ code: 'IDEMPOTENCY_MISMATCH' }],
    });
  });
});

test('before the rotation, servers that accept the next secret already understand those that sign with it (AUT-1)', async () => {
  const prepared = await serverWith({ tokenSecret: old, acceptedTokenSecrets: [NEW] });
  const rotated = await serverWith({ tokenSecret: NEW, acceptedTokenSecrets: [old] });
  for (const ask of [prepared, rotated])
    for (const secret of [old, NEW]) expect((await ask(await signAccessToken(kim, secret), WHO)).status).toBe(200);
});

test('a secret that is not accepted any more signs nothing valid, but sessions continue with their refresh tokens (AUT-4)', async () => {
  const login = `mutation { login(input: { username: "manager", password: "${PASSWORD}" }) { session { accessToken refreshToken } } }`;
  const { data } = await api.askWith(null, login);
  const { accessToken, refreshToken } = data.login.session;
  const retry =
    'mutation { createProductionLine(input: { code: "LOST", name: "L", idempotencyKey: "lost" }) { errors { code } } }';
  await api.ask(retry);

  const ask = await serverWith({ tokenSecret: NEW, acceptedTokenSecrets: [] });
  expect((await ask(accessToken, WHO)).status).toBe(401);
  const refresh =
    'mutation($t: String!) { refreshSession(input: { refreshToken: $t }) { session { accessToken } errors { code } } }';
  const { body } = await ask('', refresh, { t: refreshToken });
  expect(body.data.refreshSession.errors).toEqual([]);
  const renewed = body.data.refreshSession.session.accessToken;
  expect((await ask(renewed, WHO)).body.data.viewer.user.username).toBe('manager');
  const { body: repeated } = await ask(await signAccessToken(kim, NEW), retry);
  expect(repeated.data.createProductionLine.errors).toEqual([{ code: 'IDEMPOTENCY_MISMATCH' }]);
});
