/**
 * A trace as flat nodes and edges, each once. Edges run from what was used to what it became: MEMBER from a lot to its
 * item, BECAME from an item to its serial, USED from a component to its consumer.
 */
import { rejection, type Answer } from '../../platform/rules/rejection.ts';
import type { UnitKind } from '../../production/lot/unit-number.rules.ts';

/** What a node of a trace can be. A lot of a supplier has no record here. */
export const TRACE_NODE_KINDS = ['LOT', 'WIP_ITEM', 'SERIAL', 'EXTERNAL_LOT'] as const;
/** What a node of a trace is. */
export type TraceNodeKind = (typeof TRACE_NODE_KINDS)[number];
/** How one node of a trace went into another. */
export const TRACE_EDGE_KINDS = ['MEMBER', 'BECAME', 'USED'] as const;
/** How one node of a trace went into another. */
export type TraceEdgeKind = (typeof TRACE_EDGE_KINDS)[number];

/** TRC-1, TRC-2: How many edges the walk goes from its root: at least, at most, and unless given. */
export const TRACE_DEPTH = { min: 1, max: 100, default: 50 } as const;
/** TRC-1, TRC-2: The most nodes of an answer, without the root. */
export const TRACE_NODES = 20_000;

/** A node by its key: the UUID of a unit, or `external:<number>` for a lot of a supplier. */
export interface TraceNode {
  readonly key: string;
  readonly kind: TraceNodeKind;
  readonly number: string;
  /** The shortest distance from the root, in edges. */
  readonly depth: number;
  /** Whether the lot that it is, or that it belongs to, is held. */
  readonly isHeld: boolean;
}

/** An edge by the keys of its nodes; `useId` is null unless it is USED. */
export interface TraceEdge {
  readonly kind: TraceEdgeKind;
  readonly from: string;
  readonly to: string;
  readonly useId: string | null;
}

/** Nodes by depth, then kind, then number; the edges between them; and the greatest depth. */
export interface TraceGraph {
  readonly nodes: readonly TraceNode[];
  readonly edges: readonly TraceEdge[];
  readonly depth: number;
  readonly isTruncated: boolean;
}

/** The nodes without the root, and all edges between the root and the nodes. */
export interface Trace extends TraceGraph {
  readonly root: TraceNode;
}

/** A unit that the walk reached. `madeOf` is the lot of an item, or the item of a serial; `isMade`: at the instant asked. */
export interface TracedUnit {
  readonly kind: UnitKind;
  readonly id: string;
  readonly number: string;
  readonly lotId: string;
  readonly isHeld: boolean;
  readonly madeOf: string | null;
  readonly isMade: boolean;
}

/** A use that touches the walk. The component is a unit, or a lot of a supplier by its number. */
export interface TracedUse {
  readonly id: string;
  readonly consumerId: string;
  readonly componentId: string | null;
  readonly externalLotNumber: string | null;
}

/** What the walk found: the depth of each unit by its id, the units, and the uses. */
export interface Walked {
  /** The key of the root. */
  readonly root: string;
  readonly depths: ReadonlyMap<string, number>;
  readonly units: readonly TracedUnit[];
  readonly uses: readonly TracedUse[];
}

/** The key of a lot of a supplier. */
export function externalKey(number: string): string {
  return `external:${number}`;
}

/** TRC-1, TRC-2: The trace of what the walk found, which went at most `maxDepth` edges from its root. */
export function traceOf({ root, ...walked }: Walked, maxDepth: number): Trace {
  const externals = externalLots(root, walked.depths, walked.uses).filter(({ depth }) => depth <= maxDepth);
  const { nodes, edges } = graphOf(walked, externals);
  const start = nodes.get(root) ?? { key: root, kind: 'LOT', number: '', depth: 0, isHeld: false };
  nodes.delete(root);
  const ordered = inOrder([...nodes.values()]);
  const depth = ordered.at(-1)?.depth ?? 0;
  return { root: start, nodes: ordered, edges, depth, isTruncated: depth >= maxDepth };
}

/**
 * TRC-3: The units that were worked on, at depth 0, with what contains them. The walk went at most `maxDepth` edges; 0
 * when nothing but the units themselves was asked for.
 */
export function equipmentWindowOf(walked: Omit<Walked, 'root'>, maxDepth: number): TraceGraph {
  const { nodes, edges } = graphOf(walked, []);
  const ordered = inOrder([...nodes.values()]);
  const depth = ordered.at(-1)?.depth ?? 0;
  return { nodes: ordered, edges, depth, isTruncated: depth > 0 && depth >= maxDepth };
}

/** TRC-1, TRC-2: An answer has at most 20,000 nodes. `path` is the argument that names the start. */
export function hasRoomForNodes(count: number, path: string): Answer {
  if (count <= TRACE_NODES) return undefined;
  const message = `The answer has more than ${TRACE_NODES} nodes; start from a smaller part, or with a smaller maxDepth.`;
  return rejection('LIMIT_EXCEEDED', path, message);
}

/** TRC-3: An equipment window has at most 20,000 executions, and as many units. */
export function hasRoomForWindow(counts: { readonly executions: number; readonly units: number }): Answer {
  const what = counts.executions > TRACE_NODES ? 'executions' : counts.units > TRACE_NODES ? 'units' : undefined;
  if (what === undefined) return undefined;
  const message = `The answer has more than ${TRACE_NODES} ${what}; ask for a shorter period.`;
  return rejection('LIMIT_EXCEEDED', 'period', message);
}

/** TRC-2, TRC-3: The ids of all serials of a trace, and of all lots that its units belong to. A root is not affected by itself. */
export function affectedBy(
  units: readonly TracedUnit[],
  root: string | undefined,
): {
  readonly serialIds: readonly string[];
  readonly lotIds: readonly string[];
} {
  const affected = units.filter(({ id }) => id !== root);
  return {
    serialIds: affected.filter(({ kind }) => kind === 'SERIAL').map(({ id }) => id),
    lotIds: [...new Set(affected.map(({ lotId }) => lotId))],
  };
}

function graphOf(
  { depths, units, uses }: Omit<Walked, 'root'>,
  externals: readonly { readonly number: string; readonly depth: number }[],
): { readonly nodes: Map<string, TraceNode>; readonly edges: readonly TraceEdge[] } {
  const nodes = new Map<string, TraceNode>();
  for (const { id, kind, number, isHeld } of units)
    nodes.set(id, { key: id, kind, number, depth: depths.get(id) ?? 0, isHeld });
  for (const { number, depth } of externals)
    nodes.set(externalKey(number), { key: externalKey(number), kind: 'EXTERNAL_LOT', number, depth, isHeld: false });
  const edges: TraceEdge[] = [];
  for (const { kind, id, madeOf, isMade } of units)
    if (madeOf !== null && isMade && nodes.has(madeOf))
      edges.push({ kind: kind === 'WIP_ITEM' ? 'MEMBER' : 'BECAME', from: madeOf, to: id, useId: null });
  for (const { id, consumerId, componentId, externalLotNumber } of uses) {
    const from = componentId ?? externalKey(externalLotNumber ?? '');
    if (nodes.has(from) && nodes.has(consumerId)) edges.push({ kind: 'USED', from, to: consumerId, useId: id });
  }
  return { nodes, edges };
}

/** The lots of suppliers that were used, with the depth of the nearest use; the root is where it is. */
function externalLots(
  root: string,
  depths: ReadonlyMap<string, number>,
  uses: readonly TracedUse[],
): readonly { readonly number: string; readonly depth: number }[] {
  const nearest = new Map<string, number>();
  for (const { consumerId, externalLotNumber } of uses) {
    if (externalLotNumber === null) continue;
    const consumer = depths.get(consumerId);
    if (consumer === undefined) continue;
    nearest.set(externalLotNumber, Math.min(nearest.get(externalLotNumber) ?? Infinity, consumer + 1));
  }
  if (root.startsWith('external:')) nearest.set(root.slice('external:'.length), 0);
  return [...nearest].map(([number, depth]) => ({ number, depth }));
}

/** Nodes by depth, then kind, then number. */
function inOrder(nodes: readonly TraceNode[]): readonly TraceNode[] {
  return nodes
    .map((node) => ({ node, rank: node.depth * TRACE_NODE_KINDS.length + TRACE_NODE_KINDS.indexOf(node.kind) }))
    .toSorted((a, b) => a.rank - b.rank || (a.node.number < b.node.number ? -1 : 1))
    .map(({ node }) => node);
}
