import { arrayParameter, sql, type Sql } from '../../platform/postgres/sql.ts';
import { table } from '../../platform/postgres/table.ts';
import { connection } from '../../platform/read/connection.ts';
import * as filter from '../../platform/read/filter.ts';
import { order } from '../../platform/read/keyset.ts';
import { byId, loadOne } from '../../platform/read/loader.ts';
import {
  listFilter,
  referenceFilter,
  relationFilter,
  throughFilter,
  type ListedTarget,
} from '../../platform/read/relation-filter.ts';
import { lotTarget } from '../../production/lot/lot.loaders.ts';
import { DEFECT_SEVERITIES } from '../../production/process-data/result/result.rules.ts';
import { searchText } from '../../production/process-data/result/search.shapes.ts';
import { inspections, inspectionTarget } from '../inspection/inspection.loaders.ts';
import { DEFECT_TYPES, DETECTION_METHODS, REVIEW_STATUSES } from './defect.rules.ts';

/** The table of findings. */
export const defects = table('Defect', 'defects');

/**
 * DEF-3: That a finding waits for a reviewer: the rule `isReviewOpen` in SQL. The words are those of the index of open
 * reviews, so that the planner can use it.
 */
export const IS_REVIEW_OPEN: Sql = sql`review_status IN ('PENDING', 'NEEDS_REVIEW')`;

/** DEF-3: That a finding does not count in the verdict: the rule `isDismissed` in SQL. */
export const IS_DISMISSED: Sql = sql`review_status IN ('REJECTED', 'FALSE_POSITIVE')`;

/** Loads findings by id. */
export const defectById = byId(defects);

/** How many findings an inspection has that are not dismissed, how many of these are critical, and how many wait for review. */
export interface DefectCounts {
  readonly inspectionId: string;
  readonly defectCount: number;
  readonly criticalCount: number;
  readonly openReviewCount: number;
}

/** Loads all counts of the findings of inspections, by one statement. */
export const defectCountsByInspection = loadOne<string, DefectCounts>({
  batch: (inspectionIds, db) =>
    db.prepared(sql`
    SELECT inspection.id AS "inspectionId",
           count(*) FILTER (WHERE NOT defect.is_dismissed)::int AS "defectCount",
           count(*) FILTER (WHERE NOT defect.is_dismissed AND defect.severity = 'CRITICAL')::int AS "criticalCount",
           count(*) FILTER (WHERE defect.is_open)::int AS "openReviewCount"
    FROM unnest(${arrayParameter('uuid', inspectionIds)}) AS inspection(id)
    LEFT JOIN LATERAL (
      SELECT severity, ${IS_DISMISSED} AS is_dismissed, ${IS_REVIEW_OPEN} AS is_open
      FROM defects WHERE inspection_id = inspection.id
    ) AS defect ON true
    GROUP BY inspection.id`),
  keyOf: (row) => row.inspectionId,
});

const { column } = defects;

/** The list of findings, with its filter and orders. */
export const defectList = connection({
  table: defects,
  filter: {
    inspection: relationFilter(inspectionTarget, column('inspectionId'), 'The inspection that found it.'),
    lot: throughFilter(
      { table: inspections, column: inspections.column('id'), equals: column('inspectionId') },
      referenceFilter(lotTarget, inspections.column('lotId'), ''),
      'The lot whose sample was inspected.',
    ),
    type: filter.enumFilter(DEFECT_TYPES, column('type'), 'What kind of fault it is.'),
    severity: filter.enumFilter(DEFECT_SEVERITIES, column('severity'), 'How bad it is.'),
    detectionMethod: filter.enumFilter(DETECTION_METHODS, column('detectionMethod'), 'How it was found.'),
    reviewStatus: filter.enumFilter(REVIEW_STATUSES, column('reviewStatus'), 'What a person says about it.'),
    confidence: filter.decimalFilter(column('confidence'), 'How sure the finding is, from 0 to 1.'),
    createdAt: filter.instantFilter(column('createdAt'), 'When it was made (UTC).'),
    reviewedAt: filter.instantFilter(column('reviewedAt'), 'When it was reviewed last (UTC).'),
    text: filter.customFilter(
      searchText,
      'Has these words in its description: words are ANDed, `"phrase"`, `or`, `-not`.',
      (text) =>
        sql`to_tsvector('simple', coalesce(${column('description')}, '')) @@ websearch_to_tsquery('simple', ${text})`,
    ),
  },
  orders: {
    CREATED_AT: order('By when the finding was made.', {
      field: 'createdAt',
      column: column('createdAt'),
      cast: 'timestamptz',
    }),
    SEVERITY: order('By severity: LOW, MEDIUM, HIGH, CRITICAL.', {
      field: 'severity',
      column: column('severity'),
      cast: 'defect_severity',
    }),
    CONFIDENCE: order('By how sure the finding is; one that does not say so comes last.', {
      field: 'confidence',
      column: column('confidence'),
      cast: 'numeric',
      isNullable: true,
    }),
  },
  defaultOrder: [{ field: 'CREATED_AT', direction: 'DESC' }],
});

/** Findings as filters take them. */
export const defectTarget: ListedTarget = { name: 'Defect', what: 'a defect', keys: {}, list: defectList };

/** The findings of an inspection, as the filter of inspections takes them. */
export const defectsOfInspection = listFilter(
  defectTarget,
  { table: defects, column: column('inspectionId'), equals: inspections.column('id') },
  'Its findings, the dismissed ones too.',
);
