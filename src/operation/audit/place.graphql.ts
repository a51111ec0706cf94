/** Cursors of the record: a sealed position, signed, so that nobody guesses one. */
import { openCursor, sealCursor } from '../../platform/cursor.ts';
import type { Context } from '../../platform/context.ts';
import { refuse } from '../../platform/query-refusal.ts';
import { objection } from '../../platform/refusal.ts';
import { lastPosition } from './changes.loaders.ts';

export function cursorOf({ services }: Context, position: number | string): string {
  return sealCursor(services.config.tokenSecret, `${PLACE}${position}`);
}

/** The place a cursor stands for; the beginning without one. */
export function positionOf({ services }: Context, cursor: string | undefined): number {
  if (cursor === undefined) return 0;
  const content = openCursor(services.config.tokenSecret, cursor);
  if (content?.startsWith(PLACE) === true) return Number(content.slice(PLACE.length));
  return refuse([objection('INVALID_INPUT', 'after', 'This is no cursor of changes, or it was changed; use a cursor or endCursor as it is.')]);
}

/** Where a stream begins: behind what its client has seen last, behind the cursor that was given, or now. */
export async function beginningOf(context: Context, after: string | undefined): Promise<number> {
  const cursor = context.stream?.lastEventId ?? after;
  return cursor === undefined ? lastPosition(context.db) : positionOf(context, cursor);
}

const PLACE = 'change:';
