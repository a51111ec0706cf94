import { builder } from '../../platform/graphql/builder.ts';
import { parseArguments } from '../../platform/read/arguments.ts';
import { derived, lookup } from '../../platform/read/field.ts';
import { selectionBelow } from '../../platform/read/selected-columns.ts';
import { payloadField } from '../../platform/graphql/mutation.ts';
import type { Context } from '../../platform/request/context.ts';
import { ANY } from '../../platform/rules/access.ts';
import { present } from '../../platform/values/assert.ts';
import { ComponentRef } from '../../production/component-use/component-use.graphql.ts';
import { Lot } from '../../production/lot/lot.graphql.ts';
import { lotById } from '../../production/lot/lot.loaders.ts';
import { Serial } from '../../production/serial/serial.graphql.ts';
import { serialById } from '../../production/serial/serial.loaders.ts';
import { Trace } from './trace.graphql.ts';
import { type LoadedTrace, traceForward } from './trace.loaders.ts';
import { affectedBy, TRACE_DEPTH } from './trace.rules.ts';
import { AskWhereUsed } from './trace.shapes.ts';

type Used = LoadedTrace & ReturnType<typeof affectedBy>;

const WhereUsed = builder.objectRef<Used>('WhereUsed').implement({
  description: 'Everything that contains a component.',
  fields: (t) => ({
    trace: t.field({
      type: Trace,
      description: 'The units, and how the component got into them.',
      ...derived(['trace', 'units', 'held'], (used) => used),
    }),
    serials: t.field({
      type: [Serial],
      description: 'The serials among them.',
      resolve: async ({ serialIds }, _args, context, info) =>
        Promise.all(serialIds.map(async (id) => present(await serialById.load(context, id, info), 'A serial'))),
    }),
    serialCount: t.int({
      description: 'How many serials.',
      ...derived(['serialIds'], ({ serialIds }) => serialIds.length),
    }),
    lots: t.field({
      type: [Lot],
      description: 'The lots to which they belong, and those that are consumers themselves, each once.',
      resolve: async ({ lotIds }, _args, context, info) =>
        Promise.all(lotIds.map(async (id) => present(await lotById.load(context, id, info), 'A lot'))),
    }),
    lotCount: t.int({ description: 'How many lots.', ...derived(['lotIds'], ({ lotIds }) => lotIds.length) }),
  }),
});

async function whereUsedOf(
  context: Context,
  component: Parameters<typeof traceForward>[1],
  options: Parameters<typeof traceForward>[2],
): Promise<Used | null> {
  const loaded = await traceForward(context.db, component, options);
  return loaded === undefined ? null : { ...loaded, ...affectedBy(loaded.units, loaded.trace.root.key) };
}

builder.queryField('whereUsed', (t) =>
  t.field({
    type: WhereUsed,
    nullable: true,
    description:
      'Everything that contains a lot, a serial or a supplier lot, at any depth (TRC-2). Null for a lot or a serial that does not exist.',
    authScopes: { may: ANY },
    args: {
      component: t.arg({ type: ComponentRef, required: true, description: 'What is looked for.' }),
      at: t.arg({ type: 'DateTime', description: 'As of this instant. Default: now.' }),
      includeRemoved: t.arg.boolean({
        defaultValue: false,
        description: 'Whether components count that were removed by then.',
      }),
      maxDepth: t.arg.int({
        defaultValue: TRACE_DEPTH.default,
        description: `How many edges it follows: ${TRACE_DEPTH.min} to ${TRACE_DEPTH.max}.`,
      }),
    },
    ...lookup(async (args: object, context, selects) => {
      const { component, at, ...options } = parseArguments(AskWhereUsed, args);
      return whereUsedOf(context, component, { ...options, at, asksHeld: selects('containsHeld') });
    }),
  }),
);

for (const [name, description] of [
  ['quarantineLot', 'What contains the held lot, its units among it, as it is now; null when it was refused.'],
  ['rejectLot', 'What contains the rejected lot, its units among it, as it is now; null when it was refused.'],
] as const) {
  payloadField<{ readonly lot: string }>(name, 'affected', (t) =>
    t.field({
      type: WhereUsed,
      nullable: true,
      description,
      resolve: async ({ lot, errors }, _args, context, info) => {
        if (lot === undefined || errors.length > 0) return null;
        const component = { kind: 'LOT', reference: { key: 'id', value: lot } } as const;
        const asksHeld = selectionBelow(info.fieldNodes, info.fragments)('containsHeld');
        return whereUsedOf(context, component, {
          at: undefined,
          includeRemoved: false,
          maxDepth: TRACE_DEPTH.default,
          asksHeld,
        });
      },
    }),
  );
}
