/** Reports as one page for a browser: everything escaped, nothing from elsewhere, no script. */
import { escaped } from '../../../insight/picture/svg.rules.ts';
import { picturesOf } from './pictures.ts';
import { PAGE } from '../../../insight/picture/theme.rules.ts';
import {
  type CellContent,
  type Column,
  KEY_FIGURES,
  NOTES,
  type ReportContent,
  type Section,
} from '../content/content.ts';
import { isNumeric, columnLabel, shownCell } from './cell-text.ts';
import { facts, typeLabel } from './title.ts';

/** The page. */
export function htmlOf(content: ReportContent): string {
  const { title, type, sections, timeZone } = content;
  return `<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta http-equiv="Content-Security-Policy" content="default-src 'none'; style-src 'unsafe-inline'">
<title>${escaped(title)}</title>
<style>${STYLE}</style>
</head>
<body>
<header>
<p class="kind">${escaped(typeLabel(type))}</p>
<h1>${escaped(title)}</h1>
<dl class="facts">${facts(content)
    .map(([name, value]) => `<div><dt>${escaped(name)}</dt><dd>${escaped(value)}</dd></div>`)
    .join('')}</dl>
</header>
<main>
${sections.map((section) => sectionOf(section, timeZone)).join('\n')}
</main>
</body>
</html>
`;
}

function sectionOf(section: Section, timeZone: string): string {
  const { name, columns, rows } = section;
  const heading = `<h2>${escaped(name)}</h2>`;
  if (name === NOTES)
    return `<section>${heading}<ul>${rows.map(([note]) => `<li>${escaped(String(note))}</li>`).join('')}</ul></section>`;
  const [only] = rows;
  if (name === KEY_FIGURES && only !== undefined && rows.length === 1)
    return `<section>${heading}<dl class="figures">${columns
      .map(
        (column, index) =>
          `<div><dt>${escaped(columnLabel(column))}</dt><dd>${shown(only[index] ?? null, column.type, timeZone)}</dd></div>`,
      )
      .join('')}</dl></section>`;
  const figures = picturesOf(section, PAGE).map((svg) => `<figure>${svg}</figure>`);
  const pictures = figures.length > 1 ? `<div class="pictures">${figures.join('')}</div>` : figures.join('');
  if (rows.length === 0) return `<section>${heading}<p class="none">None in the period.</p></section>`;
  const head = columns.map(
    (column) => `<th scope="col"${numberClass(isNumeric(column))}>${escaped(columnLabel(column))}</th>`,
  );
  const body = rows.map(
    (row) => `<tr>${columns.map((column, index) => cellOf(row[index] ?? null, column, timeZone)).join('')}</tr>`,
  );
  return `<section>${heading}${pictures}<div class="table"><table><thead><tr>${head.join('')}</tr></thead><tbody>\n${body.join('\n')}\n</tbody></table></div></section>`;
}

/** A cell of a table. A code such as `PSA-100` stays on one line; a long text does not. */
function cellOf(cell: CellContent, column: Column, timeZone: string): string {
  const text = cell === null ? '' : shownCell(cell, column.type, timeZone);
  const isCode = !isNumeric(column) && text.length <= CODE_LENGTH && !text.includes(' ');
  return `<td${isCode ? ' class="code"' : numberClass(isNumeric(column))}>${shown(cell, column.type, timeZone)}</td>`;
}

const CODE_LENGTH = 24;

function shown(cell: CellContent, type: Parameters<typeof shownCell>[1], timeZone: string): string {
  return cell === null ? '<span class="none">–</span>' : escaped(shownCell(cell, type, timeZone));
}

function numberClass(isNumber: boolean): string {
  return isNumber ? ' class="number"' : '';
}

const STYLE = `
:root { color-scheme: light dark; --ink: #1f2933; --muted: #52606d; --line: #d9dee4; --paper: #ffffff; --soft: #f4f6f8; --strong: #1d5fa8; --weak: #9fb8d3; --accent: #c2410c; --alarm: #b3123a; }
@media (prefers-color-scheme: dark) { :root { --ink: #e6eaee; --muted: #a5b1bd; --line: #3a4650; --paper: #161c22; --soft: #1f272f; --strong: #6aa9ea; --weak: #3f5f80; --accent: #fb923c; --alarm: #ff7b8f; } }
* { box-sizing: border-box; }
body { margin: 0 auto; max-width: 72rem; padding: 2rem 1.5rem 4rem; background: var(--paper); color: var(--ink); font: 15px/1.5 system-ui, -apple-system, "Segoe UI", Roboto, sans-serif; }
.kind { margin: 0; color: var(--muted); font-size: .85rem; }
h1 { margin: .1rem 0 1rem; font-size: 1.75rem; line-height: 1.2; overflow-wrap: anywhere; }
h2 { margin: 2.5rem 0 .75rem; font-size: 1.15rem; }
dl { margin: 0; } dd { margin: 0; } dt { color: var(--muted); font-size: .8rem; }
.facts { display: flex; flex-wrap: wrap; gap: .5rem 2rem; padding-top: .75rem; border-top: 2px solid var(--strong); }
.figures { display: grid; grid-template-columns: repeat(auto-fill, minmax(10rem, 1fr)); gap: .75rem; }
.figures div { padding: .75rem 1rem; background: var(--soft); border-radius: 6px; }
.figures dd { font-size: 1.3rem; font-variant-numeric: tabular-nums; overflow-wrap: anywhere; }
figure { margin: 0 0 1rem; } figure svg { display: block; width: 100%; max-width: 52rem; height: auto; }
.pictures { display: grid; grid-template-columns: repeat(auto-fill, minmax(22rem, 1fr)); gap: 0 1.5rem; }
.table { overflow-x: auto; }
table { width: 100%; border-collapse: collapse; font-size: .875rem; }
th { padding: .4rem .6rem; text-align: left; vertical-align: bottom; border-bottom: 2px solid var(--line); color: var(--muted); font-weight: 600; }
td { padding: .35rem .6rem; text-align: left; vertical-align: top; border-bottom: 1px solid var(--line); overflow-wrap: break-word; } td.code { white-space: nowrap; }
.number { text-align: right; font-variant-numeric: tabular-nums; white-space: nowrap; }
.none { color: var(--muted); } ul { padding-left: 1.2rem; }
@media print { td.code { white-space: normal; } body { max-width: none; padding: 0; font-size: 10pt; } td { overflow-wrap: anywhere; } thead { display: table-header-group; } tr, figure, .figures div { break-inside: avoid; } h2 { break-after: avoid; } }
`;
