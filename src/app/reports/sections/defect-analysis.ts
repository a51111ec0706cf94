/** DEFECT_ANALYSIS: what failed in the period, and which defects count most. */
import { allOf, sql } from '../../../platform/postgres/sql.ts';
import { defectsOf } from '../../../production/process-data/result/measurement.shapes.ts';
import { IS_DISMISSED } from '../../../quality/defect/defect.loaders.ts';
import { type CountedKey, paretoOf } from '../../../insight/defect-figure/pareto.rules.ts';
import { type DayOfExecutions, daysOf, trendOf } from '../../../insight/defect-figure/trend.rules.ts';
import { DEFECT_QUANTITY_SUM, RESULT_COUNTS, type ResultCounts } from '../../../insight/figure/execution.loaders.ts';
import { ratioOf } from '../../../insight/figure/ratio.rules.ts';
import { isInPeriod } from '../../../insight/period/bucket.loaders.ts';
import { defectFigures } from '../../../quality/verdict/statistics.loaders.ts';
import { defectStatistics } from '../../../quality/verdict/statistics.rules.ts';
import { groupedBy, KEY_FIGURES, notesSection, section, type Section } from '../content/content.ts';
import { type ReportStep } from './figures.ts';
import { executionMatches, findingMatches, notesOnFilter, type ReportScope } from './scope.ts';

/** The sections of the report. */
export async function defectAnalysis(scope: ReportScope): Promise<readonly Section[]> {
  const executed = await executedByDay(scope);
  const inExecutions = await defectsOfExecutions(scope);
  const where = allOf([isInPeriod(sql`t.created_at`, scope.period), findingMatches(scope.filter)]);
  const found = defectStatistics(await defectFigures(scope.db, where));
  const valid = defectStatistics(await defectFigures(scope.db, sql`${where} AND NOT ${IS_DISMISSED}`));
  const points = trendOf(daysOf(scope.period, scope.timeZone), executed);
  const executions = sumOf(points.map((point) => point.executions));
  const failCount = sumOf(points.map((point) => point.failCount));
  const pareto = paretoOf(
    countedBy([...inExecutions.map(({ code, count }) => ({ key: code, count })), ...valid.byType]),
    PARETO_ROWS,
  );
  return [
    section(
      KEY_FIGURES,
      {
        executions: 'INTEGER',
        failCount: 'INTEGER',
        failRatio: 'RATIO',
        defectQuantity: 'INTEGER',
        inspectionDefects: 'INTEGER',
        dismissedDefects: 'INTEGER',
        totalCount: 'INTEGER',
        otherCount: 'INTEGER',
      },
      [
        {
          executions,
          failCount,
          failRatio: ratioOf(failCount, executions),
          defectQuantity: sumOf(inExecutions.map(({ count }) => count)),
          inspectionDefects: valid.total,
          dismissedDefects: found.total - valid.total,
          totalCount: pareto.totalCount,
          otherCount: pareto.otherCount,
        },
      ],
    ),
    section(
      'Pareto of defects',
      { key: 'STRING', count: 'INTEGER', ratio: 'RATIO', cumulativeRatio: 'RATIO', isVitalFew: 'STRING' },
      pareto.rows.map((row) => ({ ...row, isVitalFew: String(row.isVitalFew) })),
      pareto.rows.length === 0 ? [] : [{ kind: 'PARETO', figure: pareto }],
    ),
    section(
      'Failures per day',
      { start: 'DATE', executions: 'INTEGER', failCount: 'INTEGER', failRatio: 'RATIO', defectQuantity: 'INTEGER' },
      points,
      executions === 0 ? [] : [{ kind: 'TREND', figure: points }],
    ),
    await byProcess(scope),
    section(
      'By severity',
      { severity: 'STRING', executionDefects: 'INTEGER', inspectionDefects: 'INTEGER' },
      valid.bySeverity.map(({ key, count }) => ({
        severity: key,
        executionDefects: sumOf(inExecutions.filter(({ severity }) => severity === key).map((each) => each.count)),
        inspectionDefects: count,
      })),
    ),
    section(
      'Findings by review state',
      { reviewStatus: 'STRING', count: 'INTEGER' },
      found.byReviewStatus.map(({ key, count }) => ({ reviewStatus: key, count })),
    ),
    await failures(scope),
    ...notesSection([
      'Defects of executions count by their quantity, at the completion of the execution. Findings of inspections count one each, when they were made, unless they were dismissed.',
      ...notesOnFilter(scope.filter, 'BOTH'),
    ]),
  ];
}

/** KPI-7: How many rows a Pareto has. */
const PARETO_ROWS = 20;
const FAILURES = 100;

interface CountedDefects {
  readonly code: string;
  readonly severity: string;
  readonly count: number;
}

/** KPI-8: Executions, failures and defects per day of the time zone. */
async function executedByDay({
  db,
  period,
  timeZone,
  filter,
}: ReportScope): Promise<ReadonlyMap<string, DayOfExecutions>> {
  const days = daysOf(period, timeZone);
  const rows = await db.query<DayOfExecutions & { readonly day: string }>(sql`
    SELECT day.name AS day, count(*)::int AS executions, count(*) FILTER (WHERE d.result = 'FAIL')::int AS "failCount",
           ${DEFECT_QUANTITY_SUM}
    FROM unnest(${days.map(({ day }) => day)}::text[], ${days.map(({ from }) => from)}::timestamptz[], ${days.map(({ to }) => to)}::timestamptz[]) AS day(name, starts_at, ends_at)
    JOIN process_data d ON d.completed_at >= day.starts_at AND d.completed_at < day.ends_at JOIN lots lot ON lot.id = d.lot_id
    WHERE d.result IS NOT NULL AND ${executionMatches(filter)} GROUP BY 1`);
  return new Map(rows.map(({ day, ...counts }) => [day, counts]));
}

function defectsOfExecutions({ db, period, filter }: ReportScope): Promise<readonly CountedDefects[]> {
  return db.query(sql`
    SELECT defect ->> 'code' AS code, defect ->> 'severity' AS severity, sum((defect ->> 'quantity')::int)::int AS count
    FROM process_data d JOIN lots lot ON lot.id = d.lot_id CROSS JOIN LATERAL jsonb_array_elements(d.defects) AS defect
    WHERE d.result IS NOT NULL AND ${isInPeriod(sql`d.completed_at`, period)} AND ${executionMatches(filter)} GROUP BY 1, 2`);
}

async function byProcess({ db, period, filter }: ReportScope): Promise<Section> {
  const rows = await db.query<ReportStep & ResultCounts & { readonly defectQuantity: number }>(sql`
    SELECT p.number, p.code AS process, ${RESULT_COUNTS}, ${DEFECT_QUANTITY_SUM}
    FROM process_data d JOIN lots lot ON lot.id = d.lot_id JOIN processes p ON p.id = d.process_id
    WHERE ${isInPeriod(sql`d.completed_at`, period)} AND ${executionMatches(filter)} GROUP BY p.id ORDER BY p.number, p.code`);
  return section(
    'By process',
    {
      number: 'INTEGER',
      process: 'STRING',
      executions: 'INTEGER',
      passCount: 'INTEGER',
      failCount: 'INTEGER',
      reworkCount: 'INTEGER',
      failRatio: 'RATIO',
      defectQuantity: 'INTEGER',
    },
    rows.map((row) => ({ ...row, failRatio: ratioOf(row.failCount, row.executions) })),
  );
}

/** The newest failures, with the unit and what was wrong with it. */
async function failures({ db, period, filter }: ReportScope): Promise<Section> {
  interface Failure {
    readonly completedAt: string;
    readonly unit: string;
    readonly lot: string;
    readonly process: string;
    readonly attempt: number;
    readonly operator: string | null;
    readonly equipment: string | null;
    readonly defects: unknown;
  }
  const rows = await db.query<Failure>(sql`
    SELECT d.completed_at AS "completedAt", coalesce(serial.number, item.number, lot.number) AS unit, lot.number AS lot, p.code AS process, d.attempt,
           u.username AS operator, equipment.code AS equipment, d.defects
    FROM process_data d JOIN lots lot ON lot.id = d.lot_id JOIN processes p ON p.id = d.process_id LEFT JOIN users u ON u.id = d.operator_id
      LEFT JOIN equipment ON equipment.id = d.equipment_id LEFT JOIN serials serial ON serial.id = d.serial_id LEFT JOIN wip_items item ON item.id = d.wip_item_id
    WHERE d.result = 'FAIL' AND ${isInPeriod(sql`d.completed_at`, period)} AND ${executionMatches(filter)}
    ORDER BY d.completed_at DESC, d.id DESC LIMIT ${FAILURES}`);
  return section(
    'Newest failures',
    {
      completedAt: 'INSTANT',
      unit: 'STRING',
      lot: 'STRING',
      process: 'STRING',
      attempt: 'INTEGER',
      operator: 'STRING',
      equipment: 'STRING',
      defects: 'STRING',
    },
    rows.map((row) => ({
      ...row,
      defects: defectsOf(row.defects)
        .map(({ code, quantity }) => (quantity === 1 ? code : `${code} × ${quantity}`))
        .join(', '),
    })),
  );
}

/** The counts of equal keys together. */
function countedBy(items: readonly CountedKey[]): readonly CountedKey[] {
  return [...groupedBy(items, ({ key }) => key)].map(([key, group]) => ({
    key,
    count: sumOf(group.map(({ count }) => count)),
  }));
}

function sumOf(counts: readonly number[]): number {
  return counts.reduce((sum, count) => sum + count, 0);
}
