/**
 * The source of a subscription: what has a position, in the order of positions, from a place on for as long as the
 * client listens.
 *
 * 1. Pages are read at the pace of the client; no more than one is held for him, however much there is.
 * 2. At the end of what is there it waits for a notice and looks again, so that events of every server process arrive.
 * 3. A client that takes only some events for several turns, with many more waiting behind them, is cut off: he sees an
 *    old world. He goes on from the cursor of the last event that he has taken, like one whose connection broke.
 * 4. While the database is away the stream waits for it. Any other failure ends it.
 */
import { present } from '../values/assert.ts';
import type { Context } from '../request/context.ts';
import { LIMITS } from '../process/limits.ts';
import { clearLoaders } from '../read/loader.ts';
import type { Notifications } from '../postgres/notifications.ts';
import { rejectQuery } from '../read/query-error.ts';
import { rejection } from '../rules/rejection.ts';
import { isUnavailable } from '../postgres/errors.ts';

export interface FeedPage<Item> {
  readonly rows: readonly Item[];
  readonly hasMore: boolean;
  /** How far was looked. */
  readonly end: number;
}

export interface Feed<Item> {
  readonly notices: Notifications;
  /** What stands behind a position, at most so many. */
  read(after: number, first: number): Promise<FeedPage<Item>>;
  cursorOf(item: Item): string;
}

const PAGE = 100;
/** A page takes a reading client far less than one turn, which is a second or so. */
const STALLED_TURNS = 5;

export async function* followFeed<Item>(
  context: Context,
  from: number,
  { notices, read, cursorOf }: Feed<Item>,
): AsyncGenerator<Item, void> {
  const stream = present(context.stream, 'The stream');
  const { signal } = stream.closed;
  for (let place = from; !signal.aborted; ) {
    const { sequence: turn } = notices;
    const page = await read(place, PAGE).catch((error: unknown) => {
      if (isUnavailable(error)) return undefined;
      throw error;
    });
    for (const row of page?.rows ?? []) {
      // An event is judged and read by itself: what an earlier one has read may have changed since.
      clearLoaders(context);
      stream.eventId = cursorOf(row);
      yield row;
    }
    place = page?.end ?? place;
    if (page?.hasMore !== true) await notices.waitAfter(turn, signal);
    else if (notices.sequence - turn >= STALLED_TURNS) await cutOff(place, read);
  }
}

/** Ends the stream of a client with too much before him. */
async function cutOff<Item>(place: number, read: Feed<Item>['read']): Promise<void> {
  const { eventsBehind } = LIMITS.streams;
  const { rows } = await read(place, eventsBehind + 1);
  if (rows.length > eventsBehind)
    rejectQuery([
      rejection(
        'LIMIT_EXCEEDED',
        'after',
        `You are more than ${eventsBehind} events behind; go on from the cursor of the last event, and take them faster.`,
      ),
    ]);
}
