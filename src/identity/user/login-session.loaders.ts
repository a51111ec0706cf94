import type { Reader } from '../../platform/postgres/client.ts';
import { arrayParameter, sql } from '../../platform/postgres/sql.ts';
import { table } from '../../platform/postgres/table.ts';
import type { Role } from '../../platform/rules/access.ts';
import type { TokenHolder } from '../../platform/security/access-token.ts';

/** The table of login sessions, which are not in the graph. */
export const loginSessions = table('LoginSession', 'login_sessions');

/**
 * The current users of access tokens, by one statement. Undefined where the user is inactive, or where the session was
 * ended, has expired or belongs to another user.
 */
export async function usersOfSessions(
  db: Reader,
  holders: readonly TokenHolder[],
): Promise<readonly (UserOfSession | undefined)[]> {
  const sessionIds = holders.map(({ sessionId }) => sessionId);
  const users = await db.prepared<UserOfSession>(sql`
    SELECT u.id, u.username, u.role, s.id AS "sessionId" FROM login_sessions s JOIN users u ON u.id = s.user_id
    WHERE s.id = ANY(${arrayParameter('uuid', sessionIds)}) AND u.is_active AND s.revoked_at IS NULL AND s.expires_at > now()`);
  const bySession = new Map(users.map((user) => [user.sessionId, user]));
  return holders.map(({ userId, sessionId }) => {
    const user = bySession.get(sessionId);
    return user?.id === userId ? user : undefined;
  });
}

/** A user as a session identifies them. */
export interface UserOfSession {
  readonly id: string;
  readonly username: string;
  readonly role: Role;
  readonly sessionId: string;
}
