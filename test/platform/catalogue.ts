/**
 * Describes the catalogue of a database as sentences, so that two catalogues can be compared and a difference is
 * readable.
 */
import { withConnection } from '../support/database.ts';

/** Everything in the schema. Two databases with equal sentences behave alike. */
export function wholeCatalogue(url: string): Promise<readonly string[]> {
  return sentences(url, `${STRUCTURE} UNION ALL ${BEHAVIOUR}`);
}

/**
 * The part that a Prisma schema can express: tables, columns, types, nullability, enums, and primary, foreign and
 * unique keys.
 */
export function structure(url: string): Promise<readonly string[]> {
  return sentences(url, STRUCTURE);
}

/** The sentences of only one of the two catalogues, each with its side. */
export function differences(
  left: readonly string[],
  right: readonly string[],
  leftName: string,
  rightName: string,
): readonly string[] {
  const only = [
    ...left.filter((line) => !right.includes(line)).map((line) => ({ line, side: leftName })),
    ...right.filter((line) => !left.includes(line)).map((line) => ({ line, side: rightName })),
  ];
  return only.toSorted((a, b) => (a.line < b.line ? -1 : 1)).map(({ line, side }) => `only in ${side}: ${line}`);
}

async function sentences(url: string, sql: string): Promise<readonly string[]> {
  return withConnection(url, async (client) => {
    const { rows } = await client.query<{ line: string }>(
      `SELECT line FROM (${sql}) AS catalogue (line) ORDER BY line COLLATE "C"`,
    );
    return rows.map((row) => row.line);
  });
}

const COLUMNS = (keys: string, table: string): string =>
  `(SELECT string_agg(a.attname, ', ' ORDER BY k.position) FROM unnest(${keys}) WITH ORDINALITY AS k (number, position)
    JOIN pg_attribute a ON a.attrelid = ${table} AND a.attnum = k.number)`;

// A unique key is read from its index, because unique constraints and unique indexes both have one. Prisma cannot
// express partial and expression indexes, and knows no materialised views.
const STRUCTURE = `
  SELECT 'table ' || relname FROM pg_class WHERE relnamespace = current_schema()::regnamespace AND relkind = 'r' AND relname <> '_prisma_migrations'
  UNION ALL
  SELECT format('column %s.%s %s %s', c.relname, a.attname, format_type(a.atttypid, a.atttypmod), CASE WHEN a.attnotnull THEN 'NOT NULL' ELSE 'NULL' END)
  FROM pg_attribute a JOIN pg_class c ON c.oid = a.attrelid
  WHERE c.relnamespace = current_schema()::regnamespace AND c.relkind = 'r' AND c.relname <> '_prisma_migrations' AND a.attnum > 0 AND NOT a.attisdropped
  UNION ALL
  SELECT format('enum %s %s', t.typname, string_agg(e.enumlabel, ', ' ORDER BY e.enumsortorder))
  FROM pg_type t JOIN pg_enum e ON e.enumtypid = t.oid WHERE t.typnamespace = current_schema()::regnamespace GROUP BY t.typname
  UNION ALL
  SELECT format('primary key %s of %s (%s)', n.conname, n.conrelid::regclass, ${COLUMNS('n.conkey', 'n.conrelid')})
  FROM pg_constraint n WHERE n.connamespace = current_schema()::regnamespace AND n.contype = 'p' AND n.conrelid::regclass::text <> '_prisma_migrations'
  UNION ALL
  SELECT format('foreign key %s of %s (%s) to %s (%s) on delete %s on update %s', n.conname, n.conrelid::regclass, ${COLUMNS('n.conkey', 'n.conrelid')},
                n.confrelid::regclass, ${COLUMNS('n.confkey', 'n.confrelid')}, n.confdeltype, n.confupdtype)
  FROM pg_constraint n WHERE n.connamespace = current_schema()::regnamespace AND n.contype = 'f'
  UNION ALL
  SELECT format('unique key %s of %s (%s)', i.indexrelid::regclass, i.indrelid::regclass, ${COLUMNS('i.indkey::int2[]', 'i.indrelid')})
  FROM pg_index i JOIN pg_class c ON c.oid = i.indexrelid
  WHERE c.relnamespace = current_schema()::regnamespace AND i.indisunique AND NOT i.indisprimary AND i.indpred IS NULL AND i.indexprs IS NULL
    AND (SELECT relkind FROM pg_class WHERE oid = i.indrelid) = 'r'`;

const BEHAVIOUR = `
  SELECT format('default %s.%s %s%s%s', d.adrelid::regclass, a.attname, a.attgenerated, a.attidentity, pg_get_expr(d.adbin, d.adrelid))
  FROM pg_attrdef d JOIN pg_attribute a ON a.attrelid = d.adrelid AND a.attnum = d.adnum JOIN pg_class c ON c.oid = d.adrelid
  WHERE c.relnamespace = current_schema()::regnamespace
  UNION ALL
  SELECT format('constraint %s of %s %s', conname, conrelid::regclass, pg_get_constraintdef(oid)) FROM pg_constraint WHERE connamespace = current_schema()::regnamespace
  UNION ALL
  SELECT pg_get_indexdef(indexrelid) FROM pg_index JOIN pg_class c ON c.oid = indexrelid WHERE c.relnamespace = current_schema()::regnamespace
  UNION ALL
  SELECT pg_get_triggerdef(t.oid) || ' ' || t.tgenabled::text FROM pg_trigger t JOIN pg_class c ON c.oid = t.tgrelid WHERE c.relnamespace = current_schema()::regnamespace AND NOT t.tgisinternal
  UNION ALL
  SELECT pg_get_functiondef(oid) FROM pg_proc WHERE pronamespace = current_schema()::regnamespace AND prokind IN ('f', 'p')
  UNION ALL
  SELECT format('%s %s %s', relkind, oid::regclass, CASE relkind WHEN 'S' THEN '' ELSE pg_get_viewdef(oid) END) FROM pg_class
  WHERE relnamespace = current_schema()::regnamespace AND relkind IN ('v', 'm', 'S')
  UNION ALL
  SELECT format('type %s %s', t.oid::regtype, t.typtype) FROM pg_type t LEFT JOIN pg_class c ON c.oid = t.typrelid
  WHERE t.typnamespace = current_schema()::regnamespace AND t.typcategory <> 'A' AND (t.typrelid = 0 OR c.relkind = 'c')
  UNION ALL
  SELECT format('comment on %s %s: %s', classoid::regclass, pg_describe_object(classoid, objoid, objsubid), description) FROM pg_description d
  WHERE EXISTS (SELECT FROM pg_class c WHERE c.oid = d.objoid AND c.relnamespace = current_schema()::regnamespace AND d.classoid = 'pg_class'::regclass)
  UNION ALL
  SELECT format('privileges of %s: %s', oid::regclass, relacl) FROM pg_class WHERE relnamespace = current_schema()::regnamespace AND relacl IS NOT NULL`;
