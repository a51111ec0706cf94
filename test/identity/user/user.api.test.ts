import { v7 as uuid7 } from 'uuid';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { ensureAdministrator } from '../../../src/identity/user/user.commands.ts';
import type { Role } from '../../../src/platform/rules/access.ts';
import { encodeGlobalId } from '../../../src/platform/values/global-id.ts';
import { isPassword } from '../../../src/platform/security/password.ts';
import { startApi, type Answer, type Api } from '../../support/api.ts';
import { askBothWays } from '../../support/both-ways.ts';
import { call, expectRefused, type Refusal } from '../../support/expect.ts';

let api: Api;
beforeAll(async () => {
  api = await startApi();
});
afterAll(() => api.close());

const USER = 'user { id username fullName email role department isActive lastLoginAt version }';
const PASSWORD = 'Abcdef-1';

const create = (input: object): Promise<Answer['data']> =>
  call(api, 'createUser', { fullName: 'Person', password: PASSWORD, ...input }, USER);
const update = (username: string, changes: object, of: Api = api): Promise<Answer['data']> =>
  call(of, 'updateUser', { user: { username }, ...changes }, USER);

describe('createUser', () => {
  test('stores the given values, username and email in lower case (USR-1)', async () => {
    const answer = await create({
      username: ' Kim_1 ',
      fullName: ' Kim Lee ',
      email: ' Kim@Example.ORG ',
      role: 'ENGINEER',
      department: 'Line 1',
      isActive: false,
    });
    expect(answer).toEqual({
      user: {
        id: expect.any(String),
        username: 'kim_1',
        fullName: 'Kim Lee',
        email: 'kim@example.org',
        role: 'ENGINEER',
        department: 'Line 1',
        isActive: false,
        lastLoginAt: null,
        version: 1,
      },
      errors: [],
    });
  });

  test('uses the defaults for fields that are null or absent (USR-1)', async () => {
    for (const [username, fields] of [
      ['d01', {}],
      ['d02', { email: null, role: null, department: null, isActive: null }],
    ] as const) {
      expect(await create({ username, ...fields })).toMatchObject({
        user: { username, email: null, role: 'OPERATOR', department: null, isActive: true },
        errors: [],
      });
    }
  });

  test('stores only an argon2id hash of the password (USR-2)', async () => {
    await create({ username: 'secret', idempotencyKey: 'of secret' });
    const [row] = await api.database.reader().sql<{
      hash: string;
    }>`SELECT password_hash AS hash FROM users WHERE username = 'secret'`;
    expect(row?.hash).toMatch(/^\$argon2id\$v=19\$m=19456,t=2,p=1\$/);
    expect(await isPassword(PASSWORD, row?.hash)).toBe(true);
    expect(await isPassword(PASSWORD.toLowerCase(), row?.hash)).toBe(false);
    const [key] = await api.database.reader().sql<{
      text: string;
    }>`SELECT t::text AS text FROM idempotency_keys t WHERE key = 'of secret'`;
    expect(key?.text).not.toContain(PASSWORD);
  });

  test.each<readonly [what: string, input: object, refusal: Refusal]>([
    ['2 characters in the username (USR-1)', { username: 'ab' }, ['INVALID_INPUT', 'username', 'USR-1']],
    ['51 characters in the username (USR-1)', { username: 'a'.repeat(51) }, ['INVALID_INPUT', 'username', 'USR-1']],
    ['a hyphen in the username (USR-1)', { username: 'a-b-c' }, ['INVALID_INPUT', 'username', 'USR-1']],
    [
      'a username that is taken, in any case (GEN-3)',
      { username: 'ADMIN' },
      ['CONFLICT', 'username', 'GEN-3', 'User admin exists already; choose another username.'],
    ],
    ['an email without @ (USR-1)', { email: 'kim' }, ['INVALID_INPUT', 'email', 'USR-1']],
    [
      'an email of two scripts (USR-1)',
      { email: 'k\u0456m@example.org' },
      [
        'INVALID_INPUT',
        'email',
        'USR-1',
        'email must be of one script: character 2 is U+0456 (і, Cyrillic); write all of it in Latin, or none of it.',
      ],
    ],
    ['an email with two @ (USR-1)', { email: 'a@b@c' }, ['INVALID_INPUT', 'email', 'USR-1']],
    [
      'an email that is taken, in any case (GEN-3)',
      { email: 'TAKEN@example.org' },
      [
        'CONFLICT',
        'email',
        'GEN-3',
        'A user with the email address taken@example.org exists already; choose another email.',
      ],
    ],
    ['a blank name', { fullName: ' ' }, ['INVALID_INPUT', 'fullName', null]],
    ['a name of 101 characters', { fullName: 'x'.repeat(101) }, ['INVALID_INPUT', 'fullName', null]],
    ['a password of 7 characters (USR-2)', { password: 'Abcde-1' }, ['INVALID_INPUT', 'password', 'USR-2']],
    [
      'a password of 129 characters (USR-2)',
      { password: `A-1${'a'.repeat(126)}` },
      ['INVALID_INPUT', 'password', 'USR-2'],
    ],
    ['a password of two kinds (USR-2)', { password: 'abcdefg1' }, ['INVALID_INPUT', 'password', 'USR-2']],
    [
      'the username as password (USR-2)',
      { username: 'kim_lee_1', password: 'Kim_Lee_1' },
      ['INVALID_INPUT', 'password', 'USR-2'],
    ],
    ['a NUL byte in the password (USR-2)', { password: `${PASSWORD}\u0000` }, ['INVALID_INPUT', 'password', 'USR-2']],
    [
      'half a surrogate pair in the password (USR-2)',
      { password: `${PASSWORD}\ud800` },
      ['INVALID_INPUT', 'password', 'USR-2'],
    ],
  ])('refuses a user with %s', async (_what, fields, error) => {
    await create({ username: 'taken', email: 'taken@example.org' });
    await expectRefused(api, 'createUser', { username: 'refused', fullName: 'Person', password: PASSWORD, ...fields }, [
      error,
    ]);
  });

  test('succeeds for one of ten parallel requests with the same username or email (GEN-3)', async () => {
    const names = await Promise.all(Array.from({ length: 10 }, () => create({ username: 'race' })));
    expect(names.filter((answer) => answer.errors.length === 0)).toHaveLength(1);
    expect(
      names.filter((answer) => answer.errors[0]?.path[0] === 'username' && answer.errors[0].rule === 'GEN-3'),
    ).toHaveLength(9);

    const emails = await Promise.all(
      Array.from({ length: 10 }, (_, index) => create({ username: `race_${index}`, email: 'race@example.org' })),
    );
    expect(emails.filter((answer) => answer.errors.length === 0)).toHaveLength(1);
    expect(
      emails.filter((answer) => answer.errors[0]?.path[0] === 'email' && answer.errors[0].rule === 'GEN-3'),
    ).toHaveLength(9);
  });
});

describe('updateUser', () => {
  test('changes the given fields, and clears optional fields that are null', async () => {
    await create({ username: 'u01', email: 'u01@example.org', department: 'D' });
    expect(
      await update('U01', {
        fullName: 'New',
        email: 'New@example.org',
        role: 'MANAGER',
        isActive: false,
        expectedVersion: 1,
      }),
    ).toMatchObject({
      user: {
        username: 'u01',
        fullName: 'New',
        email: 'new@example.org',
        role: 'MANAGER',
        department: 'D',
        isActive: false,
        version: 2,
      },
      errors: [],
    });
    expect(await update('u01', { email: 'NEW@example.org' })).toMatchObject({ user: { version: 2 }, errors: [] });
    expect(await update('u01', { email: null, department: null })).toMatchObject({
      user: { email: null, department: null, version: 3 },
      errors: [],
    });
  });

  test.each([
    [{ fullName: null }, 'fullName', null],
    [{ role: null }, 'role', null],
    [{ isActive: null }, 'isActive', null],
    [{ email: 'x' }, 'email', 'USR-1'],
    [{ department: ' ' }, 'department', null],
  ])('refuses a change with %j', async (changes, path, rule) => {
    await create({ username: 'u02' });
    await expectRefused(api, 'updateUser', { user: { username: 'u02' }, ...changes }, [['INVALID_INPUT', path, rule]]);
  });

  test('refuses the email of another user (GEN-3)', async () => {
    await create({ username: 'u03', email: 'u03@example.org' });
    await create({ username: 'u04', email: 'u04@example.org' });
    await expectRefused(api, 'updateUser', { user: { username: 'u04' }, email: 'U03@example.org' }, [
      ['CONFLICT', 'email', 'GEN-3'],
    ]);
  });

  test('and deleteUser refuse a user who does not exist, an invalid id, and an outdated version (GEN-2)', async () => {
    await create({ username: 'u05' });
    for (const mutation of ['updateUser', 'deleteUser']) {
      await expectRefused(api, mutation, { user: { username: 'nobody' } }, [
        ['NOT_FOUND', 'user', null, 'User nobody does not exist.'],
      ]);
      await expectRefused(api, mutation, { user: { id: encodeGlobalId('User', uuid7()) } }, [
        ['NOT_FOUND', 'user', null],
      ]);
      await expectRefused(api, mutation, { user: { id: encodeGlobalId('Lot', uuid7()) } }, [
        ['INVALID_INPUT', 'user.id', null],
      ]);
      await expectRefused(api, mutation, { user: { username: '!' } }, [['INVALID_INPUT', 'user.username', 'USR-1']]);
      await expectRefused(api, mutation, { user: { username: 'u05' }, expectedVersion: 2 }, [
        ['STALE_VERSION', 'expectedVersion', 'GEN-2'],
      ]);
    }
  });

  test('refuses a change of one’s own role (USR-3)', async () => {
    await create({ username: 'second_admin', role: 'ADMIN' });
    await expectRefused(api, 'updateUser', { user: { username: 'admin' }, role: 'VIEWER' }, [
      [
        'RULE_VIOLATED',
        'role',
        'USR-3',
        'admin cannot change their own role; another ADMIN can give them the role VIEWER.',
      ],
    ]);
    expect(await update('admin', { role: 'ADMIN', fullName: 'Same role' })).toMatchObject({
      user: { role: 'ADMIN', fullName: 'Same role' },
      errors: [],
    });
  });

  test('and deleteUser refuse to deactivate or delete the viewer (USR-4)', async () => {
    await expectRefused(api, 'updateUser', { user: { username: 'admin' }, isActive: false }, [
      ['RULE_VIOLATED', 'user', 'USR-4', 'admin cannot deactivate or delete himself; another ADMIN can do it.'],
    ]);
    await expectRefused(api, 'deleteUser', { user: { username: 'admin' } }, [
      ['RULE_VIOLATED', 'user', 'USR-4'],
      ['RULE_VIOLATED', 'user', 'USR-5'],
    ]);
  });
});

describe('administrators', () => {
  test('cannot demote, deactivate or delete the last active ADMIN, even when inactive ones exist (USR-4)', async () => {
    await using lonely = await startApi();
    await call(lonely, 'createUser', {
      username: 'sleeping',
      fullName: 'S',
      password: PASSWORD,
      role: 'ADMIN',
      isActive: false,
    });
    for (const [mutation, changes, rules] of [
      ['updateUser', { role: 'VIEWER' }, ['USR-3', 'USR-4']],
      ['updateUser', { isActive: false }, ['USR-4', 'USR-4']],
      ['deleteUser', {}, ['USR-4', 'USR-4', 'USR-5']],
    ] as const) {
      await expectRefused(
        lonely,
        mutation,
        { user: { username: 'admin' }, ...changes },
        rules.map((rule) => ['RULE_VIOLATED', rule === 'USR-3' ? 'role' : 'user', rule]),
      );
    }
  });

  test.each([
    ['demote', 'updateUser', { role: 'VIEWER' }],
    ['deactivate', 'updateUser', { isActive: false }],
    ['delete', 'deleteUser', {}],
  ])('who %s each other at the same time: one of the two succeeds (USR-4)', async (_what, mutation, changes) => {
    await using duel = await startApi();
    await call(duel, 'createUser', { username: 'rival', fullName: 'R', password: PASSWORD, role: 'ADMIN' });
    const { accessToken } = (
      await call(duel, 'login', { username: 'rival', password: PASSWORD }, 'session { accessToken }', null)
    ).session;
    const type = `${mutation.charAt(0).toUpperCase()}${mutation.slice(1)}Input!`;
    const document = `mutation($input: ${type}) { payload: ${mutation}(input: $input) { errors { rule path } } }`;

    const answers = await Promise.all([
      duel.ask(document, { input: { user: { username: 'rival' }, ...changes } }),
      duel.askWith(accessToken, document, { input: { user: { username: 'admin' }, ...changes } }),
    ]);

    // The rule refuses the loser, or they come so late that their own token is refused already.
    const won = answers.filter((answer) => answer.status === 200 && answer.data.payload.errors.length === 0);
    expect(won).toHaveLength(1);
    const admins = await duel.database.reader().sql`SELECT 1 FROM users WHERE role = 'ADMIN' AND is_active`;
    expect(admins).toHaveLength(1);
  });
});

describe('deleteUser', () => {
  test('deletes a user without references (USR-5)', async () => {
    const { user } = await create({ username: 'x01' });
    expect(await call(api, 'deleteUser', { user: { id: user.id } }, 'deletedId')).toEqual({
      deletedId: user.id,
      errors: [],
    });
    expect((await api.ask('{ userByUsername(username: "x01") { id } }')).data).toEqual({ userByUsername: null });
  });

  test('refuses a user with any reference, who can be deactivated (USR-5)', async () => {
    await create({ username: 'x02' });
    await api.database.transaction(async (tx) => {
      const { id: userId } = await tx.user.findUniqueOrThrow({ where: { username: 'x02' } });
      const { id: productionLineId } = await tx.productionLine.create({
        data: { id: uuid7(), code: 'L1', lotSegment: 'L100', name: 'L' },
      });
      const { id: productModelId } = await tx.productModel.create({
        data: { id: uuid7(), code: 'M1', lotSegment: 'M10', name: 'M' },
      });
      const at = '2026-11-20T08:00:00.000Z';
      const disposition = {
        disposition: 'QUARANTINED',
        dispositionReason: 'r',
        dispositionAt: at,
        dispositionById: userId,
      } as const;
      const { id: lotId } = await tx.lot.create({
        data: {
          id: uuid7(),
          number: 'L100M10261101',
          productModelId,
          productionLineId,
          productionDate: '2026-11-20T00:00:00.000Z',
          status: 'IN_PROGRESS',
          startedAt: at,
          ...disposition,
        },
      });
      const { id: processId } = await tx.process.create({
        data: { id: uuid7(), number: 1, code: 'P', name: 'P', level: 'LOT', sortOrder: 1 },
      });
      const done = {
        result: 'PASS',
        completedAt: at,
        correctedAt: at,
        correctedById: userId,
        correctionReason: 'r',
      } as const;
      await tx.processData.create({
        data: { id: uuid7(), level: 'LOT', lotId, processId, attempt: 1, operatorId: userId, startedAt: at, ...done },
      });
      const { id: equipmentId } = await tx.equipment.create({ data: { id: uuid7(), code: 'E', name: 'E', type: 'T' } });
      await tx.equipmentStatusPeriod.create({
        data: { id: uuid7(), equipmentId, status: 'AVAILABLE', startedAt: at, changedById: userId },
      });
    });
    await expectRefused(api, 'deleteUser', { user: { username: 'x02' } }, [
      [
        'RULE_VIOLATED',
        'user',
        'USR-5',
        'x02 left traces (executions: 1, corrections: 1, dispositions: 1, equipment status periods: 1); deactivate the user instead of deleting them.',
      ],
    ]);
    expect(await update('x02', { isActive: false })).toMatchObject({ user: { isActive: false }, errors: [] });
  });
});

describe('the private fields of a user', () => {
  const DOCUMENT =
    '{ viewer { user { email department lastLoginAt } } userByUsername(username: "seen") { username fullName role isActive } }';
  const private_ = (field: string): string => `{ userByUsername(username: "seen") { ${field} } }`;

  beforeAll(async () => {
    await create({ username: 'seen', email: 'seen@example.org', department: 'D' });
  });

  test.each(['ADMIN', 'MANAGER', 'AUDITOR'] as const)(
    'are visible to %s: email, department and last login of others',
    async (role) => {
      expect((await api.ask(private_('email department lastLoginAt'), {}, role)).data).toEqual({
        userByUsername: { email: 'seen@example.org', department: 'D', lastLoginAt: null },
      });
      expect(
        (
          await api.ask(
            '{ users(filter: { department: { eq: "D" }, username: { eq: "seen" } }) { nodes { email } } }',
            {},
            role,
          )
        ).data.users.nodes,
      ).toEqual([{ email: 'seen@example.org' }]);
    },
  );

  test.each(['ENGINEER', 'INSPECTOR', 'OPERATOR', 'VIEWER'] as const)(
    'are hidden from %s, except their own; they cannot list or filter users',
    async (role: Role) => {
      const { data, errors } = await api.ask(DOCUMENT, {}, role);
      expect(errors).toEqual([]);
      expect(data).toEqual({
        viewer: { user: { email: null, department: null, lastLoginAt: null } },
        userByUsername: { username: 'seen', fullName: 'Person', role: 'OPERATOR', isActive: true },
      });

      for (const field of ['email', 'department', 'lastLoginAt']) {
        expect(await api.ask(private_(field), {}, role)).toMatchObject({
          data: { userByUsername: { [field]: null } },
          errors: [{ path: ['userByUsername', field], extensions: { code: 'FORBIDDEN' } }],
        });
      }
      expect(await api.ask('{ users(filter: { department: { eq: "D" } }) { totalCount } }', {}, role)).toMatchObject({
        data: { users: null },
        errors: [{ extensions: { code: 'FORBIDDEN' } }],
        statements: 0,
      });
    },
  );

  test('never include a password, its hash, or failed logins', async () => {
    const { data } = await api.ask('{ __type(name: "User") { fields { name } } }');
    const names = data.__type.fields.map((field: { name: string }) => field.name);
    expect(names).not.toContain('passwordHash');
    expect(names.filter((name: string) => /password|hash|fail|lock|secret/i.test(name))).toEqual([]);
  });

  test('can be managed by ADMIN only, not even by MANAGER (AUT-1)', async () => {
    for (const role of ['MANAGER', 'ENGINEER', 'INSPECTOR', 'OPERATOR', 'AUDITOR', 'VIEWER', null] as const) {
      const refusal: Refusal = role === null ? ['UNAUTHENTICATED', '', 'AUT-1'] : ['FORBIDDEN', '', null];
      await expectRefused(api, 'createUser', { username: 'p01', fullName: 'P', password: PASSWORD }, [refusal], role);
      await expectRefused(api, 'updateUser', { user: { username: 'seen' }, role: 'ADMIN' }, [refusal], role);
      await expectRefused(api, 'deleteUser', { user: { username: 'nobody' } }, [refusal], role);
    }
  });
});

describe('the first administrator', () => {
  test('is created once, even by ten servers that start at the same time (USR-6)', async () => {
    await using empty = await startApi();
    await empty.database.reader().sql`DELETE FROM login_sessions`;
    await empty.database.reader().sql`DELETE FROM users`;
    const made = await Promise.all(
      Array.from({ length: 10 }, () => empty.database.transaction((tx) => ensureAdministrator(tx, PASSWORD))),
    );
    expect(made.filter(Boolean)).toHaveLength(1);
    expect(await empty.database.reader().sql`SELECT username, role, is_active AS "isActive" FROM users`).toEqual([
      { username: 'admin', role: 'ADMIN', isActive: true },
    ]);
    expect(
      (await call(empty, 'login', { username: 'admin', password: PASSWORD }, 'session { expiresInSeconds }', null))
        .session,
    ).toEqual({ expiresInSeconds: 900 });
  });
});

test.each([1, 10, 100])('%i users cost 1 statement', async (count) => {
  await api.database.transaction(async (tx) => {
    await tx.user.deleteMany({ where: { username: { startsWith: 'zz' } } });
    await tx.user.createMany({
      data: Array.from({ length: count }, (_, index) => ({
        id: uuid7(),
        username: `zz${index}`,
        fullName: 'Z',
        passwordHash: 'x',
      })),
    });
  });
  const { data, statements } = await askBothWays(
    api,
    '{ users(first: 100, filter: { username: { startsWith: "ZZ" } }, orderBy: [{ field: ROLE }]) { nodes { id username email role department lastLoginAt createdAt updatedAt } } }',
  );
  expect(data.users.nodes).toHaveLength(count);
  expect(statements).toEqual({ plans: 1, loaders: 1 });
});
