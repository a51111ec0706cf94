/** INSPECTION_SUMMARY: the inspections that were completed in the period, by the figures of the query `inspectionStatistics`. */
import { allOf, sql, type Sql } from '../../../platform/postgres/sql.ts';
import { INSPECTION_TYPES } from '../../../quality/inspection/inspection.rules.ts';
import { daysOf } from '../../../insight/defect-figure/trend.rules.ts';
import { isInPeriod } from '../../../insight/period/bucket.loaders.ts';
import { gradeOf } from '../../../quality/verdict/score.rules.ts';
import {
  countOpenReviews,
  inspectionFigures,
  inspectionFiguresByDay,
} from '../../../quality/verdict/statistics.loaders.ts';
import { completedFigures } from '../../../quality/verdict/statistics.rules.ts';
import { KEY_FIGURES, notesSection, section, type Section } from '../content/content.ts';
import { inspectionMatches, noteOnRows, notesOnFilter, type ReportScope, SECTION_ROWS } from './scope.ts';

/** The sections of the report. */
export async function inspectionSummary({ db, period, timeZone, filter }: ReportScope): Promise<readonly Section[]> {
  const where = allOf([isInPeriod(sql`t.completed_at`, period), inspectionMatches(filter)]);
  const figures = await inspectionFigures(db, where);
  const days = daysOf(period, timeZone);
  const byDay = await inspectionFiguresByDay(db, where, days);
  const listed = await inspectionsOf(db, where);
  const totals = completedFigures(figures.find(({ facet }) => facet === 'TOTAL'));
  return [
    section(KEY_FIGURES, { ...FIGURES, openReviewCount: 'INTEGER' }, [
      { ...totals, openReviewCount: await countOpenReviews(db, where) },
    ]),
    section(
      'By type',
      { type: 'STRING', ...FIGURES },
      INSPECTION_TYPES.map((type) => {
        const ofType = figures.find(({ facet, value }) => facet === 'TYPE' && value === type);
        return { type, ...completedFigures(ofType) };
      }),
    ),
    section(
      'By day',
      { start: 'DATE', ...FIGURES },
      days.map(({ day }) => ({ start: day, ...completedFigures(byDay.get(day)) })),
    ),
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
    ...notesSection([
      ...notesOnFilter(filter, 'INSPECTIONS'),
      ...noteOnRows('Inspections', listed, totals.completedCount),
    ]),
  ];
}

const FIGURES = {
  completedCount: 'INTEGER',
  passCount: 'INTEGER',
  failCount: 'INTEGER',
  passRatio: 'RATIO',
  meanQualityScore: 'DECIMAL',
  meanConfidence: 'DECIMAL',
} as const;

interface Inspected {
  readonly lot: string;
  readonly sampleCode: string;
  readonly type: string;
  readonly round: number;
  readonly verdict: string;
  readonly qualityScore: string;
  readonly confidence: string;
  readonly inspector: string | null;
  readonly startedAt: string;
  readonly completedAt: string;
}

function inspectionsOf(db: ReportScope['db'], where: Sql): Promise<readonly Inspected[]> {
  return db.query(sql`
    SELECT lot.number AS lot, t.sample_code AS "sampleCode", t.type, t.round, t.verdict, t.quality_score AS "qualityScore", t.confidence,
           u.username AS inspector, t.started_at AS "startedAt", t.completed_at AS "completedAt"
    FROM inspections t JOIN lots lot ON lot.id = t.lot_id LEFT JOIN users u ON u.id = t.inspector_id
    WHERE ${where} ORDER BY t.completed_at, t.id LIMIT ${SECTION_ROWS}`);
}
