import { command } from '../../platform/command/declaration.ts';
import { enforce, isCurrent } from '../../platform/command/rejection.ts';
import { definedFields } from '../../platform/command/row-lock.ts';
import type { Tx } from '../../platform/postgres/client.ts';
import { sql } from '../../platform/postgres/sql.ts';
import type { Row } from '../../platform/postgres/table.ts';
import { PERSONS, userViewerOf, type Viewer } from '../../platform/rules/access.ts';
import type { Answer } from '../../platform/rules/rejection.ts';
import { present } from '../../platform/values/assert.ts';
import type { TargetName } from '../filter-target/filter-target.rules.ts';
import { listingProblems, savedFilters } from './saved-filter.loaders.ts';
import { isFilterNameFree, mayChangeFilter, mayDeleteFilter, type OwnedFilter } from './saved-filter.rules.ts';
import { CreateSavedFilter, DeleteSavedFilter, UpdateSavedFilter } from './saved-filter.shapes.ts';

/** FLT-1, FLT-3: Saves a filter, whose owner is the person who saves it. */
export const createSavedFilter = command({
  name: 'createSavedFilter',
  action: 'savedFilter.created',
  description:
    'Saves a filter of a list, with an order, under a name of your own. It has the form of the arguments `filter` and `orderBy` of that list, and is judged like them (FLT-1, FLT-3).',
  access: PERSONS,
  input: CreateSavedFilter,
  async run({ tx, viewer, context }, input) {
    const { name, target, filter, orderBy } = input;
    const ownerId = userViewerOf(viewer).id;
    enforce(await listingProblems(context, target, { filter, orderBy }));
    enforce(isFilterNameFree(name, target, await namesake(tx, ownerId, target, name)));
    const { id } = await tx.savedFilter.create({ data: { ...input, description: input.description ?? null, ownerId } });
    return { savedFilter: id };
  },
});

/** FLT-1, FLT-2, FLT-3: Changes a filter of one's own. */
export const updateSavedFilter = command({
  name: 'updateSavedFilter',
  action: 'savedFilter.updated',
  description:
    'Changes a filter that you have saved; its list stays. That of somebody else is refused, and unless it is shared it does not exist for you (FLT-2).',
  access: PERSONS,
  input: UpdateSavedFilter,
  async run({ tx, viewer, context }, { id, expectedVersion, ...fields }) {
    const saved = await lockedFilter(tx, id, viewer, mayChangeFilter);
    const { name = saved.name, filter = saved.filter, orderBy = saved.orderBy } = fields;
    const isFormChanged = fields.filter !== undefined || fields.orderBy !== undefined;
    enforce(
      isCurrent(saved, expectedVersion, { savedFilter: id }),
      isFormChanged ? await listingProblems(context, saved.target, { filter, orderBy }) : undefined,
      name === saved.name
        ? undefined
        : isFilterNameFree(name, saved.target, await namesake(tx, saved.ownerId, saved.target, name)),
    );
    await tx.savedFilter.update({ where: { id }, data: definedFields(fields) });
    return { savedFilter: id };
  },
});

/** FLT-2: Deletes a filter of one's own; an administrator any. */
export const deleteSavedFilter = command({
  name: 'deleteSavedFilter',
  action: 'savedFilter.deleted',
  description: 'Deletes a filter that you have saved; an administrator deletes any by its id (FLT-2).',
  access: PERSONS,
  input: DeleteSavedFilter,
  async run({ tx, viewer }, { id, expectedVersion }) {
    const saved = await lockedFilter(tx, id, viewer, mayDeleteFilter);
    enforce(isCurrent(saved, expectedVersion, { savedFilter: id }));
    await tx.savedFilter.delete({ where: { id } });
    return { deletedId: id };
  },
});

async function lockedFilter(
  tx: Tx,
  id: string,
  viewer: Viewer,
  mayAct: (filter: OwnedFilter | null, viewer: Viewer) => Answer,
): Promise<Row<'SavedFilter'>> {
  const [saved] = await tx.query<Row<'SavedFilter'>>(
    sql`SELECT ${savedFilters.columns} FROM saved_filters t WHERE t.id = ${id}::uuid FOR UPDATE`,
  );
  enforce(mayAct(saved ?? null, viewer));
  return present(saved, 'The saved filter that may be changed');
}

function namesake(tx: Tx, ownerId: string, target: TargetName, name: string): Promise<object | null> {
  return tx.savedFilter.findFirst({ where: { ownerId, target, name } });
}
