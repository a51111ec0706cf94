import type { Reader } from '../../platform/postgres/client.ts';
import { sql } from '../../platform/postgres/sql.ts';
import type { Role, Viewer } from '../../platform/rules/access.ts';

/**
 * The principal for whom a signed address was made (`principalText`); undefined when they may not sign in any more: who
 * was deactivated, or whose key was revoked, has no use of an address either.
 */
export async function viewerOfPrincipal(db: Reader, principal: string): Promise<Viewer | undefined> {
  const [kind = '', id = ''] = principal.split(' ');
  if (kind === 'USER') {
    const [user] = await db.query<{ id: string; username: string; role: Role }>(
      sql`SELECT id, username, role FROM users WHERE id = ${id}::uuid AND is_active`,
    );
    return user && { kind: 'USER', ...user };
  }
  if (kind === 'STATION') {
    const [station] = await db.query<{ id: string; code: string }>(
      sql`SELECT id, code FROM stations WHERE id = ${id}::uuid AND is_active`,
    );
    return station && { kind: 'STATION', ...station };
  }
  if (kind === 'SERVICE') {
    const [service] = await db.query<{ id: string; name: string; role: Role; isReadOnly: boolean }>(sql`
      SELECT id, name, role, is_read_only AS "isReadOnly" FROM api_keys
      WHERE id = ${id}::uuid AND role IS NOT NULL AND revoked_at IS NULL AND expires_at > now()`);
    return service && { kind: 'SERVICE', ...service };
  }
  return undefined;
}
