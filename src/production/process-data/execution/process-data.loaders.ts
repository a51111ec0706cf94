import { PROCESS_LEVELS, type ProcessLevel } from '../../../catalog/process/route.rules.ts';
import type { Reader } from '../../../platform/postgres/client.ts';
import { arrayParameter, sql, type Sql } from '../../../platform/postgres/sql.ts';
import { type Row, table } from '../../../platform/postgres/table.ts';
import { connection, type Match } from '../../../platform/read/connection.ts';
import * as filter from '../../../platform/read/filter.ts';
import { order } from '../../../platform/read/keyset.ts';
import { byId, loadOne } from '../../../platform/read/loader.ts';
import { type DefectSeverity, PROCESS_RESULTS, type ProcessResult } from '../result/result.rules.ts';
import { defectCode, readingCode, searchText } from '../result/search.shapes.ts';

/** The table of executions. */
export const processDataTable = table('ProcessData', 'process_data');

/** Executions by id. */
export const processDataById = byId(processDataTable);

/** The open execution of an item; the latest one, where a change of the route left two. */
export const openExecutionByWipItem = loadOne<string, Row<'ProcessData'>>({
  batch: (wipItemIds, db) =>
    db.prepared(sql`
    SELECT DISTINCT ON (t.unit_id) ${processDataTable.columns} FROM process_data t
    WHERE t.unit_id = ANY(${arrayParameter('uuid', wipItemIds)}) AND t.completed_at IS NULL
    ORDER BY t.unit_id, t.started_at DESC, t.id DESC`),
  keyOf: (row) => row.unitId,
});

/** One bucket of the facets and the number of matching executions in it. An execution without a result is OPEN. */
export type FacetRow =
  | { readonly facet: 'PROCESS'; readonly value: string; readonly count: number }
  | { readonly facet: 'RESULT'; readonly value: ProcessResult | 'OPEN'; readonly count: number }
  | { readonly facet: 'LEVEL'; readonly value: ProcessLevel; readonly count: number }
  | { readonly facet: 'SEVERITY'; readonly value: DefectSeverity; readonly count: number };

/** SEA-2: all facets, one statement. An execution counts once for each severity among its defects. */
function facetsOf(
  db: Reader,
  { from, where, parent }: Match,
): Promise<readonly (FacetRow & { readonly parent: string | null })[]> {
  return db.sql`
    WITH match AS MATERIALIZED (
      SELECT ${parent} AS parent, t.process_id::text AS process, coalesce(t.result::text, 'OPEN') AS result, t.level::text AS level, t.defects
      FROM ${from} WHERE ${where}
    )
    SELECT parent, CASE WHEN process IS NOT NULL THEN 'PROCESS' WHEN result IS NOT NULL THEN 'RESULT' ELSE 'LEVEL' END AS facet,
           coalesce(process, result, level) AS value, count(*)::int AS count
    FROM match GROUP BY GROUPING SETS ((parent, process), (parent, result), (parent, level))
    UNION ALL
    SELECT parent, 'SEVERITY', severity, count(*)::int
    FROM match CROSS JOIN LATERAL (SELECT DISTINCT coalesce(defect ->> 'severity', 'MEDIUM') AS severity FROM jsonb_array_elements(defects) AS defect) AS found
    GROUP BY parent, severity
    ORDER BY facet, count DESC, value`;
}

const { column } = processDataTable;

/** The number of a step, by which executions are ordered; it is fixed once the step has executions (PRC-2). */
function stepNumberOf(processId: Sql): Sql {
  return sql`(SELECT step.number FROM processes step WHERE step.id = ${processId})`;
}

/** The list of executions: its filter, its orders and its facets. */
export const processDataList = connection({
  table: processDataTable,
  filter: {
    level: filter.enumFilter(PROCESS_LEVELS, column('level'), 'The kind of unit the step was run on.'),
    lot: filter.idFilter('Lot', column('lotId'), 'The lot; with the executions of its items and serials.'),
    wipItem: filter.idFilter(
      'WipItem',
      column('wipItemId'),
      'The WIP item; with the executions of the serial it became.',
    ),
    serial: filter.idFilter('Serial', column('serialId'), 'The serial.'),
    unit: filter.idFilter(['Lot', 'WipItem', 'Serial'], column('unitId'), 'The very unit the step was run on.'),
    process: filter.idFilter('Process', column('processId'), 'The step.'),
    operator: filter.idFilter('User', column('operatorId'), 'The person who ran the step.'),
    equipment: filter.idFilter('Equipment', column('equipmentId'), 'The equipment the step was run on.'),
    station: filter.idFilter('Station', column('stationId'), 'The station the step was run at.'),
    result: filter.enumFilter(PROCESS_RESULTS, column('result'), 'How the execution ended.'),
    isOpen: filter.booleanFilter(sql`${column('completedAt')} IS NULL`, 'Whether it is still going on.'),
    startedAt: filter.instantFilter(column('startedAt'), 'When the work began (UTC).'),
    completedAt: filter.instantFilter(column('completedAt'), 'When the work ended (UTC).'),
    hasDefects: filter.booleanFilter(sql`${column('defects')} <> '[]'`, 'Whether it names a defect.'),
    defectCode: filter.customFilter(
      defectCode,
      'Names a defect of this code, in any case.',
      (code) => sql`${column('defects')} @> ${entryOf(code)}::jsonb`,
    ),
    measurementCode: filter.customFilter(
      readingCode,
      'Has a reading of this code, in any case.',
      (code) => sql`${column('measurements')} @> ${entryOf(code)}::jsonb`,
    ),
    text: filter.customFilter(
      searchText,
      'Has these words in notes, defects or readings: words are ANDed, `"phrase"`, `or`, `-not` (SEA-1).',
      (text) => sql`t.search @@ websearch_to_tsquery('simple', ${text})`,
    ),
  },
  orders: {
    STARTED_AT: order('By when the work began; not by when it was recorded.', {
      field: 'startedAt',
      column: column('startedAt'),
      cast: 'timestamptz',
    }),
    COMPLETED_AT: order('By when the work ended; open executions come last.', {
      field: 'completedAt',
      column: column('completedAt'),
      cast: 'timestamptz',
      isNullable: true,
    }),
    PROCESS: order('By the number of the step: the order of the route.', {
      field: 'processId',
      column: stepNumberOf(column('processId')),
      cast: 'uuid',
      fromCursor: stepNumberOf,
    }),
    RESULT: order('By result: PASS, FAIL, REWORK; open executions come last.', {
      field: 'result',
      column: column('result'),
      cast: 'process_result',
      isNullable: true,
    }),
  },
  defaultOrder: [{ field: 'STARTED_AT', direction: 'DESC' }],
  summarize: facetsOf,
});

/** The executions that prove the WIP item `parent.id`: on its lot itself, on the item, and on the serial it became. */
export const journeyOfWipItem = sql`(t.wip_item_id = parent.id
  OR t.unit_id = (SELECT item.lot_id FROM wip_items item WHERE item.id = parent.id))`;

/** The executions that prove the serial `parent.id`: on its lot itself, on the item it was, and on the serial. */
export const journeyOfSerial = sql`(t.wip_item_id = (SELECT unit.wip_item_id FROM serials unit WHERE unit.id = parent.id)
  OR t.unit_id = (SELECT unit.lot_id FROM serials unit WHERE unit.id = parent.id))`;

/** A JSON array with an entry of this code, for a containment that the GIN index serves. */
function entryOf(code: string): string {
  return JSON.stringify([{ code }]);
}
