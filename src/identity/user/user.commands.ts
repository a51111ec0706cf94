import { v7 as uuid7 } from 'uuid';
import { deleteSessionsOf } from './login-session.commands.ts';
import { users } from './user.loaders.ts';
import {
  FIRST_ADMINISTRATOR,
  hasNoTraces,
  mayGiveRole,
  isNotSelfRemoval,
  oneAdminRemains,
  passwordFits,
} from './user.rules.ts';
import { CreateUser, DeleteUser, UpdateUser } from './user.shapes.ts';
import { command } from '../../platform/command/declaration.ts';
import { enforce, found, isCurrent } from '../../platform/command/rejection.ts';
import { definedFields, type Lock, referenceLabel, rowByReference } from '../../platform/command/row-lock.ts';
import type { Reference } from '../../platform/input/schemas.ts';
import type { Tx } from '../../platform/postgres/client.ts';
import { identifier } from '../../platform/postgres/sql.ts';
import type { Row } from '../../platform/postgres/table.ts';
import { ADMINS, userViewerOf } from '../../platform/rules/access.ts';
import { isKeyFree, type Uses } from '../../platform/rules/natural-key.ts';
import type { Answer } from '../../platform/rules/rejection.ts';
import { hashPassword, isPassword } from '../../platform/security/password.ts';
import type { Instant } from '../../platform/values/time.ts';

type UserRow = Row<'User'>;

/** USR-1, USR-2, USR-7: Creates a user with a first password. */
export const createUser = command({
  name: 'createUser',
  action: 'user.created',
  description: 'Creates a user with a first password.',
  access: ADMINS,
  input: CreateUser,
  prepare: (_context, { password }) => hashPassword(password),
  async run({ tx }, { password, ...fields }, passwordHash) {
    const known = await rowByReference(tx, users, { key: 'username', value: fields.username });
    enforce(
      isKeyFree('User', { path: 'username', value: fields.username, existing: known }),
      await emailIsFree(tx, fields.email, undefined),
      await badgeCodeIsFree(tx, fields.badgeCode, undefined),
      passwordFits(password, fields.username),
    );
    const { id } = await tx.user.create({
      data: { ...definedFields(fields), passwordHash, id: uuid7() },
    });
    return { user: id };
  },
});

/** USR-3, USR-4, USR-7: Changes a user. A new role or a deactivation takes effect at once. */
export const updateUser = command({
  name: 'updateUser',
  action: 'user.updated',
  description: 'Changes a user. The username stays; a new role or a deactivation acts at once (USR-3, USR-4).',
  access: ADMINS,
  input: UpdateUser,
  async run({ tx, viewer }, { user: reference, expectedVersion, ...changes }) {
    const { user, otherActiveAdmins } = await lockUserAndAdmins(tx, reference, 'NO KEY UPDATE');
    const after = { role: changes.role ?? user.role, isActive: changes.isActive ?? user.isActive };
    const giver = userViewerOf(viewer);
    enforce(
      isCurrent(user, expectedVersion, { user: user.id }),
      await emailIsFree(tx, changes.email, user.id),
      await badgeCodeIsFree(tx, changes.badgeCode, user.id),
      mayGiveRole(giver, user, after.role),
      oneAdminRemains(user, after, otherActiveAdmins),
      isNotSelfRemoval(giver, user, after),
    );
    await tx.user.update({ where: { id: user.id }, data: definedFields(changes) });
    return { user: user.id };
  },
});

/** USR-5: Deletes a user without traces, with their sessions. */
export const deleteUser = command({
  name: 'deleteUser',
  action: 'user.deleted',
  description: 'Deletes a user who left no trace; one who did is deactivated instead (USR-5).',
  access: ADMINS,
  input: DeleteUser,
  async run({ tx, viewer }, { user: reference, expectedVersion }) {
    const { user, otherActiveAdmins } = await lockUserAndAdmins(tx, reference, 'UPDATE');
    enforce(
      isCurrent(user, expectedVersion, { user: user.id }),
      oneAdminRemains(user, undefined, otherActiveAdmins),
      isNotSelfRemoval(userViewerOf(viewer), user, undefined),
      hasNoTraces(user, await tracesOf(tx, user.id)),
    );
    await deleteSessionsOf(tx, user.id);
    await tx.user.delete({ where: { id: user.id } });
    return { deletedId: user.id };
  },
});

/** Locks a user before a change of the user or of their sessions. Undefined when there is none. */
export async function lockUser(tx: Tx, id: string): Promise<UserRow | undefined> {
  const [user] = await tx.sql<UserRow>`SELECT ${users.columns} FROM users t WHERE t.id = ${id}::uuid FOR NO KEY UPDATE`;
  return user;
}

/** Stores the hash of a new password and resets the count of failed logins. */
export async function setPasswordHash(tx: Tx, id: string, passwordHash: string): Promise<void> {
  await tx.user.update({ where: { id }, data: { passwordHash, failedLogins: 0, lockedUntil: null } });
}

/** Records the time of a successful login. A renewed hash replaces one with outdated parameters. */
export async function recordLogin(tx: Tx, id: string, renewedHash: string | undefined, now: Instant): Promise<void> {
  await tx.user.update({
    where: { id },
    data: {
      lastLoginAt: now,
      failedLogins: 0,
      lockedUntil: null,
      ...(renewedHash === undefined ? {} : { passwordHash: renewedHash }),
    },
  });
}

/** USR-6: Creates an administrator with the configured password when no ADMIN exists. Returns whether it did. */
export async function ensureAdministrator(tx: Tx, password: string): Promise<boolean> {
  await tx.sql`SELECT pg_advisory_xact_lock(hashtext('lotgraph first administrator'))`;
  const [known] = await tx.sql<{ id: string }>`SELECT id FROM users WHERE role = 'ADMIN' LIMIT 1`;
  if (known !== undefined) return false;
  const passwordHash = await hashPassword(password);
  await tx.user.create({
    data: { id: uuid7(), username: FIRST_ADMINISTRATOR, fullName: 'Administrator', role: 'ADMIN', passwordHash },
  });
  return true;
}

/** USR-6: Whether somebody can sign in as the first administrator with this password. */
export async function isFirstAdministratorsPassword(tx: Tx, password: string): Promise<boolean> {
  const user = await rowByReference(tx, users, { key: 'username', value: FIRST_ADMINISTRATOR });
  return user?.isActive === true && isPassword(password, user.passwordHash);
}

/**
 * USR-4: Locks the user and all administrators, by ascending id, so that nobody changes them while the rule is checked.
 */
async function lockUserAndAdmins(
  tx: Tx,
  reference: Reference,
  lock: Lock,
): Promise<{ user: Row<'User'>; otherActiveAdmins: number }> {
  const what = referenceLabel(reference, 'User');
  const { id } = found(await rowByReference(tx, users, reference), 'user', what);
  const locked = await tx.sql<Row<'User'>>`
    SELECT ${users.columns} FROM users t WHERE t.role = 'ADMIN' OR t.id = ${id}::uuid ORDER BY t.id FOR ${identifier(lock)}`;
  const lockedUser = locked.find((row) => row.id === id);
  const otherActiveAdmins = locked.filter((row) => row.id !== id && row.role === 'ADMIN' && row.isActive);
  return { user: found(lockedUser, 'user', what), otherActiveAdmins: otherActiveAdmins.length };
}

async function emailIsFree(tx: Tx, email: string | null | undefined, ownId: string | undefined): Promise<Answer> {
  if (email === null || email === undefined) return undefined;
  const holder = await rowByReference(tx, users, { key: 'email', value: email });
  return isKeyFree('A user with the email address', {
    path: 'email',
    value: email,
    existing: holder?.id === ownId ? undefined : holder,
  });
}

/** USR-7: A badge code belongs to one user only. */
async function badgeCodeIsFree(
  tx: Tx,
  badgeCode: string | null | undefined,
  ownId: string | undefined,
): Promise<Answer> {
  if (badgeCode === null || badgeCode === undefined) return undefined;
  const holder = await rowByReference(tx, users, { key: 'badgeCode', value: badgeCode });
  const existing = holder?.id === ownId ? undefined : holder;
  return isKeyFree('A user with the badge code', { path: 'badgeCode', value: badgeCode, existing, rule: 'USR-7' });
}

/** USR-5: How many rows refer to a user, by kind. */
async function tracesOf(tx: Tx, id: string): Promise<Uses> {
  const [traces] = await tx.sql<Traces>`
    SELECT (SELECT count(*)::int FROM process_data WHERE operator_id = ${id}::uuid) AS executions,
           (SELECT count(*)::int FROM process_data WHERE corrected_by_id = ${id}::uuid) AS corrections,
           (SELECT count(*)::int FROM lots WHERE disposition_by_id = ${id}::uuid) AS dispositions,
           (SELECT count(*)::int FROM equipment_status_periods WHERE changed_by_id = ${id}::uuid) AS "equipmentStatusPeriods",
           (SELECT count(*)::int FROM api_keys WHERE created_by_id = ${id}::uuid) AS "apiKeys",
           (SELECT count(*)::int FROM audit_entries WHERE actor_kind = 'USER' AND actor_id = ${id}::uuid) AS "auditEntries"`;
  return { ...traces };
}

type Traces = {
  readonly [What in
    | 'executions'
    | 'corrections'
    | 'dispositions'
    | 'equipmentStatusPeriods'
    | 'apiKeys'
    | 'auditEntries']: number;
};
