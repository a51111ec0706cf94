import type { LabelType } from '../../catalog/process/process.rules.ts';
import { HISTORY_ACTION, HISTORY_USER_AGENT } from '../../platform/request/actor.ts';
import type { Reader } from '../../platform/postgres/client.ts';
import { sql } from '../../platform/postgres/sql.ts';

/** A PASS whose step prints a label, and the unit of the label. */
export interface LabelledExecution {
  readonly execution: string;
  readonly labelType: LabelType;
  readonly unitId: string;
  readonly number: string;
}

/** Some PASSes of the audit trail. */
export interface LabelledExecutions {
  readonly executions: readonly LabelledExecution[];
  /** The position up to which the trail was searched. */
  readonly end: number;
  /** Whether the trail goes on behind it. */
  readonly hasMore: boolean;
}

/** How many positions one statement searches. */
const POSITIONS_PER_STATEMENT = 20_000;

/**
 * LBL-2: The PASSes after a position, at most `first`, whose step prints a label of a unit that exists: of the lot, of
 * the WIP item, or of the serial, which for a converting PASS is the new one. An execution that was corrected since, and
 * is not a PASS any more, is left out.
 */
export async function labelledExecutions(db: Reader, after: number, first: number): Promise<LabelledExecutions> {
  const rows = await db.query<Found>(sql`
    SELECT sealed.last, sealed."upTo", pass.* FROM (
      SELECT coalesce(max(position), 0) AS last, least(coalesce(max(position), 0), ${after}::bigint + ${POSITIONS_PER_STATEMENT}) AS "upTo" FROM audit_positions
    ) AS sealed
    LEFT JOIN LATERAL (
      SELECT p.position, t.id AS execution, step.label_template AS "labelType",
             CASE step.label_template WHEN 'LOT_LABEL' THEN lot.id WHEN 'WIP_LABEL' THEN item.id ELSE serial.id END AS "unitId",
             CASE step.label_template WHEN 'LOT_LABEL' THEN lot.number::text WHEN 'WIP_LABEL' THEN item.number ELSE serial.number END AS number
      FROM audit_positions p JOIN audit_entries e ON e.id = p.audit_entry_id
      JOIN process_data t ON t.id = e.record_id JOIN processes step ON step.id = t.process_id JOIN lots lot ON lot.id = t.lot_id
      LEFT JOIN wip_items item ON item.id = t.wip_item_id LEFT JOIN serials serial ON serial.wip_item_id = t.wip_item_id
      WHERE p.position > ${after} AND p.position <= sealed."upTo" AND e.entity = 'process_data'
        AND e.new_values ->> 'result' = 'PASS' AND (e.operation = 'INSERT' OR 'result' = ANY(e.changed_fields))
        AND t.result = 'PASS' AND step.auto_print_label
        AND (step.label_template = 'LOT_LABEL' OR step.label_template = 'WIP_LABEL' AND item.id IS NOT NULL OR serial.id IS NOT NULL AND step.label_template = 'SERIAL_LABEL')
        AND e.action <> ${HISTORY_ACTION} AND (e.user_agent IS DISTINCT FROM ${HISTORY_USER_AGENT} OR e.ip IS NOT NULL)
      ORDER BY p.position LIMIT ${first + 1}
    ) AS pass ON true ORDER BY pass.position`);
  const found = rows.flatMap(({ position, ...row }) => (position === null ? [] : [{ ...row, position }]));
  const executions = found.slice(0, first);
  const [last, upTo] = [Number(rows[0]?.last ?? 0), Number(rows[0]?.upTo ?? 0)];
  if (found.length > first) return { executions, end: Number(found[first - 1]?.position ?? after), hasMore: true };
  return { executions, end: Math.max(after, upTo), hasMore: upTo < last };
}

interface Found extends LabelledExecution {
  readonly last: string;
  readonly upTo: string;
  readonly position: string | null;
}
