/**
 * The steps that begin and end sessions. The caller has locked the row of the user (`lockUser`), so that no session
 * begins unnoticed while the other sessions of the same user end.
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
  /** The family of the session that is refreshed; a login starts a new family. */
  readonly familyId?: string;
  readonly origin: Origin;
  readonly now: Instant;
}

/** Opens a session. Its refresh token is returned once; only the hash is stored. */
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

type SessionRow = Row<'LoginSession'>;

/** The session of a refresh token; undefined when there is none. */
export async function sessionOfToken(tx: Tx, refreshToken: string): Promise<SessionRow | undefined> {
  const [session] =
    await tx.sql<SessionRow>`SELECT ${loginSessions.columns} FROM login_sessions t WHERE t.token_hash = ${hashOfSecret(refreshToken)}`;
  return session;
}

/** Records that the refresh token of a session was used. */
export async function rotateSession(tx: Tx, id: string, now: Instant): Promise<void> {
  await tx.loginSession.update({ where: { id }, data: { rotatedAt: now } });
}

/** Ends all sessions of a family. Their access tokens are rejected from now on. */
export async function endFamily(tx: Tx, familyId: string, now: Instant): Promise<void> {
  await tx.loginSession.updateMany({ where: { familyId, revokedAt: null }, data: { revokedAt: now } });
}

/** Ends the family that the session belongs to. */
export async function endSession(tx: Tx, id: string, now: Instant): Promise<void> {
  const { familyId } = await tx.loginSession.findUniqueOrThrow({ where: { id }, select: { familyId: true } });
  await endFamily(tx, familyId, now);
}

/** Ends all sessions of a user. */
export async function endSessionsOf(tx: Tx, userId: string, now: Instant): Promise<void> {
  await tx.loginSession.updateMany({ where: { userId, revokedAt: null }, data: { revokedAt: now } });
}

/** Deletes all sessions of a user who is deleted. */
export async function deleteSessionsOf(tx: Tx, userId: string): Promise<void> {
  await tx.loginSession.deleteMany({ where: { userId } });
}
