/** A trace as a drawing: units in columns by their distance from the root, with a line for each way in. */
import type { UnitPageQuery } from '../generated/graphql.ts';
import { texts } from './texts.ts';

type Trace = NonNullable<UnitPageQuery['asBuilt']>['trace'];
type Node = Trace['nodes'][number];

const BOX = { width: 190, height: 36, gapX: 56, gapY: 10, margin: 8 } as const;
/** More would be no help; the table has all. */
const MOST_DRAWN = 60;

/** The address of a unit's page; that of its recall for a lot of a supplier, which has no page. */
export function addressOf({ kind, number }: Pick<Node, 'kind' | 'number'>): string {
  const name = encodeURIComponent(number);
  return kind === 'EXTERNAL_LOT' ? `/recall?kind=EXTERNAL_LOT&number=${name}` : `/units/${name}`;
}

/** The drawing of a trace that is not too large for one. Its root, whose page this is, stands on the left. */
export function TraceGraph({
  name,
  root,
  trace,
}: {
  readonly name: string;
  readonly root: string;
  readonly trace: Trace;
}) {
  const { nodes, edges } = trace;
  if (nodes.length === 0 || nodes.length > MOST_DRAWN) return null;
  const places = new Map(placesOf(nodes));
  // The root is not among the nodes of its trace: it is the end of edges that no node has.
  const rootId = edges.flatMap(({ from, to }) => [from, to]).find((id) => !places.has(id)) ?? '';
  places.set(rootId, { column: 0, row: 0 });
  const [columns, rows] = [
    1 + Math.max(...[...places.values()].map(({ column }) => column)),
    1 + Math.max(...[...places.values()].map(({ row }) => row)),
  ];
  const width = columns * (BOX.width + BOX.gapX) - BOX.gapX + 2 * BOX.margin;
  const height = rows * (BOX.height + BOX.gapY) - BOX.gapY + 2 * BOX.margin;
  return (
    // biome-ignore lint/a11y/noNoninteractiveTabindex: a region that scrolls must be reachable by keyboard
    <div class="drawn" tabIndex={0} role="region" aria-label={texts.drawnTrace(name)}>
      <svg width={width} height={height} viewBox={`0 0 ${width} ${height}`}>
        {edges.map(({ from, to }) => (
          <Line key={`${from} ${to}`} from={places.get(from)} to={places.get(to)} />
        ))}
        <g class="root">
          <Face place={places.get(rootId)} kind={texts.unit} number={root} />
        </g>
        {nodes.map((node) => (
          <Box key={node.id} node={node} place={places.get(node.id)} />
        ))}
      </svg>
    </div>
  );
}

interface Place {
  readonly column: number;
  readonly row: number;
}

/** Each unit in the column of its depth, one below the other. */
function placesOf(nodes: readonly Node[]): ReadonlyMap<string, Place> {
  const filled = new Map<number, number>();
  return new Map(
    nodes.map(({ id, depth }) => {
      const row = filled.get(depth) ?? 0;
      filled.set(depth, row + 1);
      return [id, { column: depth, row }];
    }),
  );
}

function cornerOf({ column, row }: Place): readonly [x: number, y: number] {
  return [BOX.margin + column * (BOX.width + BOX.gapX), BOX.margin + row * (BOX.height + BOX.gapY)];
}

function Line({ from, to }: { readonly from: Place | undefined; readonly to: Place | undefined }) {
  if (from === undefined || to === undefined) return null;
  const [left, right] = from.column < to.column ? [from, to] : [to, from];
  const [x1, y1] = cornerOf(left);
  const [x2, y2] = cornerOf(right);
  const [startX, startY, endY] = [x1 + BOX.width, y1 + BOX.height / 2, y2 + BOX.height / 2];
  const middle = (startX + x2) / 2;
  return <path d={`M ${startX} ${startY} C ${middle} ${startY}, ${middle} ${endY}, ${x2} ${endY}`} />;
}

function Box({ node, place }: { readonly node: Node; readonly place: Place | undefined }) {
  const kind = node.isHeld ? `${texts.state(node.kind)}, ${texts.held}` : texts.state(node.kind);
  return (
    <a data-page href={addressOf(node)} class={node.isHeld ? 'held' : ''}>
      <Face place={place} kind={kind} number={node.number} />
    </a>
  );
}

function Face({
  place,
  kind,
  number,
}: {
  readonly place: Place | undefined;
  readonly kind: string;
  readonly number: string;
}) {
  if (place === undefined) return null;
  const [x, y] = cornerOf(place);
  return (
    <>
      <rect x={x} y={y} width={BOX.width} height={BOX.height} rx={6} />
      <text x={x + 8} y={y + 14} class="kind">
        {kind}
      </text>
      <text x={x + 8} y={y + 29}>
        {number}
      </text>
    </>
  );
}
