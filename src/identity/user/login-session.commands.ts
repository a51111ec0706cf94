/**
 * The steps by which sessions begin and end. Whoever takes one has locked the row of the user (`lockUser`), so that no
 * session begins unseen while others of the same user end.
 */
import { v7 as uuid7 } from 'uuid';
import { loginSessions } from './login-session.loaders.ts';
import { expiryOfSession } from './login-session.rules.ts';
import type { Tx } from '../../platform/postgres/client.ts';
import type { Row } from '../../platform/postgres/table.ts';
import type { Origin } from '../../platform/request/context.ts';
import { hashOfSecret, randomSecret } from '../../platform/security/access-token.ts';
import type { Instant } from '../../platform/values/time.ts';

interface NewSession {
  readonly userId: string;
  /** The family of the session that is refreshed; a sign-in begins one of its own. */
  readonly familyId?: string;
  readonly origin: Origin;
  readonly now: Instant;
}

/** Opens a session; its refresh token is known only now. */
export async function openSession(
  tx: Tx,
  { userId, familyId, origin, now }: NewSession,
): Promise<{ readonly sessionId: string; readonly refreshToken: string }> {
  const [sessionId, refreshToken] = [uuid7(), randomSecret()];
  await tx.loginSession.create({
    data: {
      id: sessionId,
      userId,
      tokenHash: hashOfSecret(refreshToken),
      familyId: familyId ?? sessionId,
      ip: origin.ip,
      userAgent: origin.userAgent,
      expiresAt: expiryOfSession(now),
    },
  });
  return { sessionId, refreshToken };
}

/** The session of a refresh token; undefined when there is none. */
export async function sessionOfToken(tx: Tx, refreshToken: string): Promise<Row<'LoginSession'> | undefined> {
  const [session] = await tx.sql<
    Row<'LoginSession'>
  >`SELECT ${loginSessions.columns} FROM login_sessions t WHERE t.token_hash = ${hashOfSecret(refreshToken)}`;
  return session;
}

/** Notes that the refresh token of a session was used. */
export async function rotateSession(tx: Tx, id: string, now: Instant): Promise<void> {
  await tx.loginSession.update({ where: { id }, data: { rotatedAt: now } });
}

/** Ends all sessions of a family: their access tokens too are refused from now on. */
export async function endFamily(tx: Tx, familyId: string, now: Instant): Promise<void> {
  await tx.loginSession.updateMany({ where: { familyId, revokedAt: null }, data: { revokedAt: now } });
}

/** Ends the family of a session. */
export async function endSession(tx: Tx, id: string, now: Instant): Promise<void> {
  const { familyId } = await tx.loginSession.findUniqueOrThrow({ where: { id }, select: { familyId: true } });
  await endFamily(tx, familyId, now);
}

/** Ends all sessions of a user. */
export async function endSessionsOf(tx: Tx, userId: string, now: Instant): Promise<void> {
  await tx.loginSession.updateMany({ where: { userId, revokedAt: null }, data: { revokedAt: now } });
}

/** Forgets all sessions of a user who is deleted. */
export async function forgetSessionsOf(tx: Tx, userId: string): Promise<void> {
  await tx.loginSession.deleteMany({ where: { userId } });
}
