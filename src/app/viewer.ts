/** Who is asking. Read from the database on every request, so that a deactivation or a change of role acts at once (AUT-4). */
import type { Viewer } from '../platform/access.ts';
import type { Services } from '../platform/context.ts';
import { userOfAccessToken } from '../platform/token.ts';
import { rowOf } from '../platform/row.ts';
import { users } from '../identity/user/user.loaders.ts';

/** The viewer of a request's credentials: null without any, `invalid` where they were sent and are not good. */
export async function viewerOf(services: Services, authorization: string | null): Promise<Viewer | null | 'invalid'> {
  if (authorization === null) return null;
  const [, token] = /^Bearer +(\S+)$/i.exec(authorization) ?? [];
  const id = token === undefined ? undefined : await userOfAccessToken(token, services.config.tokenSecret);
  const user = id === undefined ? undefined : await rowOf(services.database.reader(), users, { key: 'id', value: id });
  return user === undefined || !user.isActive ? 'invalid' : { kind: 'USER', id: user.id, username: user.username, role: user.role };
}
