/**
 * Positions in the audit trail. A cursor is a sealed position, signed so that nobody can guess one. A subscription
 * continues after a cursor.
 */
import { verifyCursor, signCursor } from '../../platform/security/signed-cursor.ts';
import type { Config } from '../../platform/process/config.ts';
import type { Context } from '../../platform/request/context.ts';
import { followFeed, type Feed } from '../../platform/graphql/subscription-feed.ts';
import { rejectQuery } from '../../platform/read/query-error.ts';
import { rejection } from '../../platform/rules/rejection.ts';
import { POSITIONS_CHANNEL } from './audit.rules.ts';
import { lastPosition, type HasPosition } from './changes.loaders.ts';

/** The signed cursor of a position. */
export function positionCursor({ services }: Context, position: number | string): string {
  return cursorOfPosition(services.config, position);
}

/** The signed cursor of a position, outside of a request. */
export function cursorOfPosition({ tokenSecret }: Pick<Config, 'tokenSecret'>, position: number | string): string {
  return signCursor(tokenSecret, `${CURSOR_PREFIX}${position}`);
}

/** The position of a cursor; 0, the start, without a cursor. Rejects a cursor that this server did not sign. */
export function positionOf({ services }: Context, cursor: string | undefined): number {
  if (cursor === undefined) return 0;
  const content = verifyCursor(services.config, cursor);
  if (content?.startsWith(CURSOR_PREFIX) === true) return Number(content.slice(CURSOR_PREFIX.length));
  return rejectQuery([
    rejection(
      'INVALID_INPUT',
      'after',
      'This is no cursor of changes, or it was changed; use a cursor or endCursor as it is.',
    ),
  ]);
}

/**
 * The source of a subscription. It starts after the last event that the client has seen, else after the given cursor,
 * else with the next change.
 */
export async function followAuditTrail<Item extends HasPosition>(
  context: Context,
  after: string | undefined,
  read: Feed<Item>['read'],
): Promise<AsyncGenerator<Item, void>> {
  const cursor = context.stream?.lastEventId ?? after;
  const start = cursor === undefined ? await lastPosition(context.db) : positionOf(context, cursor);
  const notifications = context.services.database.notifications(POSITIONS_CHANNEL);
  return followFeed<Item>(context, start, {
    notifications,
    read,
    cursorOf: ({ position }) => positionCursor(context, position),
  });
}

const CURSOR_PREFIX = 'change:';
