/** AUT-2: The lock of a user after failed logins. Its beginning and its end are part of the audit trail. */
import { afterFailedLogin, isLocked } from './login-session.rules.ts';
import { users } from './user.loaders.ts';
import { UnlockUser } from './user.shapes.ts';
import { command, type Env } from '../../platform/command/declaration.ts';
import { lockRow } from '../../platform/command/row-lock.ts';
import type { Row } from '../../platform/postgres/table.ts';
import { actorOf, actorSetting } from '../../platform/request/actor.ts';
import { ADMINS } from '../../platform/rules/access.ts';

/** AUT-2: Counts a failed login. The fifth in a row locks the user. */
export async function recordFailedLogin({ tx, now, context }: Env, user: Row<'User'>): Promise<void> {
  const after = afterFailedLogin(user, now);
  if (after.lockedUntil !== user.lockedUntil) {
    const action = after.lockedUntil === null ? 'user.unlocked' : 'user.locked';
    await tx.sql`SELECT ${actorSetting(actorOf(context, action))}`;
  }
  await tx.user.update({ where: { id: user.id }, data: { ...after } });
}

/**
 * AUT-2: Ends the lock of a user and the count of failed logins; the password stays. For the command line: in the graph
 * an administrator resets the password. Says whether the user was locked.
 */
export const unlockUser = command({
  name: 'unlockUser',
  action: 'user.unlocked',
  description: 'Lets a locked user sign in again at once (AUT-2).',
  access: ADMINS,
  input: UnlockUser,
  async run({ tx, now }, { user: reference }) {
    const user = await lockRow(tx, users, { reference, lock: 'NO KEY UPDATE', path: 'user', what: 'User' });
    await tx.user.update({ where: { id: user.id }, data: { failedLogins: 0, lockedUntil: null } });
    return { user: user.id, wasLocked: isLocked(user, now) };
  },
});
