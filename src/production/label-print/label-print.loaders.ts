import { LABEL_TYPES, type LabelType } from '../../catalog/process/process.rules.ts';
import type { Reference } from '../../platform/input/schemas.ts';
import type { Reader } from '../../platform/postgres/client.ts';
import { sql } from '../../platform/postgres/sql.ts';
import { table } from '../../platform/postgres/table.ts';
import { connection } from '../../platform/read/connection.ts';
import * as filter from '../../platform/read/filter.ts';
import { order } from '../../platform/read/keyset.ts';
import { byId } from '../../platform/read/loader.ts';
import { relationFilter } from '../../platform/read/relation-filter.ts';
import { lotTarget } from '../lot/lot.loaders.ts';
import type { UnitKind } from '../lot/unit-number.rules.ts';
import { serialTarget } from '../serial/serial.loaders.ts';
import { type UnitIds, unitSql } from '../unit/unit.loaders.ts';
import { LEVEL_OF_UNIT } from '../unit/unit.rules.ts';
import { wipItemTarget } from '../wip-item/wip-item.loaders.ts';
import { pngOf, svgOf } from './label-image.gateway.ts';
import {
  type LabelCode,
  type LabelFormat,
  LABEL_PRINT_STATUSES,
  readableNumber,
  UNIT_OF_LABEL,
  zplOf,
} from './label-print.rules.ts';

/** The table of prints of labels. */
export const labelPrints = table('LabelPrint', 'label_prints');

/** Loads prints by id. */
export const labelPrintById = byId(labelPrints);

const { column } = labelPrints;

/** The list of prints, with its filter and orders. */
export const labelPrintList = connection({
  table: labelPrints,
  filter: {
    labelType: filter.enumFilter(LABEL_TYPES, column('labelType'), 'What the label is of.'),
    status: filter.enumFilter(LABEL_PRINT_STATUSES, column('status'), 'How the print ended.'),
    lot: relationFilter(lotTarget, column('lotId'), 'The lot of the label; labels of its units do not count.'),
    wipItem: relationFilter(wipItemTarget, column('wipItemId'), 'The WIP item of the label.'),
    serial: relationFilter(serialTarget, column('serialId'), 'The serial of the label.'),
    createdAt: filter.instantFilter(column('createdAt'), 'When the print began (UTC).'),
  },
  orders: {
    CREATED_AT: order('By when the print began.', {
      field: 'createdAt',
      column: column('createdAt'),
      cast: 'timestamptz',
    }),
  },
  defaultOrder: [{ field: 'CREATED_AT', direction: 'DESC' }],
});

/** A unit whose label is drawn or printed. */
export type LabelledUnit = UnitIds & { readonly number: string };

/**
 * The unit of a reference, with its number; undefined when there is none. Where an item and its serial share an external
 * number, the type of the label decides.
 */
export async function labelledUnit(
  db: Reader,
  reference: Reference,
  labelType: LabelType,
): Promise<LabelledUnit | undefined> {
  const level = LEVEL_OF_UNIT[UNIT_OF_LABEL[labelType]];
  const [unit] = await db.query<LabelledUnit>(sql`
    SELECT unit.*, CASE unit.kind
      WHEN 'LOT' THEN (SELECT l.number::text FROM lots l WHERE l.id = unit."lotId")
      WHEN 'WIP_ITEM' THEN (SELECT w.number FROM wip_items w WHERE w.id = unit."wipItemId")
      ELSE (SELECT s.number FROM serials s WHERE s.id = unit."serialId") END AS number
    FROM (${unitSql(reference, sql`${level}`)}) AS unit`);
  return unit;
}

/** A label that is drawn. */
export interface Label {
  /** The number in its code. */
  readonly text: string;
  /** The SVG or ZPL as text, or the PNG in base64. */
  readonly content: string;
  readonly contentType: string;
}

/** Draws the label of a unit. */
export async function drawLabel(
  { kind, number: text }: { readonly kind: UnitKind; readonly number: string },
  format: LabelFormat,
  code: LabelCode,
): Promise<Label> {
  const label = { text, readable: readableNumber(kind, text) };
  if (format === 'SVG') return { text, content: await svgOf(label, code), contentType: 'image/svg+xml' };
  if (format === 'ZPL') return { text, content: zplOf(label, code), contentType: 'application/zpl' };
  return { text, content: (await pngOf(label, code)).toString('base64'), contentType: 'image/png' };
}
