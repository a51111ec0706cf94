/**
 * Places in the record: a cursor is a sealed position, signed, so that nobody guesses one; a stream goes on from one.
 */
import { openCursor, sealCursor } from '../../platform/security/signed-cursor.ts';
import type { Context } from '../../platform/request/context.ts';
import { follow, type Feed } from '../../platform/graphql/subscription-feed.ts';
import { refuse } from '../../platform/read/query-error.ts';
import { objection } from '../../platform/rules/refusal.ts';
import { POSITIONS_CHANNEL } from './audit.rules.ts';
import { lastPosition, type Positioned } from './changes.loaders.ts';

export function cursorOf({ services }: Context, position: number | string): string {
  return sealCursor(services.config.tokenSecret, `${PLACE}${position}`);
}

/** The place a cursor stands for; the beginning without one. */
export function positionOf({ services }: Context, cursor: string | undefined): number {
  if (cursor === undefined) return 0;
  const content = openCursor(services.config.tokenSecret, cursor);
  if (content?.startsWith(PLACE) === true) return Number(content.slice(PLACE.length));
  return refuse([
    objection(
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
  const notices = context.services.database.notices(POSITIONS_CHANNEL);
  return follow<Item>(context, beginning, { notices, read, cursorOf: ({ position }) => cursorOf(context, position) });
}

const PLACE = 'change:';
