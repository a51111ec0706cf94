import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { transitionRows } from '../../src/platform/rules/state-machine.ts';
import { PROCESS_SESSION_FLOW } from '../../src/production/process-session/process-session.rules.ts';
import {
  type Allowance,
  type Breach,
  insert,
  jsonBreach,
  openSqlWorld,
  type SqlWorld,
  sqlStateOf,
} from '../support/sql-world.ts';

type Values = Readonly<Record<string, string>>;

const session = (values: Values): string =>
  insert('process_sessions', {
    station_id: ':station',
    process_id: ':firstStep',
    batch_code: "'B-9'",
    slot: '9',
    ...values,
  });
const update = (id: string, set: string): string => `UPDATE process_sessions SET ${set} WHERE id = ${id}`;
const ENDED = { status: "'CLOSED'", opened_at: "'2026-11-02T08:00Z'", closed_at: "'2026-11-02T08:00Z'" };
const CANCELLED = { ...ENDED, status: "'CANCELLED'", close_notes: "'Wrong batch'" };

const BREACHES: readonly Breach[] = [
  {
    constraint: 'puq_process_sessions_ses_1_one_open',
    when: 'a second open one of the same batch and step',
    sql: session({ process_id: ':secondStep', batch_code: "'B-1'" }),
  },
  {
    constraint: 'ck_process_sessions_ses_1_batch_code_not_blank',
    when: 'spaces',
    sql: session({ batch_code: "'  '" }),
  },
  { constraint: 'puq_process_sessions_ses_2_one_per_slot', when: 'a slot that is taken', sql: session({ slot: '1' }) },
  { constraint: 'ck_process_sessions_ses_2_slot_range', when: '0', sql: session({ slot: '0' }) },
  { constraint: 'ck_process_sessions_ses_2_slot_range', when: '13', sql: session({ slot: '13' }) },
  {
    constraint: 'ck_process_sessions_ses_3_closed_has_time',
    when: 'an end without a time',
    sql: session({ ...ENDED, closed_at: 'NULL' }),
  },
  {
    constraint: 'ck_process_sessions_ses_3_closed_has_time',
    when: 'a time without an end',
    sql: session({ ...ENDED, status: "'OPEN'" }),
  },
  {
    constraint: 'ck_process_sessions_ses_3_closed_has_time',
    when: 'an end before the opening',
    sql: session({ ...ENDED, closed_at: "'2026-11-02T07:59Z'" }),
  },
  {
    constraint: 'ck_process_sessions_ses_3_cancelled_has_reason',
    when: 'a cancellation without a reason',
    sql: session({ ...CANCELLED, close_notes: "' '" }),
  },
  {
    constraint: 'ck_process_sessions_ses_3_status_flow',
    when: 'opening again',
    sql: update(':closedSession', "status = 'OPEN', closed_at = NULL, slot = 2, batch_code = 'B-2'"),
  },
  {
    constraint: 'ck_process_sessions_ses_3_status_flow',
    when: 'cancelling what is closed',
    sql: update(':closedSession', "status = 'CANCELLED', close_notes = 'Wrong'"),
  },
  jsonBreach('process_sessions', 'parameters', 'object', ':session'),
  jsonBreach('process_sessions', 'hardware_config', 'object', ':session'),
  { constraint: 'fk_process_sessions_station_id', when: 'no station', sql: session({ station_id: ':nothing' }) },
  { constraint: 'fk_process_sessions_process_id', when: 'no step', sql: session({ process_id: ':nothing' }) },
  {
    constraint: 'fk_process_sessions_test_program_version_id',
    when: 'no version of a test program',
    sql: session({ test_program_version_id: ':nothing' }),
  },
  { constraint: 'fk_process_sessions_opened_by_id', when: 'no person', sql: session({ opened_by_id: ':nothing' }) },
  { constraint: 'fk_process_sessions_closed_by_id', when: 'no person', sql: session({ closed_by_id: ':nothing' }) },
];

const ALLOWANCES: readonly Allowance[] = [
  {
    constraint: 'puq_process_sessions_ses_1_one_open',
    when: 'another batch, and another step of the batch',
    sql: `${session({ process_id: ':secondStep' })}; ${session({ batch_code: "'B-1'", slot: '10' })}`,
  },
  {
    constraint: 'puq_process_sessions_ses_1_one_open',
    when: 'the batch in another case',
    sql: session({ process_id: ':secondStep', batch_code: "'b-1'" }),
  },
  {
    constraint: 'puq_process_sessions_ses_2_one_per_slot',
    when: 'the slot of a session that has ended',
    sql: `${update(':session', "status = 'CLOSED', closed_at = now()")}; ${session({ slot: '1' })}`,
  },
  {
    constraint: 'ck_process_sessions_ses_2_slot_range',
    when: '12',
    sql: session({ slot: '12' }),
  },
  { constraint: 'ck_process_sessions_ses_3_closed_has_time', when: 'equal times', sql: session(ENDED) },
  {
    constraint: 'ck_process_sessions_ses_3_cancelled_has_reason',
    when: 'a cancellation with a reason',
    sql: session(CANCELLED),
  },
];

describe('the constraints of process sessions (SES-1, SES-2, SES-3)', () => {
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

  it('let a status move exactly as the rules do (SES-3)', async () => {
    const rows = await world.rowsOf(
      'SELECT machine, from_state AS "fromState", to_state AS "toState" FROM state_flows WHERE machine = \'process_sessions.status\'',
    );
    const sorted = (all: readonly object[]): readonly string[] => all.map((each) => JSON.stringify(each)).toSorted();
    expect(sorted(rows)).toEqual(sorted(transitionRows(PROCESS_SESSION_FLOW)));
  });

  it('each have a statement that they refuse', async () => {
    expect([...new Set(BREACHES.map(({ constraint }) => constraint))].toSorted()).toEqual(
      await world.constraintsOf(['process_sessions']),
    );
  });

  it('show a connection that names a station only the sessions of that station, also in raw SQL', async () => {
    const rows = async (station: string): Promise<unknown> =>
      (
        await world.rowsOf(
          'CREATE ROLE reader_of_sessions',
          'GRANT SELECT ON process_sessions TO reader_of_sessions',
          'SET LOCAL ROLE reader_of_sessions',
          `SET LOCAL lotgraph.station_id = ${station}`,
          'SELECT count(*)::int AS count FROM process_sessions',
        )
      )[0];
    expect(await rows(':station')).toEqual({ count: 2 });
    expect(await rows(':nothing')).toEqual({ count: 0 });
    expect(await rows("''")).toEqual({ count: 2 });
  });
});
