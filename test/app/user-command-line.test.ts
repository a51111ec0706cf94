/** `lotgraph user`: the way back of those who operate the server, when nobody can sign in. */
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { PASSWORD, startApi, type Answer, type Api } from '../support/api.ts';
import { lotgraph, startLotgraph, type Ended } from '../support/command-line.ts';
import { freshDatabase } from '../support/database.ts';
import { call, fingerprint } from '../support/expect.ts';
import { aMinuteLater } from '../support/station.ts';

const NEW = 'Brand-new-Secret-1';

let api: Api;
beforeAll(async () => {
  api = await startApi();
});
afterAll(() => api.close());

const user = (args: readonly string[], input?: string): Promise<Ended> =>
  lotgraph(['user', ...args], { DATABASE_URL: api.databaseUrl, NODE_ENV: 'test' }, input);
const signIn = async (username: string, password: string): Promise<boolean> => {
  aMinuteLater(api, username);
  return (await call(api, 'login', { username, password }, 'session { accessToken }', null))['session'] !== null;
};

/** What the audit trail says of the newest change of a user. */
async function lastEntry(username: string): Promise<Answer['data']> {
  const { data } = await api.ask(
    'query($username: String!) { userByUsername(username: $username) { history(first: 1) { nodes { action actorKind actor { id } changedFields userAgent requestId } } } }',
    { username },
  );
  return data.userByUsername.history.nodes[0];
}
const fromCommandLine = (command: string) => ({
  actorKind: 'SYSTEM',
  actor: null,
  userAgent: expect.stringMatching(new RegExp(`^lotgraph command line: ${command}, by .+@.+`)),
  requestId: expect.any(String),
});

async function expectRefusedOnCommandLine(
  args: readonly string[],
  input: string | undefined,
  message: RegExp,
): Promise<void> {
  const before = await fingerprint(api);
  const { code, stdout, stderr } = await user(args, input);
  expect([code, stdout, stderr]).toEqual([1, '', expect.stringMatching(message)]);
  expect(await fingerprint(api)).toEqual(before);
}

test.each(['list', 'create', 'reset-password', 'unlock'])('user %s prints its help', async (command) => {
  const { code, stdout } = await user([command, '--help']);
  expect([code, stdout]).toEqual([0, expect.stringMatching(new RegExp(`^Usage: lotgraph user ${command}`))]);
});

test.each([
  ['user list', ['user', 'list']],
  ['audit verify', ['audit', 'verify']],
])('%s does not upgrade the data of an older release', async (_command, args) => {
  const { url, drop } = await freshDatabase();
  const environment = { DATABASE_URL: url };
  await lotgraph(['db', 'down'], environment);

  expect(await lotgraph(args, environment)).toEqual({
    code: 1,
    stdout: '',
    stderr: expect.stringMatching(
      /^An older release has made this database: 1 of \d+ migrations are pending\. This command does not upgrade it; make a backup, then run "lotgraph db up" or start the server\.\n$/,
    ),
  });

  expect((await lotgraph(['db', 'status'], environment)).stdout).toMatch(/PENDING/);
  await drop();
});

test('user list shows every user, also as JSON', async () => {
  const { users } = JSON.parse((await user(['list', '--json'])).stdout);
  expect(users.find(({ username }: { readonly username: string }) => username === 'inspector')).toEqual({
    username: 'inspector',
    fullName: 'INSPECTOR of the tests',
    role: 'INSPECTOR',
    status: 'active',
    lockedUntil: null,
    lastLoginAt: null,
    badgeCode: null,
  });
  const { code, stdout } = await user(['list']);
  expect([code, stdout.split('\n').find((row) => row.startsWith('admin'))]).toEqual([
    0,
    expect.stringMatching(/^admin +ADMIN of the tests +ADMIN +active/),
  ]);
});

describe('user create', () => {
  test('makes a user with the password on standard input, and the audit trail names the command line (USR-1, AUD-1)', async () => {
    const args = ['create', 'Rescue', '--name', 'Rescue', '--role', 'ADMIN', '--badge', 'r-1', '--json'];
    const { code, stdout, stderr } = await user(args, `${NEW}\nsecond line\n`);
    expect([code, stderr]).toEqual([0, '']);
    expect(JSON.parse(stdout)).toEqual({
      user: {
        username: 'rescue',
        fullName: 'Rescue',
        role: 'ADMIN',
        status: 'active',
        lockedUntil: null,
        lastLoginAt: null,
        badgeCode: 'R-1',
      },
    });
    expect(await lastEntry('rescue')).toEqual({
      ...fromCommandLine('createUser'),
      action: 'user.created',
      changedFields: [],
    });
    expect(await signIn('rescue', NEW)).toBe(true);
  });

  test('follows the rules of the graph, and names what is wrong (USR-1, USR-2)', async () => {
    await expectRefusedOnCommandLine(['create', 'admin', '--name', 'A'], NEW, /User admin exists already.*\(GEN-3\)/);
    await expectRefusedOnCommandLine(['create', 'a', '--name', 'A'], NEW, /username must be 3 to 50.*\(USR-1\)/);
    await expectRefusedOnCommandLine(
      ['create', 'weak', '--name', 'W'],
      'short',
      /The password needs 8 to 128.*\(USR-2\)/,
    );
    await expectRefusedOnCommandLine(
      ['create', 'role', '--name', 'R', '--role', 'KING'],
      NEW,
      /role must be one of ADMIN/,
    );
  });

  test('answers a refusal as JSON, too', async () => {
    const { code, stdout } = await user(['create', 'admin', '--name', 'A', '--json'], NEW);
    expect([code, JSON.parse(stdout)]).toEqual([
      1,
      {
        errors: [
          {
            code: 'CONFLICT',
            message: 'User admin exists already; choose another username.',
            path: ['username'],
            rule: 'GEN-3',
          },
        ],
      },
    ]);
  });
});

describe('user reset-password', () => {
  test('sets a password that it chose and prints once, ends all sessions, and leaves an entry (USR-2, AUD-1)', async () => {
    const token = await api.newTokenOf('ENGINEER');
    expect((await api.askWith(token, '{ viewer { role } }')).status).toBe(200);
    const { code, stdout } = await user(['reset-password', 'engineer', '--generate']);
    const [, password = ''] = /The password, shown only now: (\S{20})$/m.exec(stdout) ?? [];
    expect([code, await signIn('engineer', password), await signIn('engineer', PASSWORD)]).toEqual([0, true, false]);
    expect((await api.askWith(token, '{ viewer { role } }')).status).toBe(401);
    expect(await lastEntry('engineer')).toMatchObject({
      ...fromCommandLine('resetPassword'),
      action: 'user.passwordReset',
      changedFields: ['passwordHash'],
    });
  });

  test('takes the password from standard input, and gives it back to nobody', async () => {
    const { code, stdout, stderr } = await user(['reset-password', 'VIEWER', '--json'], NEW);
    expect([code, JSON.parse(stdout).user.username, `${stdout}${stderr}`.includes(NEW)]).toEqual([0, 'viewer', false]);
    expect(await signIn('viewer', NEW)).toBe(true);
  });

  test('without a password, for an unknown user and against the rules it changes nothing (USR-2)', async () => {
    await expectRefusedOnCommandLine(['reset-password', 'viewer'], undefined, /^Standard input holds no password/);
    await expectRefusedOnCommandLine(['reset-password', 'viewer'], '\n', /^Standard input holds no password/);
    await expectRefusedOnCommandLine(['reset-password', 'nobody'], NEW, /^User nobody does not exist\.$/m);
    await expectRefusedOnCommandLine(['reset-password', 'viewer'], 'short', /\(USR-2\)$/m);
  });

  test('takes no password as an argument', async () => {
    for (const args of [
      ['reset-password', 'viewer', NEW],
      ['reset-password', 'viewer', '--password', NEW],
    ])
      expect((await user(args)).code).toBe(1);
  });

  test('says that a user is inactive, who may not sign in with any password', async () => {
    await call(api, 'updateUser', { user: { username: 'auditor' }, isActive: false });
    const { code, stdout } = await user(['reset-password', 'auditor'], NEW);
    expect([code, stdout]).toEqual([0, expect.stringMatching(/The user is inactive and may not sign in\.$/m)]);
  });
});

test('user unlock ends the lock of a user at once, keeps the password and leaves an entry (AUT-2, AUD-1)', async () => {
  for (let failure = 1; failure <= 5; failure += 1) await signIn('operator', 'Wrong-12');
  expect(await signIn('operator', PASSWORD)).toBe(false);
  expect((await user(['list'])).stdout).toMatch(/^operator .*active +\d{4}-/m);

  expect(await user(['unlock', 'operator'])).toMatchObject({ code: 0, stdout: 'operator is unlocked.\n' });
  expect(await lastEntry('operator')).toMatchObject({
    ...fromCommandLine('unlockUser'),
    action: 'user.unlocked',
    changedFields: ['lockedUntil'],
  });
  expect(await signIn('operator', PASSWORD)).toBe(true);
  expect(await user(['unlock', 'operator', '--json'])).toMatchObject({
    code: 0,
    stdout: expect.stringMatching(/"wasLocked": false/),
  });
  await expectRefusedOnCommandLine(['unlock', 'nobody'], undefined, /^User nobody does not exist\.$/m);
});

test('a start says once that its administrator password has no effect, and how to set another one (USR-6)', async () => {
  const noEffect = /LOTGRAPH_ADMIN_PASSWORD has no effect.*lotgraph user reset-password/g;
  const wordsOf = async (environment: Readonly<Record<string, string>>): Promise<string> => {
    const { child, words, ended } = await startLotgraph({ DATABASE_URL: api.databaseUrl, ...environment });
    child.kill('SIGTERM');
    await ended;
    return words();
  };
  expect((await wordsOf({ LOTGRAPH_ADMIN_PASSWORD: 'Another-Password-1' })).match(noEffect)).toHaveLength(1);
  expect((await wordsOf({})).match(noEffect)).toBeNull();
});
