import type { Role } from '../../platform/access.ts';
import type { Reader } from '../../platform/database.ts';
import { sql } from '../../platform/sql.ts';
import { table } from '../../platform/table.ts';
import type { TokenHolder } from '../../platform/token.ts';

export const loginSessions = table('LoginSession', 'login_sessions');

/** The person of an access token as he is now; undefined when he is inactive, or the session was ended, has expired or is not his. */
export async function personOfSession(db: Reader, { userId, sessionId }: TokenHolder): Promise<PersonOfSession | undefined> {
  const [person] = await db.prepared<PersonOfSession>(sql`
    SELECT u.id, u.username, u.role, s.id AS "sessionId" FROM login_sessions s JOIN users u ON u.id = s.user_id
    WHERE s.id = ${sessionId}::uuid AND u.id = ${userId}::uuid AND u.is_active AND s.revoked_at IS NULL AND s.expires_at > now()`);
  return person;
}

interface PersonOfSession {
  readonly id: string;
  readonly username: string;
  readonly role: Role;
  readonly sessionId: string;
}
