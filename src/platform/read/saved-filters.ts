/**
 * Saved filters of lists: a filter and an order that were stored under an id. The folder that owns them gives each list
 * the function that loads them; a list that was given none has no argument for them.
 */
import type { Context } from '../request/context.ts';
import { present } from '../values/assert.ts';
import type { Filter } from './filter-condition.ts';

/** A filter value and an order, in the form in which arguments have them. */
export interface SavedListing {
  readonly filter: unknown;
  /** Empty: the default order of the list. */
  readonly orderBy: readonly { readonly field: string; readonly direction?: 'ASC' | 'DESC' | null | undefined }[];
}

/** Loads the saved filter of an id. Rejects with a GraphQLError when the viewer cannot apply it to this list. */
export type SavedFilterSource = (context: Context, id: string) => Promise<SavedListing>;

/** By the filter of the list, which all copies of its declaration share. */
const sources = new WeakMap<Filter, SavedFilterSource>();

/** Lets the list of this filter take saved filters. */
export function takeSavedFilters(filter: Filter, source: SavedFilterSource): void {
  sources.set(filter, source);
}

/** The saved filter of an id, for the list of this filter. */
export function savedFilterOf(filter: Filter, context: Context, id: string): Promise<SavedListing> {
  return present(sources.get(filter), 'The source of the saved filters of a list')(context, id);
}
