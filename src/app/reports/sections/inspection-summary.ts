/** INSPECTION_SUMMARY: the inspections that were completed in the period. */
import { sql } from '../../../platform/postgres/sql.ts';
import { INSPECTION_TYPES } from '../../../quality/inspection/inspection.rules.ts';
import { daysOf, ratioOf } from '../../../quality/report/trend.rules.ts';
import { gradeOf } from '../../../quality/verdict/score.rules.ts';
import { dayIn } from '../../../platform/values/time.ts';
import { groupedBy, KEY_FIGURES, notesSection, section, type Section } from '../content/content.ts';
import { inPeriod, inspectionMatches, noteOnRows, notesOnFilter, type ReportScope, SECTION_ROWS } from './scope.ts';

interface Inspected {
  readonly lot: string;
  readonly sampleCode: string;
  readonly type: string;
  readonly round: number;
  readonly verdict: 'PASS' | 'FAIL';
  readonly qualityScore: string;
  readonly confidence: string;
  readonly inspector: string | null;
  readonly startedAt: string;
  readonly completedAt: string;
  readonly openReviews: number;
}

/** The sections of the report. */
export async function inspectionSummary(scope: ReportScope): Promise<readonly Section[]> {
  const all = await inspectionsOf(scope);
  const listed = all.slice(0, SECTION_ROWS);
  return [
    section(KEY_FIGURES, { ...FIGURES, openReviewCount: 'INTEGER' }, [
      { ...figuresOf(all), openReviewCount: all.reduce((sum, { openReviews }) => sum + openReviews, 0) },
    ]),
    section(
      'By type',
      { type: 'STRING', ...FIGURES },
      INSPECTION_TYPES.map((type) => ({ type, ...figuresOf(all.filter((each) => each.type === type)) })),
    ),
    section('By day', { start: 'DATE', ...FIGURES }, byDay(scope, all)),
    section(
      'Inspections',
      {
        lot: 'STRING',
        sampleCode: 'STRING',
        type: 'STRING',
        round: 'INTEGER',
        verdict: 'STRING',
        qualityScore: 'DECIMAL',
        grade: 'STRING',
        confidence: 'DECIMAL',
        inspector: 'STRING',
        startedAt: 'INSTANT',
        completedAt: 'INSTANT',
      },
      listed.map((each) => ({ ...each, grade: gradeOf(each.qualityScore) })),
    ),
    ...notesSection([...notesOnFilter(scope.filter, 'INSPECTIONS'), ...noteOnRows('Inspections', listed, all.length)]),
  ];
}

const FIGURES = {
  completedCount: 'INTEGER',
  passCount: 'INTEGER',
  failCount: 'INTEGER',
  passRatio: 'RATIO',
  meanQualityScore: 'RATIO',
  meanConfidence: 'RATIO',
} as const;

/** KPI-12: Counts and means. The mean of nothing is null. */
function figuresOf(inspections: readonly Inspected[]) {
  const completedCount = inspections.length;
  const passCount = inspections.filter(({ verdict }) => verdict === 'PASS').length;
  return {
    completedCount,
    passCount,
    failCount: completedCount - passCount,
    passRatio: ratioOf(passCount, completedCount),
    meanQualityScore: meanOf(inspections.map(({ qualityScore }) => qualityScore)),
    meanConfidence: meanOf(inspections.map(({ confidence }) => confidence)),
  };
}

/** Adds in whole units of 0.0001, so that no digit is lost. */
function meanOf(decimals: readonly string[]): number | null {
  const units = decimals.reduce((sum, text) => sum + Math.round(Number(text) * 10_000), 0);
  return ratioOf(units, decimals.length * 10_000);
}

function byDay({ period, timeZone }: ReportScope, inspections: readonly Inspected[]) {
  const ofDay = groupedBy(inspections, ({ completedAt }) => dayIn(timeZone, completedAt));
  return daysOf(period, timeZone).map(({ day }) => ({ start: day, ...figuresOf(ofDay.get(day) ?? []) }));
}

function inspectionsOf({ db, period, filter }: ReportScope): Promise<readonly Inspected[]> {
  return db.query(sql`
    SELECT lot.number AS lot, i.sample_code AS "sampleCode", i.type, i.round, i.verdict, i.quality_score AS "qualityScore", i.confidence,
           u.username AS inspector, i.started_at AS "startedAt", i.completed_at AS "completedAt",
           (SELECT count(*)::int FROM defects d WHERE d.inspection_id = i.id AND d.review_status IN ('PENDING', 'NEEDS_REVIEW')) AS "openReviews"
    FROM inspections i JOIN lots lot ON lot.id = i.lot_id LEFT JOIN users u ON u.id = i.inspector_id
    WHERE ${inPeriod(period, sql`i.completed_at`)} AND ${inspectionMatches(filter)} ORDER BY i.completed_at, i.id`);
}
