/**
 * The ready-made token of development: `start` prints it and GraphiQL carries it, so that the first query of a newcomer
 * needs no login. It belongs to an ordinary session, which ends with a logout or a new password. Neither a production
 * server nor one that other machines can reach hands out such a token.
 */
import { isGuarded } from '../../platform/rules/environment.ts';
import type { IncomingHttpHeaders } from 'node:http';
import { openSession } from '../../identity/user/login-session.commands.ts';
import { lockUser } from '../../identity/user/user.commands.ts';
import type { Services } from '../../platform/request/context.ts';
import { signAccessToken } from '../../platform/security/access-token.ts';
import { isLoopback } from '../../platform/values/ip-address.ts';

/** A day: a new one is made with each start. */
const LIFETIME_SECONDS = 86_400;
const ORIGIN = { ip: null, userAgent: 'lotgraph: ready token for development' };

/** Signs a token of the first administrator. Returns undefined if it must not be handed out. */
export async function developmentToken({ config, database }: Services): Promise<string | undefined> {
  if (isGuarded(config.environment) || !isLoopback(config.host)) return undefined;
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

/**
 * Whether a request came from this machine itself, under one of its own names. A page under a foreign name that resolves
 * to this machine (DNS rebinding) could be read by its owner. What a proxy requests may be seen on another machine.
 */
export function isFromThisMachine(headers: IncomingHttpHeaders): boolean {
  const host = `http://${headers.host ?? ''}`;
  const isProxied = PROXY_HEADERS.some((name) => headers[name] !== undefined);
  return !isProxied && URL.canParse(host) && isLoopback(new URL(host).hostname);
}

/** The headers with which a proxy says for whom it asks. */
const PROXY_HEADERS = ['via', 'forwarded', 'x-forwarded-for', 'x-forwarded-host', 'x-forwarded-proto', 'x-real-ip'];
