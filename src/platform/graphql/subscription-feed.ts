/**
 * The source of a subscription: items that have a position, in the order of positions, from a given position on for as
 * long as the client listens.
 *
 * 1. Pages are read at the pace of the client; at most one is in memory per client.
 * 2. At the end of the existing items it waits for a notification and reads again, so that events of every server
 *    process arrive.
 * 3. A client that takes less than a page during several notifications, with many more items waiting, is disconnected,
 *    because it shows an outdated state. It resumes after the cursor of the last event that it has received, like a
 *    client whose connection broke.
 * 4. While the database is unavailable the stream waits for it. Any other failure ends it.
 */
import { present } from '../values/assert.ts';
import type { Context } from '../request/context.ts';
import { LIMITS } from '../process/limits.ts';
import { clearLoaders } from '../read/loader.ts';
import type { Notifications } from '../postgres/notifications.ts';
import { rejectQuery } from '../read/query-error.ts';
import { rejection } from '../rules/rejection.ts';
import { isUnavailable } from '../postgres/errors.ts';

/** A page of items. */
export interface FeedPage<Item> {
  readonly rows: readonly Item[];
  readonly hasMore: boolean;
  /** The position up to which was read. */
  readonly end: number;
}

/** The items that a subscription sends. */
export interface Feed<Item> {
  /** The channel that announces new items. */
  readonly notifications: Notifications;
  /** Reads at most `first` items after a position. */
  read(after: number, first: number): Promise<FeedPage<Item>>;
  /** The cursor of an item. */
  cursorOf(item: Item): string;
}

const PAGE_SIZE = 100;
/** A client that reads takes far less time for a page than one notification interval, which is about a second. */
const STALLED_NOTIFICATIONS = 5;

/**
 * Yields all items after the position `from` until the client disconnects. Throws a GraphQLError with LIMIT_EXCEEDED
 * when the client is too slow.
 */
export async function* followFeed<Item>(
  context: Context,
  from: number,
  { notifications, read, cursorOf }: Feed<Item>,
): AsyncGenerator<Item, void> {
  const stream = present(context.stream, 'The stream');
  const { signal } = stream.closed;
  for (let position = from; !signal.aborted; ) {
    const { sequence } = notifications;
    const page = await read(position, PAGE_SIZE).catch((error: unknown) => {
      if (isUnavailable(error)) return undefined;
      throw error;
    });
    for (const row of page?.rows ?? []) {
      // Each event is checked and read by itself: the data of an earlier one may have changed since.
      clearLoaders(context);
      stream.eventId = cursorOf(row);
      yield row;
    }
    position = page?.end ?? position;
    if (page?.hasMore !== true) await notifications.waitAfter(sequence, signal);
    else if (notifications.sequence - sequence >= STALLED_NOTIFICATIONS) await rejectIfTooFarBehind(position, read);
  }
}

/** Ends the stream of a client that has too many items before it. */
async function rejectIfTooFarBehind<Item>(position: number, read: Feed<Item>['read']): Promise<void> {
  const { eventsBehind } = LIMITS.streams;
  const { rows } = await read(position, eventsBehind + 1);
  if (rows.length > eventsBehind)
    rejectQuery([
      rejection(
        'LIMIT_EXCEEDED',
        'after',
        `You are more than ${eventsBehind} events behind; go on from the cursor of the last event, and take them faster.`,
      ),
    ]);
}
