/**
 * In development a newcomer's first query needs no log-in: `start` prints a token and GraphiQL carries it. It is the
 * token of a session like any other, which ends with a logout or a new password. Production never gives one away, nor
 * does a development server that other machines can reach.
 */
import { openSession } from '../../identity/user/login-session.commands.ts';
import { lockUser } from '../../identity/user/user.commands.ts';
import { REFRESH_TOKEN_DAYS } from '../../identity/user/login-session.rules.ts';
import type { Services } from '../../platform/request/context.ts';
import { signAccessToken } from '../../platform/security/access-token.ts';

const LIFETIME_SECONDS = REFRESH_TOKEN_DAYS * 86_400;
const LOOPBACK = new Set(['127.0.0.1', 'localhost', '::1', '[::1]']);
const ORIGIN = { ip: null, userAgent: 'lotgraph: ready token for development' };

export function isLoopback(host: string): boolean {
  return LOOPBACK.has(host);
}

/** A token of the first administrator, or undefined where it must not be given away. */
export async function developmentToken({ config, database }: Services): Promise<string | undefined> {
  if (config.environment === 'production' || !isLoopback(config.host)) return undefined;
  const [admin] = await database.reader().sql<{
    id: string;
  }>`SELECT id FROM users WHERE role = 'ADMIN' AND is_active ORDER BY created_at, id LIMIT 1`;
  if (admin === undefined) return undefined;
  const { sessionId } = await database.transaction(async (tx) => {
    await lockUser(tx, admin.id);
    return openSession(tx, { userId: admin.id, origin: ORIGIN, now: new Date().toISOString() });
  });
  return signAccessToken({ userId: admin.id, sessionId }, config.tokenSecret, LIFETIME_SECONDS);
}
