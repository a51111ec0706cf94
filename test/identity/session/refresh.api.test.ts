import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { PASSWORD, startApi, type Answer, type Api } from '../../support/api.ts';
import { fingerprint, call } from '../../support/expect.ts';
import { aMinuteLater } from '../../support/station.ts';

const SESSION = 'session { accessToken refreshToken expiresInSeconds user { username } }';
const NOT_GOOD = {
  session: null,
  errors: [
    {
      code: 'UNAUTHENTICATED',
      message: 'The refresh token is not good; sign in again.',
      path: ['refreshToken'],
      rule: 'AUT-4',
    },
  ],
};

interface Tokens {
  readonly accessToken: string;
  readonly refreshToken: string;
}

let api: Api;
beforeAll(async () => {
  api = await startApi();
});
beforeEach(() => aMinuteLater(api, 'operator', 'viewer'));
afterAll(() => api.close());

async function signIn(username = 'operator'): Promise<Tokens> {
  return (await call(api, 'login', { username, password: PASSWORD }, SESSION, null)).session;
}

function refresh(refreshToken: string): Promise<Answer['data']> {
  return call(api, 'refreshSession', { refreshToken }, SESSION, null);
}

async function isSignedIn({ accessToken }: Tokens): Promise<boolean> {
  const { status } = await api.askWith(accessToken, '{ viewer { user { username } } }');
  return status === 200;
}

async function logOut(tokens: Tokens, input = '{}'): Promise<unknown> {
  return (await api.askWith(tokens.accessToken, `mutation { logout(input: ${input}) { isLoggedOut errors { code } } }`))
    .data.logout;
}

describe('refresh', () => {
  test('returns new tokens that work, and the current access token stays valid until it expires (AUT-4)', async () => {
    const first = await signIn();

    const { session, errors } = await refresh(first.refreshToken);

    expect(errors).toEqual([]);
    expect(session).toEqual({
      accessToken: expect.any(String),
      refreshToken: expect.stringMatching(/^[A-Za-z0-9_-]{43}$/),
      expiresInSeconds: 900,
      user: { username: 'operator' },
    });
    expect(session.refreshToken).not.toBe(first.refreshToken);
    expect([await isSignedIn(first), await isSignedIn(session)]).toEqual([true, true]);
    expect((await refresh(session.refreshToken)).errors).toEqual([]);
  });

  test('stores only hashes of refresh tokens, with the address and user agent of the request (AUT-4)', async () => {
    const { refreshToken } = await signIn();
    const rows = await api.database.reader().sql<{ row: string; ip: string; agent: string; days: string }>`
      SELECT t::text AS row, host(ip) AS ip, user_agent AS agent, (expires_at - created_at)::text AS days FROM login_sessions t ORDER BY created_at DESC, id DESC`;
    expect(rows[0]).toMatchObject({ ip: '127.0.0.1', agent: 'node', days: '7 days' });
    expect(rows.filter(({ row }) => row.includes(refreshToken))).toEqual([]);
  });

  test('ends the whole family of a refresh token that is used twice, and no other (AUT-4)', async () => {
    const other = await signIn();
    const first = await signIn();
    const { session: second } = await refresh(first.refreshToken);

    expect(await refresh(first.refreshToken)).toEqual(NOT_GOOD);

    expect([await isSignedIn(first), await isSignedIn(second), await isSignedIn(other)]).toEqual([false, false, true]);
    expect(await refresh(second.refreshToken)).toEqual(NOT_GOOD);
    expect((await refresh(other.refreshToken)).errors).toEqual([]);
  });

  test('answers one of several parallel requests with the same token, and ends the family, because one may be a copy (AUT-4)', async () => {
    const first = await signIn();

    const answers = await Promise.all(Array.from({ length: 8 }, () => refresh(first.refreshToken)));

    const winners = answers.filter(({ session }) => session !== null);
    expect(winners).toHaveLength(1);
    expect(answers.filter(({ session }) => session === null)).toEqual(Array.from({ length: 7 }, () => NOT_GOOD));
    expect([await isSignedIn(first), await isSignedIn(winners[0].session)]).toEqual([false, false]);
    const [left] = await api.database.reader().sql<{ good: number }>`
      SELECT count(*)::int AS good FROM login_sessions WHERE family_id = (SELECT family_id FROM login_sessions ORDER BY created_at DESC, id DESC LIMIT 1) AND revoked_at IS NULL`;
    expect(left).toEqual({ good: 0 });
  });

  test('leaves no open session when it races with a password change (USR-2, AUT-4)', async () => {
    for (let round = 0; round < 5; round += 1) {
      const tokens = await signIn('viewer');
      await Promise.all([
        refresh(tokens.refreshToken),
        call(api, 'resetPassword', { user: { username: 'viewer' }, newPassword: PASSWORD }),
      ]);
      const [left] = await api.database.reader().sql<{
        good: number;
      }>`SELECT count(*)::int AS good FROM login_sessions WHERE user_id = ${api.userIdOf('VIEWER')}::uuid AND revoked_at IS NULL`;
      expect(left).toEqual({ good: 0 });
    }
  });

  test('refuses a token at the exact instant of its expiry, and the access token of its session too (AUT-4)', async () => {
    const tokens = await signIn();
    const before = await signIn();
    await api.database.reader().sql`
      UPDATE login_sessions SET expires_at = now() WHERE id IN (SELECT id FROM login_sessions ORDER BY created_at DESC, id DESC LIMIT 1)`;

    expect(await refresh(before.refreshToken)).toEqual(NOT_GOOD);
    expect([await isSignedIn(before), await isSignedIn(tokens)]).toEqual([false, true]);
  });

  test('refuses an inactive user, and changes nothing (AUT-4)', async () => {
    const { user } = await call(
      api,
      'createUser',
      { username: 'leaver', fullName: 'Leaver', password: PASSWORD },
      'user { id }',
    );
    const tokens = await signIn('leaver');
    await call(api, 'updateUser', { user: { id: user.id }, isActive: false });
    const before = await fingerprint(api);

    expect(await refresh(tokens.refreshToken)).toEqual(NOT_GOOD);

    expect(await isSignedIn(tokens)).toBe(false);
    expect(await fingerprint(api)).toEqual(before);
  });

  test.each(['', 'x', 'x'.repeat(43), '\u0000', '\ud800', "' OR true --", 'x'.repeat(100_000)])(
    'refuses %j, and changes nothing (AUT-4)',
    async (token) => {
      const before = await fingerprint(api);
      expect(await refresh(token)).toEqual(NOT_GOOD);
      expect(await fingerprint(api)).toEqual(before);
    },
  );

  test('refuses an access token, and its refresh token is not accepted as an access token (AUT-4)', async () => {
    const { accessToken, refreshToken } = await signIn();
    expect(await refresh(accessToken)).toEqual(NOT_GOOD);
    expect(await isSignedIn({ accessToken: refreshToken, refreshToken })).toBe(false);
  });
});

describe('logout', () => {
  test('ends the current session at once, with its access token and refresh token, and no other session (AUT-4)', async () => {
    const [other, mine] = [await signIn(), await signIn()];
    const { session: refreshed } = await refresh(mine.refreshToken);

    expect(await logOut(refreshed)).toEqual({ isLoggedOut: true, errors: [] });

    expect([await isSignedIn(mine), await isSignedIn(refreshed), await isSignedIn(other)]).toEqual([
      false,
      false,
      true,
    ]);
    expect(await refresh(refreshed.refreshToken)).toEqual(NOT_GOOD);
  });

  test('everywhere ends all sessions of the user, and none of other users (AUT-4)', async () => {
    const [one, two, stranger] = [await signIn(), await signIn(), await signIn('admin')];

    expect(await logOut(one, '{ everywhere: true }')).toEqual({ isLoggedOut: true, errors: [] });

    expect([await isSignedIn(one), await isSignedIn(two), await isSignedIn(stranger)]).toEqual([false, false, true]);
    expect(await refresh(two.refreshToken)).toEqual(NOT_GOOD);
  });

  test('leaves a user without other references deletable, together with their sessions (USR-5)', async () => {
    await call(api, 'createUser', { username: 'guest', fullName: 'Guest', password: PASSWORD });
    await signIn('guest');
    expect((await call(api, 'deleteUser', { user: { username: 'guest' } })).errors).toEqual([]);
  });
});
