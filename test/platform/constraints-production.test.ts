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

const TABLES = ['lots', 'wip_items', 'serials', 'process_data'];

const lot = (values: Readonly<Record<string, string>>): string =>
  insert('lots', {
    number: "'KR01PSA261199'",
    product_model_id: ':model',
    production_line_id: ':line',
    production_date: "'2026-11-02'",
    ...values,
  });
const item = (values: Readonly<Record<string, string>>): string =>
  insert('wip_items', { number: "'WIP-KR01PSA261102-009'", lot_id: ':lot', sequence: '9', ...values });
const serial = (values: Readonly<Record<string, string>>): string =>
  insert('serials', {
    number: "'KR01PSA261102002'",
    lot_id: ':lot',
    wip_item_id: ':doneItem',
    sequence: '2',
    max_reworks: '3',
    ...values,
  });
/** An execution of the step after the serial's conversion, finished by default. */
const execution = (values: Readonly<Record<string, string>>): string =>
  insert('process_data', {
    level: "'SERIAL'",
    lot_id: ':lot',
    wip_item_id: ':convertedItem',
    serial_id: ':serial',
    process_id: ':serialStep',
    attempt: '1',
    operator_id: ':user',
    result: "'PASS'",
    started_at: "'2026-11-02T10:00Z'",
    completed_at: "'2026-11-02T10:00Z'",
    ...values,
  });
const OPEN = { result: 'NULL', completed_at: 'NULL' };
const onItem = (values: Readonly<Record<string, string>>): string =>
  execution({
    level: "'WIP'",
    wip_item_id: ':item',
    serial_id: 'NULL',
    process_id: ':secondStep',
    attempt: '2',
    ...values,
  });
const SIGNED = { corrected_at: 'now()', corrected_by_id: ':user', correction_reason: "'misread'" };

const LOT_BREACHES: readonly Breach[] = [
  { constraint: 'uq_lots_lot_1_number', when: 'a second lot of the number', sql: lot({ number: "'KR01PSA261101'" }) },
  { constraint: 'ck_lots_lot_1_number_format', when: 'small letters', sql: lot({ number: "'kr01psa261199'" }) },
  { constraint: 'ck_lots_lot_1_number_format', when: 'a sequence of letters', sql: lot({ number: "'KR01PSA2611AA'" }) },
  { constraint: 'ck_lots_lot_3_target_range', when: '0', sql: lot({ target_quantity: '0' }) },
  { constraint: 'ck_lots_lot_3_target_range', when: '1,000,001', sql: lot({ target_quantity: '1000001' }) },
  { constraint: 'ck_lots_lot_5_status_times', when: 'a planned lot that has begun', sql: lot({ started_at: 'now()' }) },
  {
    constraint: 'ck_lots_lot_5_status_times',
    when: 'a begun lot without start',
    sql: lot({ status: "'IN_PROGRESS'" }),
  },
  {
    constraint: 'ck_lots_lot_5_status_times',
    when: 'an end while it runs',
    sql: 'UPDATE lots SET completed_at = started_at WHERE id = :lot',
  },
  {
    constraint: 'ck_lots_lot_5_status_times',
    when: 'completion without end',
    sql: "UPDATE lots SET status = 'COMPLETED' WHERE id = :lot",
  },
  {
    constraint: 'ck_lots_lot_5_status_times',
    when: 'an end before the start',
    sql: "UPDATE lots SET status = 'COMPLETED', completed_at = started_at - interval '1 ms' WHERE id = :lot",
  },
  {
    constraint: 'ck_lots_lot_5_status_times',
    when: 'closing without time',
    sql: lot({ status: "'CLOSED'", started_at: 'now()', completed_at: 'now()' }),
  },
  {
    constraint: 'ck_lots_lot_5_status_times',
    when: 'closing before completion',
    sql: lot({ status: "'CLOSED'", started_at: 'now()', completed_at: 'now()', closed_at: "now() - interval '1 ms'" }),
  },
  {
    constraint: 'ck_lots_lot_5_status_flow',
    when: 'a skipped status',
    sql: "UPDATE lots SET status = 'CLOSED', closed_at = now() WHERE id = :lot",
  },
  {
    constraint: 'ck_lots_lot_5_status_flow',
    when: 'a way back',
    sql: "UPDATE lots SET status = 'CREATED', started_at = NULL WHERE id = :lot",
  },
  {
    constraint: 'ck_lots_lot_6_disposition_is_signed',
    when: 'a decision without reason',
    sql: "UPDATE lots SET disposition = 'RELEASED', disposition_at = now()",
  },
  {
    constraint: 'ck_lots_lot_6_disposition_is_signed',
    when: 'a decision without time',
    sql: "UPDATE lots SET disposition = 'RELEASED', disposition_reason = 'good'",
  },
  {
    constraint: 'ck_lots_lot_6_disposition_is_signed',
    when: 'a reason without decision',
    sql: "UPDATE lots SET disposition_reason = 'good'",
  },
  {
    constraint: 'ck_lots_lot_6_disposition_is_signed',
    when: 'a person without decision',
    sql: 'UPDATE lots SET disposition_by_id = :user',
  },
  {
    constraint: 'ck_lots_lot_6_disposition_flow',
    when: 'a way back from REJECTED',
    sql: `UPDATE lots SET disposition = 'REJECTED', disposition_reason = 'bad', disposition_at = now();
          UPDATE lots SET disposition = 'RELEASED'`,
  },
  {
    constraint: 'ck_lots_production_date_range',
    when: 'the day before 2000',
    sql: lot({ production_date: "'1999-12-31'" }),
  },
  {
    constraint: 'ck_lots_production_date_range',
    when: 'the day after 2099',
    sql: lot({ production_date: "'2100-01-01'" }),
  },
  {
    constraint: 'puq_lots_external_number',
    when: 'a second lot of the number',
    sql: lot({ external_number: "'ERP-2'" }),
  },
  {
    constraint: 'ck_lots_external_number_characters',
    when: 'a zero-width space',
    sql: lot({ external_number: String.raw`U&'ERP\200B-3'` }),
  },
  {
    constraint: 'ck_lots_external_number_characters',
    when: 'a full-width letter in a change',
    sql: String.raw`UPDATE lots SET external_number = U&'\FF25RP' WHERE id = :lot`,
  },
  {
    constraint: 'ck_lots_supplier_code_characters',
    when: 'a direction override',
    sql: lot({ supplier_code: String.raw`U&'S\202E-3'` }),
  },
  {
    constraint: 'fk_lots_rte_4_route_of_model',
    when: 'an unknown route',
    sql: 'UPDATE lots SET route_id = :nothing WHERE id = :lot',
  },
  { constraint: 'fk_lots_product_model_id', when: 'an unknown model', sql: lot({ product_model_id: ':nothing' }) },
  { constraint: 'fk_lots_production_line_id', when: 'an unknown line', sql: lot({ production_line_id: ':nothing' }) },
  {
    constraint: 'fk_lots_disposition_by_id',
    when: 'an unknown user',
    sql: lot({
      disposition: "'RELEASED'",
      disposition_reason: "'good'",
      disposition_at: 'now()',
      disposition_by_id: ':nothing',
    }),
  },
  jsonBreach('lots', 'quality_requirements', 'object', ':lot'),
  jsonBreach('lots', 'metadata', 'object', ':lot'),
];

const UNIT_BREACHES: readonly Breach[] = [
  {
    constraint: 'uq_wip_items_wip_1_number',
    when: 'a second item of the number',
    sql: item({ number: "'WIP-KR01PSA261102-001'" }),
  },
  {
    constraint: 'ck_wip_items_wip_1_number_format',
    when: 'two digits of sequence',
    sql: item({ number: "'WIP-KR01PSA261102-09'" }),
  },
  { constraint: 'uq_wip_items_wip_2_lot_sequence', when: 'a second item of the place', sql: item({ sequence: '1' }) },
  { constraint: 'ck_wip_items_wip_2_sequence_range', when: '0', sql: item({ sequence: '0' }) },
  { constraint: 'ck_wip_items_wip_2_sequence_range', when: '1,000,001', sql: item({ sequence: '1000001' }) },
  { constraint: 'ck_wip_items_wip_5_status_times', when: 'an end of a new item', sql: item({ completed_at: 'now()' }) },
  {
    constraint: 'ck_wip_items_wip_5_status_times',
    when: 'completion without end',
    sql: item({ status: "'COMPLETED'" }),
  },
  {
    constraint: 'ck_wip_items_wip_5_status_times',
    when: 'conversion without its time',
    sql: "UPDATE wip_items SET status = 'CONVERTED' WHERE id = :doneItem",
  },
  {
    constraint: 'ck_wip_items_wip_5_status_flow',
    when: 'conversion of what is not completed',
    sql: "UPDATE wip_items SET status = 'CONVERTED', completed_at = now(), converted_at = now() WHERE id = :item",
  },
  {
    constraint: 'puq_wip_items_external_number',
    when: 'a second item of the number',
    sql: item({ external_number: "'UNIT-1'" }),
  },
  {
    constraint: 'ck_wip_items_external_number_characters',
    when: 'a tab',
    sql: item({ external_number: String.raw`E'UNIT\t2'` }),
  },
  { constraint: 'fk_wip_items_lot_id', when: 'an unknown lot', sql: item({ lot_id: ':nothing' }) },
  {
    constraint: 'fk_wip_items_current_process_id',
    when: 'an unknown step',
    sql: item({ current_process_id: ':nothing' }),
  },

  {
    constraint: 'uq_serials_ser_1_number',
    when: 'a second serial of the number',
    sql: serial({ number: "'KR01PSA261102003'" }),
  },
  { constraint: 'ck_serials_ser_1_number_format', when: 'hyphens', sql: serial({ number: "'KR01-PSA-2611-02-02'" }) },
  {
    constraint: 'ck_serials_ser_2_rework_limit',
    when: 'a rework beyond the limit',
    sql: serial({ rework_count: '4' }),
  },
  { constraint: 'ck_serials_ser_2_rework_limit', when: '-1', sql: serial({ rework_count: '-1' }) },
  {
    constraint: 'ck_serials_ser_3_terminal_has_time',
    when: 'a pass without time',
    sql: serial({ status: "'PASSED'" }),
  },
  {
    constraint: 'ck_serials_ser_3_terminal_has_time',
    when: 'an end of a new serial',
    sql: serial({ completed_at: 'now()' }),
  },
  {
    constraint: 'ck_serials_ser_4_failure_has_reason',
    when: 'no reason',
    sql: serial({ status: "'FAILED'", completed_at: 'now()' }),
  },
  {
    constraint: 'ck_serials_ser_4_failure_has_reason',
    when: 'a blank reason',
    sql: serial({ status: "'FAILED'", completed_at: 'now()', failure_reason: "E' \\n'" }),
  },
  {
    constraint: 'ck_serials_ser_4_failure_has_reason',
    when: 'a reason without failure',
    sql: serial({ failure_reason: "'cracked'" }),
  },
  {
    constraint: 'ck_serials_ser_3_status_flow',
    when: 'a pass of what has failed',
    sql: "UPDATE serials SET status = 'PASSED', failure_reason = NULL WHERE id = :failedSerial",
  },
  {
    constraint: 'uq_serials_ser_5_one_per_wip_item',
    when: 'a second serial of an item',
    sql: serial({ wip_item_id: ':convertedItem', sequence: '3' }),
  },
  {
    constraint: 'fk_serials_ser_5_same_unit_as_wip_item',
    when: 'another place in the lot',
    sql: serial({ sequence: '5' }),
  },
  { constraint: 'fk_serials_ser_5_same_unit_as_wip_item', when: 'another lot', sql: serial({ lot_id: ':otherLot' }) },
  {
    constraint: 'puq_serials_external_number',
    when: 'a second serial of the number',
    sql: serial({ external_number: "'UNIT-3'" }),
  },
];

const EXECUTION_BREACHES: readonly Breach[] = [
  {
    constraint: 'ck_process_data_pd_1_level_fits_unit',
    when: 'LOT with an item',
    sql: execution({ level: "'LOT'", serial_id: 'NULL' }),
  },
  {
    constraint: 'ck_process_data_pd_1_level_fits_unit',
    when: 'WIP without item',
    sql: onItem({ wip_item_id: 'NULL' }),
  },
  { constraint: 'ck_process_data_pd_1_level_fits_unit', when: 'WIP with a serial', sql: execution({ level: "'WIP'" }) },
  {
    constraint: 'ck_process_data_pd_1_level_fits_unit',
    when: 'SERIAL without its item',
    sql: execution({ wip_item_id: 'NULL' }),
  },
  {
    constraint: 'ck_process_data_pd_1_level_fits_unit',
    when: 'SERIAL without serial',
    sql: execution({ serial_id: 'NULL' }),
  },
  {
    constraint: 'ck_process_data_pd_2_defects_fit_result',
    when: 'FAIL without defect',
    sql: execution({ result: "'FAIL'" }),
  },
  {
    constraint: 'ck_process_data_pd_2_defects_fit_result',
    when: 'PASS with a defect',
    sql: execution({ defects: `'[{"code":"BENT"}]'` }),
  },
  {
    constraint: 'ck_process_data_pd_2_defects_fit_result',
    when: 'a defect while open',
    sql: execution({ ...OPEN, defects: `'[{"code":"BENT"}]'` }),
  },
  {
    constraint: 'ck_process_data_pd_2_defects_fit_result',
    when: 'a FAIL that loses its defects',
    sql: "UPDATE process_data SET defects = '[]' WHERE id = :failed",
  },
  {
    constraint: 'ck_process_data_pd_3_time_order',
    when: 'an end before the start',
    sql: execution({ completed_at: "'2026-11-02T09:59:59.999Z'" }),
  },
  {
    constraint: 'ck_process_data_pd_4_open_has_no_result',
    when: 'a result without end',
    sql: execution({ completed_at: 'NULL' }),
  },
  {
    constraint: 'ck_process_data_pd_4_open_has_no_result',
    when: 'an end without result',
    sql: execution({ result: 'NULL' }),
  },
  { constraint: 'puq_process_data_pd_5_one_open', when: 'a second open execution', sql: onItem(OPEN) },
  {
    constraint: 'puq_process_data_pd_6_one_pass',
    when: 'a second pass',
    sql: onItem({ process_id: ':firstStep', attempt: '3' }),
  },
  {
    constraint: 'uq_process_data_pd_9_attempt',
    when: 'a second execution of the ordinal',
    sql: onItem({ attempt: '1' }),
  },
  { constraint: 'ck_process_data_pd_9_attempt_positive', when: '0', sql: execution({ attempt: '0' }) },
  {
    constraint: 'fk_process_data_pd_17_process_of_level',
    when: 'a step of another level',
    sql: execution({ process_id: ':firstStep' }),
  },
  {
    constraint: 'fk_process_data_pd_17_process_of_level',
    when: 'an unknown step',
    sql: execution({ process_id: ':nothing' }),
  },
  {
    constraint: 'fk_process_data_pd_18_wip_item_of_lot',
    when: 'an item of another lot',
    sql: onItem({ wip_item_id: ':otherItem' }),
  },
  {
    constraint: 'fk_process_data_pd_18_serial_of_wip_item',
    when: 'an item that was another unit',
    sql: execution({ wip_item_id: ':item' }),
  },
  {
    constraint: 'ck_process_data_pd_13_correction_is_signed',
    when: 'a correction by nobody',
    sql: execution({ ...SIGNED, corrected_by_id: 'NULL' }),
  },
  {
    constraint: 'ck_process_data_pd_13_correction_is_signed',
    when: 'a reason alone',
    sql: execution({ correction_reason: "'misread'" }),
  },
  {
    constraint: 'ck_process_data_pd_13_correction_is_signed',
    when: 'a correction while open',
    sql: execution({ ...OPEN, ...SIGNED }),
  },
  {
    constraint: 'fk_process_data_lot_id',
    when: 'an unknown lot',
    sql: execution({
      level: "'LOT'",
      lot_id: ':nothing',
      wip_item_id: 'NULL',
      serial_id: 'NULL',
      process_id: ':lotStep',
    }),
  },
  { constraint: 'fk_process_data_operator_id', when: 'an unknown user', sql: execution({ operator_id: ':nothing' }) },
  {
    constraint: 'fk_process_data_equipment_id',
    when: 'unknown equipment',
    sql: execution({ equipment_id: ':nothing' }),
  },
  { constraint: 'fk_process_data_station_id', when: 'an unknown station', sql: execution({ station_id: ':nothing' }) },
  {
    constraint: 'fk_process_data_ses_5_session_of_step_and_station',
    when: 'an unknown session',
    sql: execution({ station_id: ':station', process_session_id: ':nothing' }),
  },
  {
    constraint: 'fk_process_data_ses_5_session_of_step_and_station',
    when: 'a session of another step',
    sql: onItem({
      process_id: ':firstStep',
      attempt: '3',
      result: "'REWORK'",
      station_id: ':station',
      process_session_id: ':session',
    }),
  },
  {
    constraint: 'ck_process_data_ses_5_session_has_station',
    when: 'a session without the station',
    sql: execution({ process_session_id: ':session' }),
  },
  {
    constraint: 'fk_process_data_corrected_by_id',
    when: 'an unknown user',
    sql: execution({ ...SIGNED, corrected_by_id: ':nothing' }),
  },
  jsonBreach('process_data', 'measurements', 'array', ':passed'),
  jsonBreach('process_data', 'defects', 'array', ':failed'),
];

const BREACHES = [...LOT_BREACHES, ...UNIT_BREACHES, ...EXECUTION_BREACHES];

const ALLOWANCES: readonly Allowance[] = [
  {
    constraint: 'ck_lots_external_number_characters',
    when: 'Latin with Han, and punctuation',
    sql: lot({ external_number: "'=AB-工場/7'" }),
  },
  {
    constraint: 'ck_lots_external_number_characters',
    when: 'a change of a lot whose number is older than the constraint',
    sql: String.raw`ALTER TABLE lots DISABLE TRIGGER tg_lots_external_number_characters;
      UPDATE lots SET external_number = U&'OLD\200B' WHERE id = :lot;
      ALTER TABLE lots ENABLE TRIGGER tg_lots_external_number_characters;
      UPDATE lots SET target_quantity = 7 WHERE id = :lot`,
  },
  {
    constraint: 'ck_lots_lot_5_status_times',
    when: 'equal times',
    sql: "UPDATE lots SET status = 'COMPLETED', completed_at = started_at WHERE id = :lot",
  },
  {
    constraint: 'ck_lots_lot_6_disposition_is_signed',
    when: 'a decision of the system',
    sql: "UPDATE lots SET disposition = 'QUARANTINED', disposition_reason = 'inspection', disposition_at = now()",
  },
  {
    constraint: 'ck_wip_items_wip_5_status_flow',
    when: 'more work on a completed item',
    sql: "UPDATE wip_items SET status = 'IN_PROGRESS', completed_at = NULL WHERE id = :doneItem",
  },
  {
    constraint: 'ck_serials_ser_2_rework_limit',
    when: 'the last rework',
    sql: "UPDATE serials SET status = 'IN_PROGRESS', rework_count = 3, failure_reason = NULL, completed_at = NULL WHERE id = :failedSerial",
  },
  {
    constraint: 'ck_process_data_pd_2_defects_fit_result',
    when: 'REWORK without defect',
    sql: execution({ result: "'REWORK'" }),
  },
  {
    constraint: 'ck_process_data_pd_2_defects_fit_result',
    when: 'REWORK with one',
    sql: execution({ result: "'REWORK'", defects: `'[{"code":"BENT"}]'` }),
  },
  {
    constraint: 'puq_process_data_pd_5_one_open',
    when: 'another step at the same time',
    sql: onItem({ ...OPEN, process_id: ':conversion' }),
  },
  {
    constraint: 'puq_process_data_pd_6_one_pass',
    when: 'a failure after a pass',
    sql: onItem({ process_id: ':firstStep', attempt: '3', result: "'REWORK'" }),
  },
  { constraint: 'ck_process_data_pd_13_correction_is_signed', when: 'a signed correction', sql: execution(SIGNED) },
];

describe('the constraints of production tables', () => {
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
    // The lot of a serial is the lot of its item, whose compound reference refuses an unknown lot first.
    const constraints = await world.constraintsOf(TABLES);
    expect([...new Set(BREACHES.map(({ constraint }) => constraint)), 'fk_serials_lot_id'].toSorted()).toEqual(
      constraints,
    );
  });
});
