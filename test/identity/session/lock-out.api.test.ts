import { afterAll, beforeAll, beforeEach, describe, expect, test, vi } from 'vitest';
import * as argon2 from '@node-rs/argon2';
import { contextFor } from '../../../src/app/request/context.ts';
import { login as loginCommand, runSessionCommand } from '../../../src/identity/session/session.commands.ts';
import { LOGIN_REJECTED } from '../../../src/identity/user/login-session.rules.ts';
import { PASSWORD, startApi, type Answer, type Api } from '../../support/api.ts';
import { call } from '../../support/expect.ts';
import { aMinuteLater } from '../../support/station.ts';

vi.mock('@node-rs/argon2', async (original) => {
  const real = await original<typeof argon2>();
  return { ...real, verify: vi.fn(real.verify) };
});

const WRONG = 'Wrong-12';
const REFUSED = {
  session: null,
  retryAfterSeconds: null,
  errors: [
    {
      code: 'UNAUTHENTICATED',
      message: 'Username or password is wrong, or the user may not sign in.',
      path: [],
      rule: 'AUT-2',
    },
  ],
};

let api: Api;
beforeAll(async () => {
  api = await startApi();
});
beforeEach(() => later());
afterAll(() => api.close());

function later(): void {
  aMinuteLater(api, 'manager', 'operator', 'inspector', 'viewer', 'auditor', 'engineer', 'nobody');
}

function login(username: string, password: string): Promise<Answer['data']> {
  return call(api, 'login', { username, password }, 'session { user { username } } retryAfterSeconds', null);
}

async function recordOf(username: string): Promise<{ readonly failedLogins: number; readonly minutes: string | null }> {
  const [row] = await api.database.reader().sql<{ failedLogins: number; minutes: string | null }>`
    SELECT failed_logins AS "failedLogins", round(extract(epoch FROM locked_until - now()) / 60)::text AS minutes FROM users WHERE username = ${username}`;
  return row ?? { failedLogins: -1, minutes: null };
}

/** Moves the lock of a user into the past, as if the time had elapsed. */
async function lockEnds(username: string, seconds: number): Promise<void> {
  await api.database.reader()
    .sql`UPDATE users SET locked_until = now() + make_interval(secs => ${seconds}) WHERE username = ${username}`;
}

describe('a lock-out', () => {
  test('starts after 5 failures in a row and lasts 15 minutes: the 6th attempt fails even with the right password (AUT-2)', async () => {
    for (let failure = 1; failure <= 5; failure += 1) {
      expect(await login('operator', WRONG)).toEqual(REFUSED);
      expect(await recordOf('operator')).toEqual({ failedLogins: failure, minutes: failure === 5 ? '15' : null });
    }

    expect(await login('operator', PASSWORD)).toEqual(REFUSED);
    expect(await recordOf('operator')).toEqual({ failedLogins: 5, minutes: '15' });
  });

  test('is part of the audit trail, with the address of the attempt, and so is its end (AUT-2, AUD-1)', async () => {
    const history = async (): Promise<Answer['data']> =>
      (
        await api.ask(
          '{ userByUsername(username: "manager") { history(first: 10) { nodes { action actorKind changedFields ip } } } }',
        )
      ).data.userByUsername.history.nodes;
    const before = await history();
    const entries = async (): Promise<Answer['data']> => (await history()).slice(0, -before.length);
    const lock = { actorKind: 'SYSTEM', changedFields: ['lockedUntil'], ip: '127.0.0.1' };

    for (let failure = 1; failure <= 4; failure += 1) await login('manager', WRONG);
    expect(await entries()).toEqual([]);
    await login('manager', WRONG);
    expect(await entries()).toEqual([{ ...lock, action: 'user.locked' }]);
    await login('manager', WRONG);
    expect(await entries()).toEqual([{ ...lock, action: 'user.locked' }]);

    await lockEnds('manager', -1);
    await login('manager', WRONG);
    expect((await entries())[0]).toEqual({ ...lock, action: 'user.unlocked' });
  });

  test('is not extended by further attempts, which do not count, and afterwards the count starts again at zero (AUT-2)', async () => {
    await lockEnds('operator', 300);
    expect(await login('operator', WRONG)).toEqual(REFUSED);
    expect(await recordOf('operator')).toEqual({ failedLogins: 5, minutes: '5' });

    await lockEnds('operator', -1);
    expect(await login('operator', WRONG)).toEqual(REFUSED);
    expect(await recordOf('operator')).toEqual({ failedLogins: 1, minutes: null });
  });

  test('does not start after 4 failures and a success, which resets the count (AUT-2)', async () => {
    for (let failure = 1; failure <= 4; failure += 1) await login('inspector', WRONG);
    expect(await recordOf('inspector')).toEqual({ failedLogins: 4, minutes: null });
    expect((await login('inspector', PASSWORD)).session).toEqual({ user: { username: 'inspector' } });
    expect(await recordOf('inspector')).toEqual({ failedLogins: 0, minutes: null });
  });

  test('happens once for 50 parallel failures: all are counted, and none extends the lock (AUT-2)', async () => {
    const attempt = (): Promise<unknown> =>
      runSessionCommand(loginCommand, { username: 'viewer', password: WRONG }, contextFor(api.services, null));
    const answers = await Promise.all(Array.from({ length: 50 }, attempt));

    expect(answers).toEqual(Array.from({ length: 50 }, () => ({ output: null, errors: [LOGIN_REJECTED] })));
    expect(await recordOf('viewer')).toEqual({ failedLogins: 5, minutes: '15' });
  });

  test('leaves the open sessions of the user, and ends when an administrator sets a new password (AUT-2, USR-2)', async () => {
    const token = await api.newTokenOf('VIEWER');
    expect((await api.askWith(token, '{ viewer { role } }')).status).toBe(200);
    expect((await call(api, 'resetPassword', { user: { username: 'viewer' }, newPassword: PASSWORD })).errors).toEqual(
      [],
    );
    later();
    expect((await login('viewer', PASSWORD)).session).toEqual({ user: { username: 'viewer' } });
  });

  test('is not visible in the response time: an unknown, a wrong, an inactive and a locked user all cost one hash (AUT-2)', async () => {
    await api.database.reader().sql`UPDATE users SET is_active = false WHERE username = 'auditor'`;
    await api.database.reader()
      .sql`UPDATE users SET failed_logins = 5, locked_until = now() + interval '1 hour' WHERE username = 'engineer'`;
    await login('nobody', WRONG);
    for (const [username, password] of [
      ['nobody', WRONG],
      ['inspector', WRONG],
      ['auditor', PASSWORD],
      ['engineer', PASSWORD],
      ['engineer', WRONG],
      ['', ''],
      ["' OR true --", 'x'],
    ] as const) {
      vi.mocked(argon2.verify).mockClear();
      expect(await login(username, password)).toEqual(REFUSED);
      expect([username, vi.mocked(argon2.verify).mock.calls.length]).toEqual([username, 1]);
    }
  });
});

describe('the rate limit of logins', () => {
  test('refuses the 11th attempt of a minute, even with the right password, and says when to retry (AUT-3)', async () => {
    await api.database.reader()
      .sql`UPDATE users SET failed_logins = 0, locked_until = NULL WHERE username = 'inspector'`;
    for (let attempt = 1; attempt <= 10; attempt += 1) expect((await login('inspector', PASSWORD)).errors).toEqual([]);

    const { session, retryAfterSeconds, errors } = await login(' INSPECTOR ', PASSWORD);

    expect([session, errors]).toEqual([
      null,
      [{ code: 'LIMIT_EXCEEDED', message: expect.stringMatching(/try again in \d+ s/), path: [], rule: 'AUT-3' }],
    ]);
    expect(retryAfterSeconds).toBeGreaterThan(30);
    expect(retryAfterSeconds).toBeLessThanOrEqual(60);
    expect((await login('nobody', PASSWORD)).errors).toEqual(REFUSED.errors);
  });

  test('counts each alias of a document (AUT-3)', async () => {
    const call = (alias: string): string =>
      `${alias}: login(input: { username: "nobody", password: "x" }) { retryAfterSeconds errors { code } }`;
    const document = `mutation { ${Array.from({ length: 6 }, (_, index) => call(`a${index}`)).join(' ')} }`;
    const answers = [await api.ask(document, {}, null), await api.ask(document, {}, null)];
    const codes = answers
      .flatMap(({ data }) => Object.values<{ errors: { code: string }[] }>(data))
      .map(({ errors }) => errors[0]?.code);
    expect(codes).toEqual([...Array.from({ length: 10 }, () => 'UNAUTHENTICATED'), 'LIMIT_EXCEEDED', 'LIMIT_EXCEEDED']);
  });

  test('refuses the 101st attempt of an address for any username, without verifying a password (AUT-3)', async () => {
    vi.mocked(argon2.verify).mockResolvedValue(false);
    try {
      for (let attempt = 1; attempt <= 100; attempt += 1)
        expect((await login(`user_${attempt}`, 'x')).errors).toEqual(REFUSED.errors);
      vi.mocked(argon2.verify).mockClear();
      expect((await login('user_101', 'x')).errors).toMatchObject([{ code: 'LIMIT_EXCEEDED', rule: 'AUT-3' }]);
      expect(vi.mocked(argon2.verify).mock.calls).toHaveLength(0);
    } finally {
      const real = await vi.importActual<typeof argon2>('@node-rs/argon2');
      vi.mocked(argon2.verify).mockImplementation(real.verify);
    }
  });
});
