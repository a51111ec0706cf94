import type { Reader } from '../../platform/postgres/client.ts';
import { allOf, empty, join, sql, type Sql } from '../../platform/postgres/sql.ts';
import { present } from '../../platform/values/assert.ts';
import { startOfDayIn } from '../../platform/values/zoned-time.ts';
import { IS_DISMISSED } from '../../quality/defect/defect.loaders.ts';
import { type Counted, DEFECT_QUANTITY_SUM, isCounted } from '../figure/execution.loaders.ts';
import { bucketNumbers, isInPeriod } from '../period/bucket.loaders.ts';
import { periodOfDays, type DayRange } from '../period/period.rules.ts';
import { sampleInScope } from '../scope/scope.loaders.ts';
import type { Scope } from '../scope/scope.rules.ts';
import { type CountedDefects, type DefectDensity, defectDensityOf } from './density.rules.ts';
import { type CountedKey, type DefectSource, type Pareto, type ParetoKey, paretoOf } from './pareto.rules.ts';
import { type DayOfExecutions, intervalsOf, type Trend, type TrendInterval, trendOfIntervals } from './trend.rules.ts';

/** KPI-7: The defects that count most, by one statement. */
export async function loadDefectPareto(
  db: Reader,
  counted: Counted,
  { source, by, limit }: { readonly source: DefectSource; readonly by: ParetoKey; readonly limit: number },
): Promise<Pareto<string | null>> {
  const { names, key, ofFinding } = KEYS[by];
  const executions = sql`
    SELECT ${key} AS key, (defect ->> 'quantity')::bigint AS count
    FROM process_data d CROSS JOIN LATERAL jsonb_array_elements(d.defects) AS defect ${names}
    WHERE ${HAS_DEFECTS} AND ${isCounted(counted)}`;
  const findings = sql`
    SELECT ${ofFinding ?? sql`NULL`}, 1 FROM defects f JOIN inspections i ON i.id = f.inspection_id
    WHERE ${ofFinding === undefined ? sql`FALSE` : isCountedFinding(counted)}`;
  const parts = [...(source === 'INSPECTION' ? [] : [executions]), ...(source === 'PROCESS' ? [] : [findings])];
  const rows = await db.query<CountedKey<string | null>>(sql`
    SELECT key, sum(count)::float8 AS count FROM (${join(parts, ' UNION ALL ')}) AS found (key, count) GROUP BY key`);
  return paretoOf(rows, limit);
}

/** KPI-6: How many defects a unit and a million opportunities have, by one statement. */
export async function loadDefectDensity(
  db: Reader,
  counted: Counted,
  { source, opportunitiesPerUnit }: { readonly source: DefectSource; readonly opportunitiesPerUnit: number },
): Promise<DefectDensity> {
  const { period, scope } = counted;
  const ofFindings = sql`(SELECT count(*) FROM defects f JOIN inspections i ON i.id = f.inspection_id WHERE ${isCountedFinding(counted)})`;
  const inspected = sql`
    SELECT ${ofFindings}::float8 AS "defectCount", count(*)::int AS "unitCount" FROM inspections i
    WHERE i.status = 'COMPLETED' AND ${isInPeriod(sql`i.completed_at`, period)} AND ${sampleInScope('i', scope)}`;
  const executed = sql`
    SELECT work."defectQuantity" + ${source === 'BOTH' ? ofFindings : sql`0`} AS "defectCount", work.units::int AS "unitCount"
    FROM (SELECT ${DEFECT_QUANTITY_SUM}, count(DISTINCT d.unit_id) AS units FROM process_data d WHERE ${isCounted(counted)}) AS work`;
  const [counts] = await db.query<CountedDefects>(source === 'INSPECTION' ? inspected : executed);
  return defectDensityOf(present(counts, 'The counts of defects'), opportunitiesPerUnit);
}

/** KPI-8: Executions and failures per day, week or month, by one statement. */
export async function loadDefectTrend(db: Reader, { days, timeZone, scope, interval }: TrendQuestion): Promise<Trend> {
  const starts = intervalsOf(days, interval);
  const buckets = starts.map((key) => ({ start: startOfDayIn(timeZone, key), key }));
  const counted: Counted = { period: periodOfDays(days, timeZone), scope };
  const rows = await db.query<DayOfExecutions & { readonly place: number }>(sql`
    SELECT ${bucketNumbers(sql`d.completed_at`, buckets).number} AS place, count(*)::int AS executions,
           count(*) FILTER (WHERE d.result = 'FAIL')::int AS "failCount", ${DEFECT_QUANTITY_SUM}
    FROM process_data d WHERE ${isCounted(counted)} GROUP BY 1`);
  return trendOfIntervals(starts, new Map(rows.map(({ place, ...executed }) => [place, executed])));
}

/** What a trend is asked about. */
export interface TrendQuestion {
  readonly days: DayRange;
  readonly timeZone: string;
  readonly scope: Scope;
  readonly interval: TrendInterval;
}

/** What the rows of a Pareto are about: the tables that name it, and its name for defects of executions and for findings. */
const KEYS: Readonly<Record<ParetoKey, { readonly names: Sql; readonly key: Sql; readonly ofFinding?: Sql }>> = {
  CODE: { names: empty, key: sql`defect ->> 'code'`, ofFinding: sql`f.type::text` },
  SEVERITY: { names: empty, key: sql`defect ->> 'severity'`, ofFinding: sql`f.severity::text` },
  PROCESS: { names: sql`JOIN processes named ON named.id = d.process_id`, key: sql`named.code` },
  EQUIPMENT: { names: sql`LEFT JOIN equipment named ON named.id = d.equipment_id`, key: sql`named.code` },
  OPERATOR: { names: sql`JOIN users named ON named.id = d.operator_id`, key: sql`named.username` },
};

/** A PASS has no defects. */
const HAS_DEFECTS: Sql = sql`d.result IN ('FAIL', 'REWORK')`;

/** The condition that a finding `f` of an inspection `i` was made in the period, is in the scope, and was not dismissed. */
function isCountedFinding({ period, scope }: Counted): Sql {
  return allOf([sql`NOT ${IS_DISMISSED}`, isInPeriod(sql`f.created_at`, period), sampleInScope('i', scope)]);
}
