import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type Allowance, type Breach, insert, openSqlWorld, type SqlWorld, sqlStateOf } from '../support/sql-world.ts';

const print = (values: Readonly<Record<string, string>>): string =>
  insert('label_prints', { label_type: "'SERIAL_LABEL'", text: "'KR01PSA261102003'", status: "'SUCCESS'", ...values });

const UNITS = { lot_id: ':lot', wip_item_id: ':item', serial_id: ':serial' } as const;
const LABELS = { LOT_LABEL: 'lot_id', WIP_LABEL: 'wip_item_id', SERIAL_LABEL: 'serial_id' } as const;

const BREACHES: readonly Breach[] = [
  ...Object.entries(LABELS).flatMap(([labelType, own]) => [
    {
      constraint: 'ck_label_prints_lbl_1_unit_fits_type',
      when: `${labelType} without a unit`,
      sql: print({ label_type: `'${labelType}'` }),
    },
    ...Object.entries(UNITS).flatMap(([column, id]) =>
      column === own
        ? []
        : [
            {
              constraint: 'ck_label_prints_lbl_1_unit_fits_type',
              when: `${labelType} with ${column} instead`,
              sql: print({ label_type: `'${labelType}'`, [column]: id }),
            },
            {
              constraint: 'ck_label_prints_lbl_1_unit_fits_type',
              when: `${labelType} with ${column} as well`,
              sql: print({ label_type: `'${labelType}'`, [own]: UNITS[own], [column]: id }),
            },
          ],
    ),
  ]),
  {
    constraint: 'ck_label_prints_lbl_1_failure_has_message',
    when: 'a failure without a reason',
    sql: print({ serial_id: ':serial', status: "'FAILED'" }),
  },
  {
    constraint: 'ck_label_prints_lbl_1_failure_has_message',
    when: 'a reason without a failure',
    sql: print({ serial_id: ':serial', error_message: "'No paper'" }),
  },
  ...['lot_id', 'wip_item_id', 'serial_id'].map((column) => ({
    constraint: `fk_label_prints_${column}`,
    when: 'a unit that does not exist',
    sql: print({
      label_type: `'${{ lot_id: 'LOT_LABEL', wip_item_id: 'WIP_LABEL' }[column] ?? 'SERIAL_LABEL'}'`,
      [column]: ':nothing',
    }),
  })),
  {
    constraint: 'fk_label_prints_process_data_id',
    when: 'an execution that does not exist',
    sql: print({ serial_id: ':serial', process_data_id: ':nothing' }),
  },
  {
    constraint: 'fk_label_prints_printed_by_id',
    when: 'a person who does not exist',
    sql: print({ serial_id: ':serial', printed_by_id: ':nothing' }),
  },
  {
    constraint: 'ck_label_print_cursors_one_row',
    when: 'a second cursor',
    sql: 'INSERT INTO label_print_cursors (id, position) VALUES (2, 0)',
  },
];
const ALLOWANCES: readonly Allowance[] = Object.entries(LABELS).map(([labelType, column]) => ({
  constraint: 'ck_label_prints_lbl_1_unit_fits_type',
  when: `a failed print of ${labelType} with its unit`,
  sql: print({
    label_type: `'${labelType}'`,
    [column]: UNITS[column],
    status: "'FAILED'",
    error_message: "'No paper'",
  }),
}));

describe('the constraints of prints of labels', () => {
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
      await world.constraintsOf(['label_prints', 'label_print_cursors']),
    );
  });
});
