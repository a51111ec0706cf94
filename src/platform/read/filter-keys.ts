/**
 * The natural keys in a filter: codes, usernames, numbers of units. They are replaced by ids before the statement is
 * sent, so it is the statement of a filter with ids, and uses the same indexes.
 *
 * 1. The filter is translated once. The keys that it names are noted, and looked up by the loaders of the request: one
 *    statement for each kind of key, however many there are.
 * 2. It is translated again with their ids. A filter without keys is translated once and waits for nothing.
 */
import type { Context } from '../request/context.ts';
import type { Rejection } from '../rules/rejection.ts';

/** A natural key by which a filter takes a record. */
export interface NaturalKey {
  readonly description: string;
  /** The ids of the records that a text names: usually one; none for an unknown text. */
  find(context: Context, text: string): Promise<readonly string[]>;
  /** Why an unknown text is rejected. The path is that of the condition. */
  unknown(text: string): Rejection;
}

/** The keys of one filter. */
export interface FilterKeys {
  /** The ids of a text; undefined before `find`. */
  idsOf(key: NaturalKey, text: string): readonly string[] | undefined;
  /** Whether a text has been asked for and not been looked up. */
  readonly isWaiting: boolean;
  /** Looks up everything that was asked for. */
  find(context: Context): Promise<void>;
}

/** The keys of a filter, none of which is looked up yet. */
export function filterKeys(): FilterKeys {
  const found = new Map<NaturalKey, Map<string, readonly string[]>>();
  const wanted: (readonly [key: NaturalKey, text: string])[] = [];
  return {
    idsOf(key, text) {
      const ids = found.get(key)?.get(text);
      if (ids === undefined) wanted.push([key, text]);
      return ids;
    },
    get isWaiting() {
      return wanted.length > 0;
    },
    async find(context) {
      const ids = await Promise.all(wanted.map(([key, text]) => key.find(context, text)));
      for (const [index, [key, text]] of wanted.entries()) {
        const ofKey = found.get(key) ?? new Map<string, readonly string[]>();
        found.set(key, ofKey.set(text, ids[index] ?? []));
      }
      wanted.length = 0;
    },
  };
}
