import { PROCESS_LEVELS, type ProcessLevel } from '../../../catalog/process/route.rules.ts';
import type { Reader } from '../../../platform/postgres/client.ts';
import { arrayParameter, sql, type Sql } from '../../../platform/postgres/sql.ts';
import { type Row, table } from '../../../platform/postgres/table.ts';
import { connection, type Match } from '../../../platform/read/connection.ts';
import * as filter from '../../../platform/read/filter.ts';
import { order } from '../../../platform/read/keyset.ts';
import { byId, loadOne } from '../../../platform/read/loader.ts';
import { resultFilters } from '../result/result.loaders.ts';
import { type DefectSeverity, PROCESS_RESULTS, type ProcessResult } from '../result/result.rules.ts';
import { searchText } from '../result/search.shapes.ts';
import { lots, lotTarget, madeAsFilters } from '../../lot/lot.loaders.ts';
import { processSessionTarget } from '../../process-session/process-session.loaders.ts';
import { serials, serialTarget } from '../../serial/serial.loaders.ts';
import { unitTarget } from '../../unit/unit.loaders.ts';
import { wipItems, wipItemTarget } from '../../wip-item/wip-item.loaders.ts';
import { equipmentTarget } from '../../../catalog/equipment/equipment.loaders.ts';
import { processTarget } from '../../../catalog/process/process.loaders.ts';
import { stationTarget } from '../../../catalog/station/station.loaders.ts';
import { userTarget } from '../../../identity/user/user.loaders.ts';
import {
  listFilter,
  referenceFilter,
  relationFilter,
  throughFilter,
  type Join,
  type ListedTarget,
} from '../../../platform/read/relation-filter.ts';

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
export function facetsOf(
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
    lot: relationFilter(lotTarget, column('lotId'), 'The lot; with the executions of its items and serials.'),
    ...madeAsFilters(column('lotId')),
    wipItem: relationFilter(
      wipItemTarget,
      column('wipItemId'),
      'The WIP item; with the executions of the serial it became.',
    ),
    serial: relationFilter(serialTarget, column('serialId'), 'The serial.'),
    unit: referenceFilter(unitTarget, column('unitId'), 'The very unit the step was run on.'),
    process: relationFilter(processTarget, column('processId'), 'The step.'),
    operator: referenceFilter(userTarget, column('operatorId'), 'The person who ran the step.'),
    equipment: relationFilter(equipmentTarget, column('equipmentId'), 'The equipment the step was run on.'),
    station: relationFilter(stationTarget, column('stationId'), 'The station the step was run at.'),
    processSession: referenceFilter(
      processSessionTarget,
      column('processSessionId'),
      'The process session in which the step was run.',
    ),
    result: filter.enumFilter(PROCESS_RESULTS, column('result'), 'How the execution ended.'),
    attempt: filter.integerFilter(column('attempt'), 'Which execution of the step on the unit it is, from 1.'),
    isOpen: filter.booleanFilter(sql`${column('completedAt')} IS NULL`, 'Whether it is still going on.'),
    startedAt: filter.instantFilter(column('startedAt'), 'When the work began (UTC).'),
    completedAt: filter.instantFilter(column('completedAt'), 'When the work ended (UTC).'),
    ...resultFilters,
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

/** Executions as filters take them. */
export const processDataTarget: ListedTarget = {
  name: 'ProcessData',
  what: 'an execution',
  keys: {},
  list: processDataList,
};

const ofLot = { table: processDataTable, column: column('lotId'), equals: lots.column('id') };
const ofWipItem = { table: processDataTable, column: column('wipItemId'), equals: wipItems.column('id') };
const ofSerial = { table: processDataTable, column: column('serialId'), equals: serials.column('id') };
/** An item and the serial it became are one thing; the executions on both name the item. */
const ofItemOfSerial = { ...ofWipItem, equals: serials.column('wipItemId') };

/** Conditions on lots by their executions. */
export const lotFilters = {
  processData: listFilter(processDataTarget, ofLot, 'The executions on the lot, its WIP items and its serials.'),
};

/** Conditions on WIP items by their executions. */
export const wipItemFilters = {
  processData: listFilter(processDataTarget, ofWipItem, 'The executions on the WIP item, and on the serial it became.'),
  ...workFilters(ofWipItem),
};

/** Conditions on serials by their executions. */
export const serialFilters = {
  processData: listFilter(processDataTarget, ofSerial, 'The executions on the serial itself.'),
  ...workFilters(ofItemOfSerial),
};

function workFilters(join: Join) {
  return {
    equipment: throughFilter(
      join,
      referenceFilter(equipmentTarget, column('equipmentId'), ''),
      'Equipment that the unit has been run on, as a WIP item or as a serial, with whatever result.',
    ),
    defectCode: throughFilter(
      join,
      resultFilters.defectCode,
      'A defect of this code, in any case, was found on the unit, as a WIP item or as a serial.',
    ),
  };
}
