import { AUDIT } from '../../platform/rules/access.ts';
import { builder } from '../../platform/graphql/builder.ts';
import { parseArguments } from '../../platform/read/arguments.ts';
import type { FeedPage } from '../../platform/graphql/subscription-feed.ts';
import { declaredActions } from '../../platform/command/declaration.ts';
import {
  ActorKind,
  AuditOperation,
  actorIdOf,
  actorNodeOf,
  changedFieldsOf,
  globalRecordId,
  recordOf,
} from './audit-entry.graphql.ts';
import { CHANGES_DEFAULT, CHANGES_LIMIT, changesArguments, type ChangesRequest } from './audit.shapes.ts';
import { changesAfter, type RecordChange as ChangeRow } from './changes.loaders.ts';
import { positionCursor, followAuditTrail, positionOf } from './position.graphql.ts';

export const Change = builder.objectRef<ChangeRow>('Change').implement({
  description: 'One change of one record, as events tell it: what happened, not the values.',
  fields: (t) => ({
    cursor: t.string({
      description: 'The place of the change; give it to `after` to go on behind it.',
      resolve: (row, _args, context) => positionCursor(context, row.position),
    }),
    entity: t.exposeString('entity', { description: 'The kind of record: the name of its table, such as `lots`.' }),
    operation: t.expose('operation', { type: AuditOperation, description: 'What was done.' }),
    action: t.exposeString('action', { description: 'What happened, such as `lot.closed`.' }),
    recordId: t.id({ description: 'The id of the record, whether or not it still exists.', resolve: globalRecordId }),
    node: t.field({
      type: builder.nodeInterfaceRef(),
      nullable: true,
      description: 'The record as it is now; null when it is gone.',
      resolve: recordOf,
    }),
    changedFields: t.stringList({
      description: 'The fields that differ; empty unless the record was changed.',
      resolve: changedFieldsOf,
    }),
    recordedAt: t.expose('recordedAt', { type: 'DateTime', description: 'When the change was made (UTC).' }),
    actorKind: t.expose('actorKind', { type: ActorKind, description: 'What kind of principal acted.' }),
    actorId: t.id({ nullable: true, description: 'The id of who acted; null for the system.', resolve: actorIdOf }),
    actor: t.field({
      type: builder.nodeInterfaceRef(),
      nullable: true,
      description: 'The user, station or service that acted; null for the system, and for one that was deleted.',
      resolve: actorNodeOf,
    }),
  }),
});

const ChangePage = builder.objectRef<FeedPage<ChangeRow>>('ChangePage').implement({
  description:
    'Changes in the order of their positions, which no later commit disturbs: nothing comes twice, nothing is missed.',
  fields: (t) => ({
    changes: t.field({ type: [Change], description: 'The changes.', resolve: (page) => [...page.rows] }),
    endCursor: t.string({
      description: 'Where the page ends; give it to `after`, now or when there is more.',
      resolve: (page, _args, context) => positionCursor(context, page.end),
    }),
    hasMore: t.boolean({ description: 'Whether more changes are there already.', resolve: (page) => page.hasMore }),
  }),
});

const ENTITIES =
  'Only changes of these kinds of records, by type (`Lot`) or table (`lots`); at most 50. A word that names none is refused.';
const ACTIONS = 'Only these actions, such as `lot.closed`; at most 50. A word that names none is refused.';

builder.queryField('changes', (t) =>
  t.field({
    type: ChangePage,
    nullable: true,
    description:
      'What happened behind a cursor, oldest first. A change appears within a second or two of its commit, when it is sealed (AUD-3).',
    authScopes: { may: AUDIT },
    args: {
      after: t.arg.string({ description: 'A cursor; from the beginning unless given.' }),
      entities: t.arg.stringList({ description: ENTITIES }),
      actions: t.arg.stringList({ description: ACTIONS }),
      first: t.arg.int({ description: `How many: 1 to ${CHANGES_LIMIT}, ${CHANGES_DEFAULT} unless given.` }),
    },
    resolve: (_root, args, context) => {
      const { after, first, ...filter } = changesRequestOf(args);
      return changesAfter(context.db, filter, positionOf(context, after), first);
    },
  }),
);

builder.subscriptionField('changes', (t) =>
  t.field({
    type: Change,
    description:
      'What happens, as it is sealed: each change at least once, in the order of positions, normally within two seconds of its commit (AUD-3).',
    authScopes: { may: AUDIT },
    args: {
      after: t.arg.string({ description: 'A cursor to go on behind, without loss; from now on unless given.' }),
      entities: t.arg.stringList({ description: ENTITIES }),
      actions: t.arg.stringList({ description: ACTIONS }),
    },
    subscribe: async (_root, args, context) => {
      const { after, ...filter } = changesRequestOf(args);
      return followAuditTrail<ChangeRow>(context, after, (position, first) =>
        changesAfter(context.db, filter, position, first),
      );
    },
    resolve: (change) => change,
  }),
);

const ChangesArguments = changesArguments(declaredActions);

function changesRequestOf(args: object): ChangesRequest {
  return parseArguments(ChangesArguments, args);
}
