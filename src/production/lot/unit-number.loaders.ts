/**
 * Units by number. Wherever the number of a lot, a WIP item or a serial is taken, its external number is taken too: own
 * number first, in any spelling, then external number, exact. One statement finds either.
 */
import { rowByReference } from '../../platform/command/row-lock.ts';
import { type Reference, parseInput } from '../../platform/input/schemas.ts';
import type { Reader } from '../../platform/postgres/client.ts';
import { arrayParameter, identifier, sql, type Sql } from '../../platform/postgres/sql.ts';
import type { Row, Table } from '../../platform/postgres/table.ts';
import { type Loader, loadOne } from '../../platform/read/loader.ts';
import { numberOf, type UnitKind } from './unit-number.rules.ts';
import { externalNumber } from './unit-number.shapes.ts';

export type NumberedModel = 'Lot' | 'WipItem' | 'Serial';

/** A table of units, and of which kind their own numbers are. */
export interface NumberedTable<Model extends NumberedModel> {
  readonly kind: UnitKind;
  readonly table: Table<Model>;
  /** The entity in words: "WIP item". */
  readonly what: string;
  /** The type of the column `number`: compared as another type it would not be found by its index. */
  readonly numberType: 'bpchar' | 'varchar';
}

/**
 * The unit of a number in any spelling, or of an external number; null for an unknown one as for one that cannot be a
 * number.
 */
export function byNumber<Model extends NumberedModel>(
  numbered: NumberedTable<Model>,
): Loader<string, Row<Model> | null> {
  const { table, numberType } = numbered;
  return loadOne<string, Row<Model> & { readonly askedNumber: string }>({
    batch(texts, db) {
      const asked = texts.flatMap((text) => askedFor(numbered, text));
      const [given, own, external] = [
        asked.map((each) => each.text),
        asked.map((each) => each.own),
        asked.map((each) => each.external),
      ];
      return db.prepared(sql`
        SELECT asked.text AS "askedNumber", ${table.columns}
        FROM unnest(${arrayParameter('text', given)}, ${arrayParameter(numberType, own)}, ${arrayParameter('text', external)}) AS asked(text, own, external)
        JOIN ${table.name} t ON t.id = ${idOfNumber(numbered, sql`asked.own`, sql`asked.external`)}`);
    },
    keyOf: (row) => row.askedNumber,
  });
}

/** The unit that a reference names, unlocked; undefined when there is none. */
export async function unitOf<Model extends NumberedModel>(
  db: Reader,
  numbered: NumberedTable<Model>,
  reference: Reference,
): Promise<Row<Model> | undefined> {
  const { table } = numbered;
  if (reference.key === 'id') return rowByReference(db, table, reference);
  const [row] = await db.query<Row<Model>>(
    sql`SELECT ${table.columns} FROM ${table.name} t WHERE t.id = ${idOfReference(numbered, reference)}`,
  );
  return row;
}

/** The id that a reference means, as SQL. */
export function idOfReference<Model extends NumberedModel>(
  numbered: NumberedTable<Model>,
  { key, value }: Reference,
): Sql {
  if (key === 'id') return sql`${value}::uuid`;
  const text = String(value);
  return idOfNumber(
    numbered,
    sql`${numberOf(numbered.kind, text) ?? null}::${identifier(numbered.numberType)}`,
    sql`${text}::text`,
  );
}

function idOfNumber<Model extends NumberedModel>({ table }: NumberedTable<Model>, own: Sql, external: Sql): Sql {
  return sql`coalesce(
    (SELECT u.id FROM ${table.name} u WHERE u.number = ${own}),
    (SELECT u.id FROM ${table.name} u WHERE u.external_number = ${external}))`;
}

/** What to look for; nothing for a text that no number can have. */
function askedFor<Model extends NumberedModel>(
  numbered: NumberedTable<Model>,
  text: string,
): readonly { text: string; own: string | null; external: string }[] {
  const reading = parseInput(externalNumber, text);
  return 'rejections' in reading
    ? []
    : [{ text, own: numberOf(numbered.kind, reading.value) ?? null, external: reading.value }];
}
