/** The scope of a figure as conditions of SQL. */
import { allOf, identifier, sql, type Sql } from '../../platform/postgres/sql.ts';
import { narrowsExecutions, type Scope } from './scope.rules.ts';

/** The condition that an execution is in the scope. `alias` is the one of `process_data`. */
export function executionInScope(alias: string, scope: Scope): Sql {
  const column = columnsOf(alias);
  return allOf([...lotConditions(column('lot_id'), scope), ...executionConditions(column, scope)]);
}

/** The condition that a lot is in the scope, by its id: steps, equipment and operators mean lots with such an execution. */
export function lotInScope(lotId: Sql, scope: Scope): Sql {
  return allOf([...lotConditions(lotId, scope), ...withExecution(sql`scoped.lot_id = ${lotId}`, scope)]);
}

/** The condition that an item, or the serial that it became, is in the scope: by the ids of its lot and of the item. */
export function itemInScope(lotId: Sql, wipItemId: Sql, scope: Scope): Sql {
  return allOf([...lotConditions(lotId, scope), ...withExecution(sql`scoped.wip_item_id = ${wipItemId}`, scope)]);
}

/** The condition that the sample of an inspection is in the scope. `alias` is the one of `inspections`. */
export function sampleInScope(alias: string, scope: Scope): Sql {
  const sample = columnsOf(alias);
  const isOfSample = sql`scoped.lot_id = ${sample('lot_id')} AND (${sample('serial_id')} IS NULL OR scoped.serial_id = ${sample('serial_id')})
    AND (${sample('wip_item_id')} IS NULL OR scoped.wip_item_id = ${sample('wip_item_id')})`;
  return allOf([...lotConditions(sample('lot_id'), scope), ...withExecution(isOfSample, scope)]);
}

/** The condition that a step is in the scope, by its id. */
export function stepInScope(processId: Sql, { processes }: Scope): Sql {
  return processes === undefined ? sql`TRUE` : sql`${processId} = ANY(${processes}::uuid[])`;
}

function lotConditions(lotId: Sql, { productModels, productionLines, lots }: Scope): readonly Sql[] {
  const made = [
    ...(productModels === undefined ? [] : [sql`scoped_lot.product_model_id = ANY(${productModels}::uuid[])`]),
    ...(productionLines === undefined ? [] : [sql`scoped_lot.production_line_id = ANY(${productionLines}::uuid[])`]),
  ];
  return [
    ...(lots === undefined ? [] : [sql`${lotId} = ANY(${lots}::uuid[])`]),
    ...(made.length === 0 ? [] : [sql`${lotId} IN (SELECT scoped_lot.id FROM lots scoped_lot WHERE ${allOf(made)})`]),
  ];
}

function executionConditions(column: (name: string) => Sql, scope: Scope): readonly Sql[] {
  return (
    [
      ['process_id', scope.processes],
      ['equipment_id', scope.equipment],
      ['operator_id', scope.operators],
    ] as const
  ).flatMap(([name, ids]) => (ids === undefined ? [] : [sql`${column(name)} = ANY(${ids}::uuid[])`]));
}

function withExecution(isOfUnit: Sql, scope: Scope): readonly Sql[] {
  if (!narrowsExecutions(scope)) return [];
  const conditions = allOf([isOfUnit, ...executionConditions(columnsOf('scoped'), scope)]);
  return [sql`EXISTS (SELECT FROM process_data scoped WHERE ${conditions})`];
}

function columnsOf(alias: string): (name: string) => Sql {
  return (name) => identifier(`${alias}.${name}`);
}
