/** Whether the indexes, constraints and triggers that the migrations make are there and in force. */
import type { MigrationFile } from '../../../platform/migrations/files.ts';
import type { MigrationState } from '../../../platform/migrations/runner.ts';
import type { Reader } from '../../../platform/postgres/client.ts';
import { type CheckFinding, judged } from './finding.ts';

/** The names of the objects that applied migrations have made and not removed again. */
export function expectedObjects(files: readonly Pick<MigrationFile, 'up'>[]): ReadonlySet<string> {
  const names = new Set<string>();
  for (const { up } of files)
    for (const { groups } of up.replaceAll(/--[^\n]*/g, '').matchAll(OBJECT)) {
      const { made, dropped } = groups ?? {};
      if (dropped !== undefined) names.delete(dropped);
      if (made !== undefined) names.add(made);
    }
  return names;
}

/** Names that start with the kind of the object, as all of ours do. */
const NAME = String.raw`(?:pk|uq|puq|ck|fk|ix|ex|tg)_[a-z_0-9]+`;
const OBJECT = new RegExp(
  String.raw`DROP\s+(?:INDEX|TRIGGER|CONSTRAINT)(?:\s+CONCURRENTLY)?(?:\s+IF\s+EXISTS)?\s+(?<dropped>${NAME})|(?:INDEX(?:\s+CONCURRENTLY)?(?:\s+IF\s+NOT\s+EXISTS)?|TRIGGER|CONSTRAINT)\s+(?<made>${NAME})`,
  'g',
);

/** The columns, as `table.column`, that applied migrations have made NOT NULL. */
export function expectedNotNull(files: readonly Pick<MigrationFile, 'up'>[]): ReadonlySet<string> {
  const columns = new Set<string>();
  for (const { up } of files)
    for (const statement of up.replaceAll(/--[^\n]*/g, '').split(';')) {
      const { made, changed } = TABLE.exec(statement)?.groups ?? {};
      for (const { groups } of made === undefined ? [] : statement.matchAll(NOT_NULL_LINE))
        columns.add(`${made}.${groups?.['column']}`);
      for (const { groups } of changed === undefined ? [] : statement.matchAll(NOT_NULL_CHANGE)) {
        const { added, set, dropped } = groups ?? {};
        if (dropped !== undefined) columns.delete(`${changed}.${dropped}`);
        if (added !== undefined || set !== undefined) columns.add(`${changed}.${added ?? set}`);
      }
    }
  return columns;
}

const TABLE = /^\s*(?:CREATE TABLE (?<made>\w+) \(|ALTER TABLE (?<changed>\w+)\b)/;
const NOT_NULL_LINE = /^ {2}(?<column>[a-z_0-9]+) [a-z].*\bNOT NULL\b/gm;
const NOT_NULL_CHANGE =
  /ADD COLUMN (?<added>\w+) [^,]*?\bNOT NULL\b|ALTER COLUMN (?<set>\w+) SET NOT NULL|(?:ALTER COLUMN (?=\w+ DROP NOT NULL)|DROP COLUMN )(?<dropped>\w+)/g;

/** Judges migrations and the objects that they make. `files` are those of this release. */
export async function schemaFindings(
  db: Reader,
  migrations: readonly MigrationState[],
  files: readonly Pick<MigrationFile, 'up'>[],
): Promise<readonly CheckFinding[]> {
  const wrong = migrations.filter(({ state }) => state !== 'APPLIED').map(({ name, state }) => `${name} is ${state}`);
  const objects = await db.sql<{ name: string; problem: string | null }>`
    SELECT c.relname AS name, CASE WHEN NOT i.indisvalid THEN 'is invalid' END AS problem
    FROM pg_index i JOIN pg_class c ON c.oid = i.indexrelid WHERE c.relnamespace = 'public'::regnamespace
    UNION ALL
    SELECT conname, CASE WHEN NOT convalidated THEN 'is not validated' END FROM pg_constraint WHERE connamespace = 'public'::regnamespace
    UNION ALL
    SELECT t.tgname, CASE WHEN t.tgenabled <> 'O' THEN 'is disabled' END FROM pg_trigger t JOIN pg_class c ON c.oid = t.tgrelid
    WHERE c.relnamespace = 'public'::regnamespace AND NOT t.tgisinternal`;
  const present = new Set(objects.map(({ name }) => name));
  const expected = expectedObjects(files);
  const demanded = expectedNotNull(files);
  const columns = await db.sql<{ name: string }>`
    SELECT c.relname || '.' || a.attname AS name FROM pg_attribute a JOIN pg_class c ON c.oid = a.attrelid
    WHERE c.relnamespace = 'public'::regnamespace AND c.relkind IN ('r', 'p') AND a.attnum > 0 AND NOT a.attisdropped AND NOT a.attnotnull`;
  const nullable = new Set(columns.map(({ name }) => name));
  return [
    judged('migrations', wrong, `${migrations.length} migrations are applied`),
    judged(
      'objects-present',
      [...expected].filter((name) => !present.has(name)).map((name) => `${name} is missing`),
      `${expected.size} indexes, constraints and triggers of the migrations are there`,
    ),
    judged(
      'not-null',
      [...demanded].filter((column) => nullable.has(column)).map((column) => `${column} may be null`),
      `${demanded.size} columns are NOT NULL`,
    ),
    judged(
      'objects-in-force',
      objects.flatMap(({ name, problem }) => (problem === null ? [] : [`${name} ${problem}`])),
      `${objects.length} indexes, constraints and triggers are in force`,
    ),
  ];
}
