import { coerceInput } from '../../platform/graphql/input-coercion.ts';
import { parseInput } from '../../platform/input/parse.ts';
import { sql, type Sql } from '../../platform/postgres/sql.ts';
import { type Row, table } from '../../platform/postgres/table.ts';
import { connection } from '../../platform/read/connection.ts';
import * as filter from '../../platform/read/filter.ts';
import { order } from '../../platform/read/keyset.ts';
import { byId, type Loader } from '../../platform/read/loader.ts';
import { rejectQuery } from '../../platform/read/query-error.ts';
import type { SavedListing } from '../../platform/read/saved-filters.ts';
import type { Context } from '../../platform/request/context.ts';
import type { Viewer } from '../../platform/rules/access.ts';
import type { Rejection } from '../../platform/rules/rejection.ts';
import { TARGET_LISTS } from '../filter-target/filter-target.loaders.ts';
import { FILTER_TARGETS, type TargetName } from '../filter-target/filter-target.rules.ts';
import { mayApply, mayBeApplied } from './saved-filter.rules.ts';
import { savedFilterId } from './saved-filter.shapes.ts';

/** The table of saved filters. */
export const savedFilters = table('SavedFilter', 'saved_filters');

/** Loads saved filters by id. */
const savedFilterById = byId(savedFilters);

/** FLT-2: Loads saved filters by id; null for one that the viewer may not see. */
export const visibleFilterById: Loader<string, Row<'SavedFilter'> | null> = {
  load: async (context, id) => visibleTo(context, await savedFilterById.load(context, id)),
  loadMany: async (context, ids) =>
    (await savedFilterById.loadMany(context, ids)).map((saved) => visibleTo(context, saved)),
};

function visibleTo({ viewer }: Context, saved: Row<'SavedFilter'> | null): Row<'SavedFilter'> | null {
  return saved !== null && mayApply(saved, viewer) ? saved : null;
}

/** FLT-2: The condition, on the alias `t`, that the viewer may see a saved filter: the rule `mayApply` in SQL. */
export function isVisibleFilter(viewer: Viewer | null): Sql {
  return sql`(t.is_shared OR ${isOwn(viewer)})`;
}

function isOwn(viewer: Viewer | null): Sql {
  return viewer?.kind === 'USER' ? sql`t.owner_id = ${viewer.id}::uuid` : sql`FALSE`;
}

const { column } = savedFilters;

/** The list of saved filters, with its filter and orders. */
export const savedFilterList = connection({
  table: savedFilters,
  filter: {
    target: filter.enumFilter(FILTER_TARGETS, column('target'), 'The list that it is for.'),
    isShared: filter.booleanFilter(column('isShared'), 'Whether others may apply it, too.'),
    isMine: filter.booleanFilter(({ viewer }) => isOwn(viewer), 'Whether you saved it.'),
  },
  orders: {
    TARGET: order(
      'By the list that it is for: LOTS, WIP_ITEMS, SERIALS, PROCESS_DATA, EQUIPMENT, ALERTS, INSPECTIONS, DEFECTS.',
      {
        field: 'target',
        column: column('target'),
        cast: 'filter_target',
      },
    ),
    NAME: order('By name.', { field: 'name', column: column('name'), cast: 'text' }),
    CREATED_AT: order('By when it was saved.', {
      field: 'createdAt',
      column: column('createdAt'),
      cast: 'timestamptz',
    }),
  },
  defaultOrder: [{ field: 'TARGET' }, { field: 'NAME' }],
});

/** A filter and an order as they are stored. */
export interface StoredListing {
  readonly filter: unknown;
  readonly orderBy: unknown;
}

/**
 * FLT-3: Whether a list takes this filter and this order, judged as its arguments are: fields, operators and types of
 * values by the input types of the schema, then the values themselves. Natural keys in it are looked up.
 */
export async function listingProblems(
  context: Context,
  target: TargetName,
  listing: StoredListing,
): Promise<readonly Rejection[]> {
  const list = TARGET_LISTS[target];
  const coerced = coercedListing(list.type, listing);
  if ('rejections' in coerced) return coerced.rejections;
  const translated = await filter.filterSql(list.filter, coerced.value.filter, context);
  return 'rejections' in translated ? translated.rejections.map(byFilterRule) : [];
}

/** FLT-2, FLT-3, SEA-4: The saved filter of an id for a list of this target. Rejects the query where it does not fit. */
export async function savedListingOf(context: Context, target: TargetName, id: string): Promise<SavedListing> {
  const parsed = parseInput(savedFilterId, id);
  if ('rejections' in parsed) return rejectQuery(parsed.rejections.map((each) => ({ ...each, path: ['savedFilter'] })));
  const saved = await savedFilterById.load(context, parsed.value);
  const misfit = mayBeApplied(saved, target, context.viewer);
  const list = TARGET_LISTS[target];
  if (misfit !== undefined || saved === null) return rejectQuery(misfit === undefined ? [] : [misfit]);
  const coerced = coercedListing(list.type, saved);
  return 'rejections' in coerced ? rejectQuery(coerced.rejections) : coerced.value;
}

function coercedListing(
  name: string,
  { filter: given, orderBy }: StoredListing,
): { readonly value: SavedListing } | { readonly rejections: readonly Rejection[] } {
  const filterValue = coerceInput(`${name}Filter!`, given, 'filter');
  const orderValue = coerceInput<SavedListing['orderBy']>(`[${name}Order!]!`, orderBy, 'orderBy');
  if ('value' in filterValue && 'value' in orderValue)
    return { value: { filter: filterValue.value, orderBy: orderValue.value } };
  return {
    rejections: [filterValue, orderValue].flatMap((each) =>
      'rejections' in each ? each.rejections.map(byFilterRule) : [],
    ),
  };
}

/** What is wrong with the form of a filter is a matter of FLT-3; a record that does not exist is not. */
function byFilterRule(rejected: Rejection): Rejection {
  return rejected.code === 'INVALID_INPUT' && rejected.rule === undefined ? { ...rejected, rule: 'FLT-3' } : rejected;
}
