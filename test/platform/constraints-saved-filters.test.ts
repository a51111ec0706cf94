import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import {
  type Allowance,
  type Breach,
  insert,
  jsonBreach,
  openSqlWorld,
  type SqlWorld,
  sqlStateOf,
} from '../support/sql-world.ts';

const saved = (values: Readonly<Record<string, string>> = {}): string =>
  insert('saved_filters', { id: ':nothing', owner_id: ':user', name: "'Open'", target: "'LOTS'", ...values });

const BREACHES: readonly Breach[] = [
  {
    constraint: 'uq_saved_filters_flt_1_owner_target_name',
    when: 'a second filter of the name',
    sql: `${saved()}; ${saved({ id: 'uuid7()' })}`,
  },
  { constraint: 'ck_saved_filters_flt_1_name_not_blank', when: 'an empty name', sql: saved({ name: "''" }) },
  { constraint: 'ck_saved_filters_flt_1_name_not_blank', when: 'a blank name', sql: saved({ name: "'  '" }) },
  { ...jsonBreach('saved_filters', 'filter', 'object', ':nothing'), sql: saved({ filter: "'[]'" }) },
  { ...jsonBreach('saved_filters', 'order_by', 'array', ':nothing'), sql: saved({ order_by: "'{}'" }) },
  { constraint: 'fk_saved_filters_owner_id', when: 'an unknown person', sql: saved({ owner_id: ':nothing' }) },
];

const ALLOWANCES: readonly Allowance[] = [
  { name: "'open'", when: 'the name in another case' },
  { target: "'SERIALS'", when: 'the name for another list' },
].map(({ when, ...values }) => ({
  constraint: 'uq_saved_filters_flt_1_owner_target_name',
  when,
  sql: `${saved()}; ${saved({ id: 'uuid7()', ...values })}`,
}));

describe('the constraints of saved filters', () => {
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

  it('each have a statement that they refuse', async () => {
    expect([...new Set(BREACHES.map(({ constraint }) => constraint))].toSorted()).toEqual(
      await world.constraintsOf(['saved_filters']),
    );
  });
});
