import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import {
  insert,
  jsonBreach,
  openSqlWorld,
  sqlStateOf,
  type Allowance,
  type Breach,
  type SqlWorld,
} from '../support/sql-world.ts';

const TABLES = [
  'users',
  'product_models',
  'production_lines',
  'processes',
  'stations',
  'api_keys',
  'equipment',
  'equipment_status_periods',
  'idempotency_keys',
  'number_counters',
  'state_flows',
  'migration_history',
];

const user = (values: Readonly<Record<string, string>>): string =>
  insert('users', { username: "'lee'", full_name: "'Lee'", password_hash: "'x'", ...values });
const model = (values: Readonly<Record<string, string>>): string =>
  insert('product_models', { code: "'M-1'", lot_segment: "'M10'", name: "'Model'", ...values });
const line = (values: Readonly<Record<string, string>>): string =>
  insert('production_lines', { code: "'L1'", lot_segment: "'L100'", name: "'Line'", ...values });
const process = (values: Readonly<Record<string, string>>): string =>
  insert('processes', { number: '60', code: "'PACK'", name: "'Pack'", sort_order: '60', ...values });
const station = (values: Readonly<Record<string, string>>): string =>
  insert('stations', { code: "'S-1'", name: "'Station'", host: "'s1'", ...values });
const apiKey = (values: Readonly<Record<string, string>>): string =>
  insert('api_keys', { name: "'K'", prefix: "'12345678'", secret_hash: "'x'", created_by_id: ':user', ...values });
const equipment = (values: Readonly<Record<string, string>>): string =>
  insert('equipment', { code: "'E-1'", name: "'Oven'", type: "'OVEN'", ...values });
const period = (values: Readonly<Record<string, string>>): string =>
  insert('equipment_status_periods', {
    equipment_id: ':press',
    status: "'IN_USE'",
    started_at: "'2026-11-02T09:00Z'",
    ...values,
  });
const run = (values: Readonly<Record<string, string>>): string =>
  insert('migration_history', {
    id: ':nothing',
    name: "'9999_x'",
    checksum: "repeat('0', 64)",
    started_at: 'now()',
    postgres_version: "'18'",
    app_version: "'1'",
    environment: "'TESTING'",
    applied_by: "'kim'",
    ...values,
  });

const BREACHES: readonly Breach[] = [
  { constraint: 'uq_users_username', when: 'a second user of the name', sql: user({ username: "'kim'" }) },
  { constraint: 'uq_users_email', when: 'a second user of the address', sql: user({ email: "'kim@example.org'" }) },
  { constraint: 'ck_users_usr_1_username_format', when: '2 characters', sql: user({ username: "'le'" }) },
  { constraint: 'ck_users_usr_1_username_format', when: 'a capital', sql: user({ username: "'Lee'" }) },
  { constraint: 'ck_users_usr_1_username_format', when: 'a hyphen', sql: user({ username: "'l-e'" }) },
  {
    constraint: 'ck_users_usr_1_username_format',
    when: 'a line feed at the end',
    sql: user({ username: "E'lee\\n'" }),
  },
  { constraint: 'uq_users_usr_7_badge_code', when: 'a second user of the badge', sql: user({ badge_code: "'B-1'" }) },
  { constraint: 'ck_users_usr_7_badge_code_format', when: 'a small letter', sql: user({ badge_code: "'b-2'" }) },
  { constraint: 'ck_users_usr_7_badge_code_format', when: 'a hyphen in front', sql: user({ badge_code: "'-2'" }) },
  { constraint: 'ck_users_usr_7_badge_code_format', when: 'an empty code', sql: user({ badge_code: "''" }) },
  { constraint: 'ck_users_failed_logins_not_negative', when: '-1', sql: user({ failed_logins: '-1' }) },

  {
    constraint: 'uq_api_keys_prefix',
    when: 'a second key of the prefix',
    sql: apiKey({ station_id: ':station', prefix: "'abcdefgh'" }),
  },
  {
    constraint: 'ck_api_keys_expiry_after_creation',
    when: 'an end at the beginning',
    sql: apiKey({ station_id: ':station', expires_at: 'now()' }),
  },
  { constraint: 'ck_api_keys_aut_6_station_or_role', when: 'neither a station nor a role', sql: apiKey({}) },
  {
    constraint: 'ck_api_keys_aut_6_station_or_role',
    when: 'a station and a role',
    sql: apiKey({ station_id: ':station', role: "'VIEWER'" }),
  },
  { constraint: 'ck_api_keys_aut_6_role_below_admin', when: 'ADMIN', sql: apiKey({ role: "'ADMIN'" }) },
  {
    constraint: 'ck_api_keys_aut_7_only_services_read_only',
    when: 'a station that only reads',
    sql: apiKey({ station_id: ':station', is_read_only: 'true' }),
  },
  {
    constraint: 'fk_api_keys_station_id',
    when: 'a station that does not exist',
    sql: apiKey({ station_id: ':nothing' }),
  },
  {
    constraint: 'fk_api_keys_created_by_id',
    when: 'a maker who does not exist',
    sql: apiKey({ station_id: ':station', created_by_id: ':nothing' }),
  },

  { constraint: 'uq_product_models_code', when: 'a second model of the code', sql: model({ code: "'PSA'" }) },
  { constraint: 'ck_product_models_mdl_1_code_format', when: 'a small letter', sql: model({ code: "'m1'" }) },
  { constraint: 'ck_product_models_mdl_1_code_format', when: 'a hyphen in front', sql: model({ code: "'-M1'" }) },
  { constraint: 'ck_product_models_mdl_1_code_format', when: 'an empty code', sql: model({ code: "''" }) },
  { constraint: 'ck_product_models_lot_segment_format', when: '2 characters', sql: model({ lot_segment: "'M1'" }) },
  { constraint: 'ck_product_models_revision_positive', when: '0', sql: model({ revision: '0' }) },
  { constraint: 'ck_product_models_cycle_days_positive', when: '0', sql: model({ cycle_days: '0' }) },
  { constraint: 'ck_product_models_max_lot_quantity_range', when: '0', sql: model({ max_lot_quantity: '0' }) },
  {
    constraint: 'ck_product_models_max_lot_quantity_range',
    when: '1,000,001',
    sql: model({ max_lot_quantity: '1000001' }),
  },
  { constraint: 'ck_product_models_max_reworks_range', when: '-1', sql: model({ max_reworks: '-1' }) },
  { constraint: 'ck_product_models_max_reworks_range', when: '101', sql: model({ max_reworks: '101' }) },
  {
    constraint: 'ck_product_models_mdl_2_status_flow',
    when: 'a way back from DISCONTINUED',
    sql: "UPDATE product_models SET status = 'DISCONTINUED'; UPDATE product_models SET status = 'ACTIVE'",
  },
  jsonBreach('product_models', 'specifications', 'object', ':model'),
  jsonBreach('product_models', 'tolerances', 'object', ':model'),

  { constraint: 'uq_production_lines_code', when: 'a second line of the code', sql: line({ code: "'KR01'" }) },
  { constraint: 'ck_production_lines_lin_1_code_format', when: 'a hyphen', sql: line({ code: "'KR-02'" }) },
  { constraint: 'ck_production_lines_lot_segment_format', when: '3 characters', sql: line({ lot_segment: "'L10'" }) },
  { constraint: 'ck_production_lines_cycle_time_not_negative', when: '-1', sql: line({ cycle_time_seconds: '-1' }) },
  { constraint: 'ck_production_lines_sort_order_positive', when: '0', sql: line({ sort_order: '0' }) },
  jsonBreach('production_lines', 'config', 'object', ':line'),

  { constraint: 'uq_processes_prc_1_number', when: 'a second step of the number', sql: process({ number: '10' }) },
  { constraint: 'uq_processes_prc_1_code', when: 'a second step of the code', sql: process({ code: "'KIT'" }) },
  { constraint: 'ck_processes_prc_1_number_range', when: '0', sql: process({ number: '0' }) },
  { constraint: 'ck_processes_prc_1_number_range', when: '10000', sql: process({ number: '10000' }) },
  { constraint: 'ck_processes_prc_1_code_format', when: 'a hyphen', sql: process({ code: "'PA-CK'" }) },
  {
    constraint: 'ck_processes_prc_3_conversion_is_wip_level',
    when: 'an active conversion of serials',
    sql: process({ type: "'SERIAL_CONVERSION'", level: "'SERIAL'" }),
  },
  {
    constraint: 'puq_processes_prc_3_one_active_conversion',
    when: 'a second active one',
    sql: process({ type: "'SERIAL_CONVERSION'" }),
  },
  { constraint: 'ck_processes_planned_seconds_positive', when: '0', sql: process({ planned_seconds: '0' }) },
  { constraint: 'ck_processes_max_attempts_positive', when: '0', sql: process({ max_attempts: '0' }) },
  {
    constraint: 'ck_processes_lbl_2_auto_print_has_template',
    when: 'printing of nothing',
    sql: process({ auto_print_label: 'true' }),
  },
  { constraint: 'ck_processes_sort_order_positive', when: '0', sql: process({ sort_order: '0' }) },
  jsonBreach('processes', 'quality_criteria', 'object', ':firstStep'),
  jsonBreach('processes', 'defect_items', 'array', ':firstStep'),

  { constraint: 'uq_stations_sta_1_code', when: 'a second station of the code', sql: station({ code: "'ST-1'" }) },
  { constraint: 'ck_stations_sta_1_code_format', when: 'a point', sql: station({ code: "'S.1'" }) },
  { constraint: 'ck_stations_port_range', when: '0', sql: station({ port: '0' }) },
  { constraint: 'ck_stations_port_range', when: '65,536', sql: station({ port: '65536' }) },
  {
    constraint: 'fk_stations_production_line_id',
    when: 'an unknown line',
    sql: station({ production_line_id: ':nothing' }),
  },
  jsonBreach('stations', 'health', 'object', ':station'),

  { constraint: 'uq_equipment_eqp_1_code', when: 'a second piece of the code', sql: equipment({ code: "'PRESS-1'" }) },
  { constraint: 'ck_equipment_eqp_1_code_format', when: 'a small letter', sql: equipment({ code: "'e1'" }) },
  {
    constraint: 'ck_equipment_model_number_characters',
    when: 'a ligature',
    sql: equipment({ model_number: "'ﬁ-1'" }),
  },
  {
    constraint: 'ck_equipment_serial_number_characters',
    when: 'a line separator',
    sql: equipment({ serial_number: String.raw`U&'S\2028-1'` }),
  },
  { constraint: 'ck_equipment_eqp_1_type_format', when: 'a hyphen', sql: equipment({ type: "'HOT-OVEN'" }) },
  {
    constraint: 'ck_equipment_operation_hours_not_negative',
    when: '-0.01',
    sql: equipment({ operation_hours: '-0.01' }),
  },
  {
    constraint: 'ck_equipment_eqp_3_next_after_last',
    when: 'the day of the last one',
    sql: equipment({ last_maintenance_on: "'2026-11-02'", next_maintenance_on: "'2026-11-02'" }),
  },
  {
    constraint: 'ck_equipment_eqp_2_status_flow',
    when: 'retirement of what is in use',
    sql: "UPDATE equipment SET status = 'IN_USE'; UPDATE equipment SET status = 'RETIRED'",
  },
  { constraint: 'fk_equipment_process_id', when: 'an unknown step', sql: equipment({ process_id: ':nothing' }) },
  {
    constraint: 'fk_equipment_production_line_id',
    when: 'an unknown line',
    sql: equipment({ production_line_id: ':nothing' }),
  },
  { constraint: 'fk_equipment_station_id', when: 'an unknown station', sql: equipment({ station_id: ':nothing' }) },
  jsonBreach('equipment', 'specifications', 'object', ':press'),
  jsonBreach('equipment', 'maintenance_schedule', 'object', ':press'),

  {
    constraint: 'uq_equipment_status_periods_start',
    when: 'a second period from the same instant',
    sql: period({ started_at: "'2026-11-02T08:00Z'", ended_at: "'2026-11-02T09:00Z'" }),
  },
  { constraint: 'puq_equipment_status_periods_eqp_2_one_open', when: 'a second open one', sql: period({}) },
  {
    constraint: 'ck_equipment_status_periods_eqp_2_end_after_start',
    when: 'an end at the start',
    sql: period({ ended_at: "'2026-11-02T09:00Z'" }),
  },
  {
    constraint: 'fk_equipment_status_periods_equipment_id',
    when: 'unknown equipment',
    sql: period({ equipment_id: ':nothing' }),
  },
  {
    constraint: 'fk_equipment_status_periods_changed_by_id',
    when: 'an unknown user',
    sql: period({ changed_by_id: ':nothing', ended_at: "'2026-11-02T10:00Z'" }),
  },

  {
    constraint: 'uq_idempotency_keys_idk_1_caller_key',
    when: 'a second use of the key',
    sql: insert('idempotency_keys', { caller: "'user:kim'", key: "'a'", operation: "'createLot'", request_hash: "''" }),
  },
  jsonBreach('idempotency_keys', 'outcome', 'object', ':request'),
  {
    constraint: 'ck_number_counters_last_value_not_negative',
    when: '-1',
    sql: 'UPDATE number_counters SET last_value = -1',
  },

  {
    constraint: 'puq_migration_history_mig_1_applied_once',
    when: 'a second success of one migration',
    sql: run({ name: "'0001_foundation'", outcome: "'SUCCEEDED'", finished_at: 'now()', duration_ms: '1' }),
  },
  {
    constraint: 'ck_migration_history_mig_1_end_fits_outcome',
    when: 'a success without end',
    sql: run({ outcome: "'SUCCEEDED'" }),
  },
];

const ALLOWANCES: readonly Allowance[] = [
  {
    constraint: 'uq_users_email',
    when: 'many users without address',
    sql: `${user({})}; ${user({ username: "'max'" })}`,
  },
  {
    constraint: 'uq_users_usr_7_badge_code',
    when: 'many users without badge',
    sql: `${user({})}; ${user({ username: "'max'" })}`,
  },
  {
    constraint: 'ck_api_keys_aut_7_only_services_read_only',
    when: 'a service that only reads',
    sql: apiKey({ role: "'AUDITOR'", is_read_only: 'true' }),
  },
  {
    constraint: 'ck_product_models_mdl_2_status_flow',
    when: 'an update that repeats the status',
    sql: "UPDATE product_models SET status = 'ACTIVE'",
  },
  {
    constraint: 'ck_product_models_mdl_2_status_flow',
    when: 'a way back from INACTIVE',
    sql: "UPDATE product_models SET status = 'INACTIVE'; UPDATE product_models SET status = 'ACTIVE'",
  },
  {
    constraint: 'ck_processes_prc_3_conversion_is_wip_level',
    when: 'an inactive conversion of serials',
    sql: process({ type: "'SERIAL_CONVERSION'", level: "'SERIAL'", is_active: 'false' }),
  },
  {
    constraint: 'puq_processes_prc_3_one_active_conversion',
    when: 'many active ones outside of the factory route',
    sql: process({ type: "'SERIAL_CONVERSION'", is_in_factory_route: 'false' }),
  },
  {
    constraint: 'puq_processes_prc_3_one_active_conversion',
    when: 'many inactive ones',
    sql: process({ type: "'SERIAL_CONVERSION'", is_active: 'false' }),
  },
  {
    constraint: 'ck_equipment_eqp_3_next_after_last',
    when: 'a next one without a last',
    sql: equipment({ next_maintenance_on: "'2026-11-02'" }),
  },
  {
    constraint: 'puq_equipment_status_periods_eqp_2_one_open',
    when: 'a new one after the end of the old',
    sql: `UPDATE equipment_status_periods SET ended_at = '2026-11-02T09:00Z' WHERE id = :period; ${period({})}`,
  },
];

describe('the constraints of master data and platform tables', () => {
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
      await world.constraintsOf(TABLES),
    );
  });
});
