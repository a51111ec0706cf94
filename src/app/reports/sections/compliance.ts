/** COMPLIANCE_REPORT: whether the audit trail is whole, and what was decided, corrected and allowed in the period. */
import { verify } from '../../../operation/audit/verify.loaders.ts';
import { sql, type Sql } from '../../../platform/postgres/sql.ts';
import { isInPeriod } from '../../../insight/period/bucket.loaders.ts';
import { verdictOfReading } from '../../../production/process-data/result/measurement.rules.ts';
import { measurementsOf } from '../../../production/process-data/result/measurement.shapes.ts';
import { KEY_FIGURES, notesSection, section, type Section } from '../content/content.ts';
import { executionMatches, lotMatches, type ReportScope } from './scope.ts';

/** The sections of the report. */
export async function complianceReport(scope: ReportScope): Promise<readonly Section[]> {
  return [
    await auditTrail(scope),
    await dispositions(scope),
    await changesOfExecutions(scope, 'Corrections', 'processData.corrected'),
    await changesOfExecutions(scope, 'Withdrawals', 'processData.withdrawn'),
    await changesOfUsers(scope),
    await outOfSpecPasses(scope),
    ...notesSection([
      'The audit trail is verified as a whole, from its first block. The filter narrows dispositions by product models, production lines and lots, and the passes out of specification by all it names; it narrows neither corrections and withdrawals nor changes of users.',
      'All sections but the first are of the period.',
    ]),
  ];
}

/** AUD-5: The verification of the audit trail. */
async function auditTrail({ db }: ReportScope): Promise<Section> {
  const { isIntact, checkedBlocks, checkedEntries, absentEntries, unsealedEntries, firstBreak } = await verify(db, {});
  return section(
    KEY_FIGURES,
    {
      isIntact: 'STRING',
      checkedBlocks: 'INTEGER',
      checkedEntries: 'INTEGER',
      absentEntries: 'INTEGER',
      unsealedEntries: 'INTEGER',
      firstBreak: 'STRING',
    },
    [
      {
        isIntact: String(isIntact),
        checkedBlocks,
        checkedEntries,
        absentEntries,
        unsealedEntries,
        firstBreak: firstBreak?.message ?? null,
      },
    ],
  );
}

/** Who recorded an entry with the alias `a`: the username, the code of the station, the name of the service. */
const ACTOR: Sql = sql`CASE a.actor_kind WHEN 'SYSTEM' THEN 'SYSTEM' ELSE coalesce(
  (SELECT u.username FROM users u WHERE u.id = a.actor_id), (SELECT s.code FROM stations s WHERE s.id = a.actor_id),
  (SELECT k.name FROM api_keys k WHERE k.id = a.actor_id), a.actor_id::text) END`;

/** Each decision on a lot: quarantine, release, rejection. */
async function dispositions({ db, period, filter }: ReportScope): Promise<Section> {
  interface Decision {
    readonly recordedAt: string;
    readonly lot: string;
    readonly before: string;
    readonly after: string;
    readonly reason: string | null;
    readonly actor: string;
  }
  const rows = await db.query<Decision>(sql`
    SELECT a.recorded_at AS "recordedAt", lot.number AS lot, a.old_values ->> 'disposition' AS before, a.new_values ->> 'disposition' AS after,
           coalesce(a.reason, a.new_values ->> 'disposition_reason') AS reason, ${ACTOR} AS actor
    FROM audit_entries a JOIN lots lot ON lot.id = a.record_id
    WHERE a.entity = 'lots' AND a.operation = 'UPDATE' AND 'disposition' = ANY(a.changed_fields) AND ${isInPeriod(sql`a.recorded_at`, period)} AND ${lotMatches(filter, 'lot')}
    ORDER BY a.seq`);
  return section(
    'Dispositions',
    { recordedAt: 'INSTANT', lot: 'STRING', before: 'STRING', after: 'STRING', reason: 'STRING', actor: 'STRING' },
    rows,
  );
}

/** PD-13, PD-14: The changes of executions by an action. A withdrawn execution exists only in the trail. */
async function changesOfExecutions({ db, period }: ReportScope, name: string, action: string): Promise<Section> {
  interface Change {
    readonly recordedAt: string;
    readonly unit: string | null;
    readonly process: string | null;
    readonly before: string | null;
    readonly after: string | null;
    readonly reason: string | null;
    readonly actor: string;
  }
  const rows = await db.query<Change>(sql`
    SELECT a.recorded_at AS "recordedAt", coalesce(serial.number, item.number, lot.number) AS unit, p.code AS process,
           coalesce(a.old_values ->> 'result', kept.result::text) AS before, coalesce(a.new_values ->> 'result', kept.result::text) AS after, a.reason, ${ACTOR} AS actor
    FROM audit_entries a LEFT JOIN process_data kept ON kept.id = a.record_id
      LEFT JOIN processes p ON p.id = coalesce(kept.process_id, (a.old_values ->> 'process_id')::uuid)
      LEFT JOIN lots lot ON lot.id = coalesce(kept.lot_id, (a.old_values ->> 'lot_id')::uuid)
      LEFT JOIN wip_items item ON item.id = coalesce(kept.wip_item_id, (a.old_values ->> 'wip_item_id')::uuid)
      LEFT JOIN serials serial ON serial.id = coalesce(kept.serial_id, (a.old_values ->> 'serial_id')::uuid)
    WHERE a.action = ${action} AND a.entity = 'process_data' AND ${isInPeriod(sql`a.recorded_at`, period)} ORDER BY a.seq`);
  return section(
    name,
    {
      recordedAt: 'INSTANT',
      unit: 'STRING',
      process: 'STRING',
      before: 'STRING',
      after: 'STRING',
      reason: 'STRING',
      actor: 'STRING',
    },
    rows,
  );
}

/** Every user who was made, changed or deleted, and each change of a role. */
async function changesOfUsers({ db, period }: ReportScope): Promise<Section> {
  interface Change {
    readonly recordedAt: string;
    readonly user: string;
    readonly operation: string;
    readonly changedFields: string;
    readonly roleBefore: string | null;
    readonly roleAfter: string | null;
    readonly actor: string;
  }
  const rows = await db.query<Change>(sql`
    SELECT a.recorded_at AS "recordedAt", coalesce(known.username, a.new_values ->> 'username', a.old_values ->> 'username', a.record_id::text) AS user, a.operation,
           nullif(array_to_string(a.changed_fields, ', '), '') AS "changedFields", a.old_values ->> 'role' AS "roleBefore", a.new_values ->> 'role' AS "roleAfter", ${ACTOR} AS actor
    FROM audit_entries a LEFT JOIN users known ON known.id = a.record_id
    WHERE a.entity = 'users' AND a.operation IN ('INSERT', 'UPDATE', 'DELETE') AND ${isInPeriod(sql`a.recorded_at`, period)} ORDER BY a.seq`);
  return section(
    'Changes of users and roles',
    {
      recordedAt: 'INSTANT',
      user: 'STRING',
      operation: 'STRING',
      changedFields: 'STRING',
      roleBefore: 'STRING',
      roleAfter: 'STRING',
      actor: 'STRING',
    },
    rows,
  );
}

/** Executions that passed although a reading was out of its specification. */
async function outOfSpecPasses({ db, period, filter }: ReportScope): Promise<Section> {
  interface Pass {
    readonly completedAt: string;
    readonly unit: string;
    readonly process: string;
    readonly operator: string | null;
    readonly measurements: unknown;
  }
  const rows = await db.query<Pass>(sql`
    SELECT d.completed_at AS "completedAt", coalesce(serial.number, item.number, lot.number) AS unit, p.code AS process, u.username AS operator, d.measurements
    FROM process_data d JOIN lots lot ON lot.id = d.lot_id JOIN processes p ON p.id = d.process_id LEFT JOIN users u ON u.id = d.operator_id
      LEFT JOIN serials serial ON serial.id = d.serial_id LEFT JOIN wip_items item ON item.id = d.wip_item_id
    WHERE d.result = 'PASS' AND verdict_of(d.measurements) = 'OUT_OF_SPEC' AND ${isInPeriod(sql`d.completed_at`, period)} AND ${executionMatches(filter)}
    ORDER BY d.completed_at, d.id`);
  return section(
    'Passes out of specification',
    { completedAt: 'INSTANT', unit: 'STRING', process: 'STRING', operator: 'STRING', readings: 'STRING' },
    rows.map(({ measurements, ...row }) => ({ ...row, readings: readingsOutside(measurements) })),
  );
}

function readingsOutside(measurements: unknown): string {
  return measurementsOf(measurements)
    .filter((reading) => verdictOfReading(reading) === 'OUT_OF_SPEC')
    .map(({ code, value, unit, lowerLimit, upperLimit }) => {
      const limits = `${lowerLimit ?? '…'} to ${upperLimit ?? '…'}`;
      return `${code} ${value ?? ''}${unit === null ? '' : ` ${unit}`} (${limits})`;
    })
    .join('; ');
}
