import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type Allowance, type Breach, insert, openSqlWorld, type SqlWorld, sqlStateOf } from '../support/sql-world.ts';

const route = (values: Readonly<Record<string, string>>): string =>
  insert('routes', { product_model_id: ':model', revision: '3', ...values });
const step = (values: Readonly<Record<string, string>>): string =>
  insert('route_steps', { route_id: ':draft', process_id: ':secondStep', number: '20', ...values });
const otherModel = "INSERT INTO product_models (id, code, lot_segment, name) VALUES (:nothing, 'M-1', 'M10', 'Model')";
const signed = "released_at = now(), release_reason = 'Yes.'";
const release = `UPDATE routes SET status = 'RELEASED', ${signed} WHERE id = :draft`;
const retire = "UPDATE routes SET status = 'RETIRED', retired_at = now(), retire_reason = 'Old.' WHERE id = :released";

const BREACHES: readonly Breach[] = [
  {
    constraint: 'uq_routes_rte_1_model_revision',
    when: 'a second route of the revision',
    sql: 'UPDATE routes SET revision = 1 WHERE id = :draft',
  },
  { constraint: 'puq_routes_rte_2_one_draft', when: 'a second draft of the model', sql: route({}) },
  { constraint: 'puq_routes_rte_3_one_released', when: 'a second released route of the model', sql: release },
  { constraint: 'ck_routes_revision_positive', when: '0', sql: `UPDATE routes SET revision = 0 WHERE id = :draft` },
  {
    constraint: 'ck_routes_step_changes_not_negative',
    when: 'less than none',
    sql: 'UPDATE routes SET step_changes = -1 WHERE id = :draft',
  },
  {
    constraint: 'ck_routes_rte_3_release_is_signed',
    when: 'a release without a time',
    sql: `${retire}; UPDATE routes SET status = 'RELEASED', release_reason = 'Yes.' WHERE id = :draft`,
  },
  {
    constraint: 'ck_routes_rte_3_release_is_signed',
    when: 'a release without a reason',
    sql: `${retire}; UPDATE routes SET status = 'RELEASED', released_at = now() WHERE id = :draft`,
  },
  {
    constraint: 'ck_routes_rte_3_release_is_signed',
    when: 'a draft that somebody released',
    sql: `UPDATE routes SET ${signed} WHERE id = :draft`,
  },
  {
    constraint: 'ck_routes_rte_3_release_is_signed',
    when: 'a retirement without a reason',
    sql: "UPDATE routes SET status = 'RETIRED', retired_at = now() WHERE id = :released",
  },
  {
    constraint: 'ck_routes_rte_3_release_is_signed',
    when: 'a second release that is still retired',
    sql: `${retire}; UPDATE routes SET status = 'RELEASED' WHERE id = :released`,
  },
  {
    constraint: 'ck_routes_rte_3_status_flow',
    when: 'a released route that becomes a draft',
    sql: "UPDATE routes SET status = 'DRAFT', released_at = NULL, release_reason = NULL WHERE id = :released",
  },
  {
    constraint: 'ck_routes_rte_3_status_flow',
    when: 'a draft that is retired',
    sql: "UPDATE routes SET status = 'RETIRED' WHERE id = :draft",
  },
  {
    constraint: 'ck_routes_rte_2_draft_only',
    when: 'another name of a released route',
    sql: "UPDATE routes SET name = 'Other' WHERE id = :released",
  },
  {
    constraint: 'ck_routes_rte_2_draft_only',
    when: 'another revision of a released route',
    sql: 'UPDATE routes SET revision = 9 WHERE id = :released',
  },
  {
    constraint: 'ck_routes_rte_2_draft_only',
    when: 'the deletion of a released route',
    sql: 'DELETE FROM routes WHERE id = :released',
  },
  {
    constraint: 'ck_route_steps_rte_2_draft_only',
    when: 'a new step of a released route',
    sql: step({ route_id: ':released' }),
  },
  {
    constraint: 'ck_route_steps_rte_2_draft_only',
    when: 'a changed step of a released route',
    sql: 'UPDATE route_steps SET is_optional = true WHERE id = :releasedStep',
  },
  {
    constraint: 'ck_route_steps_rte_2_draft_only',
    when: 'a deleted step of a released route',
    sql: 'DELETE FROM route_steps WHERE id = :releasedStep',
  },
  {
    constraint: 'ck_route_steps_rte_2_draft_only',
    when: 'a step that moves out of a released route',
    sql: 'UPDATE route_steps SET route_id = :draft, process_id = :secondStep, number = 99 WHERE id = :releasedStep',
  },
  {
    constraint: 'ck_route_steps_rte_2_draft_only',
    when: 'a changed step of a retired route',
    sql: `${retire}; UPDATE route_steps SET max_attempts = 9 WHERE id = :releasedStep`,
  },
  { constraint: 'uq_route_steps_rte_1_number', when: 'a second step of the number', sql: step({ number: '10' }) },
  {
    constraint: 'uq_route_steps_rte_1_process',
    when: 'a second step of the process',
    sql: step({ process_id: ':firstStep' }),
  },
  { constraint: 'ck_route_steps_rte_1_number_range', when: '0', sql: step({ number: '0' }) },
  { constraint: 'ck_route_steps_rte_1_number_range', when: '1000', sql: step({ number: '1000' }) },
  { constraint: 'ck_route_steps_max_attempts_positive', when: '0', sql: step({ max_attempts: '0' }) },
  { constraint: 'ck_route_steps_planned_seconds_positive', when: '0', sql: step({ planned_seconds: '0' }) },
  { constraint: 'ck_route_steps_characteristics_array', when: '{}', sql: step({ characteristics: "'{}'" }) },
  {
    constraint: 'ck_route_steps_equipment_types_format',
    when: 'a lower-case type',
    sql: step({ equipment_types: "'{OVEN,press}'" }),
  },
  { constraint: 'ck_route_steps_equipment_types_format', when: 'null', sql: step({ equipment_types: 'NULL' }) },
  {
    constraint: 'ck_route_steps_equipment_types_format',
    when: 'a null among the types',
    sql: step({ equipment_types: "'{OVEN,NULL}'" }),
  },
  {
    constraint: 'fk_routes_product_model_id',
    when: 'an unknown model',
    sql: route({ product_model_id: ':nothing' }),
  },
  {
    constraint: 'fk_routes_released_by_id',
    when: 'an unknown person',
    sql: 'UPDATE routes SET released_by_id = :nothing WHERE id = :released',
  },
  {
    constraint: 'fk_routes_retired_by_id',
    when: 'an unknown person',
    sql: `${retire}; UPDATE routes SET retired_by_id = :nothing WHERE id = :released`,
  },
  { constraint: 'fk_route_steps_route_id', when: 'an unknown route', sql: step({ route_id: ':nothing' }) },
  { constraint: 'fk_route_steps_process_id', when: 'an unknown process', sql: step({ process_id: ':nothing' }) },
];

const ALLOWANCES: readonly Allowance[] = [
  {
    constraint: 'puq_routes_rte_2_one_draft',
    when: 'one draft of each model',
    sql: `${otherModel}; ${route({ product_model_id: ':nothing', revision: '1' })}`,
  },
  { constraint: 'puq_routes_rte_3_one_released', when: 'a release after a retirement', sql: `${retire}; ${release}` },
  {
    constraint: 'ck_routes_rte_3_status_flow',
    when: 'a second release of a retired route',
    sql: `${retire}; UPDATE routes SET status = 'RELEASED', ${signed}, retired_at = NULL, retire_reason = NULL WHERE id = :released`,
  },
  {
    constraint: 'uq_route_steps_rte_1_number',
    when: 'two steps that swap their numbers in one statement',
    sql: `${step({})}; UPDATE route_steps SET number = 30 - number WHERE route_id = :draft`,
  },
  {
    constraint: 'ck_route_steps_rte_2_draft_only',
    when: 'changes of the steps of a draft',
    sql: 'UPDATE route_steps SET max_attempts = 3 WHERE id = :draftStep; DELETE FROM route_steps WHERE id = :draftStep',
  },
  { constraint: 'ck_route_steps_equipment_types_format', when: 'none', sql: step({ equipment_types: "'{}'" }) },
];

describe('the constraints of routes', () => {
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
      await world.constraintsOf(['routes', 'route_steps']),
    );
  });

  it('keep a lot on a route of its own model (RTE-4)', async () => {
    const constraint = 'fk_lots_rte_4_route_of_model';
    const ofOther = `${otherModel}; UPDATE lots SET product_model_id = :nothing, route_id = :released WHERE id = :lot`;
    expect(await world.violationOf(ofOther)).toEqual({ sqlState: '23503', constraint });
    expect(await world.violationOf('UPDATE lots SET route_id = :released WHERE id = :lot')).toBeUndefined();
  });
});
