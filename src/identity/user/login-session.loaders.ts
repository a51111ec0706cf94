import type { Reader } from '../../platform/postgres/client.ts';
import { arrayParameter, sql } from '../../platform/postgres/sql.ts';
import { table } from '../../platform/postgres/table.ts';
import type { Role } from '../../platform/rules/access.ts';
import type { TokenHolder } from '../../platform/security/access-token.ts';

export const loginSessions = table('LoginSession', 'login_sessions');

/**
 * The persons of access tokens as they are now, in one statement; undefined for one who is inactive, or whose session
 * was ended, has expired or is not his.
 */
export async function personsOfSessions(
  db: Reader,
  holders: readonly TokenHolder[],
): Promise<readonly (PersonOfSession | undefined)[]> {
  const persons = await db.prepared<PersonOfSession>(sql`
    SELECT u.id, u.username, u.role, s.id AS "sessionId" FROM login_sessions s JOIN users u ON u.id = s.user_id
    WHERE s.id = ANY(${arrayParameter(
      'uuid',
      holders.map(({ sessionId }) => sessionId),
    )}) AND u.is_active AND s.revoked_at IS NULL AND s.expires_at > now()`);
  const bySession = new Map(persons.map((person) => [person.sessionId, person]));
  return holders.map(({ userId, sessionId }) => {
    const person = bySession.get(sessionId);
    return person?.id === userId ? person : undefined;
  });
}

export interface PersonOfSession {
  readonly id: string;
  readonly username: string;
  readonly role: Role;
  readonly sessionId: string;
}
