/** Baselines: how a plant was, kept in a file, to compare a later check with: after an upgrade, a restore, a month. */
import { readFile, writeFile } from 'node:fs/promises';
import { AppError } from '../../../platform/values/assert.ts';
import { isJsonRecord } from '../../../platform/values/json.ts';
import { errorMessageOf } from '../../../platform/values/system-error.ts';
import { failed, type CheckFinding, passed } from './finding.ts';
import type { SmokeResult } from './smoke.ts';
import type { TableSize } from './surroundings.ts';

/** How a plant was. */
export interface Baseline {
  readonly recordedAt: string;
  readonly version: string;
  readonly queries: Readonly<Record<string, { readonly milliseconds: number; readonly statements: number }>>;
  readonly rows: Readonly<Record<string, number>>;
}

/** Times are compared loosely: a query is worse when it takes this many times as long, and so many milliseconds more. */
const WORSE = { factor: 1.5, milliseconds: 50 };

/** The tables whose rows expire, and may be fewer. */
const MAY_SHRINK: ReadonlySet<string> = new Set([
  'error_entries',
  'idempotency_keys',
  'system_events',
  'audit_entries',
]);

/** The baseline of what a check has measured. */
export function baselineOf(
  { version, now }: { readonly version: string; readonly now: string },
  queries: readonly SmokeResult[],
  tables: readonly TableSize[],
): Baseline {
  return {
    recordedAt: now,
    version,
    queries: Object.fromEntries(
      queries.map(({ name, milliseconds, statements }) => [name, { milliseconds, statements }]),
    ),
    rows: Object.fromEntries(tables.map(({ name, rows }) => [name, rows])),
  };
}

/** Judges a plant by how it was: slower key queries, more statements, lost rows. */
export function comparisonFindings(before: Baseline, now: Baseline): readonly CheckFinding[] {
  const queries = Object.entries(before.queries).map(([name, was]): CheckFinding => {
    const check = `baseline:${name}`;
    const is = now.queries[name];
    if (is === undefined) return failed(check, 1, 'was not asked');
    const text = `${is.milliseconds} ms and ${is.statements} statements, before ${was.milliseconds} ms and ${was.statements}`;
    const isSlower =
      is.milliseconds > was.milliseconds * WORSE.factor && is.milliseconds > was.milliseconds + WORSE.milliseconds;
    return isSlower || is.statements > was.statements ? failed(check, 1, text) : passed(check, text);
  });
  const lost = Object.entries(before.rows).flatMap(([name, rows]) => {
    const left = now.rows[name] ?? 0;
    return left < rows && !MAY_SHRINK.has(name) ? [`${name} has ${left} rows, before ${rows}`] : [];
  });
  const rows =
    lost.length === 0
      ? passed('baseline:rows', `no table has fewer rows than on ${before.recordedAt}`)
      : failed('baseline:rows', lost.length, lost.join('; '));
  return [...queries, rows];
}

/** Reads a baseline that a check has written. */
export async function readBaseline(file: string): Promise<Baseline> {
  const content = await readFile(file, 'utf8')
    .then((text): unknown => JSON.parse(text))
    .catch((error: unknown) => {
      throw new AppError(`The baseline ${file} cannot be read: ${errorMessageOf(error)}.`, { cause: error });
    });
  if (!isBaseline(content)) throw new AppError(`${file} is not a baseline of "lotgraph check --record".`);
  return content;
}

function isBaseline(content: unknown): content is Baseline {
  if (!isJsonRecord(content) || !isJsonRecord(content['queries']) || !isJsonRecord(content['rows'])) return false;
  const areNumbers = (values: readonly unknown[]): boolean => values.every((value) => typeof value === 'number');
  const isQuery = (query: unknown): boolean =>
    isJsonRecord(query) && areNumbers([query['milliseconds'], query['statements']]);
  return areNumbers(Object.values(content['rows'])) && Object.values(content['queries']).every(isQuery);
}

/** Writes a baseline. */
export async function writeBaseline(file: string, baseline: Baseline): Promise<void> {
  await writeFile(file, `${JSON.stringify(baseline, null, 2)}\n`);
}
