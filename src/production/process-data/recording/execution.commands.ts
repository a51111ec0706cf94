/** How executions are inserted. */
import { actingStation, type Viewer } from '../../../platform/rules/access.ts';
import type { Tx } from '../../../platform/postgres/client.ts';
import { sql, type Sql } from '../../../platform/postgres/sql.ts';
import type { Row } from '../../../platform/postgres/table.ts';
import { present } from '../../../platform/values/assert.ts';
import type { Instant } from '../../../platform/values/time.ts';
import { columnsOfUnit } from '../../unit/unit.rules.ts';
import { operatorIdOf } from '../execution/operator.rules.ts';
import { processDataTable } from '../execution/process-data.loaders.ts';
import { nextAttempt } from '../execution/process-data.rules.ts';
import { jsonColumnOf } from '../result/measurement.shapes.ts';
import type { FinishedWork } from '../work/completion.rules.ts';
import { historyOfStep, type WorkFacts } from '../work/work.loaders.ts';

/** An execution to insert. */
export interface NewExecution extends WorkFacts {
  readonly id: string;
  readonly startedAt: Instant;
  readonly viewer: Viewer;
  /** The columns of its result; absent while the execution is open. */
  readonly columns?: ReturnType<typeof columnsOfWork>;
}

/** Reads the row of an inserted execution as the insertion returned it. */
export type InsertedRow = () => Promise<Row<'ProcessData'>>;

/** PD-4: the columns of a finished execution. */
export function columnsOfWork({ result, measurements, defects, notes, completedAt }: FinishedWork) {
  return { result, measurements: jsonColumnOf(measurements), defects: jsonColumnOf(defects), notes, completedAt };
}

/**
 * Inserts executions and answers how to get the row of each by its id, so that the payload needs no further statement.
 * `rowActors` is a condition that says who inserts which row, where a group of requests inserts them.
 */
export function insertAndRead(
  tx: Tx,
  executions: readonly NewExecution[],
  rowActors?: Sql,
): (id: string) => InsertedRow {
  const inserted = tx.prepared<Row<'ProcessData'>>(
    sql`${insertionSql(executions, rowActors)} RETURNING ${processDataTable.columns}`,
  );
  // A failed insertion fails the transaction; nobody reads the rows then.
  inserted.catch(() => undefined);
  const rowOf = async (id: string): Promise<Row<'ProcessData'>> => {
    const rows = await inserted;
    return present(
      rows.find((row) => row.id === id),
      'The execution that was written',
    );
  };
  return (id) => () => rowOf(id);
}

/** One INSERT for all executions. */
export function insertionSql(executions: readonly NewExecution[], rowActors = sql`TRUE`): Sql {
  const rows = executions.map((execution) => ({
    ...columnsOfUnit(execution.unit),
    ...(execution.columns ?? OPEN),
    id: execution.id,
    startedAt: execution.startedAt,
    processId: execution.step.id,
    attempt: nextAttempt(historyOfStep(execution)?.lastAttempt ?? 0),
    operatorId: present(operatorIdOf(execution.viewer, execution.operator), 'The operator'),
    equipmentId: execution.equipment?.id ?? null,
    // SES-5: the station of the session, where the key of a station was not sent.
    stationId: actingStation(execution.viewer)?.id ?? execution.session?.stationId ?? null,
    processSessionId: execution.session?.id ?? null,
  }));
  return sql`
    INSERT INTO process_data AS t (id, level, lot_id, wip_item_id, serial_id, process_id, attempt, operator_id, equipment_id, station_id, process_session_id,
                              result, measurements, defects, notes, started_at, completed_at)
    SELECT * FROM jsonb_to_recordset(${JSON.stringify(rows)}::jsonb)
      AS execution(id uuid, level process_level, "lotId" uuid, "wipItemId" uuid, "serialId" uuid, "processId" uuid, attempt int, "operatorId" uuid, "equipmentId" uuid, "stationId" uuid, "processSessionId" uuid,
                   result process_result, measurements jsonb, defects jsonb, notes text, "startedAt" timestamptz, "completedAt" timestamptz)
    WHERE ${rowActors}`;
}

const OPEN = { result: null, measurements: [], defects: [], notes: null, completedAt: null } as const;
