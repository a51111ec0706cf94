/**
 * Counts in the stored data what the constraints of the database forbid: constraints may have been off while a row was
 * written, and a restored copy is only as good as its source. The constraints themselves say what to count, so that a new
 * rule is recounted from its first day. One statement for each table, and one for each reference.
 */
import type { Reader } from '../../../platform/postgres/client.ts';
import { raw } from '../../../platform/postgres/sql.ts';
import { type CheckFinding, judged } from './finding.ts';

interface Count {
  readonly name: string;
  readonly count: number;
}

/** Judges rows by check constraints, times by the clock of the database, and references by what they refer to. */
export async function storedDataFindings(db: Reader): Promise<readonly CheckFinding[]> {
  const rules = await ruleCounts(db);
  const references = await referenceCounts(db);
  const text = ({ name, count }: Count): string => `${name}: ${count} rows`;
  const isTime = ({ name }: Count): boolean => name.includes('.');
  return [
    judged(
      'rules',
      rules.filter((each) => each.count > 0 && !isTime(each)).map(text),
      `${rules.filter((each) => !isTime(each)).length} constraints hold in every row`,
    ),
    judged(
      'future-times',
      rules.filter((each) => each.count > 0 && isTime(each)).map(text),
      `${rules.filter(isTime).length} columns have no time that is still to come`,
    ),
    judged(
      'orphans',
      references.filter(({ count }) => count > 0).map(text),
      `${references.length} references lead to a record`,
    ),
  ];
}

/** Times that are planned, or until which something is valid. */
const MAY_BE_FUTURE = ['expires_at', 'next_run_at'];

/** The rows of each table that a check constraint forbids, and those with a time more than a minute from now. */
async function ruleCounts(db: Reader): Promise<readonly Count[]> {
  const judgements = await db.sql<{ table: string; name: string; isWrong: string }>`
    SELECT conrelid::regclass::text AS table, conname AS name, '(' || pg_get_expr(conbin, conrelid) || ') IS FALSE' AS "isWrong"
    FROM pg_constraint WHERE contype = 'c' AND connamespace = 'public'::regnamespace AND conrelid <> 0
    UNION ALL
    SELECT a.attrelid::regclass::text, c.relname || '.' || a.attname, quote_ident(a.attname) || ' > now() + interval ''1 minute'''
    FROM pg_attribute a JOIN pg_class c ON c.oid = a.attrelid
    WHERE c.relnamespace = 'public'::regnamespace AND c.relkind IN ('r', 'p') AND a.attnum > 0 AND NOT a.attisdropped
      AND a.atttypid = 'timestamptz'::regtype AND a.attname LIKE '%\\_at' AND a.attname <> ALL(${MAY_BE_FUTURE}::text[])
    ORDER BY 1, 2`;
  const counts: Count[] = [];
  for (const table of new Set(judgements.map((each) => each.table))) {
    const ofTable = judgements.filter((each) => each.table === table);
    const columns = ofTable.map(({ isWrong }) => `count(*) FILTER (WHERE ${isWrong})`).join(', ');
    const [row = []] = await db.rows(raw(`SELECT ${columns} FROM ${table}`));
    counts.push(...ofTable.map(({ name }, index) => ({ name, count: Number(row[index]) })));
  }
  return counts;
}

/** The rows whose foreign key leads nowhere. */
async function referenceCounts(db: Reader): Promise<readonly Count[]> {
  const keys = await db.sql<{ name: string; child: string; parent: string; isSet: string; isSame: string }>`
    SELECT k.conname AS name, k.conrelid::regclass::text AS child, k.confrelid::regclass::text AS parent,
      string_agg('child.' || quote_ident(own.attname) || ' IS NOT NULL', ' AND ') AS "isSet",
      string_agg('parent.' || quote_ident(other.attname) || ' = child.' || quote_ident(own.attname), ' AND ') AS "isSame"
    FROM pg_constraint k CROSS JOIN LATERAL unnest(k.conkey, k.confkey) AS pair(own, other)
      JOIN pg_attribute own ON own.attrelid = k.conrelid AND own.attnum = pair.own
      JOIN pg_attribute other ON other.attrelid = k.confrelid AND other.attnum = pair.other
    WHERE k.contype = 'f' AND k.connamespace = 'public'::regnamespace
    GROUP BY k.oid ORDER BY 1`;
  const counts: Count[] = [];
  for (const { name, child, parent, isSet, isSame } of keys) {
    const [row = []] = await db.rows(
      raw(
        `SELECT count(*) FROM ${child} child WHERE ${isSet} AND NOT EXISTS (SELECT FROM ${parent} parent WHERE ${isSame})`,
      ),
    );
    counts.push({ name, count: Number(row[0]) });
  }
  return counts;
}
