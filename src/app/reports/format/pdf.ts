/** Reports as PDF: A4 pages with a title, key figures, charts as vectors, and tables with repeated heads. */
import { createRequire } from 'node:module';
import path from 'node:path';
import { picturesOf } from './pictures.ts';
import { PAPER } from '../../../insight/picture/theme.rules.ts';
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

/** The most rows of a section in a PDF. Nobody reads more on paper; the other formats have all of them. */
export const PDF_ROWS = 10_000;

/** What is used of pdfmake, which has no types of its own. */
interface PdfMake {
  setFonts(fonts: object): void;
  setUrlAccessPolicy(policy: (url: string) => boolean): void;
  setLocalAccessPolicy(policy: (file: string) => boolean): void;
  createPdf(definition: object): { getBuffer(): Promise<Uint8Array> };
}

/** The document. The same content gives the same bytes. */
export async function pdfOf(content: ReportContent): Promise<Uint8Array> {
  const require = createRequire(import.meta.url);
  const pdfmake = require('pdfmake') as PdfMake;
  const folder = path.join(path.dirname(require.resolve('pdfmake/package.json')), 'fonts', 'Roboto');
  const font = (name: string): string => path.join(folder, `Roboto-${name}.ttf`);
  pdfmake.setFonts({
    Roboto: {
      normal: font('Regular'),
      bold: font('Medium'),
      italics: font('Italic'),
      bolditalics: font('MediumItalic'),
    },
  });
  // A report refers to nothing outside of it, and no content can make it read a file.
  pdfmake.setUrlAccessPolicy(() => false);
  pdfmake.setLocalAccessPolicy((file) => path.dirname(path.resolve(file)) === folder);
  return pdfmake.createPdf(documentOf(content)).getBuffer();
}

/** The definition of the document for pdfmake. */
export function documentOf(content: ReportContent): object {
  const { title, type, dataAsOf, sections, timeZone } = content;
  const isWide = sections.some(({ columns }) => columns.length > PORTRAIT_COLUMNS);
  const width = (isWide ? A4.long : A4.short) - 2 * MARGIN;
  const date = new Date(dataAsOf);
  return {
    info: { title, creator: 'lotgraph', producer: 'lotgraph', creationDate: date, modDate: date },
    pageSize: 'A4',
    pageOrientation: isWide ? 'landscape' : 'portrait',
    pageMargins: [MARGIN, MARGIN, MARGIN, MARGIN + 10],
    defaultStyle: { font: 'Roboto', fontSize: 9, color: PAPER.ink, lineHeight: 1.15 },
    footer: (page: number, pages: number) => ({
      margin: [MARGIN, 12, MARGIN, 0],
      fontSize: 8,
      color: PAPER.muted,
      columns: [
        { text: title, width: '*' },
        { text: `Page ${page} of ${pages}`, alignment: 'right', width: 90 },
      ],
    }),
    content: [
      { text: typeLabel(type), fontSize: 9, color: PAPER.muted },
      { text: title, fontSize: 20, bold: true, margin: [0, 0, 0, 6] },
      {
        canvas: [{ type: 'line', x1: 0, y1: 0, x2: width, y2: 0, lineWidth: 1.5, lineColor: PAPER.strong }],
        margin: [0, 0, 0, 6],
      },
      {
        columns: facts(content).map(([name, value]) => ({
          width: 'auto',
          stack: [{ text: name, fontSize: 8, color: PAPER.muted }, { text: value }],
        })),
        columnGap: 24,
      },
      ...sections.flatMap((section) => partsOf(section, { width, timeZone })),
    ],
  };
}

const MARGIN = 36;
const A4 = { short: 595.28, long: 841.89 } as const;
const PORTRAIT_COLUMNS = 6;

interface Page {
  readonly width: number;
  readonly timeZone: string;
}

/** The parts of a section. The heading stays with what follows it. */
function partsOf(section: Section, page: Page): readonly object[] {
  const { name, rows } = section;
  const heading = { text: name, fontSize: 13, bold: true, margin: [0, 16, 0, 6] };
  if (name === NOTES) return [{ unbreakable: true, stack: [heading, { ul: rows.map(([note]) => String(note)) }] }];
  if (rows.length === 0)
    return [{ unbreakable: true, stack: [heading, { text: 'None in the period.', color: PAPER.muted }] }];
  const [only] = rows;
  if (name === KEY_FIGURES && only !== undefined && rows.length === 1)
    return [{ unbreakable: true, stack: [heading, figuresOf(section, only, page)] }];
  const pictures = pictureParts(section, heading, page);
  return [
    ...pictures,
    tableOf(section, page, pictures.length === 0 ? [titleRow(section)] : []),
    ...(rows.length > PDF_ROWS
      ? [
          {
            text: `The first ${PDF_ROWS} of ${rows.length} rows. The formats EXCEL, CSV and JSON have all of them.`,
            color: PAPER.muted,
            margin: [0, 4, 0, 0],
          },
        ]
      : []),
  ];
}

const PICTURE_WIDTH = 523;

/** The pictures of a section: one across the page, several in pairs. The heading stays with the first. */
function pictureParts(section: Section, heading: object, page: Page): readonly object[] {
  const pictures = picturesOf(section, PAPER);
  const [only] = pictures;
  if (only === undefined) return [];
  const lines =
    pictures.length === 1
      ? [{ svg: only, width: Math.min(page.width, PICTURE_WIDTH), margin: [0, 0, 0, 8] }]
      : pairsOf(pictures).map((pair) => ({
          columns: pair.map((svg) => ({ svg, width: Math.min((page.width - GAP) / 2, PICTURE_WIDTH) })),
          columnGap: GAP,
          margin: [0, 0, 0, 8],
        }));
  return lines.map((line, at) => ({ unbreakable: true, stack: at === 0 ? [heading, line] : [line] }));
}

const GAP = 16;

function pairsOf<Item>(items: readonly Item[]): readonly (readonly Item[])[] {
  return items.flatMap((_item, at) => (at % 2 === 0 ? [items.slice(at, at + 2)] : []));
}

const FIGURES_IN_A_ROW = 4;

function figuresOf({ columns }: Section, row: readonly CellContent[], { timeZone }: Page): object {
  const tiles = columns.map((column, index) => ({
    stack: [
      { text: columnLabel(column), fontSize: 8, color: PAPER.muted },
      { text: row[index] === null ? '–' : shownCell(row[index] ?? null, column.type, timeZone), fontSize: 14 },
    ],
    margin: [4, 3, 4, 3],
  }));
  const lines: object[][] = [];
  for (let from = 0; from < tiles.length; from += FIGURES_IN_A_ROW) {
    const line: object[] = tiles.slice(from, from + FIGURES_IN_A_ROW);
    while (line.length < FIGURES_IN_A_ROW) line.push({ text: '', fillColor: '#ffffff' });
    lines.push(line);
  }
  return {
    table: { widths: Array.from({ length: FIGURES_IN_A_ROW }, () => '*'), body: lines },
    layout: {
      defaultBorder: false,
      fillColor: () => '#f4f6f8',
      hLineWidth: () => 3,
      vLineWidth: () => 3,
      hLineColor: () => '#ffffff',
      vLineColor: () => '#ffffff',
    },
  };
}

/** A table whose head is repeated on each page, and whose rows are never divided between two pages. */
function tableOf(section: Section, page: Page, titles: readonly object[][]): object {
  const { columns } = section;
  const rows = section.rows.slice(0, PDF_ROWS);
  const texts = rows.map((row) =>
    columns.map((column, index) =>
      row[index] === null ? '–' : shownCell(row[index] ?? null, column.type, page.timeZone),
    ),
  );
  const small = columns.length > PORTRAIT_COLUMNS ? 7 : 8;
  const widths = widthsOf(columns, texts, page.width, small);
  const head = columns.map((column) => ({
    text: columnLabel(column),
    bold: true,
    color: PAPER.muted,
    alignment: isNumeric(column) ? 'right' : 'left',
  }));
  const body = texts.map((line) =>
    line.map((text, index) => {
      const column = columns[index];
      // A word that is wider than its column is divided, so that it does not run into the next column.
      const longest = Math.max(...text.split(/\s/).map((word) => word.length));
      const isTooWide = longest * small * WIDE_CHARACTER > (widths[index] ?? 0);
      const alignment = column !== undefined && isNumeric(column) ? 'right' : 'left';
      return isTooWide ? { text, alignment, wordBreak: 'break-all' } : { text, alignment };
    }),
  );
  return {
    fontSize: small,
    table: {
      headerRows: titles.length + 1,
      keepWithHeaderRows: 1,
      dontBreakRows: true,
      widths: [...widths],
      body: [...titles, head, ...body],
    },
    layout: {
      hLineWidth: (line: number) => (line <= titles.length ? 0 : line === titles.length + 1 ? 1 : 0.5),
      vLineWidth: () => 0,
      hLineColor: () => PAPER.line,
      paddingLeft: () => PADDING,
      paddingRight: () => PADDING,
      paddingTop: () => 2.5,
      paddingBottom: () => 2.5,
    },
  };
}

/** The name of a section as a row of the head of its table, so that it stands on each page of the table. */
function titleRow({ name, columns }: Section): object[] {
  const title = { text: name, fontSize: 13, bold: true, colSpan: columns.length, margin: [-PADDING, 12, 0, 4] };
  return [title, ...columns.slice(1).map(() => ({}))];
}

const PADDING = 3;
/** The widths of characters, as parts of the size of the font: the mean, and that of a wide one. */
const CHARACTER = 0.6;
const WIDE_CHARACTER = 0.64;

/** The widths of the columns by what is in them, together at most as wide as the page. */
function widthsOf(
  columns: readonly Column[],
  texts: readonly (readonly string[])[],
  pageWidth: number,
  fontSize: number,
): readonly number[] {
  const sample = texts.slice(0, 500);
  const room = pageWidth - columns.length * 2 * PADDING;
  const wanted = columns.map((column, index) => {
    const head =
      Math.max(
        ...columnLabel(column)
          .split(' ')
          .map((word) => word.length),
      ) + 1;
    const longest = Math.max(head, ...sample.map((line) => line[index]?.length ?? 0));
    return (longest + 1) * fontSize * CHARACTER;
  });
  const total = wanted.reduce((sum, width) => sum + width, 0);
  if (total <= room) return wanted.map((width) => width * Math.min(room / total, WIDEST_STRETCH));
  // Narrow columns get all they want; the wide ones share the rest, and their texts have several lines.
  const widths = [...wanted];
  let rest = room;
  const byWidth = [...wanted.keys()].toSorted((a, b) => (wanted[a] ?? 0) - (wanted[b] ?? 0));
  for (const [place, index] of byWidth.entries()) {
    const width = Math.min(wanted[index] ?? 0, rest / (byWidth.length - place));
    widths[index] = width;
    rest -= width;
  }
  return widths;
}

const WIDEST_STRETCH = 1.6;
