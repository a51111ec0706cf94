/**
 * A factory after a period of work: 100,000 executions on 25,000 units, with a matching amount of all data that grows
 * with them, in SQL. Constraints are switched off meanwhile: other tests check them.
 */
import { withConnection } from './database.ts';
import type { Api } from './api.ts';
import { uuidOf, type Named } from './build.ts';
import { done } from './expect.ts';
import { makeStation } from './station.ts';
import { makeFloor } from './work.ts';

export interface History {
  readonly lot: Named;
  readonly item: Named;
  readonly serial: Named;
  readonly execution: { readonly id: string };
  readonly admin: { readonly id: string };
  readonly step: { readonly id: string; readonly code: string };
  readonly equipment: { readonly id: string; readonly code: string };
}

export const EXECUTIONS = 100_000;

export async function makeHistory(api: Api): Promise<History> {
  const { final } = await makeFloor(api);
  const { equipment } = await done(
    api,
    'createEquipment',
    { code: 'OVEN', name: 'Oven', type: 'OVEN' },
    'equipment { id code }',
  );
  await makeStation(api, 'ST_1');
  await withConnection(api.databaseUrl, async (client) => {
    await client.query('SET session_replication_role = replica');
    // Building an index once is much faster than updating it row by row.
    const { rows: indexes } = await client.query<{ name: string; definition: string }>(PLAIN_INDEXES);
    for (const { name } of indexes) await client.query(`DROP INDEX ${name}`);
    for (const statement of STATEMENTS)
      await client.query(
        statement
          .replaceAll('@step', `'${uuidOf(final)}'`)
          .replaceAll('@equipment', `'${uuidOf(equipment)}'`)
          .replaceAll('@user', `'${api.userIdOf('ADMIN')}'`),
      );
    for (const { definition } of indexes) await client.query(definition);
    await client.query('VACUUM (ANALYZE)');
  });
  const { data } = await api.ask(`{
    lotByNumber(number: "KR01PSA010150") { id number wipItems(first: 1) { nodes { id number } } serials(first: 1) { nodes { id number processData(first: 1) { nodes { id } } } } } userByUsername(username: "admin") { id } }`);
  const [serial] = data.lotByNumber.serials.nodes;
  return {
    lot: data.lotByNumber,
    item: data.lotByNumber.wipItems.nodes[0],
    serial,
    execution: serial.processData.nodes[0],
    admin: data.userByUsername,
    step: final,
    equipment,
  };
}

const PLAIN_INDEXES = `
  SELECT indexrelid::regclass AS name, pg_get_indexdef(indexrelid) AS definition FROM pg_index
  WHERE indrelid IN ('process_data'::regclass, 'audit_entries'::regclass, 'component_uses'::regclass) AND NOT indisunique`;

const STATEMENTS: readonly string[] = [
  ...[1, 2].flatMap((revision) => [
    `INSERT INTO routes (id, product_model_id, revision) SELECT '00000000-0000-7000-8000-00000000000${revision}', id, ${revision} FROM product_models ORDER BY code LIMIT 1`,
    `INSERT INTO route_steps (route_id, process_id, number) VALUES ('00000000-0000-7000-8000-00000000000${revision}', @step, ${revision})`,
    `UPDATE routes SET status = 'RELEASED', released_at = now(), release_reason = 'Approved.' WHERE revision = 1 AND status = 'DRAFT'`,
  ]),
  `INSERT INTO lots (number, product_model_id, production_line_id, production_date, status, started_at, completed_at, created_at)
   SELECT 'KR01PSA' || to_char(day, 'YYMM') || to_char(1 + n % 99, 'FM00'), m.id, l.id, day, (CASE WHEN n < 990 THEN 'COMPLETED' ELSE 'IN_PROGRESS' END)::lot_status, day, CASE WHEN n < 990 THEN day + interval '1 day' END, day
   FROM product_models m, production_lines l, generate_series(0, 999) n, LATERAL (SELECT '2001-01-01'::date + make_interval(months => n / 99, hours => n % 99) AS day) AS month`,
  `INSERT INTO wip_items (lot_id, number, sequence, status, completed_at, converted_at, created_at, current_process_id)
   SELECT id, 'WIP-' || number || '-' || to_char(unit, 'FM000'), unit, (CASE WHEN unit < 25 THEN 'CONVERTED' ELSE 'FAILED' END)::wip_item_status,
     CASE WHEN unit < 25 THEN started_at + unit * interval '1 hour' END, CASE WHEN unit < 25 THEN started_at + unit * interval '1 hour' END, started_at + unit * interval '1 second', @step
   FROM lots, generate_series(1, 25) unit`,
  `INSERT INTO serials (lot_id, wip_item_id, number, sequence, status, completed_at, failure_reason, max_reworks, created_at)
   SELECT lot_id, id, substr(number, 5, 13) || to_char(sequence, 'FM000'), sequence, (CASE WHEN sequence < 24 THEN 'PASSED' ELSE 'FAILED' END)::serial_status,
     created_at + interval '1 hour', CASE WHEN sequence >= 24 THEN 'Cracked' END, 3, created_at FROM wip_items`,
  `INSERT INTO process_data (level, lot_id, wip_item_id, serial_id, process_id, attempt, operator_id, equipment_id, result, defects, measurements, notes, started_at, completed_at)
   SELECT 'SERIAL', lot_id, wip_item_id, s.id, @step, attempt, @user, @equipment, (CASE WHEN attempt = 4 THEN 'PASS' WHEN n.n % 50 = 0 THEN 'FAIL' ELSE 'REWORK' END)::process_result,
     CASE WHEN attempt < 4 AND n.n % 50 = 0 THEN '[{"code": "CRACK", "severity": "HIGH", "quantity": 1}]' ELSE '[]' END::jsonb,
     jsonb_build_array(jsonb_build_object('code', CASE WHEN n.n % 500 = 0 THEN 'RARE' ELSE 'TORQUE' END, 'value', n.n::text)), CASE WHEN n.n % 500 = 0 THEN 'reel R' || n.n END,
     created_at + attempt * interval '1 minute', created_at + attempt * interval '2 minutes'
   FROM (SELECT *, row_number() OVER (ORDER BY id) AS n FROM serials) s, generate_series(1, ${EXECUTIONS} / 25000) attempt, LATERAL (SELECT s.n * 4 + attempt AS n) n`,
  `UPDATE process_data SET result = NULL, completed_at = NULL WHERE id IN (SELECT id FROM process_data WHERE attempt = 3 AND result = 'REWORK' ORDER BY started_at DESC LIMIT 50)`,
  `INSERT INTO inspections (lot_id, serial_id, sample_code, type, status, priority, inspector_id, started_at, completed_at, verdict, quality_score, confidence, created_at)
   SELECT lot_id, s.id, number, (CASE WHEN n % 3 = 0 THEN 'OPTICAL' ELSE 'VISUAL' END)::inspection_type, (CASE WHEN n > 19900 THEN 'PENDING' ELSE 'COMPLETED' END)::inspection_status, 1 + n % 10, @user::uuid,
     CASE WHEN n <= 19900 THEN created_at END, CASE WHEN n <= 19900 THEN created_at + interval '1 hour' END, CASE WHEN n <= 19900 THEN 'PASS' END::inspection_verdict, CASE WHEN n <= 19900 THEN 0.9495 - n % 10 / 100.0 END, CASE WHEN n <= 19900 THEN 0.9 END, created_at
   FROM (SELECT *, row_number() OVER (ORDER BY id) AS n FROM serials) s WHERE n <= 20000`,
  `INSERT INTO defects (inspection_id, type, severity, detection_method, confidence, description, review_status, reviewed_by_id, reviewed_at, created_at)
   SELECT i.id, (CASE WHEN n % 50 = 0 THEN 'CRACK' ELSE 'SCRATCH' END)::defect_type, (CASE WHEN n % 1000 = 0 THEN 'CRITICAL' ELSE 'LOW' END)::defect_severity, 'MANUAL_REVIEW', 0.5 + n % 5000 / 10000.0, CASE WHEN n % 500 = 0 THEN 'rim R' || n END,
     (CASE WHEN n % 100 = 0 THEN 'PENDING' ELSE 'CONFIRMED' END)::review_status, CASE WHEN n % 100 <> 0 THEN @user::uuid END, CASE WHEN n % 100 <> 0 THEN completed_at END, completed_at
   FROM (SELECT *, row_number() OVER (ORDER BY id) AS n FROM inspections WHERE status = 'COMPLETED') i`,
  `INSERT INTO component_uses (consumer_wip_item_id, component_lot_id, external_lot_number, role, quantity, installed_at, installed_by_id, removed_at, removal_reason, created_at)
   SELECT i.id, CASE WHEN part = 1 THEN l.id END, CASE WHEN part = 2 THEN 'REEL-' || n % 2500 END, CASE WHEN part = 1 THEN 'PCB' ELSE 'CHIP' END, part, i.created_at, @user,
     CASE WHEN n % 100 = 0 THEN i.created_at + interval '1 hour' END, CASE WHEN n % 100 = 0 THEN 'Bent' END, i.created_at
   FROM (SELECT *, row_number() OVER (ORDER BY id) AS n FROM wip_items) i, generate_series(1, 2) part, LATERAL (SELECT i.n % 1000 AS place) p
     JOIN (SELECT id, row_number() OVER (ORDER BY number) - 1 AS place FROM lots) l USING (place)`,
  `INSERT INTO component_uses (consumer_serial_id, component_serial_id, role, installed_at, installed_by_id, created_at)
   SELECT s.id, part.id, 'SENSOR', s.created_at, @user, s.created_at
   FROM (SELECT *, row_number() OVER (ORDER BY id) AS n FROM serials) s JOIN (SELECT id, row_number() OVER (ORDER BY id) AS n FROM serials) part ON part.n = s.n - 13
   WHERE s.n % 5 = 0`,
  `INSERT INTO audit_entries (entity, record_id, operation, action, new_values, actor_kind, actor_id, request_id, recorded_at)
   SELECT 'process_data', id, 'INSERT', 'processData.recorded', jsonb_build_object('attempt', attempt), 'USER', uuid7(), uuid7(), started_at FROM process_data WHERE attempt = 1 ORDER BY started_at`,
  `INSERT INTO audit_positions (position, audit_entry_id, block_number, entry_hash) SELECT seq, id, 1 + seq / 100, repeat('0', 64) FROM audit_entries ON CONFLICT DO NOTHING`,
  `INSERT INTO audit_blocks (number, first_position, last_position, entry_count, previous_hash, hash, horizon)
   SELECT block_number, min(position), max(position), count(*), repeat('0', 64), lpad(block_number::text, 64, '0'), max(position) FROM audit_positions GROUP BY 1 ON CONFLICT DO NOTHING`,
  `INSERT INTO idempotency_keys (caller, key, operation, request_hash) SELECT 'user:' || @user, n::text, 'recordProcessData', repeat('0', 64) FROM generate_series(1, 50000) n`,
  `INSERT INTO error_entries (request_id, code, message, operation_name, created_at) SELECT uuid7(), 'INTERNAL', 'Unexpected', 'Ask', now() - n * interval '1 minute' FROM generate_series(1, 20000) n`,
  `INSERT INTO system_events (level, event, message, created_at) SELECT (CASE WHEN n % 500 = 0 THEN 'ERROR' ELSE 'INFO' END)::event_level, CASE WHEN n % 500 = 0 THEN 'job.failed' ELSE 'session.sign_in' END, 'Something', now() - n * interval '1 minute' FROM generate_series(1, 20000) n`,
  `INSERT INTO login_sessions (user_id, token_hash, family_id, expires_at) SELECT uuid7(), lpad(n::text, 64, '0'), uuid7(), now() + interval '7 days' FROM generate_series(1, 20000) n`,
  `INSERT INTO equipment_status_periods (equipment_id, status, started_at, ended_at)
   SELECT @equipment, (CASE WHEN n % 2 = 0 THEN 'AVAILABLE' ELSE 'IN_USE' END)::equipment_status, '2001-01-01'::timestamptz + n * interval '1 hour', '2001-01-01'::timestamptz + (n + 1) * interval '1 hour' FROM generate_series(1, 20000) n`,
  `INSERT INTO process_sessions (station_id, process_id, batch_code, slot, status, opened_at, closed_at)
   SELECT st.id, @step, 'BATCH-' || n, 1 + n % 12, (CASE WHEN n > 12 THEN 'CLOSED' ELSE 'OPEN' END)::process_session_status, now() - n * interval '1 hour', CASE WHEN n > 12 THEN now() - n * interval '1 hour' + interval '50 minutes' END
   FROM stations st, generate_series(1, 20000) n`,
  `INSERT INTO webhooks (name, url, sealed_secret, events, read_position) SELECT 'hook ' || n, 'https://hooks.example/' || n, '-', '{lot.closed}', 0 FROM generate_series(1, 5) n`,
  // The newest 200 of each webhook wait.
  `INSERT INTO webhook_deliveries (webhook_id, position, type, occurred_at, status, attempts, run_after, delivered_at, created_at)
   SELECT w.id, n, 'lot.closed', at, (CASE WHEN n > 3800 THEN 'PENDING' ELSE 'DELIVERED' END)::webhook_delivery_status, (n <= 3800)::int, at, CASE WHEN n <= 3800 THEN at END, at
   FROM webhooks w, generate_series(1, 4000) n, LATERAL (SELECT now() - (4001 - n) * interval '1 minute' AS at) AS made`,
  `INSERT INTO inference_jobs (inspection_id, model_name, model_version, status, priority, attempts, queued_at, created_at, started_at, completed_at, worker_code, lease_until)
   SELECT uuid7(), 'model ' || n % 20, '1.0', state::inference_status, 1 + n % 10, (state <> 'QUEUED')::int, at, at, CASE WHEN state <> 'QUEUED' THEN at END,
     CASE WHEN state IN ('COMPLETED', 'FAILED') THEN at + n % 900 * interval '1 millisecond' END, CASE state WHEN 'PROCESSING' THEN 'W' || n END, CASE state WHEN 'PROCESSING' THEN now() + interval '1 minute' END
   FROM generate_series(1, 20000) n, LATERAL (SELECT now() - n * interval '1 minute' AS at, CASE WHEN n <= 200 THEN 'QUEUED' WHEN n <= 230 THEN 'PROCESSING' WHEN n % 50 = 0 THEN 'FAILED' ELSE 'COMPLETED' END AS state) AS job`,
];
