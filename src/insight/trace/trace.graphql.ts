import { builder, enumeration } from '../../platform/graphql/builder.ts';
import { derived, optionalReference } from '../../platform/read/field.ts';
import { encodeGlobalId } from '../../platform/values/global-id.ts';
import { ComponentUse } from '../../production/component-use/component-use.graphql.ts';
import { componentUseById } from '../../production/component-use/component-use.loaders.ts';
import { loadUnit, Unit } from '../../production/unit/unit.graphql.ts';
import { Inspection } from '../../quality/inspection/inspection.graphql.ts';
import { type Held, inspectionsByUnit, type LoadedTrace } from './trace.loaders.ts';
import { TRACE_EDGE_KINDS, TRACE_NODE_KINDS, TRACE_NODES, type TraceEdge, type TraceNode } from './trace.rules.ts';

const NodeKind = enumeration('TraceNodeKind', TRACE_NODE_KINDS, 'What a node of a trace is.', {
  LOT: 'A lot.',
  WIP_ITEM: 'A WIP item.',
  SERIAL: 'A serial.',
  EXTERNAL_LOT: 'A lot of a supplier, which has no record here.',
});

const EdgeKind = enumeration('TraceEdgeKind', TRACE_EDGE_KINDS, 'How a node of a trace went into another.', {
  MEMBER: 'From a lot to an item that was made in it.',
  BECAME: 'From an item to the serial that it became.',
  USED: 'From a component to what it was built into.',
});

type Node = TraceNode & { readonly id: string; readonly containsHeld: boolean };

export const Node = builder.objectRef<Node>('TraceNode').implement({
  description: 'A lot, a WIP item, a serial or a supplier lot in a trace.',
  fields: (t) => ({
    id: t.id({
      description: 'The id of the unit; `external:<number>` for a supplier lot. Edges name their nodes by it.',
      ...derived(['id'], ({ id }) => id),
    }),
    kind: t.expose('kind', { type: NodeKind, description: 'What it is.' }),
    number: t.exposeString('number', { description: 'Its number.' }),
    depth: t.exposeInt('depth', { description: 'The shortest distance from the root, in edges; 0 for the root.' }),
    isHeld: t.exposeBoolean('isHeld', {
      description:
        'Whether the lot that it is or belongs to is QUARANTINED or REJECTED now; never true of a supplier lot.',
    }),
    containsHeld: t.exposeBoolean('containsHeld', {
      description: 'Whether something that went into it, at any depth, belongs to a lot that is held now.',
    }),
    node: t.field({
      type: Unit,
      nullable: true,
      description: 'The unit; null for a supplier lot.',
      resolve: ({ kind, key }, _args, context) => (kind === 'EXTERNAL_LOT' ? null : loadUnit(context, kind, key)),
    }),
    inspections: t.field({
      type: [Inspection],
      description: 'The inspections whose sample is this very unit, the oldest first; none of a supplier lot.',
      resolve: async ({ kind, key }, _args, context) =>
        kind === 'EXTERNAL_LOT' ? [] : [...(await inspectionsByUnit.load(context, key))],
    }),
  }),
});

type Edge = Pick<TraceEdge, 'kind' | 'useId'> & { readonly fromId: string; readonly toId: string };

export const Edge = builder.objectRef<Edge>('TraceEdge').implement({
  description: 'That one node of a trace went into another.',
  fields: (t) => ({
    kind: t.expose('kind', { type: EdgeKind, description: 'How it went in.' }),
    from: t.id({ description: 'The id of the node that went in.', ...derived(['fromId'], ({ fromId }) => fromId) }),
    to: t.id({ description: 'The id of the node that it went into.', ...derived(['toId'], ({ toId }) => toId) }),
    use: t.field({
      type: ComponentUse,
      nullable: true,
      description: 'The use with its quantity, role, position, time and execution; null unless it is USED.',
      ...optionalReference(componentUseById, 'useId'),
    }),
  }),
});

export const Trace = builder.objectRef<LoadedTrace>('Trace').implement({
  description: `What went into a unit, or what contains it: a flat graph of at most ${TRACE_NODES} nodes, each node and edge once.`,
  fields: (t) => ({
    root: t.field({
      type: Node,
      description: 'Where it starts; not one of `nodes`.',
      ...derived(['trace', 'held'], ({ trace, held }) => nodeOf(trace.root, held)),
    }),
    nodes: t.field({
      type: [Node],
      description: 'Everything that was reached, the nearest first; without the root.',
      ...derived(['trace', 'held'], ({ trace, held }) => nodesOf(trace.nodes, held)),
    }),
    edges: t.field({
      type: [Edge],
      description: 'All edges between the root and the nodes.',
      ...derived(['trace'], ({ trace }) => edgesOf([trace.root, ...trace.nodes], trace.edges)),
    }),
    nodeCount: t.int({
      description: 'The number of nodes, without the root.',
      ...derived(['trace'], ({ trace }) => trace.nodes.length),
    }),
    edgeCount: t.int({
      description: 'The number of edges.',
      ...derived(['trace'], ({ trace }) => trace.edges.length),
    }),
    depth: t.int({
      description: 'The greatest depth of a node; 0 without nodes.',
      ...derived(['trace'], ({ trace }) => trace.depth),
    }),
    isTruncated: t.boolean({
      description: 'Whether the trace reached `maxDepth`, so that there may be more beyond it.',
      ...derived(['trace'], ({ trace }) => trace.isTruncated),
    }),
  }),
});

/** Nodes as their type resolves them. */
export function nodesOf(nodes: readonly TraceNode[], held: Held['held']): Node[] {
  return nodes.map((node) => nodeOf(node, held));
}

/** Edges between nodes, with the ids of both. */
export function edgesOf(nodes: readonly TraceNode[], edges: readonly TraceEdge[]): Edge[] {
  const ids = new Map<string, string>();
  for (const { key, kind } of nodes) ids.set(key, nodeId(key, kind));
  return edges.map(({ kind, from, to, useId }) => ({
    kind,
    useId,
    fromId: ids.get(from) ?? '',
    toId: ids.get(to) ?? '',
  }));
}

function nodeOf({ key, kind, number, depth, isHeld }: TraceNode, held: Held['held']): Node {
  return { id: nodeId(key, kind), key, kind, number, depth, isHeld, containsHeld: held.has(key) };
}

function nodeId(key: string, kind: TraceNode['kind']): string {
  return kind === 'EXTERNAL_LOT' ? key : encodeGlobalId(TYPES[kind], key);
}

const TYPES = { LOT: 'Lot', WIP_ITEM: 'WipItem', SERIAL: 'Serial' } as const;
