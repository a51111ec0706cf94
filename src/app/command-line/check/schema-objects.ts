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
  return [
    judged('migrations', wrong, `${migrations.length} migrations are applied`),
    judged(
      'objects-present',
      [...expected].filter((name) => !present.has(name)).map((name) => `${name} is missing`),
      `${expected.size} indexes, constraints and triggers of the migrations are there`,
    ),
    judged(
      'objects-in-force',
      objects.flatMap(({ name, problem }) => (problem === null ? [] : [`${name} ${problem}`])),
      `${objects.length} indexes, constraints and triggers are in force`,
    ),
  ];
}
