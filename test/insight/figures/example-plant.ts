/**
 * The example plant of the specification of figures: one lot of eight items on 2026-11-02, by its times and results. It
 * is written in SQL, because the API does not make history.
 */
import type { Api } from '../../support/api.ts';
import { withConnection } from '../../support/connection.ts';

/** The day of the example, as a period in UTC. */
export const DAY = '{ from: "2026-11-02T00:00:00Z", to: "2026-11-03T00:00:00Z" }';

/** step, item, start, seconds (empty: open), result, defects. */
const EXECUTIONS = `
  10 1 08:00 60 PASS
  10 2 08:02 62 PASS
  10 3 08:04 58 FAIL SCRATCH:1
  10 3 08:06 64 PASS
  10 4 08:08 61 PASS
  10 5 08:10 59 PASS
  10 6 08:12 70 REWORK SCRATCH:1
  10 6 08:14 60 PASS
  20 1 08:05 118 PASS
  20 2 08:08 125 PASS
  20 3 08:11 122 PASS
  20 4 08:14 130 FAIL MISALIGN:1,SCRATCH:2
  20 4 08:17 128 FAIL MISALIGN:1
  20 4 08:20 121 PASS
  20 5 08:23 119 PASS
  20 6 08:50
  30 1 08:10 88 PASS
  30 2 08:14 95 FAIL LEAK:1
  30 3 08:18 91 PASS
  30 4 08:24 90 PASS
  30 5 08:27 92 PASS`;

const WORLD = `
  INSERT INTO users (username, full_name, role, password_hash) VALUES ('kim', 'Kim', 'OPERATOR', 'x'), ('lee', 'Lee', 'OPERATOR', 'x');
  INSERT INTO product_models (code, lot_segment, name, max_reworks) VALUES ('PSA100', 'PSA', 'Sensor', 3);
  INSERT INTO production_lines (code, lot_segment, name) VALUES ('KR01', 'KR01', 'Line 1');
  INSERT INTO equipment (code, name, type) VALUES ('LASER-1', 'Laser 1', 'LASER');
  INSERT INTO processes (number, code, name, type, level, planned_seconds, sort_order) VALUES
    (10, 'LASER', 'Laser', 'MANUFACTURING', 'WIP', 60, 10), (20, 'ASSEMBLY', 'Assembly', 'MANUFACTURING', 'WIP', 120, 20),
    (30, 'TEST', 'Test', 'MANUFACTURING', 'WIP', 90, 30), (40, 'CONVERT', 'Convert', 'SERIAL_CONVERSION', 'WIP', NULL, 40);
  INSERT INTO lots (number, product_model_id, production_line_id, production_date, target_quantity, status, started_at, created_at)
  SELECT 'KR01PSA261101', m.id, l.id, '2026-11-02', 8, 'IN_PROGRESS', '2026-11-02T08:00Z', '2026-11-02T07:30Z' FROM product_models m, production_lines l;
  INSERT INTO wip_items (number, lot_id, sequence, status, completed_at, converted_at, created_at)
  SELECT 'WIP-KR01PSA261101-00' || n, lots.id, n,
         (CASE WHEN n IN (1, 3, 4) THEN 'CONVERTED' WHEN n = 2 THEN 'FAILED' WHEN n = 5 THEN 'COMPLETED' WHEN n = 6 THEN 'IN_PROGRESS' ELSE 'CREATED' END)::wip_item_status,
         timestamptz '2026-11-02T08:00Z' + CASE n WHEN 1 THEN interval '10 min 88 s' WHEN 3 THEN interval '18 min 91 s' WHEN 4 THEN interval '24 min 90 s' WHEN 5 THEN interval '27 min 92 s' END,
         CASE WHEN n IN (1, 3, 4) THEN timestamptz '2026-11-02T08:30Z' END, '2026-11-02T08:00Z'
  FROM lots, generate_series(1, 8) AS n;
  UPDATE wip_items SET current_process_id = (SELECT id FROM processes WHERE number = 20) WHERE sequence = 6;
  INSERT INTO process_data (level, lot_id, wip_item_id, process_id, attempt, operator_id, equipment_id, result, defects, started_at, completed_at)
  SELECT 'WIP', i.lot_id, i.id, p.id, row_number() OVER (PARTITION BY i.id, p.id ORDER BY e.start), u.id, q.id, e.result::process_result,
         coalesce((SELECT jsonb_agg(jsonb_build_object('code', split_part(d, ':', 1), 'severity', CASE split_part(d, ':', 1) WHEN 'LEAK' THEN 'HIGH' ELSE 'LOW' END,
           'quantity', split_part(d, ':', 2)::int)) FROM unnest(string_to_array(e.defects, ',')) AS d), '[]'),
         ('2026-11-02T' || e.start || 'Z')::timestamptz, ('2026-11-02T' || e.start || 'Z')::timestamptz + e.seconds * interval '1 s'
  FROM (SELECT f[1]::int AS step, f[2]::int AS item, f[3] AS start, f[4]::int AS seconds, f[5] AS result, f[6] AS defects
        FROM (SELECT string_to_array(btrim(line), ' ') AS f FROM regexp_split_to_table(btrim('${EXECUTIONS}', E' \\n'), E'\\n') AS line) AS split) AS e
    JOIN wip_items i ON i.sequence = e.item JOIN processes p ON p.number = e.step
    JOIN users u ON u.username = CASE e.step WHEN 10 THEN 'kim' ELSE 'lee' END LEFT JOIN equipment q ON e.step = 10;
  INSERT INTO serials (number, lot_id, wip_item_id, sequence, status, rework_count, max_reworks, failure_reason, completed_at, created_at)
  SELECT 'KR01PSA26110100' || sequence, lot_id, id, sequence, (CASE sequence WHEN 4 THEN 'FAILED' ELSE 'PASSED' END)::serial_status,
         CASE sequence WHEN 1 THEN 0 WHEN 3 THEN 1 ELSE 3 END, 3, CASE sequence WHEN 4 THEN 'Leaks' END,
         timestamptz '2026-11-02T08:30Z' + CASE sequence WHEN 1 THEN interval '10 min' WHEN 3 THEN interval '15 min' ELSE interval '18 min' END, '2026-11-02T08:30Z'
  FROM wip_items WHERE sequence IN (1, 3, 4);
  INSERT INTO inspections (lot_id, sample_code, type, created_at) SELECT id, 'TRAY-1', 'VISUAL', '2026-11-02T09:00Z' FROM lots;
  INSERT INTO defects (inspection_id, type, severity, detection_method, confidence, created_at, review_status, reviewed_by_id, reviewed_at, review_notes)
  SELECT i.id, d.type::defect_type, 'LOW', 'MANUAL_REVIEW', 0.9, '2026-11-02T09:05Z', d.status::review_status, u.id, now(), 'Seen.'
  FROM inspections i, users u, (VALUES ('SCRATCH', 'CONFIRMED'), ('VOID', 'FALSE_POSITIVE')) AS d (type, status) WHERE u.username = 'lee';`;

/** Writes the example plant into the empty database of the API. */
export async function makeExamplePlant(api: Api): Promise<void> {
  await withConnection(api.databaseUrl, async (client) => {
    await client.query(WORLD);
  });
}
