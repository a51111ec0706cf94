/** A table of any length: the server sorts it and answers it page by page, and only the rows in sight are in the page. */
import type { ComponentChildren } from 'preact';
import { useEffect, useRef, useState } from 'preact/hooks';
import { texts } from './texts.ts';

/** A column, and the order of the server by which it can be sorted; undefined for none. */
export interface LongColumn<Row> {
  readonly title: string;
  readonly cell: (row: Row) => ComponentChildren;
  readonly order?: string;
}

/** The order of a table, as it stands in its address: the order of the server, with `-` before it for descending. */
export interface Sorting {
  readonly order: string;
  readonly onSort: (order: string) => void;
}

/** Rows so far above and below those in sight, so that quick scrolling shows no gap. */
const MARGIN = 15;
/** So many rows before the end, the next page is asked for. */
const AHEAD = 50;

/** The table. `rows` are those that are here; `onEnd` asks for more, and is called again until nothing is missing. */
export function LongTable<Row>({
  name,
  rows,
  columns,
  sorting,
  onEnd,
}: {
  readonly name: string;
  readonly rows: readonly Row[];
  readonly columns: readonly LongColumn<Row>[];
  readonly sorting: Sorting;
  readonly onEnd: () => void;
}) {
  const region = useRef<HTMLDivElement>(null);
  const [{ top, height }, setSight] = useState({ top: 0, height: 800 });
  const rowHeight = 2.25 * Number.parseFloat(getComputedStyle(document.documentElement).fontSize);
  const first = Math.max(0, Math.floor(top / rowHeight) - MARGIN);
  const last = Math.min(rows.length, Math.ceil((top + height) / rowHeight) + MARGIN);
  useEffect(() => {
    if (last > rows.length - AHEAD) onEnd();
  }, [last, rows.length, onEnd]);
  useEffect(() => region.current?.scrollTo(0, 0), [sorting.order]);
  return (
    // biome-ignore lint/a11y/noNoninteractiveTabindex: a region that scrolls must be reachable by keyboard
    <div
      class="long"
      tabIndex={0}
      role="region"
      aria-label={name}
      ref={region}
      onScroll={({ currentTarget }) => setSight({ top: currentTarget.scrollTop, height: currentTarget.clientHeight })}
    >
      <table aria-rowcount={rows.length + 1}>
        <thead>
          <tr>
            {columns.map((column) => (
              <Heading key={column.title} column={column} sorting={sorting} />
            ))}
          </tr>
        </thead>
        <tbody>
          <Space rows={first} height={rowHeight} columns={columns.length} />
          {rows.slice(first, last).map((row, index) => (
            <tr key={first + index} aria-rowindex={first + index + 2}>
              {columns.map((column) => (
                <td key={column.title}>{column.cell(row)}</td>
              ))}
            </tr>
          ))}
          <Space rows={rows.length - last} height={rowHeight} columns={columns.length} />
        </tbody>
      </table>
    </div>
  );
}

/** Room for rows that are out of sight. */
function Space({
  rows,
  height,
  columns,
}: {
  readonly rows: number;
  readonly height: number;
  readonly columns: number;
}) {
  if (rows <= 0) return null;
  return (
    <tr aria-hidden="true" ref={(row) => row?.style.setProperty('height', `${rows * height}px`)}>
      <td colSpan={columns} />
    </tr>
  );
}

function Heading<Row>({
  column: { title, order },
  sorting,
}: {
  readonly column: LongColumn<Row>;
  readonly sorting: Sorting;
}) {
  if (order === undefined) return <th scope="col">{title}</th>;
  const isAscending = sorting.order === order;
  const isDescending = sorting.order === `-${order}`;
  return (
    <th scope="col" aria-sort={isAscending ? 'ascending' : isDescending ? 'descending' : 'none'}>
      <button
        type="button"
        title={texts.sortBy(title)}
        onClick={() => sorting.onSort(isAscending ? `-${order}` : order)}
      >
        {title} {isAscending ? '▲' : isDescending ? '▼' : ''}
      </button>
    </th>
  );
}
