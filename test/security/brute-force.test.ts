import * as argon2 from '@node-rs/argon2';
import { afterAll, afterEach, beforeEach, describe, expect, test, vi } from 'vitest';
import { PASSWORD, startApi, type Api } from '../support/api.ts';
import { makeStation } from '../support/station.ts';
import { posted } from './wire.ts';

/** Replaces the only function that verifies passwords; a test sets its answer and counts its calls. */
vi.mock('@node-rs/argon2', async (original) => {
  const real = await original<typeof argon2>();
  return { ...real, verify: vi.fn(real.verify) };
});
const verified = (): number => vi.mocked(argon2.verify).mock.calls.length;

let api: Api;
beforeEach(async () => {
  api = await startApi({ environment: 'production', trustedProxies: ['127.0.0.1'] });
  vi.mocked(argon2.verify).mockClear();
});
afterEach(() => api.close());
afterAll(() => vi.restoreAllMocks());

interface Attempt {
  readonly username: string;
  readonly password?: string;
  readonly from?: string;
}

const login = (username: string, password: string): string =>
  `login(input: { username: ${JSON.stringify(username)}, password: ${JSON.stringify(password)} }) { session { user { username } } retryAfterSeconds errors { code rule message path } }`;

/** The codes of the answers to consecutive attempts; SIGNED_IN for a session. */
async function attempt(...attempts: readonly Attempt[]): Promise<readonly string[]> {
  const codes: string[] = [];
  for (const { username, password = 'Wrong-12', from = '203.0.113.1' } of attempts) {
    const { body } = await posted(
      api.url,
      { query: `mutation { ${login(username, password)} }` },
      { 'x-forwarded-for': from },
    );
    codes.push(body.data.login.errors[0]?.code ?? 'SIGNED_IN');
  }
  return codes;
}

const times = <T>(count: number, make: (index: number) => T): T[] =>
  Array.from({ length: count }, (_, index) => make(index));

describe('guessing passwords through aliases', () => {
  const guesses = (count: number) => ({
    query: `mutation { ${times(count, (index) => `a${index}: ${login('operator', `Guess-${index}`)}`).join(' ')} }`,
  });
  const from = { 'x-forwarded-for': '203.0.113.1' };

  test('is refused before the first attempt when one request has 30', async () => {
    const { status, body } = await posted(api.url, guesses(30), from);
    expect([status, body.errors[0].extensions.limit, verified()]).toEqual([400, 'rootFields', 0]);
  });

  test('counts 10 in one request as 10 attempts: five of them lock the user, and the eleventh of the minute is not verified (AUT-2, AUT-3)', async () => {
    const { body } = await posted(api.url, guesses(10), from);
    expect(Object.values<{ errors: { code: string }[] }>(body.data).map(({ errors }) => errors[0]?.code)).toEqual(
      times(10, () => 'UNAUTHENTICATED'),
    );
    expect(verified()).toBe(10);

    expect(await attempt({ username: 'operator', password: PASSWORD })).toEqual(['LIMIT_EXCEEDED']);
    expect(await attempt({ username: 'operator', password: PASSWORD, from: '203.0.113.2' })).toEqual([
      'UNAUTHENTICATED',
    ]);
    expect(verified()).toBe(11);
  });

  test('gets no further through a list of operations or a query by GET', async () => {
    const batch = await posted(
      api.url,
      times(10, () => guesses(1)),
      from,
    );
    const get = await fetch(`${api.url}?${new URLSearchParams(guesses(1))}`);
    expect([batch.status, get.status, verified()]).toEqual([400, 405, 0]);
  });
});

describe('guessing passwords from many addresses', () => {
  test('locks a user after five wrong ones, wherever they came from (AUT-2)', async () => {
    expect(await attempt(...times(5, (index) => ({ username: 'operator', from: `203.0.113.${index}` })))).toEqual(
      times(5, () => 'UNAUTHENTICATED'),
    );
    expect(await attempt({ username: 'operator', password: PASSWORD, from: '203.0.113.9' })).toEqual([
      'UNAUTHENTICATED',
    ]);
    expect(await attempt({ username: 'inspector', password: PASSWORD, from: '203.0.113.9' })).toEqual(['SIGNED_IN']);
  });

  test('in many spellings of a name is limited: blanks around it do not count (AUT-3)', async () => {
    const blanks = times(11, (index) => `${' \t\u00a0'[index % 3]}`.repeat(190 + index));
    const codes = await attempt(...blanks.map((padding) => ({ username: `${padding}operator` })));
    expect(codes).toEqual([...times(10, () => 'UNAUTHENTICATED'), 'LIMIT_EXCEEDED']);
  });

  test('with one password for many names is limited: the 101st name of an address is not verified, nor that of another address in its network (AUT-3)', async () => {
    vi.mocked(argon2.verify).mockResolvedValue(false);
    try {
      const spray = (from: (index: number) => string) =>
        attempt(...times(101, (index) => ({ username: `name_${index}`, from: from(index) })));
      for (const codes of [await spray(() => '203.0.113.7'), await spray((index) => `2001:db8:1:2::${index}`)]) {
        expect(codes).toEqual([...times(100, () => 'UNAUTHENTICATED'), 'LIMIT_EXCEEDED']);
      }
      expect(verified()).toBe(200);
    } finally {
      const real = await vi.importActual<typeof argon2>('@node-rs/argon2');
      vi.mocked(argon2.verify).mockImplementation(real.verify);
    }
  });
});

describe('guessing passwords in a stolen session', () => {
  const change = (oldPassword: string): string =>
    `changePassword(input: { oldPassword: ${JSON.stringify(oldPassword)}, newPassword: "Ghijkl-2" }) { user { id } errors { code rule } }`;

  async function changes(token: string, from: string, ...oldPasswords: readonly string[]): Promise<readonly string[]> {
    const query = `mutation { ${oldPasswords.map((password, index) => `a${index}: ${change(password)}`).join(' ')} }`;
    const { body } = await posted(api.url, { query }, { authorization: `Bearer ${token}`, 'x-forwarded-for': from });
    return Object.values<{ errors: { code: string }[] }>(body.data).map(({ errors }) => errors[0]?.code ?? 'CHANGED');
  }

  test('through aliases is limited: the eleventh is refused, even with the right password (AUT-3)', async () => {
    const token = await api.tokenOf('OPERATOR');
    expect(await changes(token, '203.0.113.1', ...times(10, (index) => `Guess-${index}`))).toEqual(
      times(10, () => 'UNAUTHENTICATED'),
    );
    expect(await changes(token, '203.0.113.1', PASSWORD)).toEqual(['LIMIT_EXCEEDED']);
    expect(verified()).toBe(10);
  });

  test('from many addresses is limited: the eleventh of the user is refused all the same (AUT-3)', async () => {
    const token = await api.tokenOf('OPERATOR');
    const codes: string[] = [];
    for (let index = 0; index < 11; index += 1)
      codes.push(...(await changes(token, `203.0.113.${index}`, `Guess-${index}`)));
    expect(codes).toEqual([...times(10, () => 'UNAUTHENTICATED'), 'LIMIT_EXCEEDED']);
    expect(verified()).toBe(10);
  });

  test('in several sessions of a user and by login is limited: all attempts count together (AUT-3)', async () => {
    await changes(await api.tokenOf('OPERATOR'), '203.0.113.1', ...times(4, (index) => `Guess-${index}`));
    await changes(await api.newTokenOf('OPERATOR'), '203.0.113.1', ...times(3, (index) => `Guess-${index}`));
    expect(await attempt(...times(4, () => ({ username: ' Operator ' })))).toEqual([
      'UNAUTHENTICATED',
      'UNAUTHENTICATED',
      'UNAUTHENTICATED',
      'LIMIT_EXCEEDED',
    ]);
  });
});

describe('no answer reveals which accounts exist', () => {
  test('an unknown name, an inactive user, a locked user and a wrong password take one verification and get one answer (AUT-2)', async () => {
    const { database } = api;
    await database.reader().sql`UPDATE users SET is_active = false WHERE username = 'auditor'`;
    await database.reader()
      .sql`UPDATE users SET failed_logins = 5, locked_until = now() + interval '1 hour' WHERE username = 'engineer'`;
    const answers: unknown[] = [];
    for (const [username, password] of [
      ['nobody', 'Wrong-12'],
      ['operator', 'Wrong-12'],
      ['auditor', PASSWORD],
      ['auditor', 'Wrong-12'],
      ['engineer', PASSWORD],
      ['engineer', 'Wrong-12'],
      ['x'.repeat(500), 'Wrong-12'],
      ["' OR 1=1 --", ''],
      ['nobody\u0000', 'x'],
    ] as const) {
      vi.mocked(argon2.verify).mockClear();
      const { status, headers, text } = await posted(
        api.url,
        { query: `mutation { ${login(username, password)} }` },
        { 'x-forwarded-for': '203.0.113.1', 'x-request-id': '0190a8e0-0000-7000-8000-00000000abcd' },
      );
      const headerList = [...headers].filter(([name]) => name !== 'date');
      answers.push({ status, headers: headerList, text, verified: verified() });
    }
    expect(answers[0]).toMatchObject({
      status: 200,
      verified: 1,
      text: expect.stringContaining('Username or password is wrong, or the user may not sign in.'),
    });
    expect(answers).toEqual(answers.map(() => answers[0]));
  });

  test('a key that is malformed, unknown, wrong, revoked or of an inactive station gets one answer (AUT-5)', async () => {
    const [good, revoked, inactive] = [
      await makeStation(api, 'GOOD'),
      await makeStation(api, 'REVOKED'),
      await makeStation(api, 'INACTIVE'),
    ];
    await api.ask('mutation ($id: ID!) { revokeApiKey(input: { id: $id, reason: "lost" }) { errors { code } } }', {
      id: revoked.keyId,
    });
    await api.database.reader().sql`UPDATE stations SET is_active = false WHERE code = 'INACTIVE'`;
    const ask = async (apiKey: string) => {
      const { status, text } = await posted(
        api.url,
        { query: '{ viewer { role } }' },
        { 'x-api-key': apiKey, 'x-request-id': '0190a8e0-0000-7000-8000-00000000abcd' },
      );
      return `${status} ${text}`;
    };
    const [, prefix = ''] = good.apiKey.split('_');
    const answers = [];
    for (const key of [
      'x',
      `lgk_00000000_${'a'.repeat(43)}`,
      `lgk_${prefix}_${'a'.repeat(43)}`,
      revoked.apiKey,
      inactive.apiKey,
      '',
    ])
      answers.push(await ask(key));

    expect(await ask(good.apiKey)).toMatch(/^200 /);
    expect(answers[0]).toMatch(/^401 .*The API key is not valid/);
    expect(new Set(answers)).toEqual(new Set([answers[0]]));
  });
});

test('many logins at once are verified two at a time and hold no transaction; beyond fifty that wait, they are refused (AUT-3)', async () => {
  await attempt({ username: 'nobody' });
  const release: (() => void)[] = [];
  vi.mocked(argon2.verify).mockClear();
  vi.mocked(argon2.verify).mockImplementation(() => new Promise((resolve) => release.push(() => resolve(false))));
  const refused: object[] = [];
  const logins = times(60, async (index) => {
    const query = `mutation { ${login(`nobody${index}`, 'Wrong-12')} }`;
    const { body } = await posted(api.url, { query }, { 'x-forwarded-for': `203.0.113.${index + 1}` });
    if (body.data.login.errors[0].code === 'LIMIT_EXCEEDED') refused.push(body.data.login);
  });
  await expect.poll(() => refused.length).toBe(8);
  expect(refused[0]).toEqual({
    session: null,
    retryAfterSeconds: 2,
    errors: [
      { code: 'LIMIT_EXCEEDED', rule: 'AUT-3', message: 'Too many others are signing in; try again in 2 s.', path: [] },
    ],
  });
  const open = await api.database.reader().sql<{ count: number }>`
    SELECT count(*)::int AS count FROM pg_stat_activity WHERE datname = current_database() AND state LIKE 'idle in transaction%'`;
  expect([open, verified()]).toEqual([[{ count: 0 }], 2]);

  vi.mocked(argon2.verify).mockImplementation(() => Promise.resolve(false));
  for (const each of release) each();
  await Promise.all(logins);
  expect([refused.length, verified()]).toEqual([8, 52]);
});
