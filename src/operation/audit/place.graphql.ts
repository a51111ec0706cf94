/**
 * Places in the record: a cursor is a sealed position, signed, so that nobody guesses one; a stream goes on from one.
 */
import { verifyCursor, signCursor } from '../../platform/security/signed-cursor.ts';
import type { Context } from '../../platform/request/context.ts';
import { followFeed, type Feed } from '../../platform/graphql/subscription-feed.ts';
import { rejectQuery } from '../../platform/read/query-error.ts';
import { rejection } from '../../platform/rules/rejection.ts';
import { POSITIONS_CHANNEL } from './audit.rules.ts';
import { lastPosition, type Positioned } from './changes.loaders.ts';

export function positionCursor({ services }: Context, position: number | string): string {
  return signCursor(services.config.tokenSecret, `${PLACE}${position}`);
}

/** The place a cursor stands for; the beginning without one. */
export function positionOf({ services }: Context, cursor: string | undefined): number {
  if (cursor === undefined) return 0;
  const content = verifyCursor(services.config.tokenSecret, cursor);
  if (content?.startsWith(PLACE) === true) return Number(content.slice(PLACE.length));
  return rejectQuery([
    rejection(
      'INVALID_INPUT',
      'after',
      'This is no cursor of changes, or it was changed; use a cursor or endCursor as it is.',
    ),
  ]);
}

/**
 * The source of a stream, which begins behind what its client has seen last, behind the cursor that was given, or now.
 */
export async function followRecord<Item extends Positioned>(
  context: Context,
  after: string | undefined,
  read: Feed<Item>['read'],
): Promise<AsyncGenerator<Item, void>> {
  const cursor = context.stream?.lastEventId ?? after;
  const beginning = cursor === undefined ? await lastPosition(context.db) : positionOf(context, cursor);
  const notices = context.services.database.notifications(POSITIONS_CHANNEL);
  return followFeed<Item>(context, beginning, {
    notices,
    read,
    cursorOf: ({ position }) => positionCursor(context, position),
  });
}

const PLACE = 'change:';
