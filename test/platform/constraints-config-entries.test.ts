import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type Breach, insert, openSqlWorld, type SqlWorld, sqlStateOf } from '../support/sql-world.ts';

type Values = Readonly<Record<string, string>>;

const entry = (values: Values = {}): string => insert('config_entries', { key: "'press.limit'", ...values });
const figure = (values: Values = {}): string =>
  insert('performance_baselines', {
    metric: "'duration'",
    subject: "'Lots'",
    kind: "'BASELINE'",
    value: '5',
    unit: "'ms'",
    postgres_version: "'17'",
    ...values,
  });

const FITS = 'ck_config_entries_cfg_2_value_fits_type';
const SEALED = 'ck_config_entries_cfg_3_sensitive_is_sealed';

const BREACHES: readonly Breach[] = [
  { constraint: 'uq_config_entries_cfg_1_key_environment', when: 'a key twice', sql: `${entry()}; ${entry()}` },
  ...['Press', 'press.', '.press', 'press limit'].map((key) => ({
    constraint: 'ck_config_entries_key_form',
    when: `the key ${key}`,
    sql: entry({ key: `'${key}'` }),
  })),
  {
    constraint: 'ck_config_entries_cfg_2_encrypted_is_sensitive',
    when: 'an encrypted value that is not sensitive',
    sql: entry({ type: "'ENCRYPTED'" }),
  },
  { constraint: FITS, when: 'an integer of letters', sql: entry({ type: "'INTEGER'", value: "'seven'" }) },
  { constraint: FITS, when: 'a long integer', sql: entry({ type: "'INTEGER'", value: "'1234567890123456789'" }) },
  { constraint: FITS, when: 'a third truth', sql: entry({ type: "'BOOLEAN'", value: "'yes'" }) },
  { constraint: SEALED, when: 'a sensitive value in clear', sql: entry({ is_sensitive: 'true', value: "'x'" }) },
  { constraint: SEALED, when: 'a sealed value that is not sensitive', sql: entry({ sealed_value: "'x'" }) },
  {
    constraint: 'puq_performance_baselines_prf_1_one_baseline',
    when: 'two current baselines',
    sql: `${figure()}; ${figure()}`,
  },
  {
    constraint: 'ck_performance_baselines_prf_1_only_baseline_replaced',
    when: 'a measurement that was replaced',
    sql: figure({ kind: "'MEASUREMENT'", replaced_at: 'now()' }),
  },
  { constraint: 'ck_performance_baselines_value_positive', when: 'nothing', sql: figure({ value: '0' }) },
];

const ALLOWED: readonly (readonly [string, string])[] = [
  ['a key in two environments', `${entry()}; ${entry({ environment: "'STAGING'" })}`],
  ['an integer', entry({ type: "'INTEGER'", value: "'-123456789012345678'" })],
  ['a sealed value', entry({ type: "'ENCRYPTED'", is_sensitive: 'true', sealed_value: "'x'" })],
  ['a baseline after a replaced one', `${figure({ replaced_at: 'now()' })}; ${figure()}`],
  ['measurements beside a baseline', `${figure()}; ${figure({ kind: "'MEASUREMENT'" })}`],
];

describe('the constraints of config entries and performance baselines', () => {
  let world: SqlWorld;
  beforeAll(async () => {
    world = await openSqlWorld();
  });
  afterAll(() => world.close());

  it.each(BREACHES)('$constraint refuses $when', async ({ constraint, sql }) => {
    expect(await world.violationOf(sql)).toEqual({ sqlState: sqlStateOf(constraint), constraint });
  });

  it.each(ALLOWED)('%s is allowed', async (_what, sql) => {
    expect(await world.violationOf(sql)).toBeUndefined();
  });

  it('each have a statement that they refuse', async () => {
    expect([...new Set(BREACHES.map(({ constraint }) => constraint))].toSorted()).toEqual(
      await world.constraintsOf(['config_entries', 'performance_baselines']),
    );
  });
});
