/** Many rows at once, in SQL, for tests that need only their number. */
import { uuidOf } from './build.ts';
import type { Api } from './api.ts';

/**
 * Lots of a model and a line, numbered over the months from 2001 on, each with units that have become serials: every
 * fourth PASSED, every fourth FAILED. Each unit has an open execution of the step, if one is given.
 */
export async function putLots(
  api: Api,
  count: number,
  of: {
    readonly model: { readonly id: string };
    readonly line: { readonly id: string };
    readonly units?: number;
    readonly step?: { readonly id: string };
  },
): Promise<void> {
  const { model, line, units = 0, step } = of;
  const db = api.database.reader();
  const [before] = await db.sql<{ count: number }>`SELECT count(*)::int AS count FROM lots`;
  const first = before?.count ?? 0;
  await db.sql`
    INSERT INTO lots (number, product_model_id, production_line_id, production_date, status, started_at)
    SELECT 'KR01PSA' || to_char(day, 'YYMM') || to_char(1 + n % 99, 'FM00'), ${uuidOf(model)}::uuid, ${uuidOf(line)}::uuid,
           day, 'IN_PROGRESS', now()
    FROM generate_series(${first}::int, ${first + count - 1}::int) n,
         LATERAL (SELECT '2001-01-01'::date + make_interval(months => n / 99) AS day) AS month`;
  await db.sql`
    INSERT INTO wip_items (lot_id, number, sequence, status, completed_at, converted_at)
    SELECT id, 'WIP-' || number || '-' || to_char(unit, 'FM000'), unit, 'CONVERTED', now(), now()
    FROM lots, generate_series(1, ${units}::int) unit WHERE NOT EXISTS (SELECT FROM wip_items WHERE lot_id = lots.id)`;
  await db.sql`
    INSERT INTO serials (lot_id, wip_item_id, number, sequence, status, completed_at, failure_reason, max_reworks)
    SELECT lot_id, id, substr(number, 5, 13) || to_char(sequence, 'FM000'), sequence,
           (ARRAY['PASSED', 'FAILED', 'CREATED', 'IN_PROGRESS'])[1 + sequence % 4]::serial_status,
           CASE WHEN sequence % 4 < 2 THEN now() END, CASE WHEN sequence % 4 = 1 THEN 'Cracked' END,
           CASE WHEN sequence % 8 = 1 THEN 0 ELSE 3 END
    FROM wip_items item WHERE NOT EXISTS (SELECT FROM serials WHERE wip_item_id = item.id)`;
  if (step === undefined) return;
  await db.sql`UPDATE wip_items SET current_process_id = ${uuidOf(step)}::uuid WHERE current_process_id IS NULL`;
  await db.sql`
    INSERT INTO process_data (level, lot_id, wip_item_id, process_id, attempt, operator_id)
    SELECT 'WIP', lot_id, id, ${uuidOf(step)}::uuid, 1, ${api.userIdOf('ADMIN')}::uuid FROM wip_items item
    WHERE NOT EXISTS (SELECT FROM process_data WHERE wip_item_id = item.id)`;
}

/** Finished executions of a SERIAL-level step on every serial, in SQL: this many attempts each, a minute apart. */
export async function putSerialExecutions(
  api: Api,
  step: { readonly id: string },
  equipment: { readonly id: string },
  attempts: number,
): Promise<void> {
  await api.database.reader().sql`
    INSERT INTO process_data (level, lot_id, wip_item_id, serial_id, process_id, attempt, operator_id, equipment_id, result, started_at, completed_at)
    SELECT 'SERIAL', lot_id, wip_item_id, id, ${uuidOf(step)}::uuid, attempt, ${api.userIdOf('ADMIN')}::uuid, ${uuidOf(equipment)}::uuid, 'REWORK',
           '2026-11-20T08:00Z'::timestamptz + make_interval(mins => attempt), '2026-11-20T09:00Z'
    FROM serials, generate_series(1, ${attempts}::int) attempt`;
}
