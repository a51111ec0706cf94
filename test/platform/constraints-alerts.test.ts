import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { ALERT_FLOW } from '../../src/operation/alert/alert.rules.ts';
import { transitionRows } from '../../src/platform/rules/state-machine.ts';
import { type Allowance, type Breach, insert, openSqlWorld, type SqlWorld, sqlStateOf } from '../support/sql-world.ts';

type Values = Readonly<Record<string, string>>;

const alert = (values: Values = {}): string =>
  insert('alerts', { type: "'LOT_CLOSED'", title: "'A'", message: "'B'", dedup_key: "'LOT_CLOSED:lot:1'", ...values });
const manual = (values: Values = {}): string =>
  insert('alerts', { type: "'MANUAL'", title: "'A'", message: "'B'", created_by_id: ':user', ...values });
const READ = { status: "'READ'", read_at: 'now()' };
const ARCHIVED = { status: "'ARCHIVED'", archived_at: 'now()' };
const becoming = (from: Values, set: string): string => `${manual(from)}; UPDATE alerts SET ${set}`;

const STATUS_TIMES = 'ck_alerts_alt_1_status_times';
const FLOW = 'ck_alerts_alt_1_status_flow';
const CAUSE = 'ck_alerts_alt_3_manual_has_no_cause';
const OPEN = 'puq_alerts_alt_4_one_open_per_cause';

const BREACHES: readonly Breach[] = [
  { constraint: 'ck_alerts_alt_1_texts_not_empty', when: 'no title', sql: manual({ title: "''" }) },
  { constraint: 'ck_alerts_alt_1_texts_not_empty', when: 'no message', sql: manual({ message: "''" }) },
  { constraint: STATUS_TIMES, when: 'an UNREAD one that was read', sql: manual({ read_at: 'now()' }) },
  { constraint: STATUS_TIMES, when: 'an UNREAD one with a reader', sql: manual({ read_by_id: ':user' }) },
  { constraint: STATUS_TIMES, when: 'a READ one without time', sql: manual({ status: "'READ'" }) },
  { constraint: STATUS_TIMES, when: 'a READ one that was archived', sql: manual({ ...READ, archived_at: 'now()' }) },
  { constraint: STATUS_TIMES, when: 'an ARCHIVED one without time', sql: manual({ status: "'ARCHIVED'" }) },
  { constraint: STATUS_TIMES, when: 'a reader without time', sql: manual({ ...ARCHIVED, read_by_id: ':user' }) },
  { constraint: FLOW, when: 'READ to UNREAD', sql: becoming(READ, "status = 'UNREAD', read_at = NULL") },
  {
    constraint: FLOW,
    when: 'ARCHIVED to READ',
    sql: becoming(ARCHIVED, "status = 'READ', read_at = now(), archived_at = NULL"),
  },
  { constraint: FLOW, when: 'ARCHIVED to UNREAD', sql: becoming(ARCHIVED, "status = 'UNREAD', archived_at = NULL") },
  { constraint: CAUSE, when: 'a MANUAL one with a cause', sql: manual({ dedup_key: "'x'" }) },
  { constraint: CAUSE, when: 'an automatic one without a cause', sql: alert({ dedup_key: 'NULL' }) },
  { constraint: CAUSE, when: 'an automatic one by a person', sql: alert({ created_by_id: ':user' }) },
  { constraint: OPEN, when: 'a second UNREAD one', sql: `${alert()}; ${alert()}` },
  { constraint: OPEN, when: 'a second one while the first is READ', sql: `${alert(READ)}; ${alert()}` },
  ...['lot', 'wip_item', 'serial', 'process', 'equipment', 'process_data', 'inspection', 'created_by'].map(
    (subject) => ({
      constraint: `fk_alerts_${subject}_id`,
      when: 'an unknown record',
      sql: manual({ [`${subject}_id`]: ':nothing' }),
    }),
  ),
  { constraint: 'fk_alerts_read_by_id', when: 'an unknown record', sql: manual({ ...READ, read_by_id: ':nothing' }) },
  {
    constraint: 'fk_alerts_archived_by_id',
    when: 'an unknown record',
    sql: manual({ ...ARCHIVED, archived_by_id: ':nothing' }),
  },
];

const ALLOWANCES: readonly Allowance[] = [
  { constraint: OPEN, when: 'a new one once the first is ARCHIVED', sql: `${alert(ARCHIVED)}; ${alert()}` },
  { constraint: OPEN, when: 'any number of MANUAL ones', sql: `${manual()}; ${manual()}` },
  {
    constraint: STATUS_TIMES,
    when: 'a service that reads and archives',
    sql: manual({ ...ARCHIVED, read_at: 'now()' }),
  },
  {
    constraint: 'fk_alerts_process_data_id',
    when: 'the withdrawal of its execution',
    sql: `${alert({ process_data_id: ':open' })}; DELETE FROM process_data WHERE id = :open`,
  },
];

describe('the constraints of alerts', () => {
  let world: SqlWorld;
  beforeAll(async () => {
    world = await openSqlWorld();
  });
  afterAll(() => world.close());

  it.each(BREACHES)('$constraint refuses $when', async ({ constraint, sql }) => {
    expect(await world.violationOf(sql)).toEqual({ sqlState: sqlStateOf(constraint), constraint });
  });

  it.each(ALLOWANCES)('$constraint allows $when', async ({ sql }) => {
    expect(await world.violationOf(sql)).toBeUndefined();
  });

  it('let a status move exactly as the rules do (ALT-1)', async () => {
    const rows = await world.rowsOf(
      'SELECT machine, from_state AS "fromState", to_state AS "toState" FROM state_flows WHERE machine = \'alerts.status\'',
    );
    const sorted = (all: readonly object[]): readonly string[] => all.map((each) => JSON.stringify(each)).toSorted();
    expect(sorted(rows)).toEqual(sorted(transitionRows(ALERT_FLOW)));
  });

  it('each have a statement that they refuse', async () => {
    expect([...new Set(BREACHES.map(({ constraint }) => constraint))].toSorted()).toEqual(
      await world.constraintsOf(['alerts']),
    );
  });
});
