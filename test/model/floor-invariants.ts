/**
 * Invariants of the floor, checked on the rows by one statement, which sees them at one instant. Each query finds the
 * rows that contradict its invariant.
 */
import type { Api } from '../support/api.ts';
import { raw } from '../../src/platform/postgres/sql.ts';

const QUESTIONS: Readonly<Record<string, string>> = {
  'a unit passes a step once (PD-6)': `SELECT unit_id FROM run WHERE result = 'PASS' GROUP BY unit_id, process_id HAVING count(*) > 1`,
  'a unit has one open execution of a step at most (PD-5)': `SELECT unit_id FROM run WHERE result IS NULL GROUP BY unit_id, process_id HAVING count(*) > 1`,
  'attempts are numbered without gap (PD-9)': `SELECT unit_id FROM run GROUP BY unit_id, process_id HAVING max(attempt) <> count(*)`,
  'no step is attempted more often than allowed (PD-9)': `SELECT unit_id FROM run GROUP BY unit_id, process_id, max_attempts HAVING count(*) > max_attempts`,
  'no step is run before the one before it was passed (PD-8)': `
    SELECT run.id FROM run JOIN LATERAL (
      SELECT id FROM step WHERE step.lot_id = run.lot_id AND step.level = run.level AND step.number < run.number AND NOT step.is_optional ORDER BY number DESC LIMIT 1) before ON true
    WHERE NOT run.is_moved AND NOT EXISTS (SELECT FROM run passed WHERE passed.unit_id = run.unit_id AND passed.process_id = before.id AND passed.result = 'PASS')`,
  'a finished item has passed every step that it must, and no other has (WIP-6, WIP-7, RTE-6)': `
    SELECT item.id FROM item JOIN lot ON lot.id = item.lot_id WHERE (item.status IN ('COMPLETED', 'CONVERTED')) = EXISTS (SELECT FROM lacking WHERE unit_id = item.id)
      AND NOT (lot.is_moved AND item.status IN ('CONVERTED', 'FAILED'))
      AND NOT (item.status = 'IN_PROGRESS' AND EXISTS (SELECT FROM run JOIN step ON step.lot_id = run.lot_id AND step.id = run.process_id WHERE run.unit_id = item.id AND run.result IS NULL AND step.is_optional))
      AND EXISTS (SELECT FROM step WHERE step.lot_id = item.lot_id AND step.level = 'WIP')`,
  'a converted item has a serial of its lot and place, and no other has one (WIP-7, SER-5)': `
    SELECT item.id FROM item LEFT JOIN serial ON serial.wip_item_id = item.id
    WHERE (item.status = 'CONVERTED') <> (serial.id IS NOT NULL) OR serial.sequence <> item.sequence OR serial.lot_id <> item.lot_id`,
  'an item shows the step that is open on it': `
    SELECT item.id FROM item LEFT JOIN LATERAL (SELECT array_agg(process_id) AS ids FROM run WHERE run.unit_id = item.id AND run.result IS NULL) AS open ON true
    WHERE CASE WHEN item.current_process_id IS NULL THEN open.ids IS NOT NULL ELSE item.current_process_id = ANY(open.ids) IS NOT TRUE END`,
  'an untouched unit has no history': `
    SELECT any_unit.id FROM (SELECT id, status::text FROM item UNION ALL SELECT id, status::text FROM serial UNION ALL SELECT id, status::text FROM lot) any_unit JOIN run ON run.unit_id = any_unit.id WHERE any_unit.status = 'CREATED'`,
  'a serial that PASSED has passed every step that it must, and has nothing open (SER-6, SER-7, RTE-6)': `
    SELECT serial.id FROM serial JOIN lot ON lot.id = serial.lot_id WHERE serial.status = 'PASSED' AND (EXISTS (SELECT FROM run WHERE unit_id = serial.id AND result IS NULL)
      OR NOT lot.is_moved AND EXISTS (SELECT FROM lacking WHERE unit_id = serial.id))`,
  'a lot has no more items than its target (WIP-3)': `SELECT lot.id FROM lot JOIN item ON item.lot_id = lot.id GROUP BY lot.id, target_quantity HAVING count(*) > target_quantity`,
  'items and their counter run from 1 without gap (WIP-2)': `
    SELECT lot.id FROM lot LEFT JOIN item ON item.lot_id = lot.id LEFT JOIN number_counters counter ON counter.scope = 'WIP/' || lot.id
    GROUP BY lot.id, counter.last_value HAVING coalesce(max(item.sequence), 0) <> count(item.id) OR coalesce(counter.last_value, 0) <> count(item.id)`,
  'a lot that has items has begun (WIP-4)': `SELECT lot.id FROM lot JOIN item ON item.lot_id = lot.id WHERE lot.status = 'CREATED'`,
  'a lot is complete as soon as its target is reached, or when somebody says why (LOT-8, LOT-9)': `
    SELECT id FROM (SELECT lot.*, (SELECT count(*) FROM serial WHERE lot_id = lot.id AND (status = 'PASSED' OR status = 'FAILED' AND rework_count = max_reworks)) AS done FROM lot) lot
    WHERE status = 'IN_PROGRESS' AND done = target_quantity`,
  'what happened to a row is recorded change by change, to how it is now (AUD-1)': `
    SELECT record_id FROM (
      SELECT record_id, operation, (old_values ->> 'version')::int AS before, (new_values ->> 'version')::int AS after, lag(coalesce((new_values ->> 'version')::int, 0)) OVER w AS last,
             row_number() OVER (PARTITION BY record_id ORDER BY seq DESC) AS age, versions.version
      FROM audit_entries JOIN (SELECT id, version FROM lot UNION ALL SELECT id, version FROM item UNION ALL SELECT id, version FROM serial UNION ALL SELECT id, version FROM run) versions ON versions.id = record_id
      WINDOW w AS (PARTITION BY record_id ORDER BY seq)) entry
    WHERE (last IS NULL) <> (operation = 'INSERT') OR (operation = 'UPDATE' AND (before <> last OR after <> before + 1)) OR (age = 1 AND after <> version)`,
};

const BROKEN = raw(
  Object.entries(QUESTIONS)
    .map(([what, rows]) => `SELECT '${what}' AS what WHERE EXISTS (${rows})`)
    .join(' UNION ALL '),
);

/** The invariants that a line violates. */
export async function brokenInvariants({ database }: Pick<Api, 'database'>, line: string): Promise<readonly string[]> {
  const broken = await database.reader().sql<{ what: string }>`
    WITH lot AS (SELECT lots.*, EXISTS (SELECT FROM audit_entries entry WHERE entry.record_id = lots.id AND entry.operation = 'UPDATE' AND entry.new_values ? 'route_id') AS is_moved
                 FROM lots WHERE production_line_id = (SELECT id FROM production_lines WHERE code = ${line})),
         step AS (SELECT lot.id AS lot_id, p.id, p.level, p.type, coalesce(s.number, p.number) AS number, coalesce(s.is_optional, false) AS is_optional, CASE WHEN s.id IS NULL THEN p.max_attempts ELSE s.max_attempts END AS max_attempts
                  FROM lot CROSS JOIN processes p LEFT JOIN route_steps s ON s.route_id = lot.route_id AND s.process_id = p.id
                  WHERE CASE WHEN lot.route_id IS NULL THEN p.is_active AND p.is_in_factory_route ELSE s.id IS NOT NULL END),
         item AS (SELECT * FROM wip_items WHERE lot_id IN (SELECT id FROM lot)),
         serial AS (SELECT * FROM serials WHERE lot_id IN (SELECT id FROM lot)),
         run AS (SELECT d.*, lot.is_moved, coalesce(step.number, p.number) AS number, CASE WHEN lot.is_moved THEN NULL WHEN step.id IS NULL THEN p.max_attempts ELSE step.max_attempts END AS max_attempts
                 FROM process_data d JOIN lot ON lot.id = d.lot_id JOIN processes p ON p.id = d.process_id LEFT JOIN step ON step.lot_id = d.lot_id AND step.id = d.process_id),
         unit AS (SELECT id, lot_id, 'WIP' AS level FROM item UNION ALL SELECT id, lot_id, 'SERIAL' FROM serial),
         lacking AS (SELECT unit.id AS unit_id FROM unit JOIN step ON step.lot_id = unit.lot_id AND step.level::text = unit.level AND step.type = 'MANUFACTURING'
                     WHERE NOT EXISTS (SELECT FROM run WHERE run.unit_id = unit.id AND run.process_id = step.id AND run.result = 'PASS')
                       AND (NOT step.is_optional OR EXISTS (SELECT FROM run WHERE run.unit_id = unit.id AND run.process_id = step.id AND run.result IS NOT NULL)))
    ${BROKEN}`;
  return broken.map(({ what }) => what);
}
