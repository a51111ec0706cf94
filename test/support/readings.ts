/** A plant with readings, in SQL: its executions ended at given times, which the API does not let them do. */
import { type Api, startApi } from './api.ts';
import { makeItems, makeLine, makeLot, makeModel, makeStep, type Named, type Step, uuidOf } from './build.ts';

/** A plant with one lot and one step. */
export interface ReadingPlant {
  readonly api: Api;
  readonly lot: Named;
  readonly items: readonly Named[];
  readonly step: Step;
}

/** A reading of an execution. */
export type PutReading = Readonly<
  Record<'code', string> & Partial<Record<'value' | 'text' | 'unit' | 'lowerLimit' | 'upperLimit' | 'target', string>>
>;

/** An execution with what it read. */
export interface PutExecution {
  readonly at: string;
  readonly readings: readonly PutReading[];
  readonly step?: { readonly id: string };
  readonly item?: { readonly id: string } | undefined;
  readonly result?: 'PASS' | 'FAIL' | 'REWORK';
  readonly defects?: readonly { readonly code: string; readonly severity: string; readonly quantity: number }[];
  readonly equipment?: { readonly id: string };
}

/** A plant whose step TORQUE has limits for the code TORQUE. */
export async function startReadingPlant(items = 4): Promise<ReadingPlant> {
  const api = await startApi();
  await makeModel(api, { code: 'PSA' });
  await makeLine(api, { code: 'KR01' });
  const step = await makeStep(api, 10, 'TORQUE', {
    characteristics: [{ code: 'TORQUE', unit: 'Nm', lowerLimit: '0.85', upperLimit: '1.15', target: '1.00' }],
  });
  const lot = await makeLot(api);
  return { api, lot, step, items: await makeItems(api, lot, items) };
}

/** Puts finished executions in the order given; each is the next attempt of the step on its item. */
export async function putReadings(
  { api, items, step }: ReadingPlant,
  executions: readonly PutExecution[],
): Promise<void> {
  const rows = executions.map((each) => ({
    at: each.at,
    readings: each.readings,
    step: uuidOf(each.step ?? step),
    item: uuidOf(each.item ?? items[0]),
    result: each.result ?? 'REWORK',
    defects: each.defects ?? [],
    equipment: each.equipment === undefined ? null : uuidOf(each.equipment),
  }));
  await api.database.reader().sql`
    INSERT INTO process_data (level, lot_id, wip_item_id, process_id, attempt, operator_id, equipment_id, result, measurements, defects, started_at, completed_at)
    SELECT 'WIP', item.lot_id, item.id, put.step,
           (SELECT count(*) FROM process_data before WHERE before.unit_id = item.id AND before.process_id = put.step)
             + row_number() OVER (PARTITION BY put.item, put.step ORDER BY put.place),
           ${api.userIdOf('ADMIN')}::uuid, put.equipment, put.result, put.readings, put.defects, put.at, put.at
    FROM ROWS FROM (json_to_recordset(${JSON.stringify(rows)}::json)
           AS (at timestamptz, readings jsonb, step uuid, item uuid, result process_result, defects jsonb, equipment uuid))
         WITH ORDINALITY AS put(at, readings, step, item, result, defects, equipment, place)
      JOIN wip_items item ON item.id = put.item ORDER BY put.place`;
}

/** An instant so many minutes after 2026-11-02, 08:00 UTC. */
export function minute(after: number): string {
  return new Date(Date.UTC(2026, 10, 2, 8, after)).toISOString();
}
