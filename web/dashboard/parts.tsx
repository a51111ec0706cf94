/** Parts that all pages of the dashboard have. */
import { type ComponentChildren, createContext } from 'preact';
import { useContext } from 'preact/hooks';
import { withoutFormula } from '../../src/app/reports/format/cell-text.ts';
import { csvField } from '../../src/app/reports/format/csv.ts';
import { texts } from './texts.ts';
import type { Loaded } from './use-graph.ts';

/** The names of the queries and mutations that the user may call. */
export const Permissions = createContext<ReadonlySet<string>>(new Set());

/** Whether the user may call a query or a mutation. What they may not is not shown. */
export function useMay(name: string): boolean {
  return useContext(Permissions).has(name);
}

/** A part of a page under a heading. */
export function Panel({
  title,
  children,
  wide = false,
}: {
  readonly title: string;
  readonly children: ComponentChildren;
  readonly wide?: boolean;
}) {
  return (
    <section class={wide ? 'panel wide' : 'panel'} aria-label={title}>
      <h2>{title}</h2>
      {children}
    </section>
  );
}

/** Says what is wrong with an answer, or that the first one is on its way. */
export function Waiting({ loaded }: { readonly loaded: Pick<Loaded<unknown>, 'data' | 'problem' | 'reload'> }) {
  const { data, problem, reload } = loaded;
  if (problem === undefined) return data === undefined ? <p class="muted">{texts.loading}</p> : null;
  return (
    <p role="alert" class="bad">
      {typeof problem === 'string' ? texts.problem[problem] : problem.join(' ')}{' '}
      <button type="button" onClick={reload}>
        {texts.tryAgain}
      </button>
    </p>
  );
}

/** An instant by the clocks of the site; the pointer shows it in UTC. */
export function Time({ at }: { readonly at: string | null | undefined }) {
  if (at === null || at === undefined) return null;
  return (
    <time dateTime={at} title={at}>
      {texts.time(at)}
    </time>
  );
}

/** A link to the page of a lot, an item or a serial. */
export function UnitLink({ unit }: { readonly unit: { readonly number: string; readonly displayNumber?: string } }) {
  return (
    <a data-page href={`/units/${encodeURIComponent(unit.number)}`}>
      {unit.displayNumber ?? unit.number}
    </a>
  );
}

/** A state in words, with a mark of colour. */
export function State({ state }: { readonly state: string | null }) {
  if (state === null) return <span class="muted">{texts.open}</span>;
  return <span class={`state ${state}`}>{texts.state(state)}</span>;
}

/** A column of a table: its heading, and what stands in the cell of a row. */
export type Column<Row> = TextColumn<Row> | NumberColumn<Row>;

interface TextColumn<Row> {
  readonly title: string;
  readonly cell: (row: Row) => ComponentChildren;
  /** What stands in a CSV file; the column is left out there without it. */
  readonly csv?: (row: Row) => string | null;
}

/** Numbers stand on the right, and in a CSV file with all their digits. */
interface NumberColumn<Row> {
  readonly title: string;
  /** A number, or an exact decimal as text; null for none. */
  readonly number: (row: Row) => number | string | null;
  /** How people read it; as it is unless given. */
  readonly shown?: (number: number | null) => ComponentChildren;
}

function cellOf<Row>(column: Column<Row>, row: Row): ComponentChildren {
  if ('cell' in column) return column.cell(row);
  const number = column.number(row);
  return column.shown === undefined || typeof number === 'string' ? number : column.shown(number);
}

function styleOf<Row>(column: Column<Row>): string {
  return 'number' in column ? 'number' : '';
}

/** The texts that were typed into a form, by the names of its fields, without blanks around them. The form is not sent. */
export function typedInto(event: SubmitEvent): (name: string) => string {
  event.preventDefault();
  const form = event.currentTarget instanceof HTMLFormElement ? new FormData(event.currentTarget) : new FormData();
  return (name) => {
    const value = form.get(name);
    return typeof value === 'string' ? value.trim() : '';
  };
}

/** A table; without rows it says so. */
export function Table<Row>({
  name,
  rows,
  columns,
}: {
  readonly name: string;
  readonly rows: readonly Row[];
  readonly columns: readonly Column<Row>[];
}) {
  if (rows.length === 0) return <p class="muted">{texts.nothing}</p>;
  return (
    // biome-ignore lint/a11y/noNoninteractiveTabindex: a region that scrolls must be reachable by keyboard
    <div class="scrolls" tabIndex={0} role="region" aria-label={name}>
      <table>
        <thead>
          <tr>
            {columns.map((column) => (
              <th key={column.title} scope="col" class={styleOf(column)}>
                {column.title}
              </th>
            ))}
          </tr>
        </thead>
        <tbody>
          {rows.map((row, index) => (
            <tr key={index}>
              {columns.map((column) => (
                <td key={column.title} class={styleOf(column)}>
                  {cellOf(column, row)}
                </td>
              ))}
            </tr>
          ))}
        </tbody>
      </table>
    </div>
  );
}

/** A picture of the server, with its rows as a table, and both as files. */
export function Chart<Row>({
  name,
  svg,
  rows,
  columns,
}: {
  readonly name: string;
  readonly svg: string;
  readonly rows: readonly Row[];
  readonly columns: readonly Column<Row>[];
}) {
  return (
    <figure>
      <img alt={texts.pictureOf(name)} src={`data:image/svg+xml,${encodeURIComponent(svg)}`} />
      <figcaption>
        <Download name={`${name}.svg`} type="image/svg+xml" content={() => svg} label="SVG" />
        <Download name={`${name}.csv`} type="text/csv" content={() => csvOf(rows, columns)} label="CSV" />
      </figcaption>
      <details>
        <summary>{texts.asTable}</summary>
        <Table name={name} rows={rows} columns={columns} />
      </details>
    </figure>
  );
}

function Download({
  name,
  type,
  content,
  label,
}: {
  readonly name: string;
  readonly type: string;
  readonly content: () => string;
  readonly label: string;
}) {
  const save = (): void => {
    const link = document.createElement('a');
    link.href = URL.createObjectURL(new Blob([content()], { type }));
    link.download = name;
    link.click();
    URL.revokeObjectURL(link.href);
  };
  return (
    <button type="button" class="quiet" aria-label={texts.download(name)} onClick={save}>
      {label}
    </button>
  );
}

/** Rows as CSV. A text that a spreadsheet would take for a formula gets an apostrophe; numbers stay numbers. */
function csvOf<Row>(rows: readonly Row[], columns: readonly Column<Row>[]): string {
  const kept = columns.filter((column) => 'number' in column || column.csv !== undefined);
  const lines = [kept.map(({ title }) => title), ...rows.map((row) => kept.map((column) => csvCell(column, row)))];
  return lines.map((line) => line.map(csvField).join(',')).join('\r\n');
}

function csvCell<Row>(column: Column<Row>, row: Row): string {
  return 'number' in column ? String(column.number(row) ?? '') : withoutFormula(column.csv?.(row) ?? '');
}
