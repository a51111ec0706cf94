import { equipmentTable } from '../../catalog/equipment/equipment.loaders.ts';
import { matchesReference } from '../../platform/command/row-lock.ts';
import type { Reference } from '../../platform/input/schemas.ts';
import type { Reader } from '../../platform/postgres/client.ts';
import { sql } from '../../platform/postgres/sql.ts';
import type { Row } from '../../platform/postgres/table.ts';
import { rejectQuery } from '../../platform/read/query-error.ts';
import type { Instant } from '../../platform/values/time.ts';
import { processDataTable } from '../../production/process-data/execution/process-data.loaders.ts';
import { type Held, madeOfHeld, reached } from './trace.loaders.ts';
import {
  hasRoomForWindow,
  TRACE_DEPTH,
  TRACE_NODES,
  type TracedUnit,
  type TraceGraph,
  equipmentWindowOf,
} from './trace.rules.ts';
import { depthsOf, type Level, LEVEL_IDS, walkSql } from './walk.loaders.ts';

/** The executions on a machine in a period, in time order; the units they were on, and what contains them if asked for. */
export interface LoadedWindow extends Held {
  readonly executions: readonly Row<'ProcessData'>[];
  readonly graph: TraceGraph;
  readonly units: readonly TracedUnit[];
}

/** A row of an equipment window: a level of the walk, or an execution, or neither when there is none. */
type WindowRow = (Level & { readonly id: null }) | (Row<'ProcessData'> & { readonly depth: null }) | Nothing;

interface Nothing {
  readonly depth: null;
  readonly id: null;
}

/**
 * TRC-3: What was worked on at a machine while the period lasted; undefined when there is no such machine. An execution
 * lasts from its start to its end, or until now; one that only touches a bound of the period is outside. Two statements,
 * and one for `containsHeld`.
 */
export async function windowAt(
  db: Reader,
  equipment: Reference,
  options: {
    readonly from: Instant;
    readonly to: Instant;
    readonly descendants: boolean;
    readonly asksHeld: boolean;
  },
): Promise<LoadedWindow | undefined> {
  const { from, to, descendants, asksHeld } = options;
  const maxDepth = descendants ? TRACE_DEPTH.max : 0;
  const walk = { at: undefined, includeRemoved: false, direction: 'FORWARD', maxDepth } as const;
  const start = sql`SELECT 0, ids, ids FROM (SELECT array_agg(DISTINCT "unitId") AS ids FROM execution) AS first WHERE ids IS NOT NULL`;
  const rows = await db.query<WindowRow>(sql`
    WITH RECURSIVE machine AS MATERIALIZED (SELECT t.id FROM equipment t WHERE ${matchesReference(equipmentTable, equipment)}),
    execution AS MATERIALIZED (
      SELECT ${processDataTable.columns} FROM machine JOIN process_data t ON t.equipment_id = machine.id
      WHERE t.started_at < ${to}::timestamptz
        AND (t.completed_at > ${from}::timestamptz OR t.completed_at IS NULL AND now() > ${from}::timestamptz)
      ORDER BY t.started_at, t.id LIMIT ${TRACE_NODES + 1}
    ), ${walkSql(start, walk)}
    SELECT walk.depth, ${LEVEL_IDS}, execution.*
    FROM machine LEFT JOIN (walk FULL JOIN execution ON FALSE) ON TRUE ORDER BY walk.depth, execution."startedAt", execution.id`);
  if (rows.length === 0) return undefined;
  const depths = depthsOf(rows.filter((row) => row.depth !== null));
  const executions = rows.filter((row) => row.id !== null);
  const refused = hasRoomForWindow({ executions: executions.length, units: depths.size });
  if (refused !== undefined) rejectQuery([refused]);
  const ids = [...depths.keys()];
  const [{ units, uses }, held] = await Promise.all([
    reached(db, ids, walk),
    madeOfHeld(db, ids, { ...walk, asksHeld }),
  ]);
  return { executions, graph: equipmentWindowOf({ depths, units, uses }, maxDepth), units, held };
}
