import { builder } from '../../platform/graphql/builder.ts';
import { parseArguments } from '../../platform/read/arguments.ts';
import { derived, lookup, optionalReference, reference } from '../../platform/read/field.ts';
import { ANY } from '../../platform/rules/access.ts';
import type { Context } from '../../platform/request/context.ts';
import type { Row } from '../../platform/postgres/table.ts';
import type { Instant } from '../../platform/values/time.ts';
import { ComponentUse } from '../../production/component-use/component-use.graphql.ts';
import { Lot } from '../../production/lot/lot.graphql.ts';
import { lotById } from '../../production/lot/lot.loaders.ts';
import { ProcessData } from '../../production/process-data/execution/process-data.graphql.ts';
import { Serial } from '../../production/serial/serial.graphql.ts';
import { serialById } from '../../production/serial/serial.loaders.ts';
import type { UnitIds } from '../../production/unit/unit.loaders.ts';
import { UnitRef } from '../../production/unit/unit.graphql.ts';
import { WipItem } from '../../production/wip-item/wip-item.graphql.ts';
import { wipItemById } from '../../production/wip-item/wip-item.loaders.ts';
import { Inspection } from '../../quality/inspection/inspection.graphql.ts';
import { leadTimeSeconds, touchTimeSeconds } from './as-built.rules.ts';
import { Trace } from './trace.graphql.ts';
import { componentsOf, executionsOf, inspectionsOf, type LoadedTrace, traceBack } from './trace.loaders.ts';
import { TRACE_DEPTH } from './trace.rules.ts';
import { AskAsBuilt } from './trace.shapes.ts';

interface Built {
  readonly loaded: LoadedTrace;
  readonly ids: UnitIds;
  readonly at: Instant | undefined;
  readonly lotId: string;
  readonly wipItemId: string | null;
  readonly serialId: string | null;
  readonly executions: () => Promise<readonly Row<'ProcessData'>[]>;
}

const AsBuilt = builder.objectRef<Built>('AsBuilt').implement({
  description: 'Everything that went into a unit, and the record of the unit itself.',
  fields: (t) => ({
    trace: t.field({
      type: Trace,
      description: 'What went into it, at any depth.',
      ...derived(['loaded'], ({ loaded }) => loaded),
    }),
    lot: t.field({
      type: Lot,
      description: 'The lot that it is or belongs to.',
      ...reference(lotById, 'lotId', 'The lot of a unit'),
    }),
    wipItem: t.field({
      type: WipItem,
      nullable: true,
      description: 'The item that it is, or was before it had its serial; null for a lot.',
      ...optionalReference(wipItemById, 'wipItemId'),
    }),
    serial: t.field({
      type: Serial,
      nullable: true,
      description: 'The serial that it is; null for a lot and an item.',
      ...optionalReference(serialById, 'serialId'),
    }),
    executions: t.field({
      type: [ProcessData],
      description: 'The executions on the lot, the item and the serial that had begun by then, in time order.',
      resolve: async ({ executions }) => [...(await executions())],
    }),
    inspections: t.field({
      type: [Inspection],
      description: 'The inspections whose sample is the lot, the item or the serial, the oldest first.',
      resolve: async ({ ids, at }, _args, context) => [...(await inspectionsOf(context.db, ids, at))],
    }),
    components: t.field({
      type: [ComponentUse],
      description: 'What was built into the lot, the item and the serial at that instant, the oldest first.',
      resolve: async ({ ids, at }, _args, context) => [...(await componentsOf(context.db, ids, at))],
    }),
    touchTimeSeconds: t.int({
      description:
        'The whole seconds of finished work on the unit, as an item and as a serial; on the lot itself for a lot.',
      resolve: async ({ ids, executions }) => touchTimeSeconds(ids, await executions()),
    }),
    leadTimeSeconds: t.int({
      nullable: true,
      description: 'Whole seconds from the start of work on the unit to its end; null while it is not done.',
      resolve: async ({ ids, executions }, _args, context) =>
        leadTimeSeconds(ids, await recordOf(context, ids), await executions()),
    }),
    reworkCount: t.int({
      nullable: true,
      description: 'How often the serial was reworked; null for a lot and an item.',
      resolve: async ({ serialId }, _args, context) =>
        serialId === null ? null : ((await serialById.load(context, serialId))?.reworkCount ?? null),
    }),
  }),
});

builder.queryField('asBuilt', (t) =>
  t.field({
    type: AsBuilt,
    nullable: true,
    description:
      'Everything that went into a lot, a WIP item or a serial, at any depth, and its own record (TRC-1). Null when there is no such unit.',
    authScopes: { may: ANY },
    args: {
      unit: t.arg({ type: UnitRef, required: true, description: 'The unit.' }),
      at: t.arg({ type: 'DateTime', description: 'As of this instant. Default: now.' }),
      maxDepth: t.arg.int({
        defaultValue: TRACE_DEPTH.default,
        description: `How many edges it follows: ${TRACE_DEPTH.min} to ${TRACE_DEPTH.max}.`,
      }),
    },
    ...lookup(async (args: object, context, selects): Promise<Built | null> => {
      const { unit, at, maxDepth } = parseArguments(AskAsBuilt, args);
      const found = await traceBack(context.db, unit, {
        at,
        maxDepth,
        includeRemoved: false,
        asksHeld: selects('containsHeld'),
      });
      if (found === undefined) return null;
      const { root: ids, ...loaded } = found;
      let executions: Promise<readonly Row<'ProcessData'>[]> | undefined;
      return {
        ...ids,
        loaded,
        ids,
        at,
        executions() {
          executions ??= executionsOf(context.db, ids, at);
          return executions;
        },
      };
    }),
  }),
);

/** When the unit was started, if its record says so, and completed. */
async function recordOf(context: Context, { lotId, wipItemId, serialId }: UnitIds) {
  if (serialId !== null) return serialById.load(context, serialId);
  return wipItemId === null ? lotById.load(context, lotId) : wipItemById.load(context, wipItemId);
}
