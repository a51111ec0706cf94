import { EquipmentRef } from '../../catalog/equipment/equipment.graphql.ts';
import { builder } from '../../platform/graphql/builder.ts';
import { parseArguments } from '../../platform/read/arguments.ts';
import { derived, lookup } from '../../platform/read/field.ts';
import { ANY } from '../../platform/rules/access.ts';
import { present } from '../../platform/values/assert.ts';
import { Lot } from '../../production/lot/lot.graphql.ts';
import { lotById } from '../../production/lot/lot.loaders.ts';
import { ProcessData } from '../../production/process-data/execution/process-data.graphql.ts';
import { Serial } from '../../production/serial/serial.graphql.ts';
import { serialById } from '../../production/serial/serial.loaders.ts';
import { loadUnit, Unit } from '../../production/unit/unit.graphql.ts';
import { PeriodInput } from '../period/period.graphql.ts';
import { Edge, edgesOf, Node, nodesOf } from './trace.graphql.ts';
import { affectedBy, TRACE_DEPTH, TRACE_NODES } from './trace.rules.ts';
import { AskEquipmentWindow } from './trace.shapes.ts';
import { type LoadedWindow, windowAt } from './window.loaders.ts';

type Window = LoadedWindow & ReturnType<typeof affectedBy>;

const EquipmentWindow = builder.objectRef<Window>('EquipmentWindow').implement({
  description: `What was worked on at a machine during a period: at most ${TRACE_NODES} executions and as many units.`,
  fields: (t) => ({
    executions: t.field({
      type: [ProcessData],
      description: 'The executions on the machine that overlap the period, in time order; open ones last until now.',
      resolve: ({ executions }) => [...executions],
    }),
    executionCount: t.int({
      description: 'How many executions.',
      ...derived(['executions'], ({ executions }) => executions.length),
    }),
    units: t.field({
      type: [Unit],
      description: 'The units of these executions, and with `descendants` everything that contains them.',
      resolve: ({ units }, _args, context) => Promise.all(units.map(({ kind, id }) => loadUnit(context, kind, id))),
    }),
    serials: t.field({
      type: [Serial],
      description: 'The serials among the units.',
      resolve: async ({ serialIds }, _args, context, info) =>
        Promise.all(serialIds.map(async (id) => present(await serialById.load(context, id, info), 'A serial'))),
    }),
    serialCount: t.int({
      description: 'How many serials.',
      ...derived(['serialIds'], ({ serialIds }) => serialIds.length),
    }),
    lots: t.field({
      type: [Lot],
      description: 'The lots that the units are or belong to, each once.',
      resolve: async ({ lotIds }, _args, context, info) =>
        Promise.all(lotIds.map(async (id) => present(await lotById.load(context, id, info), 'A lot'))),
    }),
    lotCount: t.int({ description: 'How many lots.', ...derived(['lotIds'], ({ lotIds }) => lotIds.length) }),
    nodes: t.field({
      type: [Node],
      description: 'The units as nodes: those that were worked on have depth 0.',
      ...derived(['graph', 'held'], ({ graph, held }) => nodesOf(graph.nodes, held)),
    }),
    edges: t.field({
      type: [Edge],
      description: 'All edges between the nodes.',
      ...derived(['graph'], ({ graph }) => edgesOf(graph.nodes, graph.edges)),
    }),
    nodeCount: t.int({ description: 'The number of nodes.', ...derived(['graph'], ({ graph }) => graph.nodes.length) }),
    edgeCount: t.int({ description: 'The number of edges.', ...derived(['graph'], ({ graph }) => graph.edges.length) }),
    depth: t.int({
      description: 'The greatest depth of a node; 0 without `descendants`.',
      ...derived(['graph'], ({ graph }) => graph.depth),
    }),
    isTruncated: t.boolean({
      description: `Whether the walk to what contains the units reached ${TRACE_DEPTH.max} edges, so that there may be more.`,
      ...derived(['graph'], ({ graph }) => graph.isTruncated),
    }),
  }),
});

builder.queryField('equipmentWindow', (t) =>
  t.field({
    type: EquipmentWindow,
    nullable: true,
    description:
      'What was worked on at a machine during a period, and what contains it (TRC-3). Null when there is no such machine.',
    authScopes: { may: ANY },
    args: {
      equipment: t.arg({ type: EquipmentRef, required: true, description: 'The machine.' }),
      period: t.arg({
        type: PeriodInput,
        required: true,
        description: 'The period. An execution that only touches one of its bounds is outside.',
      }),
      descendants: t.arg.boolean({
        defaultValue: false,
        description: 'Whether everything that contains the units now is answered, too, at any depth.',
      }),
    },
    ...lookup(async (args: object, context, selects): Promise<Window | null> => {
      const { equipment, period, descendants } = parseArguments(AskEquipmentWindow, args);
      const loaded = await windowAt(context.db, equipment, {
        ...period,
        descendants,
        asksHeld: selects('containsHeld'),
      });
      return loaded === undefined ? null : { ...loaded, ...affectedBy(loaded.units, undefined) };
    }),
  }),
);
