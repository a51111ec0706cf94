/** Parts that all pages of the dashboard have. */
import { type ComponentChildren, createContext } from 'preact';
import { useContext, useEffect, useMemo, useState } from 'preact/hooks';
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

/** An instant in the time zone of the browser; the pointer shows it in UTC. */
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
export interface Column<Row> {
  readonly title: string;
  readonly cell: (row: Row) => ComponentChildren;
  /** What stands in a CSV file; the column is left out there without it. */
  readonly csv?: (row: Row) => string | number | null;
  readonly isNumber?: boolean;
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
            {columns.map(({ title, isNumber }) => (
              <th key={title} scope="col" class={isNumber ? 'number' : ''}>
                {title}
              </th>
            ))}
          </tr>
        </thead>
        <tbody>
          {rows.map((row, index) => (
            <tr key={index}>
              {columns.map(({ title, cell, isNumber }) => (
                <td key={title} class={isNumber ? 'number' : ''}>
                  {cell(row)}
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

/** Rows as CSV. A text that a spreadsheet would take for a formula gets an apostrophe. */
function csvOf<Row>(rows: readonly Row[], columns: readonly Column<Row>[]): string {
  const shown = columns.flatMap(({ title, csv }) => (csv === undefined ? [] : [{ title, csv }]));
  const lines = [shown.map(({ title }) => title), ...rows.map((row) => shown.map(({ csv }) => csv(row) ?? ''))];
  return lines.map((line) => line.map(csvField).join(',')).join('\r\n');
}

function csvField(value: string | number): string {
  const text = typeof value === 'string' && /^[=+\-@\t\r]/.test(value) ? `'${value}` : String(value);
  return /[",\r\n]/.test(text) ? `"${text.replaceAll('"', '""')}"` : text;
}

/** The theme that the pictures of the server have to fit. */
export function useTheme(): 'LIGHT' | 'DARK' {
  const query = useMemo(() => matchMedia('(prefers-color-scheme: dark)'), []);
  const [isDark, setIsDark] = useState(query.matches);
  useEffect(() => {
    const onChange = (): void => setIsDark(query.matches);
    query.addEventListener('change', onChange);
    return () => query.removeEventListener('change', onChange);
  }, [query]);
  return isDark ? 'DARK' : 'LIGHT';
}
