import { v7 as uuid7 } from 'uuid';
import type { Tx } from '../../platform/database.ts';
import { hashPassword, isOutdatedHash } from '../../platform/password.ts';
import type { Row } from '../../platform/table.ts';
import type { Instant } from '../../platform/time.ts';
import { FIRST_ADMINISTRATOR } from './user.rules.ts';

/** A login succeeded: its time is noted, and a hash with former parameters is renewed while the password is at hand. */
export async function noteLogin(tx: Tx, user: Row<'User'>, password: string, now: Instant): Promise<void> {
  const renewed = isOutdatedHash(user.passwordHash) ? { passwordHash: await hashPassword(password) } : {};
  await tx.user.update({ where: { id: user.id }, data: { lastLoginAt: now, failedLogins: 0, lockedUntil: null, ...renewed } });
}

/** USR-6: when no ADMIN exists, one is made with the configured password. Answers whether it was made. */
export async function ensureAdministrator(tx: Tx, password: string): Promise<boolean> {
  await tx.sql`SELECT pg_advisory_xact_lock(hashtext('lotgraph first administrator'))`;
  const [known] = await tx.sql<{ id: string }>`SELECT id FROM users WHERE role = 'ADMIN' LIMIT 1`;
  if (known !== undefined) return false;
  const passwordHash = await hashPassword(password);
  await tx.user.create({ data: { id: uuid7(), username: FIRST_ADMINISTRATOR, fullName: 'Administrator', role: 'ADMIN', passwordHash } });
  return true;
}
