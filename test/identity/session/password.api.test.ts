import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { PASSWORD, startApi, type Answer, type Api } from '../../support/api.ts';
import { fingerprint, call } from '../../support/expect.ts';
import { aMinuteLater } from '../../support/station.ts';

const NEW = 'Ghijkl-2';

let api: Api;
beforeAll(async () => {
  api = await startApi();
});
beforeEach(() => aMinuteLater(api, 'operator', 'inspector', 'viewer'));
afterAll(() => api.close());

async function change(token: string, input: object): Promise<Answer['data']> {
  const { data } = await api.askWith(
    token,
    'mutation($input: ChangePasswordInput!) { changePassword(input: $input) { user { username version } errors { code path rule } } }',
    { input },
  );
  return data.changePassword;
}

async function isPasswordOf(username: string, password: string): Promise<boolean> {
  return (await call(api, 'login', { username, password }, 'session { expiresInSeconds }', null)).session !== null;
}

async function isGood(token: string): Promise<boolean> {
  return (await api.askWith(token, '{ viewer { role } }')).status === 200;
}

describe('changePassword', () => {
  test('ends all sessions of the user, the current one included, and none of other users (USR-2)', async () => {
    const [mine, other, stranger] = [
      await api.newTokenOf('OPERATOR'),
      await api.newTokenOf('OPERATOR'),
      await api.newTokenOf('INSPECTOR'),
    ];

    expect(await change(mine, { oldPassword: PASSWORD, newPassword: NEW })).toEqual({
      user: { username: 'operator', version: 2 },
      errors: [],
    });

    expect([await isGood(mine), await isGood(other), await isGood(stranger)]).toEqual([false, false, true]);
    expect([await isPasswordOf('operator', PASSWORD), await isPasswordOf('operator', NEW)]).toEqual([false, true]);
  });

  test.each([
    [
      'the old one is wrong',
      { oldPassword: 'Wrong-12', newPassword: NEW },
      { code: 'UNAUTHENTICATED', path: ['oldPassword'], rule: 'USR-2' },
    ],
    [
      'the new one is short',
      { oldPassword: PASSWORD, newPassword: 'Abc-12' },
      { code: 'INVALID_INPUT', path: ['newPassword'], rule: 'USR-2' },
    ],
    [
      'the new one has two kinds only',
      { oldPassword: PASSWORD, newPassword: 'abcdefgh1' },
      { code: 'INVALID_INPUT', path: ['newPassword'], rule: 'USR-2' },
    ],
    [
      'the new one is the username',
      { oldPassword: PASSWORD, newPassword: 'Inspector' },
      { code: 'INVALID_INPUT', path: ['newPassword'], rule: 'USR-2' },
    ],
    [
      'the user has changed meanwhile',
      { oldPassword: PASSWORD, newPassword: NEW, expectedVersion: 7 },
      { code: 'STALE_VERSION', path: ['expectedVersion'], rule: 'GEN-2' },
    ],
  ])('is refused when %s, and changes nothing (USR-2)', async (_what, input, error) => {
    const token = await api.tokenOf('INSPECTOR');
    const before = await fingerprint(api);

    expect((await change(token, input)).errors[0]).toEqual(error);

    expect(await fingerprint(api)).toEqual(before);
  });

  test('allows as many attempts at the old password as logins, also in an open session (AUT-3)', async () => {
    const token = await api.tokenOf('VIEWER');
    const codes: string[] = [];
    for (let attempt = 1; attempt <= 11; attempt += 1)
      codes.push((await change(token, { oldPassword: 'Wrong-12', newPassword: NEW })).errors[0].code);
    expect(codes).toEqual([...Array.from({ length: 10 }, () => 'UNAUTHENTICATED'), 'LIMIT_EXCEEDED']);
  });
});

describe('resetPassword', () => {
  test('sets a password without the old one, and ends all sessions of the user (USR-2)', async () => {
    const token = await api.newTokenOf('INSPECTOR');
    const { user, errors } = await call(
      api,
      'resetPassword',
      { user: { username: 'inspector' }, newPassword: NEW },
      'user { username }',
    );
    expect([user, errors]).toEqual([{ username: 'inspector' }, []]);
    expect([
      await isGood(token),
      await isPasswordOf('inspector', PASSWORD),
      await isPasswordOf('inspector', NEW),
    ]).toEqual([false, false, true]);
  });

  test.each([
    [
      { user: { username: 'viewer' }, newPassword: 'Viewer' },
      { code: 'INVALID_INPUT', path: ['newPassword'], rule: 'USR-2' },
    ],
    [
      { user: { username: 'nobody' }, newPassword: NEW },
      { code: 'NOT_FOUND', path: ['user'], rule: null },
    ],
    [
      { user: { username: 'viewer' }, newPassword: NEW, expectedVersion: 9 },
      { code: 'STALE_VERSION', path: ['expectedVersion'], rule: 'GEN-2' },
    ],
    [
      { user: { username: 'viewer' }, newPassword: 'Abc\u0000def-1' },
      { code: 'INVALID_INPUT', path: ['newPassword'], rule: 'USR-2' },
    ],
  ])('is refused with %j, and changes nothing (USR-2)', async (input, error) => {
    const before = await fingerprint(api);
    expect((await call(api, 'resetPassword', input)).errors).toMatchObject([error]);
    expect(await fingerprint(api)).toEqual(before);
  });
});
