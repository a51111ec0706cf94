import { EquipmentConnection } from '../../catalog/equipment/equipment.graphql.ts';
import { User } from '../../identity/user/user.graphql.ts';
import { userById } from '../../identity/user/user.loaders.ts';
import { asNode, builder } from '../../platform/graphql/builder.ts';
import { connectionType } from '../../platform/graphql/connection-type.ts';
import { deletedIdField, loadById, mutation } from '../../platform/graphql/mutation.ts';
import { derived, reference } from '../../platform/read/field.ts';
import { USERS } from '../../platform/rules/access.ts';
import { LotConnection } from '../../production/lot/lot.graphql.ts';
import { ProcessDataConnection } from '../../production/process-data/execution/process-data.graphql.ts';
import { SerialConnection } from '../../production/serial/serial.graphql.ts';
import { WipItemConnection } from '../../production/wip-item/wip-item.graphql.ts';
import { DefectConnection } from '../../quality/defect/defect.graphql.ts';
import { InspectionConnection } from '../../quality/inspection/inspection.graphql.ts';
import { AlertConnection } from '../alert/alert.graphql.ts';
import { AuditEntryConnection, recordHistory } from '../audit/audit-entry.graphql.ts';
import { createSavedFilter, deleteSavedFilter, updateSavedFilter } from './saved-filter.commands.ts';
import { isVisibleFilter, savedFilterList, savedListingOf, visibleFilterById } from './saved-filter.loaders.ts';
import { FilterTarget } from '../filter-target/filter-target.graphql.ts';
import { SAVED_FILTER_LENGTHS } from './saved-filter.rules.ts';

export const SavedFilter = builder.prismaObject('SavedFilter', {
  fields: (t) => ({
    owner: t.field({
      type: User,
      description: 'The person who saved it.',
      ...reference(userById, 'ownerId', 'The owner of a saved filter'),
    }),
    name: t.exposeString('name'),
    description: t.exposeString('description', { nullable: true }),
    target: t.expose('target', { type: FilterTarget }),
    filter: t.expose('filter', { type: 'JSONObject' }),
    orderBy: t.field({
      type: ['JSONObject'],
      description: 'The orders, in the form of the order input of its list; empty for the default order of the list.',
      ...derived(['orderBy'], ({ orderBy }: { readonly orderBy: unknown }) => (Array.isArray(orderBy) ? orderBy : [])),
    }),
    isShared: t.exposeBoolean('isShared'),
    createdAt: t.expose('createdAt', { type: 'DateTime' }),
    updatedAt: t.expose('updatedAt', { type: 'DateTime' }),
    version: t.exposeInt('version'),
  }),
});
asNode(SavedFilter, visibleFilterById, USERS);
AuditEntryConnection.on(SavedFilter, 'history', 'recordId', recordHistory('saved_filters'));

const SavedFilterConnection = connectionType({
  connection: savedFilterList,
  node: SavedFilter,
  name: 'SavedFilter',
  what: 'saved filters',
});
SavedFilterConnection.root('savedFilters', {
  access: USERS,
  onlyFor: isVisibleFilter,
  description: 'The filters that you have saved, and those that others share, by list and name (FLT-2).',
});

for (const [target, list] of [
  ['LOTS', LotConnection],
  ['WIP_ITEMS', WipItemConnection],
  ['SERIALS', SerialConnection],
  ['PROCESS_DATA', ProcessDataConnection],
  ['EQUIPMENT', EquipmentConnection],
  ['ALERTS', AlertConnection],
  ['INSPECTIONS', InspectionConnection],
  ['DEFECTS', DefectConnection],
] as const)
  list.takeSavedFilters((context, id) => savedListingOf(context, target, id));

const NAME = `Its name: 1 to ${SAVED_FILTER_LENGTHS.name} characters, of which you have one for each list; case counts (FLT-1).`;
const DESCRIPTION = `What it is for, at most ${SAVED_FILTER_LENGTHS.description.toLocaleString('en')} characters`;
const FILTER = 'The conditions, as the argument `filter` of the list takes them (FLT-3).';
const ORDER_BY = 'At most 3 orders, as the argument `orderBy` of the list takes them';
const IS_SHARED = 'Whether others may see and apply it. Only you change it in any case (FLT-2).';

mutation(createSavedFilter, {
  input: (t) => ({
    name: t.string({ required: true, description: NAME }),
    description: t.string({ description: `${DESCRIPTION}.` }),
    target: t.field({ type: FilterTarget, required: true, description: 'The list that it is for; never changed.' }),
    filter: t.field({ type: 'JSONObject', required: true, description: FILTER }),
    orderBy: t.field({ type: ['JSONObject'], description: `${ORDER_BY}; the default order of the list unless given.` }),
    isShared: t.boolean({ defaultValue: false, description: IS_SHARED }),
  }),
  payload: (t) => ({
    savedFilter: t.field({
      type: SavedFilter,
      nullable: true,
      description: 'The saved filter.',
      resolve: (p, _args, context, info) => loadById(visibleFilterById, p.savedFilter, context, info),
    }),
  }),
});

mutation(updateSavedFilter, {
  isVersioned: true,
  input: (t) => ({
    id: t.id({ required: true, description: 'The id of the saved filter.' }),
    name: t.string({ description: NAME }),
    description: t.string({ description: `${DESCRIPTION}; null clears it.` }),
    filter: t.field({ type: 'JSONObject', description: `${FILTER} It replaces the former as a whole.` }),
    orderBy: t.field({
      type: ['JSONObject'],
      description: `${ORDER_BY}; the empty list: the default order of the list.`,
    }),
    isShared: t.boolean({ description: IS_SHARED }),
  }),
  payload: (t) => ({
    savedFilter: t.field({
      type: SavedFilter,
      nullable: true,
      description: 'The changed filter.',
      resolve: (p, _args, context, info) => loadById(visibleFilterById, p.savedFilter, context, info),
    }),
  }),
});

mutation(deleteSavedFilter, {
  isVersioned: true,
  input: (t) => ({ id: t.id({ required: true, description: 'The id of the saved filter.' }) }),
  payload: (t) => ({ deletedId: deletedIdField(t, 'SavedFilter') }),
});
