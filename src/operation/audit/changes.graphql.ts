import { AUDIT } from '../../platform/access.ts';
import { builder } from '../../platform/builder.ts';
import type { Context } from '../../platform/context.ts';
import { openCursor, sealCursor } from '../../platform/cursor.ts';
import { refuse } from '../../platform/query-refusal.ts';
import { objection } from '../../platform/refusal.ts';
import { shaped } from '../../platform/shapes.ts';
import { ActorKind, AuditOperation, actorIdOf, actorNodeOf, changedFieldsOf, globalRecordId, recordOf } from './audit-entry.graphql.ts';
import { changesAfter, type Change as ChangeRow, type Changes } from './audit-entry.loaders.ts';
import { CHANGES_DEFAULT, CHANGES_LIMIT, ChangesArguments } from './audit.shapes.ts';

export const Change = builder.objectRef<ChangeRow>('Change').implement({
  description: 'One change of one record, as events tell it: what happened, not the values.',
  fields: (t) => ({
    cursor: t.string({ description: 'The place of the change; give it to `after` to go on behind it.', resolve: (row, _args, context) => cursorOf(context, Number(row.position)) }),
    entity: t.exposeString('entity', { description: 'The kind of record: the name of its table, such as `lots`.' }),
    operation: t.expose('operation', { type: AuditOperation, description: 'What was done.' }),
    action: t.exposeString('action', { description: 'What happened, such as `lot.closed`.' }),
    recordId: t.id({ description: 'The id of the record, whether or not it still exists.', resolve: globalRecordId }),
    node: t.field({ type: builder.nodeInterfaceRef(), nullable: true, description: 'The record as it is now; null when it is gone.', resolve: recordOf }),
    changedFields: t.stringList({ description: 'The fields that differ; empty unless the record was changed.', resolve: changedFieldsOf }),
    recordedAt: t.expose('recordedAt', { type: 'DateTime', description: 'When the change was made (UTC).' }),
    actorKind: t.expose('actorKind', { type: ActorKind, description: 'What kind of principal acted.' }),
    actorId: t.id({ nullable: true, description: 'The id of who acted; null for the system.', resolve: actorIdOf }),
    actor: t.field({ type: builder.nodeInterfaceRef(), nullable: true, description: 'The user or station who acted; null for the system, and for one who was deleted.', resolve: actorNodeOf }),
  }),
});

const ChangePage = builder.objectRef<Changes>('ChangePage').implement({
  description: 'Changes in the order of their positions, which no later commit disturbs: nothing comes twice, nothing is missed.',
  fields: (t) => ({
    changes: t.field({ type: [Change], description: 'The changes.', resolve: (page) => [...page.rows] }),
    endCursor: t.string({ description: 'Where the page ends; give it to `after`, now or when there is more.', resolve: (page, _args, context) => cursorOf(context, page.end) }),
    hasMore: t.boolean({ description: 'Whether more changes are there already.', resolve: (page) => page.hasMore }),
  }),
});

builder.queryField('changes', (t) =>
  t.field({
    type: ChangePage,
    description: 'What happened behind a cursor, oldest first. A change appears within a second or two of its commit, when it is sealed (AUD-3).',
    authScopes: { may: AUDIT },
    args: {
      after: t.arg.string({ description: 'A cursor; from the beginning unless given.' }),
      entities: t.arg.stringList({ description: 'Only changes of these kinds of records, by table name; at most 50.' }),
      actions: t.arg.stringList({ description: 'Only these actions, such as `lot.closed`; at most 50.' }),
      first: t.arg.int({ description: `How many: 1 to ${CHANGES_LIMIT}, ${CHANGES_DEFAULT} unless given.` }),
    },
    resolve: (_root, args, context) => {
      const shape = shaped(ChangesArguments, args);
      if ('refusals' in shape) return refuse(shape.refusals);
      const { after, entities, actions, first } = shape.value;
      return changesAfter(context.db, positionOf(context, after), { entities: someOf(entities), actions: someOf(actions), first });
    },
  }),
);

export function cursorOf({ services }: Context, position: number): string {
  return sealCursor(services.config.tokenSecret, `${PLACE}${position}`);
}

/** The place a cursor stands for; the beginning without one. */
export function positionOf({ services }: Context, cursor: string | undefined): number {
  if (cursor === undefined) return 0;
  const content = openCursor(services.config.tokenSecret, cursor);
  if (content?.startsWith(PLACE) === true) return Number(content.slice(PLACE.length));
  return refuse([objection('INVALID_INPUT', 'after', 'This is no cursor of changes, or it was changed; use a cursor or endCursor as it is.')]);
}

const PLACE = 'change:';

/** No list and an empty one mean all. */
function someOf(given: readonly string[] | undefined): readonly string[] | undefined {
  return given === undefined || given.length === 0 ? undefined : given;
}
