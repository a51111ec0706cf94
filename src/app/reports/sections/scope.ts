/** What a report is narrowed to, as conditions in SQL (RPT-3). */
import { executionInScope } from '../../../insight/scope/scope.loaders.ts';
import type { Reader } from '../../../platform/postgres/client.ts';
import { allOf, identifier, onRelated, sql, type Sql } from '../../../platform/postgres/sql.ts';
import type { Period } from '../../../quality/report/report.rules.ts';
import type { StoredReportFilter } from '../../../quality/report/report.shapes.ts';

/** The period, the time zone and the filter of a report, and the snapshot that it is read from. */
export interface ReportScope {
  readonly db: Reader;
  readonly period: Period;
  readonly timeZone: string;
  readonly filter: StoredReportFilter;
  /** Whether it may show what each person did. */
  readonly showsPeople: boolean;
}

/** That a lot with this alias is in the filter. */
export function lotMatches({ productModels, productionLines, lots }: StoredReportFilter, alias: string): Sql {
  return allOf([
    ...isOneOf(`${alias}.product_model_id`, productModels),
    ...isOneOf(`${alias}.production_line_id`, productionLines),
    ...isOneOf(`${alias}.id`, lots),
  ]);
}

/**
 * That an execution with the alias `d` is in the filter. A filter by types of inspections leaves executions out: they have
 * no such type.
 */
export function executionMatches({ inspectionTypes, ...scope }: StoredReportFilter): Sql {
  return allOf([executionInScope('d', scope), ...(inspectionTypes === undefined ? [] : [sql`FALSE`])]);
}

/**
 * That an inspection with the alias `t` is in the filter. A filter by processes, equipment or operators leaves
 * inspections out: they belong to executions.
 */
export function inspectionMatches(filter: StoredReportFilter): Sql {
  const { inspectionTypes } = filter;
  return allOf([
    ...(namesLots(filter) ? [sql`t.lot_id IN (SELECT lot.id FROM lots lot WHERE ${lotMatches(filter, 'lot')})`] : []),
    ...(inspectionTypes === undefined ? [] : [sql`t.type = ANY(${inspectionTypes}::inspection_type[])`]),
    ...(namesExecutions(filter) ? [sql`FALSE`] : []),
  ]);
}

/** That a finding with the alias `t` is of an inspection in the filter. */
export function findingMatches(filter: StoredReportFilter): Sql {
  return sql`t.inspection_id IN (SELECT r.id FROM inspections r WHERE ${onRelated(inspectionMatches(filter))})`;
}

/** Whether the filter names lots, or what lots belong to. */
function namesLots({ productModels, productionLines, lots }: StoredReportFilter): boolean {
  return productModels !== undefined || productionLines !== undefined || lots !== undefined;
}

/** Whether the filter names what only executions have. */
function namesExecutions({ processes, equipment, operators }: StoredReportFilter): boolean {
  return processes !== undefined || equipment !== undefined || operators !== undefined;
}

/** What a reader must know of the filter: which records it leaves out as a whole. */
export function notesOnFilter(
  filter: StoredReportFilter,
  about: 'INSPECTIONS' | 'EXECUTIONS' | 'BOTH',
): readonly string[] {
  const keys = (['processes', 'equipment', 'operators'] as const).filter((key) => filter[key] !== undefined);
  return [
    ...(keys.length > 0 && about !== 'EXECUTIONS'
      ? [
          `Inspections and their findings are left out: the filter names ${keys.join(', ')}, which only executions have.`,
        ]
      : []),
    ...(filter.inspectionTypes !== undefined && about !== 'INSPECTIONS'
      ? ['Executions and their defects are left out: the filter names types of inspections.']
      : []),
  ];
}

/** The note on a section that holds only the first of its rows. */
export function noteOnRows(name: string, rows: readonly unknown[], total: number): readonly string[] {
  return total > rows.length ? [`${name}: ${rows.length} of ${total} are listed.`] : [];
}

/** The most rows of a section. */
export const SECTION_ROWS = 100_000;

function isOneOf(column: string, ids: readonly string[] | undefined): readonly Sql[] {
  return ids === undefined ? [] : [sql`${identifier(column)} = ANY(${ids}::uuid[])`];
}
