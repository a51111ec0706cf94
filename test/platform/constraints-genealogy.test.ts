import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type Allowance, type Breach, insert, openSqlWorld, type SqlWorld, sqlStateOf } from '../support/sql-world.ts';

type Values = Readonly<Record<string, string>>;

const use = (values: Values): string =>
  insert('component_uses', { consumer_wip_item_id: ':item', component_lot_id: ':otherLot', ...values });
const REMOVED = { removed_at: 'now()', removal_reason: "'Worn'" };
const SERIAL = { component_lot_id: 'NULL', component_serial_id: ':serial' };
const EXTERNAL = { component_lot_id: 'NULL', external_lot_number: "'ACME-7'" };

const BREACHES: readonly Breach[] = [
  {
    constraint: 'ck_component_uses_cmp_1_one_consumer',
    when: 'two consumers',
    sql: use({ consumer_serial_id: ':serial' }),
  },
  {
    constraint: 'ck_component_uses_cmp_1_one_component',
    when: 'no component',
    sql: use({ component_lot_id: 'NULL' }),
  },
  {
    constraint: 'ck_component_uses_cmp_1_one_component',
    when: 'two components',
    sql: use({ external_lot_number: "'ACME-7'" }),
  },
  ...["''", "'acme'"].map((external_lot_number) => ({
    constraint: 'ck_component_uses_cmp_1_external_number_form',
    when: `the number ${external_lot_number}`,
    sql: use({ ...EXTERNAL, external_lot_number }),
  })),
  { constraint: 'ck_component_uses_cmp_2_quantity_positive', when: '0', sql: use({ quantity: '0' }) },
  { constraint: 'ck_component_uses_cmp_2_quantity_positive', when: '-1', sql: use({ quantity: '-1' }) },
  { constraint: 'ck_component_uses_cmp_2_serial_is_one', when: 'two', sql: use({ ...SERIAL, quantity: '2' }) },
  {
    constraint: 'puq_component_uses_cmp_3_serial_installed_once',
    when: 'a serial in two places',
    sql: `${use(SERIAL)}; ${use({ ...SERIAL, consumer_wip_item_id: ':otherItem' })}`,
  },
  {
    constraint: 'ck_component_uses_cmp_4_removal_is_signed',
    when: 'a removal without a reason',
    sql: use({ ...REMOVED, removal_reason: 'NULL' }),
  },
  {
    constraint: 'ck_component_uses_cmp_4_removal_is_signed',
    when: 'a removal before the installation',
    sql: use({ ...REMOVED, removed_at: "now() - interval '1 ms'" }),
  },
  ...Object.entries({ removal_reason: "'Worn'", removed_by_id: ':user', removal_station_id: ':station' }).map(
    ([column, value]) => ({
      constraint: 'ck_component_uses_cmp_4_removal_is_signed',
      when: `${column} of one that is installed`,
      sql: use({ [column]: value }),
    }),
  ),
  {
    constraint: 'ck_component_uses_cmp_5_not_in_itself',
    when: 'a lot in itself',
    sql: use({ consumer_wip_item_id: 'NULL', consumer_lot_id: ':otherLot' }),
  },
  ...["''", "'spring'"].map((role) => ({
    constraint: 'ck_component_uses_role_upper',
    when: `the role ${role}`,
    sql: use({ role }),
  })),
  ...Object.entries({
    consumer_lot_id: { consumer_wip_item_id: 'NULL' },
    consumer_wip_item_id: {},
    consumer_serial_id: { consumer_wip_item_id: 'NULL' },
    component_lot_id: {},
    component_serial_id: { component_lot_id: 'NULL' },
    process_data_id: {},
    installed_by_id: {},
    station_id: {},
    removed_by_id: REMOVED,
    removal_station_id: REMOVED,
  }).map(([column, others]) => ({
    constraint: `fk_component_uses_${column}`,
    when: 'a record that does not exist',
    sql: use({ ...others, [column]: ':nothing' }),
  })),
];

const ALLOWANCES: readonly Allowance[] = [
  ...[
    { consumer_wip_item_id: 'NULL', consumer_lot_id: ':lot' },
    { consumer_wip_item_id: 'NULL', consumer_serial_id: ':serial' },
  ].map((values) => ({
    constraint: 'ck_component_uses_cmp_1_one_consumer',
    when: Object.keys(values)[1] ?? '',
    sql: use(values),
  })),
  { constraint: 'ck_component_uses_cmp_1_one_component', when: 'a supplier lot', sql: use(EXTERNAL) },
  { constraint: 'ck_component_uses_cmp_2_quantity_positive', when: '0.000001', sql: use({ quantity: '0.000001' }) },
  {
    constraint: 'puq_component_uses_cmp_3_serial_installed_once',
    when: 'a serial that was removed elsewhere',
    sql: `${use({ ...SERIAL, ...REMOVED })}; ${use(SERIAL)}`,
  },
  {
    constraint: 'ck_component_uses_cmp_4_removal_is_signed',
    when: 'at the instant of installation',
    sql: use(REMOVED),
  },
  {
    constraint: 'ck_component_uses_cmp_4_removal_is_signed',
    when: 'by a station',
    sql: use({ ...REMOVED, removal_station_id: ':station' }),
  },
];

let world: SqlWorld;
beforeAll(async () => {
  world = await openSqlWorld();
});
afterAll(() => world.close());

describe('constraints of genealogy', () => {
  it.each(BREACHES)('$constraint refuses $when', async ({ constraint, sql }) => {
    expect(await world.violationOf(sql)).toEqual({ sqlState: sqlStateOf(constraint), constraint });
  });

  it.each(ALLOWANCES)('$constraint allows $when', async ({ sql }) => {
    expect(await world.violationOf(sql)).toBeUndefined();
  });

  it('are all tested', async () => {
    const tested = new Set(BREACHES.map(({ constraint }) => constraint));
    expect((await world.constraintsOf(['component_uses'])).filter((name) => !tested.has(name))).toEqual([]);
  });
});
