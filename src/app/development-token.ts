/**
 * In development a newcomer's first query needs no log-in: `start` prints a token and GraphiQL carries it. Production never does,
 * nor does a development server that other machines can reach.
 */
import type { Services } from '../platform/context.ts';
import { signAccessToken } from '../platform/token.ts';

const LIFETIME_SECONDS = 7 * 86_400;
const LOOPBACK = new Set(['127.0.0.1', 'localhost', '::1', '[::1]']);

export function isLoopback(host: string): boolean {
  return LOOPBACK.has(host);
}

/** A token of the first administrator, or undefined where it must not be given away. */
export async function developmentToken({ config, database }: Services): Promise<string | undefined> {
  if (config.environment === 'production' || !isLoopback(config.host)) return undefined;
  const [admin] = await database.reader().sql<{ id: string }>`SELECT id FROM users WHERE role = 'ADMIN' AND is_active ORDER BY created_at, id LIMIT 1`;
  return admin === undefined ? undefined : signAccessToken(admin.id, config.tokenSecret, LIFETIME_SECONDS);
}
