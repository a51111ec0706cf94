/** The progress of units that exist already, found by the numbers that the file gives them. */
import type { Step } from '../../../catalog/process/route.rules.ts';
import type { Reader } from '../../../platform/postgres/client.ts';

/** The state of a unit in the database. */
export interface KnownUnit {
  /** The number of the unit in the file. */
  readonly number: string;
  readonly productModel: string;
  readonly lotId: string;
  readonly lotNumber: string;
  readonly wipItemId: string;
  readonly serialId: string | null;
  readonly serialNumber: string | null;
  readonly passedStepIds: readonly string[];
  /** The result of the last step, if it has one. */
  readonly result: 'PASS' | 'FAIL' | 'REWORK' | null;
}

/** Reads the units that exist among these numbers, by number, with one statement. */
export async function knownUnits(
  db: Reader,
  numbers: readonly string[],
  lastStep: Pick<Step, 'id'>,
): Promise<ReadonlyMap<string, KnownUnit>> {
  const rows = await db.sql<KnownUnit>`
    SELECT item.external_number AS number, model.code AS "productModel", lot.id AS "lotId", lot.number AS "lotNumber", item.id AS "wipItemId",
           serial.id AS "serialId", serial.number AS "serialNumber",
           ARRAY(SELECT done.process_id FROM process_data done WHERE done.unit_id IN (item.id, serial.id) AND done.result = 'PASS')::text[] AS "passedStepIds",
           (SELECT done.result FROM process_data done
            WHERE done.unit_id = serial.id AND done.process_id = ${lastStep.id}::uuid AND done.result IS NOT NULL
            ORDER BY done.attempt DESC LIMIT 1) AS result
    FROM wip_items item
    JOIN lots lot ON lot.id = item.lot_id
    JOIN product_models model ON model.id = lot.product_model_id
    LEFT JOIN serials serial ON serial.wip_item_id = item.id
    WHERE item.external_number = ANY(${[...numbers]}::text[])`;
  return new Map(rows.map((row) => [row.number, row]));
}

/** True if the step is done: passed, or converted, or, for the last step, ended with any result. */
export function isDone(unit: KnownUnit, step: Step, isLast: boolean): boolean {
  if (isLast) return unit.result !== null;
  return step.type === 'SERIAL_CONVERSION' ? unit.serialId !== null : unit.passedStepIds.includes(step.id);
}

/** True if no work is left for the unit. */
export function isComplete(unit: KnownUnit, steps: readonly Step[]): boolean {
  return unit.serialId !== null && steps.every((step, index) => isDone(unit, step, index === steps.length - 1));
}
