import { v7 as uuid7 } from 'uuid';
import { forgetSessionsOf } from './login-session.commands.ts';
import { afterFailure } from './login-session.rules.ts';
import { users } from './user.loaders.ts';
import {
  FIRST_ADMINISTRATOR,
  leftNoTrace,
  mayGiveRole,
  nobodyLeavesAlone,
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
import { hashPassword, isOutdatedHash } from '../../platform/security/password.ts';
import type { Instant } from '../../platform/values/time.ts';

export const createUser = command({
  name: 'createUser',
  action: 'user.created',
  description: 'Creates a user with a first password.',
  access: ADMINS,
  input: CreateUser,
  async run({ tx }, { password, ...fields }) {
    enforce(
      isKeyFree(
        'User',
        'username',
        fields.username,
        await rowByReference(tx, users, { key: 'username', value: fields.username }),
      ),
      await emailIsFree(tx, fields.email, undefined),
      passwordFits(password, fields.username),
    );
    const { id } = await tx.user.create({
      data: { ...definedFields(fields), passwordHash: await hashPassword(password), id: uuid7() },
    });
    return { user: id };
  },
});

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
      mayGiveRole(giver, user, after.role),
      oneAdminRemains(user, after, otherActiveAdmins),
      nobodyLeavesAlone(giver, user, after),
    );
    await tx.user.update({ where: { id: user.id }, data: definedFields(changes) });
    return { user: user.id };
  },
});

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
      nobodyLeavesAlone(userViewerOf(viewer), user, undefined),
      leftNoTrace(user, await tracesOf(tx, user.id)),
    );
    await forgetSessionsOf(tx, user.id);
    await tx.user.delete({ where: { id: user.id } });
    return { deletedId: user.id };
  },
});

/** Locks a user: for a change of him, and before each change of his sessions. Undefined when there is none. */
export async function lockUser(tx: Tx, id: string): Promise<Row<'User'> | undefined> {
  const [user] = await tx.sql<
    Row<'User'>
  >`SELECT ${users.columns} FROM users t WHERE t.id = ${id}::uuid FOR NO KEY UPDATE`;
  return user;
}

/** A login failed: it is counted, and the fifth in a row locks the user (AUT-2). */
export async function noteFailedLogin(tx: Tx, user: Row<'User'>, now: Instant): Promise<void> {
  await tx.user.update({ where: { id: user.id }, data: { ...afterFailure(user, now) } });
}

/** Stores another password, and forgets the failures with the former one. */
export async function setPassword(tx: Tx, id: string, password: string): Promise<void> {
  await tx.user.update({
    where: { id },
    data: { passwordHash: await hashPassword(password), failedLogins: 0, lockedUntil: null },
  });
}

/** A login succeeded: its time is noted, and a hash with former parameters is renewed while the password is at hand. */
export async function noteLogin(tx: Tx, user: Row<'User'>, password: string, now: Instant): Promise<void> {
  const renewed = isOutdatedHash(user.passwordHash) ? { passwordHash: await hashPassword(password) } : {};
  await tx.user.update({
    where: { id: user.id },
    data: { lastLoginAt: now, failedLogins: 0, lockedUntil: null, ...renewed },
  });
}

/** USR-6: when no ADMIN exists, one is made with the configured password. Answers whether it was made. */
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

/**
 * USR-4: whether another administrator remains is judged of rows that nobody else can change meanwhile; all are locked,
 * by ascending id.
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
  const user = found(
    locked.find((row) => row.id === id),
    'user',
    what,
  );
  return {
    user,
    otherActiveAdmins: locked.filter((row) => row.id !== id && row.role === 'ADMIN' && row.isActive).length,
  };
}

async function emailIsFree(tx: Tx, email: string | null | undefined, ownId: string | undefined): Promise<Answer> {
  if (email === null || email === undefined) return undefined;
  const holder = await rowByReference(tx, users, { key: 'email', value: email });
  return isKeyFree('A user with the email address', 'email', email, holder?.id === ownId ? undefined : holder);
}

/** USR-5: the rows that refer to a user, by what they are. */
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
