/**
 * Units by number. Every input that takes the number of a lot, a WIP item or a serial also takes its external number: the
 * own number first, in any spelling, then the external number, exact. One statement finds either.
 */
import { rowByReference } from '../../platform/command/row-lock.ts';
import { type Reference } from '../../platform/input/schemas.ts';
import { parseInput } from '../../platform/input/parse.ts';
import type { Reader } from '../../platform/postgres/client.ts';
import { arrayParameter, identifier, sql, type Sql } from '../../platform/postgres/sql.ts';
import type { Row, Table } from '../../platform/postgres/table.ts';
import type { NaturalKey } from '../../platform/read/filter-keys.ts';
import { type Loader, loadOne } from '../../platform/read/loader.ts';
import { numberOf, unknownUnit, type UnitKind } from './unit-number.rules.ts';
import { writtenNumber } from './unit-number.shapes.ts';

/** The models whose rows are units with numbers. */
export type NumberedModel = 'Lot' | 'WipItem' | 'Serial';

/** A table of units, and the kind of their own numbers. */
export interface NumberedTable<Model extends NumberedModel> {
  readonly kind: UnitKind;
  readonly table: Table<Model>;
  /** The name of the entity in messages: "WIP item". */
  readonly what: string;
  /** The type of the column `number`. A comparison with another type would not use the index. */
  readonly numberType: 'bpchar' | 'varchar';
}

/**
 * Loads units by number in any spelling, or by external number; null for an unknown number, and for a text that cannot
 * be a number.
 */
export function byNumber<Model extends NumberedModel>(
  numbered: NumberedTable<Model>,
): Loader<string, Row<Model> | null> {
  const { table, numberType } = numbered;
  return loadOne<string, Row<Model> & { readonly askedNumber: string }>({
    batch(texts, db) {
      const numbers = texts.flatMap((text) => numbersToFind(numbered, text));
      const [given, own, external] = [
        numbers.map((each) => each.text),
        numbers.map((each) => each.own),
        numbers.map((each) => each.external),
      ];
      return db.prepared(sql`
        SELECT asked.text AS "askedNumber", ${table.columns}
        FROM unnest(${arrayParameter('text', given)}, ${arrayParameter(numberType, own)}, ${arrayParameter('text', external)}) AS asked(text, own, external)
        JOIN ${table.name} t ON t.id = ${idOfNumber(numbered, sql`asked.own`, sql`asked.external`)}`);
    },
    keyOf: (row) => row.askedNumber,
  });
}

/** The number of units of a kind as filters take it. */
export function numberKey(kind: UnitKind, loader: Loader<string, { readonly id: string } | null>): NaturalKey {
  return {
    description:
      'Its number, in any spelling, or its external number, exact. `eq` and `in` reject a number that does not exist.',
    async find(context, text) {
      const unit = await loader.load(context, text);
      return unit === null ? [] : [unit.id];
    },
    unknown: (text) => unknownUnit(kind, text, ''),
  };
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

/** The id that a reference names, as SQL. */
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

/** The own and the external number that a text may stand for; empty for a text that cannot be a number. */
function numbersToFind<Model extends NumberedModel>(
  numbered: NumberedTable<Model>,
  text: string,
): readonly { text: string; own: string | null; external: string }[] {
  const parsed = parseInput(writtenNumber, text);
  return 'rejections' in parsed
    ? []
    : [{ text, own: numberOf(numbered.kind, parsed.value) ?? null, external: parsed.value }];
}
