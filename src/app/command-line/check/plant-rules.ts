/** Rules across records, which no constraint holds, recounted by SQL over everything that is stored. */
import type { Reader } from '../../../platform/postgres/client.ts';
import { raw } from '../../../platform/postgres/sql.ts';
import { type CheckFinding, judged } from './finding.ts';

/** A rule, and the statement that returns an example of each violation. */
interface PlantRule {
  readonly check: string;
  readonly good: string;
  readonly violations: string;
}

const RULES: readonly PlantRule[] = [
  {
    check: 'uniqueness:numbers',
    good: 'no number of a lot, item or serial exists twice (LOT-1, WIP-1, SER-1)',
    violations: `SELECT number || ' exists ' || count(*) || ' times' AS problem FROM
      (SELECT number FROM lots UNION ALL SELECT number FROM wip_items UNION ALL SELECT number FROM serials) t GROUP BY number HAVING count(*) > 1`,
  },
  {
    check: 'uniqueness:pass',
    good: 'no unit has passed a step twice (PD-6)',
    violations: `SELECT unit_id || ' passed ' || process_id || ' ' || count(*) || ' times' AS problem FROM process_data
      WHERE result = 'PASS' GROUP BY unit_id, process_id HAVING count(*) > 1`,
  },
  {
    check: 'attempts',
    good: 'the attempts of a unit at a step have no gap (PD-9)',
    violations: `SELECT unit_id || ' has ' || count(*) || ' attempts up to number ' || max(attempt) AS problem FROM process_data
      GROUP BY unit_id, process_id HAVING count(*) <> max(attempt)`,
  },
  {
    check: 'closed-lots',
    good: 'no execution is open in a lot that is CLOSED (LOT-4)',
    violations: `SELECT l.number || ' is CLOSED with an open execution' AS problem FROM lots l
      WHERE l.status = 'CLOSED' AND EXISTS (SELECT FROM process_data d WHERE d.lot_id = l.id AND d.completed_at IS NULL)`,
  },
  {
    check: 'completed-lots',
    good: 'no item is in progress in a lot that is done (LOT-9)',
    violations: `SELECT l.number || ' is ' || l.status || ' with an item in progress' AS problem FROM lots l
      WHERE l.status IN ('COMPLETED', 'CLOSED') AND EXISTS (SELECT FROM wip_items i WHERE i.lot_id = l.id AND i.status = 'IN_PROGRESS')`,
  },
  {
    check: 'conversions',
    good: 'an item has a serial if it is converted, and only then (SER-5)',
    violations: `SELECT i.number || ' is ' || i.status || CASE WHEN s.id IS NULL THEN ' without' ELSE ' with' END || ' a serial' AS problem
      FROM wip_items i LEFT JOIN serials s ON s.wip_item_id = i.id WHERE (i.status = 'CONVERTED') <> (s.id IS NOT NULL)`,
  },
  {
    check: 'equipment-periods',
    good: 'equipment has one open status period, with its status (EQP-2)',
    violations: `SELECT e.code || ' has ' || count(p.id) || ' open periods, and is ' || e.status AS problem FROM equipment e
      LEFT JOIN equipment_status_periods p ON p.equipment_id = e.id AND p.ended_at IS NULL
      GROUP BY e.id HAVING count(p.id) <> 1 OR bool_or(p.status <> e.status)`,
  },
  {
    check: 'audit-sealing',
    good: 'every audit entry older than ten minutes has its position (AUD-3)',
    violations: `SELECT 'entry ' || e.seq || ' of ' || e.recorded_at || ' has no position' AS problem FROM audit_entries e
      WHERE e.recorded_at < now() - interval '10 minutes' AND NOT EXISTS (SELECT FROM audit_positions p WHERE p.audit_entry_id = e.id)`,
  },
];

/** At most so many violations of a rule are counted. */
const MOST_VIOLATIONS = 1_000;

/** Judges the stored data by the rules. */
export async function plantFindings(db: Reader): Promise<readonly CheckFinding[]> {
  const findings: CheckFinding[] = [];
  for (const { check, good, violations } of RULES) {
    const rows = await db.query<{ problem: string }>(raw(`${violations} LIMIT ${MOST_VIOLATIONS}`));
    findings.push(
      judged(
        check,
        rows.map(({ problem }) => problem),
        good,
      ),
    );
  }
  return findings;
}
