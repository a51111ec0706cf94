import { isGuarded, type EnvironmentName } from '../../platform/rules/environment.ts';
import type { Role } from '../../platform/rules/access.ts';
import { namedUses, type TextForm, type Uses } from '../../platform/rules/natural-key.ts';
import { rejection, type Answer } from '../../platform/rules/rejection.ts';

export { ROLES, type Role } from '../../platform/rules/access.ts';

/** The greatest lengths of the texts of a user, in characters. */
export const USER_LENGTHS = { fullName: 100, email: 255, department: 100 } as const;

/** USR-1: A username is 3..50 of `a-z 0-9 _`. */
export const USERNAME: TextForm = { rule: 'USR-1', pattern: /^[a-z0-9_]{3,50}$/, form: '3 to 50 of a-z 0-9 _' };

/** USR-1: An email address has one `@` with something on both sides of it, and no spaces. */
export const EMAIL: TextForm = {
  rule: 'USR-1',
  pattern: /^(?=.{3,255}$)[^\s@\p{C}]+@[^\s@\p{C}]+$/u,
  form: 'an email address with one @ and no spaces, of at most 255 characters',
};

/**
 * USR-7: A badge code is 1..50 of `A-Z 0-9 . _ : -`, starting with a letter or digit: what a badge reader or a scanner
 * sends, such as `B-1001` or `04:A2:7F:1C`. It is stored in upper case and belongs to one user only.
 */
export const BADGE_CODE: TextForm = {
  rule: 'USR-7',
  pattern: /^[A-Z0-9][A-Z0-9._:-]{0,49}$/,
  form: '1 to 50 of A-Z 0-9 . _ : -, starting with a letter or digit',
};

/** The most characters of a search for operators. */
export const OPERATOR_SEARCH_LENGTH = 100;

/** USR-2: The least and the greatest length of a password, in characters. */
export const PASSWORD_LENGTH = { min: 8, max: 128 } as const;
/** USR-2: How many of the four kinds of characters a password needs. */
export const PASSWORD_KINDS_NEEDED = 3;

/** AUT-2: This many failed logins in a row lock the user, even against the right password. */
export const FAILED_LOGINS_ALLOWED = 5;
/** AUT-2: How long a user stays locked. */
export const LOCKED_FOR_MINUTES = 15;

/** USR-6: The username of the administrator who is created when there is none. */
export const FIRST_ADMINISTRATOR = 'admin';
/** USR-6: The least length of the secret that signs tokens, in characters. */
export const TOKEN_SECRET_MIN_LENGTH = 32;

/** The name and role of a user, as the rules need them. */
export interface UserIdentity {
  readonly id: string;
  readonly username: string;
  readonly role: Role;
}

/** A user, and whether they may sign in. */
export interface UserAccount extends UserIdentity {
  readonly isActive: boolean;
}

/** The user after a change; undefined after a deletion. */
export type UserAccountAfter = Pick<UserAccount, 'role' | 'isActive'> | undefined;

/** Usernames and email addresses are stored and looked up trimmed and in lower case. */
export function normalizedLoginName(text: string): string {
  return text.trim().toLowerCase();
}

/**
 * USR-2: A password has 8..128 characters of at least three kinds (lower, upper, digit, other) and is not the username.
 */
export function passwordFits(password: string, username: string, path = 'password'): Answer {
  const problems = passwordProblems(password, username);
  return problems.length === 0
    ? undefined
    : rejection('USR-2', path, `The password ${problems.join(', and ')}.`, 'INVALID_INPUT');
}

/** USR-3: Only an ADMIN assigns roles, and nobody changes their own role. */
export function mayGiveRole(giver: UserIdentity, user: UserIdentity, role: Role): Answer {
  if (role === user.role) return undefined;
  if (giver.role !== 'ADMIN') {
    return rejection(
      'USR-3',
      'role',
      `${giver.username} is ${giver.role}; only an ADMIN can give ${user.username} the role ${role}.`,
    );
  }
  if (giver.id === user.id) {
    return rejection(
      'USR-3',
      'role',
      `${user.username} cannot change their own role; another ADMIN can give them the role ${role}.`,
    );
  }
  return undefined;
}

/** USR-4: One active ADMIN always remains. The rows of all administrators are locked while this is checked. */
export function oneAdminRemains(user: UserAccount, after: UserAccountAfter, otherActiveAdmins: number): Answer {
  if (otherActiveAdmins > 0 || !isActiveAdmin(user) || (after !== undefined && isActiveAdmin(after))) return undefined;
  return rejection('USR-4', 'user', `${user.username} is the last active ADMIN; make another user ADMIN first.`);
}

/** USR-4: Users neither deactivate nor delete themselves. */
export function isNotSelfRemoval(viewer: Pick<UserIdentity, 'id'>, user: UserAccount, after: UserAccountAfter): Answer {
  if (viewer.id !== user.id || after?.isActive === true) return undefined;
  return rejection('USR-4', 'user', `${user.username} cannot deactivate or delete himself; another ADMIN can do it.`);
}

/**
 * USR-5: A user who left any trace is deactivated, never deleted. A trace is any row that refers to the user, or any
 * audit entry by them.
 */
export function hasNoTraces(user: Pick<UserIdentity, 'username'>, traces: Uses): Answer {
  const found = namedUses(traces);
  if (found === '') return undefined;
  return rejection(
    'USR-5',
    'user',
    `${user.username} left traces (${found}); deactivate the user instead of deleting them.`,
  );
}

/** The configuration of the first administrator and of the secret that signs tokens. */
export interface AdministratorSetup {
  readonly environment: EnvironmentName;
  /** Whether the server listens on an address that other machines can reach. */
  readonly isReachable: boolean;
  readonly password: string;
  /** Whether the password is the documented default, which anybody can read. */
  readonly isPasswordDefault: boolean;
  readonly tokenSecret: string;
  readonly isTokenSecretDefault: boolean;
  /** Other secrets whose signatures are accepted: a token that anybody can sign with one of them is as good. */
  readonly acceptedTokenSecrets: readonly string[];
  readonly isAcceptedSecretDefault: boolean;
}

/**
 * USR-6: Neither production nor a server that other machines can reach starts with a guessable administrator. Returns
 * one sentence for each problem; any problem stops the start-up.
 */
export function administratorProblems(setup: AdministratorSetup): readonly string[] {
  if (!isGuarded(setup.environment) && !setup.isReachable) return [];
  const who = isGuarded(setup.environment) ? setup.environment : 'a server that other machines can reach';
  const problems: string[] = [];
  if (setup.isPasswordDefault)
    problems.push(
      `The administrator password is the documented default; ${who} needs one of its own: set LOTGRAPH_ADMIN_PASSWORD.`,
    );
  const ofPassword = passwordProblems(setup.password, FIRST_ADMINISTRATOR);
  if (ofPassword.length > 0) problems.push(`The administrator password ${ofPassword.join(', and ')}.`);
  if (setup.isTokenSecretDefault)
    problems.push(
      `The token secret is the documented default; ${who} needs one of its own: set LOTGRAPH_TOKEN_SECRET, for example to what "openssl rand -base64 48" prints.`,
    );
  if (setup.isAcceptedSecretDefault)
    problems.push('The documented default is among the accepted token secrets; anybody could sign tokens with it.');
  const lengths = [setup.tokenSecret, ...setup.acceptedTokenSecrets].map(lengthOf);
  for (const [index, length] of lengths.entries())
    if (length < TOKEN_SECRET_MIN_LENGTH)
      problems.push(
        `${index === 0 ? 'The' : 'Each accepted'} token secret needs at least ${TOKEN_SECRET_MIN_LENGTH} characters (it has ${length}).`,
      );
  return problems;
}

const KINDS = [
  { name: 'lower-case letters', pattern: /\p{Ll}/u },
  { name: 'upper-case letters', pattern: /\p{Lu}/u },
  { name: 'digits', pattern: /\p{Nd}/u },
  { name: 'other characters', pattern: /[^\p{Ll}\p{Lu}\p{Nd}]/u },
] as const;

/** The problems of a password, as ends of a sentence about it. */
function passwordProblems(password: string, username: string): readonly string[] {
  const problems: string[] = [];
  const { min, max } = PASSWORD_LENGTH;
  const length = lengthOf(password);
  if (length < min || length > max) problems.push(`needs ${min} to ${max} characters (it has ${length})`);
  const missing = KINDS.filter((kind) => !kind.pattern.test(password)).map((kind) => kind.name);
  const kindsWanted = missing.length - (KINDS.length - PASSWORD_KINDS_NEEDED);
  if (kindsWanted > 0) {
    problems.push(
      `needs at least ${PASSWORD_KINDS_NEEDED} kinds of characters: add ${kindsWanted} of ${missing.join(', ')}`,
    );
  }
  if (normalizedLoginName(password) === normalizedLoginName(username)) problems.push('must not be the username');
  return problems;
}

function isActiveAdmin(user: Pick<UserAccount, 'role' | 'isActive'>): boolean {
  return user.isActive && user.role === 'ADMIN';
}

/** Counts characters as a reader does: a letter outside the basic plane counts once. */
function lengthOf(text: string): number {
  return [...text].length;
}
