import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { DEPLOYMENT_FLOW } from '../../src/catalog/test-program/test-program.rules.ts';
import { transitionRows } from '../../src/platform/rules/state-machine.ts';
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

const TABLES = ['test_programs', 'test_program_versions', 'test_program_deployments'];
const program = (values: Values): string => insert('test_programs', { name: "'new'", ...values });
const version = (values: Values): string =>
  insert('test_program_versions', {
    test_program_id: ':program',
    version: "'1.0.1'",
    checksum_sha256: "repeat('c', 64)",
    size_bytes: '1',
    storage_key: "'key'",
    ...values,
  });
const deployment = (values: Values): string =>
  insert('test_program_deployments', {
    test_program_id: ':program',
    test_program_version_id: ':programVersion',
    batch_code: "'B-1'",
    ...values,
  });
const update = (table: string, id: string, set: string): string => `UPDATE ${table} SET ${set} WHERE id = ${id}`;
const FAILED = { status: "'FAILED'", error_message: "'No port'" };

/** The check that a JSON column of an insertion is of this kind; a version is never updated. */
function versionJsonBreach(column: string, kind: 'object' | 'array'): Breach {
  const { constraint, when } = jsonBreach('test_program_versions', column, kind, '');
  return { constraint, when, sql: version({ [column]: `'${when}'` }) };
}

const BREACHES: readonly Breach[] = [
  { constraint: 'uq_test_programs_tpg_1_name', when: 'a name that is taken', sql: program({ name: "'psa-final'" }) },
  ...["''", "'-a'", "'a b'", "'a/b'", "'ä'"].map((name) => ({
    constraint: 'ck_test_programs_tpg_1_name_format',
    when: `the name ${name}`,
    sql: program({ name }),
  })),
  { constraint: 'fk_test_programs_process_id', when: 'no step', sql: program({ process_id: ':nothing' }) },
  {
    constraint: 'fk_test_programs_tpg_3_current_is_own_version',
    when: 'a version of another program',
    sql: update('test_programs', ':program', 'current_version_id = :otherVersion'),
  },
  {
    constraint: 'uq_test_program_versions_tpg_2_version',
    when: 'a number that is taken',
    sql: version({ version: "'1.0.0'" }),
  },
  ...["'1.0'", "'01.0.0'", "'1.0.0-a'", "'v1.0.0'"].map((number) => ({
    constraint: 'ck_test_program_versions_tpg_2_version_format',
    when: `the number ${number}`,
    sql: version({ version: number }),
  })),
  {
    constraint: 'ck_test_program_versions_tpg_2_checksum_format',
    when: 'upper case',
    sql: version({ checksum_sha256: "repeat('C', 64)" }),
  },
  {
    constraint: 'ck_test_program_versions_tpg_2_size_positive',
    when: 'an empty package',
    sql: version({ size_bytes: '0' }),
  },
  versionJsonBreach('hardware', 'object'),
  versionJsonBreach('parameters', 'object'),
  versionJsonBreach('steps', 'array'),
  {
    constraint: 'fk_test_program_versions_test_program_id',
    when: 'no program',
    sql: version({ test_program_id: ':nothing' }),
  },
  {
    constraint: 'fk_test_program_versions_uploaded_by_id',
    when: 'no person',
    sql: version({ uploaded_by_id: ':nothing' }),
  },
  {
    constraint: 'fk_test_program_deployments_test_program_id',
    when: 'no program',
    sql: deployment({ test_program_id: ':nothing' }),
  },
  {
    constraint: 'fk_test_program_deployments_tpg_3_own_version',
    when: 'a version of another program',
    sql: deployment({ test_program_version_id: ':otherVersion' }),
  },
  {
    constraint: 'fk_test_program_deployments_station_id',
    when: 'no station',
    sql: deployment({ station_id: ':nothing' }),
  },
  {
    constraint: 'fk_test_program_deployments_deployed_by_id',
    when: 'no person',
    sql: deployment({ deployed_by_id: ':nothing' }),
  },
  {
    constraint: 'ck_test_program_deployments_tpg_4_has_target',
    when: 'neither station nor batch',
    sql: deployment({ batch_code: 'NULL' }),
  },
  {
    constraint: 'ck_test_program_deployments_tpg_4_has_target',
    when: 'a blank batch',
    sql: deployment({ batch_code: "' '" }),
  },
  {
    constraint: 'ck_test_program_deployments_tpg_4_deployed_has_time',
    when: 'DEPLOYED without a time',
    sql: deployment({ status: "'DEPLOYED'" }),
  },
  {
    constraint: 'ck_test_program_deployments_tpg_4_deployed_has_time',
    when: 'PENDING with a time',
    sql: deployment({ deployed_at: 'now()' }),
  },
  {
    constraint: 'ck_test_program_deployments_tpg_4_failed_has_message',
    when: 'a failure without a message',
    sql: deployment({ ...FAILED, error_message: "' '" }),
  },
  {
    constraint: 'ck_test_program_deployments_tpg_4_failed_has_message',
    when: 'a message without a failure',
    sql: deployment({ error_message: "'No port'" }),
  },
  {
    constraint: 'puq_test_program_deployments_tpg_4_one_pending_at_station',
    when: 'a second PENDING one, also for a batch',
    sql: deployment({ station_id: ':station' }),
  },
  {
    constraint: 'puq_test_program_deployments_tpg_4_one_pending_for_batch',
    when: 'a second PENDING one',
    sql: `${deployment({})}; ${deployment({})}`,
  },
  {
    constraint: 'ck_test_program_deployments_tpg_4_status_flow',
    when: 'waiting again',
    sql: update('test_program_deployments', ':deployed', "status = 'PENDING', deployed_at = NULL"),
  },
  {
    constraint: 'ck_test_program_deployments_tpg_4_status_flow',
    when: 'a rollback of what no station has',
    sql: update('test_program_deployments', ':pending', "status = 'ROLLED_BACK', deployed_at = now()"),
  },
];

const ALLOWANCES: readonly Allowance[] = [
  { constraint: 'uq_test_programs_tpg_1_name', when: 'another case', sql: program({ name: "'PSA-final'" }) },
  {
    constraint: 'uq_test_program_versions_tpg_2_version',
    when: 'the number in another program',
    sql: version({ test_program_id: ':otherProgram' }),
  },
  {
    constraint: 'ck_test_program_deployments_tpg_4_deployed_has_time',
    when: 'failures with and without a time',
    sql: `${deployment(FAILED)}; ${deployment({ ...FAILED, deployed_at: 'now()' })}`,
  },
  {
    constraint: 'puq_test_program_deployments_tpg_4_one_pending_for_batch',
    when: 'another batch, and the batch at a station',
    sql: `${deployment({})}; ${deployment({ batch_code: "'B-2'" })}`,
  },
];

describe('the constraints of test programs (TPG-1, TPG-2, TPG-3, TPG-4)', () => {
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

  it('let nobody change a version (TPG-2)', async () => {
    expect(await world.violationOf(update('test_program_versions', ':programVersion', 'size_bytes = 11'))).toEqual({
      sqlState: '42501',
      constraint: 'tg_test_program_versions_append_only',
    });
  });

  it('let a status move exactly as the rules do (TPG-4)', async () => {
    const rows = await world.rowsOf(
      'SELECT machine, from_state AS "fromState", to_state AS "toState" FROM state_flows WHERE machine = \'test_program_deployments.status\'',
    );
    const sorted = (all: readonly object[]): readonly string[] => all.map((each) => JSON.stringify(each)).toSorted();
    expect(sorted(rows)).toEqual(sorted(transitionRows(DEPLOYMENT_FLOW)));
  });

  it('each have a statement that they refuse', async () => {
    expect([...new Set(BREACHES.map(({ constraint }) => constraint))].toSorted()).toEqual(
      await world.constraintsOf(TABLES),
    );
  });
});
