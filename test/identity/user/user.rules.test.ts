import { expect, test } from 'vitest';
import {
  BADGE_CODE,
  EMAIL,
  FAILED_LOGINS_ALLOWED,
  FIRST_ADMINISTRATOR,
  LOCKED_FOR_MINUTES,
  OPERATOR_SEARCH_LENGTH,
  PASSWORD_LENGTH,
  ROLES,
  TOKEN_SECRET_MIN_LENGTH,
  USERNAME,
  USER_LENGTHS,
  administratorProblems,
  hasNoTraces,
  normalizedLoginName,
  mayGiveRole,
  isNotSelfRemoval,
  oneAdminRemains,
  passwordFits,
  type AdministratorSetup,
  type UserAccount,
} from '../../../src/identity/user/user.rules.ts';

const anna: UserAccount = { id: 'a', username: 'anna', role: 'ADMIN', isActive: true };
const ben: UserAccount = { id: 'b', username: 'ben', role: 'OPERATOR', isActive: true };

test('the seven roles go from ADMIN to VIEWER', () => {
  expect(ROLES).toEqual(['ADMIN', 'MANAGER', 'ENGINEER', 'INSPECTOR', 'OPERATOR', 'AUDITOR', 'VIEWER']);
  expect(USER_LENGTHS).toEqual({ fullName: 100, email: 255, department: 100 });
});

test('five failures in a row lock a user for fifteen minutes (AUT-2)', () => {
  expect([FAILED_LOGINS_ALLOWED, LOCKED_FOR_MINUTES]).toEqual([5, 15]);
});

test.each([
  ['abc', true],
  ['a_1', true],
  ['x'.repeat(50), true],
  ['ab', false],
  ['x'.repeat(51), false],
  ['', false],
  ['Anna', false],
  ['anna-b', false],
  ['anna b', false],
  ['ännä', false],
  ['anna\n', false],
  ['anna\0', false],
])('a username is 3..50 of a-z 0-9 _: %j is %s (USR-1)', (text, isRight) => {
  expect(USERNAME.pattern.test(text)).toBe(isRight);
});

test.each([
  ['7', true],
  ['B-1001', true],
  ['04:A2:7F:1C', true],
  ['X'.repeat(50), true],
  ['X'.repeat(51), false],
  ['', false],
  ['-1', false],
  ['b-1', false],
  ['B 1', false],
  ['B\n', false],
  ['Б1', false],
])('a badge code is 1..50 of A-Z 0-9 . _ : -, starting with a letter or digit: %j is %s (USR-7)', (text, isRight) => {
  expect(BADGE_CODE.pattern.test(text)).toBe(isRight);
});

test('a search for operators has at most 100 characters, as a name has', () => {
  expect(OPERATOR_SEARCH_LENGTH).toBe(USER_LENGTHS.fullName);
});

test('a username and an email address are trimmed and lower-cased (USR-1)', () => {
  expect(normalizedLoginName(' Anna_B ')).toBe('anna_b');
  expect(normalizedLoginName('Anna@Plant.EXAMPLE')).toBe('anna@plant.example');
});

test.each([
  ['a@b', true],
  ['anna.berg+lots@plant.example', true],
  [`${'x'.repeat(253)}@y`, true],
  [`${'x'.repeat(254)}@y`, false],
  ['anna', false],
  ['@plant', false],
  ['anna@', false],
  ['anna@@plant', false],
  ['anna@plant@example', false],
  ['anna berg@plant', false],
  ['anna@plant\0', false],
  ['anna@plant\ud800', false],
  ['', false],
])('an email address has one @ and no spaces: %j is %s (USR-1)', (text, isRight) => {
  expect(EMAIL.pattern.test(text)).toBe(isRight);
});

test.each([
  ['of lower, upper and digit', 'Solder12'],
  ['of lower, upper and other', 'Solder--'],
  ['of lower, digit and other', 'solder-1'],
  ['of upper, digit and other', 'SOLDER-1'],
  ['of all four kinds', 'Solder-1'],
  ['of 128 characters', `Aa1${'x'.repeat(125)}`],
  ['of letters of another script', 'Łódź-2026'],
  ['of 8 characters outside the basic plane and letters', 'aB\u{1f600}\u{1f600}\u{1f600}\u{1f600}\u{1f600}\u{1f600}'],
])('a password %s is valid (USR-2)', (_, password) => {
  expect(passwordFits(password, 'anna')).toBeUndefined();
});

test.each([
  ['Solde-1', 'The password needs 8 to 128 characters (it has 7).'],
  [`Aa1${'x'.repeat(126)}`, 'The password needs 8 to 128 characters (it has 129).'],
  ['solder12', 'The password needs at least 3 kinds of characters: add 1 of upper-case letters, other characters.'],
  [
    'soldering',
    'The password needs at least 3 kinds of characters: add 2 of upper-case letters, digits, other characters.',
  ],
  [
    '12345678',
    'The password needs at least 3 kinds of characters: add 2 of lower-case letters, upper-case letters, other characters.',
  ],
  [
    '',
    'The password needs 8 to 128 characters (it has 0), and needs at least 3 kinds of characters: ' +
      'add 3 of lower-case letters, upper-case letters, digits, other characters.',
  ],
  ['anna_2026', 'The password must not be the username.'],
  ['Anna_2026', 'The password must not be the username.'],
])('the password %j is refused, and the message says what is missing (USR-2)', (password, message) => {
  expect(passwordFits(password, 'anna_2026')).toEqual({
    code: 'INVALID_INPUT',
    rule: 'USR-2',
    path: ['password'],
    message,
  });
});

test('a refused new password is reported with the path of its field (USR-2)', () => {
  expect(PASSWORD_LENGTH).toEqual({ min: 8, max: 128 });
  expect(passwordFits('short-1A'.slice(1), 'anna', 'newPassword')?.path).toEqual(['newPassword']);
});

test('an ADMIN assigns roles to others (USR-3)', () => {
  expect(mayGiveRole(anna, ben, 'ENGINEER')).toBeUndefined();
});

test('only an ADMIN assigns roles (USR-3)', () => {
  expect(mayGiveRole({ ...ben, role: 'MANAGER' }, anna, 'VIEWER')).toEqual({
    code: 'RULE_VIOLATED',
    rule: 'USR-3',
    path: ['role'],
    message: 'ben is MANAGER; only an ADMIN can give anna the role VIEWER.',
  });
});

test('users cannot change their own role (USR-3)', () => {
  expect(mayGiveRole(anna, anna, 'MANAGER')).toEqual({
    code: 'RULE_VIOLATED',
    rule: 'USR-3',
    path: ['role'],
    message: 'anna cannot change their own role; another ADMIN can give them the role MANAGER.',
  });
});

test('a change that repeats the current role of a user is allowed (USR-3)', () => {
  expect(mayGiveRole(anna, anna, 'ADMIN')).toBeUndefined();
  expect(mayGiveRole(ben, ben, 'OPERATOR')).toBeUndefined();
});

test.each([
  ['demoted', { role: 'MANAGER', isActive: true }],
  ['deactivated', { role: 'ADMIN', isActive: false }],
  ['deleted', undefined],
] as const)('the last active ADMIN cannot be %s (USR-4)', (_, after) => {
  expect(oneAdminRemains(anna, after, 0)).toEqual({
    code: 'RULE_VIOLATED',
    rule: 'USR-4',
    path: ['user'],
    message: 'anna is the last active ADMIN; make another user ADMIN first.',
  });
  expect(oneAdminRemains(anna, after, 1)).toBeUndefined();
});

test('a change that keeps the last ADMIN an active ADMIN is allowed (USR-4)', () => {
  expect(oneAdminRemains(anna, { role: 'ADMIN', isActive: true }, 0)).toBeUndefined();
});

test('other users and inactive administrators do not count as the last ADMIN (USR-4)', () => {
  expect(oneAdminRemains(ben, undefined, 0)).toBeUndefined();
  expect(oneAdminRemains({ ...anna, isActive: false }, undefined, 0)).toBeUndefined();
});

test.each([
  ['deactivates', { role: 'ADMIN', isActive: false }],
  ['deletes', undefined],
] as const)('no user %s themselves (USR-4)', (_, after) => {
  expect(isNotSelfRemoval(anna, anna, after)).toEqual({
    code: 'RULE_VIOLATED',
    rule: 'USR-4',
    path: ['user'],
    message: 'anna cannot deactivate or delete himself; another ADMIN can do it.',
  });
  expect(isNotSelfRemoval(anna, ben, after)).toBeUndefined();
});

test('users may make other changes to themselves (USR-4)', () => {
  expect(isNotSelfRemoval(anna, anna, { role: 'ADMIN', isActive: true })).toBeUndefined();
});

test('a user without references may be deleted (USR-5)', () => {
  expect(hasNoTraces(ben, {})).toBeUndefined();
  expect(hasNoTraces(ben, { executions: 0, statusPeriods: 0 })).toBeUndefined();
});

test('a user with references is deactivated, never deleted (USR-5)', () => {
  expect(hasNoTraces(ben, { executions: 12, lots: 0, statusPeriods: 1 })).toEqual({
    code: 'RULE_VIOLATED',
    rule: 'USR-5',
    path: ['user'],
    message: 'ben left traces (executions: 12, status periods: 1); deactivate the user instead of deleting them.',
  });
});

const setup: AdministratorSetup = {
  environment: 'production',
  isReachable: true,
  password: 'Solder-12',
  isPasswordDefault: false,
  tokenSecret: 's'.repeat(TOKEN_SECRET_MIN_LENGTH),
  isTokenSecretDefault: false,
  acceptedTokenSecrets: [],
  isAcceptedSecretDefault: false,
};

test('production starts with its own password and a long secret (USR-6)', () => {
  expect(TOKEN_SECRET_MIN_LENGTH).toBe(32);
  expect(administratorProblems(setup)).toEqual([]);
});

test.each(['development', 'test'] as const)(
  'in %s the documented defaults are sufficient on the machine itself (USR-6)',
  (environment) => {
    const documented = {
      environment,
      isReachable: false,
      password: 'x',
      isPasswordDefault: true,
      tokenSecret: 'y',
      isTokenSecretDefault: true,
      acceptedTokenSecrets: ['z'],
      isAcceptedSecretDefault: true,
    };

    expect(administratorProblems(documented)).toEqual([]);
  },
);

test('production never starts with the documented password or secret, however strong they look (USR-6)', () => {
  expect(administratorProblems({ ...setup, isPasswordDefault: true, isTokenSecretDefault: true })).toEqual([
    'The administrator password is the documented default; production needs one of its own: set LOTGRAPH_ADMIN_PASSWORD.',
    'The token secret is the documented default; production needs one of its own: set LOTGRAPH_TOKEN_SECRET, for example to what "openssl rand -base64 48" prints.',
  ]);
});

test('a server that other machines can reach never starts with them either (USR-6)', () => {
  const reachable = { ...setup, environment: 'development' as const };
  expect(administratorProblems({ ...reachable, isPasswordDefault: true, isTokenSecretDefault: true })).toEqual([
    'The administrator password is the documented default; a server that other machines can reach needs one of its own: set LOTGRAPH_ADMIN_PASSWORD.',
    'The token secret is the documented default; a server that other machines can reach needs one of its own: set LOTGRAPH_TOKEN_SECRET, for example to what "openssl rand -base64 48" prints.',
  ]);
  expect(administratorProblems(reachable)).toEqual([]);
});

test('production never starts with a password that USR-2 refuses or a secret of 31 characters (USR-6)', () => {
  expect(administratorProblems({ ...setup, password: FIRST_ADMINISTRATOR, tokenSecret: 's'.repeat(31) })).toEqual([
    'The administrator password needs 8 to 128 characters (it has 5), and needs at least 3 kinds of characters: ' +
      'add 2 of upper-case letters, digits, other characters, and must not be the username.',
    'The token secret needs at least 32 characters (it has 31).',
  ]);
});

test('the documented secret and short ones are not accepted next to the current one either (USR-6)', () => {
  const problems = [
    'The documented default is among the accepted token secrets; anybody could sign tokens with it.',
    'Each accepted token secret needs at least 32 characters (it has 31).',
  ];
  const accepted = { acceptedTokenSecrets: ['s'.repeat(32), 's'.repeat(31)], isAcceptedSecretDefault: true };
  expect(administratorProblems({ ...setup, ...accepted })).toEqual(problems);
  expect(administratorProblems({ ...setup, ...accepted, environment: 'development' })).toEqual(problems);
});
