import type { Role } from '../../platform/rules/access.ts';
import { namedUses, type TextForm, type Uses } from '../../platform/rules/natural-key.ts';
import { rejection, type Answer } from '../../platform/rules/rejection.ts';

export { ROLES, type Role } from '../../platform/rules/access.ts';

export const USER_LENGTHS = { fullName: 100, email: 255, department: 100 } as const;

/** USR-1: A username is 3..50 of `a-z 0-9 _`. */
export const USERNAME: TextForm = { rule: 'USR-1', pattern: /^[a-z0-9_]{3,50}$/, form: '3 to 50 of a-z 0-9 _' };

/** USR-1: An email address has one `@` with something on both sides of it, and no spaces. */
export const EMAIL: TextForm = {
  rule: 'USR-1',
  pattern: /^(?=.{3,255}$)[^\s@\p{C}]+@[^\s@\p{C}]+$/u,
  form: 'an email address with one @ and no spaces, of at most 255 characters',
};

export const PASSWORD_LENGTH = { min: 8, max: 128 } as const;
export const PASSWORD_KINDS_NEEDED = 3;

/** AUT-2: So many failures in a row lock the user for so long, even against the right password. */
export const FAILED_LOGINS_ALLOWED = 5;
export const LOCKED_FOR_MINUTES = 15;

export const FIRST_ADMINISTRATOR = 'admin';
export const TOKEN_SECRET_MIN_LENGTH = 32;

/** A user as far as these rules look at him. */
export interface Person {
  readonly id: string;
  readonly username: string;
  readonly role: Role;
}

export interface UserAccount extends Person {
  readonly isActive: boolean;
}

/** What a change leaves of a user; undefined stands for a deletion, which leaves nothing. */
export type UserAccountAfter = Pick<UserAccount, 'role' | 'isActive'> | undefined;

/** Usernames and email addresses are stored and looked up trimmed and in lower case. */
export function loginNameOf(text: string): string {
  return text.trim().toLowerCase();
}

/**
 * USR-2: A password has 8..128 characters of at least three kinds (lower, upper, digit, other) and is not the username.
 */
export function passwordFits(password: string, username: string, path = 'password'): Answer {
  const faults = passwordFaults(password, username);
  return faults.length === 0
    ? undefined
    : rejection('USR-2', path, `The password ${faults.join(', and ')}.`, 'INVALID_INPUT');
}

/** USR-3: Only ADMIN gives roles, and nobody changes his own. */
export function mayGiveRole(giver: Person, user: Person, role: Role): Answer {
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
      `${user.username} cannot change his own role; another ADMIN can give him the role ${role}.`,
    );
  }
  return undefined;
}

/** USR-4: One active ADMIN always remains. The rows of all administrators are locked while this is judged. */
export function oneAdminRemains(user: UserAccount, after: UserAccountAfter, otherActiveAdmins: number): Answer {
  if (otherActiveAdmins > 0 || !isActiveAdmin(user) || (after !== undefined && isActiveAdmin(after))) return undefined;
  return rejection('USR-4', 'user', `${user.username} is the last active ADMIN; make another user ADMIN first.`);
}

/** USR-4: Nobody deactivates himself, and nobody deletes himself either. */
export function nobodyLeavesAlone(viewer: Pick<Person, 'id'>, user: UserAccount, after: UserAccountAfter): Answer {
  if (viewer.id !== user.id || after?.isActive === true) return undefined;
  return rejection('USR-4', 'user', `${user.username} cannot deactivate or delete himself; another ADMIN can do it.`);
}

/**
 * USR-5: A user who left any trace is deactivated, never deleted. A trace is any row that refers to him, or any audit
 * entry by him.
 */
export function leftNoTrace(user: Pick<Person, 'username'>, traces: Uses): Answer {
  const found = namedUses(traces);
  if (found === '') return undefined;
  return rejection(
    'USR-5',
    'user',
    `${user.username} left traces (${found}); deactivate the user instead of deleting him.`,
  );
}

/** What the start-up knows about the first administrator and the secret that signs tokens. */
export interface AdministratorSetup {
  readonly environment: 'development' | 'test' | 'production';
  readonly password: string;
  /** The password is the documented one, which anybody can read. */
  readonly isPasswordDefault: boolean;
  readonly tokenSecret: string;
  readonly isTokenSecretDefault: boolean;
}

/**
 * USR-6: Production never starts with a guessable administrator. Each problem is a sentence; any problem stops the
 * start-up.
 */
export function administratorProblems(setup: AdministratorSetup): readonly string[] {
  if (setup.environment !== 'production') return [];
  const problems: string[] = [];
  if (setup.isPasswordDefault)
    problems.push('The administrator password is the documented default; production needs one of its own.');
  const faults = passwordFaults(setup.password, FIRST_ADMINISTRATOR);
  if (faults.length > 0) problems.push(`The administrator password ${faults.join(', and ')}.`);
  if (setup.isTokenSecretDefault)
    problems.push('The token secret is the documented default; production needs one of its own.');
  const length = lengthOf(setup.tokenSecret);
  if (length < TOKEN_SECRET_MIN_LENGTH) {
    problems.push(`The token secret needs at least ${TOKEN_SECRET_MIN_LENGTH} characters (it has ${length}).`);
  }
  return problems;
}

const KINDS = [
  { name: 'lower-case letters', pattern: /\p{Ll}/u },
  { name: 'upper-case letters', pattern: /\p{Lu}/u },
  { name: 'digits', pattern: /\p{Nd}/u },
  { name: 'other characters', pattern: /[^\p{Ll}\p{Lu}\p{Nd}]/u },
] as const;

/** What is wrong with a password, as ends of a sentence about it. */
function passwordFaults(password: string, username: string): readonly string[] {
  const faults: string[] = [];
  const { min, max } = PASSWORD_LENGTH;
  const length = lengthOf(password);
  if (length < min || length > max) faults.push(`needs ${min} to ${max} characters (it has ${length})`);
  const missing = KINDS.filter((kind) => !kind.pattern.test(password)).map((kind) => kind.name);
  const kindsWanted = missing.length - (KINDS.length - PASSWORD_KINDS_NEEDED);
  if (kindsWanted > 0) {
    faults.push(
      `needs at least ${PASSWORD_KINDS_NEEDED} kinds of characters: add ${kindsWanted} of ${missing.join(', ')}`,
    );
  }
  if (loginNameOf(password) === loginNameOf(username)) faults.push('must not be the username');
  return faults;
}

function isActiveAdmin(user: Pick<UserAccount, 'role' | 'isActive'>): boolean {
  return user.isActive && user.role === 'ADMIN';
}

/** Characters as a reader counts them, so that a letter outside the basic plane counts once. */
function lengthOf(text: string): number {
  return [...text].length;
}
