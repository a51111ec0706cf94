import { codeKey, type ListedTarget } from '../../platform/read/relation-filter.ts';
import { characteristicsOf } from './characteristic.rules.ts';
import { type DependentRoute, isPartOfFactoryRoute, type StoredStep } from './process.rules.ts';
import {
  factoryRouteOf,
  type NamedRoute,
  PROCESS_LEVELS,
  PROCESS_TYPES,
  type ProcessLevel,
  type Step,
} from './route.rules.ts';
import type { Reader } from '../../platform/postgres/client.ts';
import { arrayParameter, sql } from '../../platform/postgres/sql.ts';
import { type Row, table } from '../../platform/postgres/table.ts';
import { connection } from '../../platform/read/connection.ts';
import * as filter from '../../platform/read/filter.ts';
import { order } from '../../platform/read/keyset.ts';
import { byId, byKey, loadList } from '../../platform/read/loader.ts';
import { normalizedCode } from '../../platform/rules/natural-key.ts';

/** The table of steps. */
export const processes = table('Process', 'processes');

/** Loads steps by id. */
export const processById = byId(processes);

/** Loads steps by code. */
export const processByCode = byKey(processes, 'code');

/** Loads the steps of a level in the factory route, in number order. */
export const activeProcessesByLevel = loadList<ProcessLevel, Row<'Process'>>({
  batch: (levels, db) =>
    db.prepared(
      sql`SELECT ${processes.columns} FROM processes t WHERE t.is_active AND t.is_in_factory_route AND t.level = ANY(${arrayParameter('process_level', levels)}) ORDER BY t.number`,
    ),
  keyOf: (row) => row.level,
});

/**
 * The factory route: its active steps of all levels, in number order. Commands call `lockRoute` first, so that it stays
 * as it is.
 */
export async function factoryRoute(db: Reader): Promise<NamedRoute<Step>> {
  return factoryRouteIn(await stepsOf(db));
}

/** The factory route among all steps. */
export function factoryRouteIn(steps: readonly ProcessStep[]): NamedRoute<Step> {
  return factoryRouteOf(steps.filter(isPartOfFactoryRoute));
}

/** A process as a step of the factory route, whether it belongs to it or not. */
export interface ProcessStep extends Step {
  readonly isInFactoryRoute: boolean;
}

/** All processes as the rules of the floor need them, inactive ones too, in number order. */
export async function stepsOf(db: Reader): Promise<readonly ProcessStep[]> {
  const rows = await db.prepared<StepRow>(sql`SELECT ${STEP} FROM processes t ORDER BY t.number`);
  return rows.map(stepOf);
}

const STEP_FIELDS = [
  'id',
  'number',
  'code',
  'type',
  'level',
  'isActive',
  'isInFactoryRoute',
  'maxAttempts',
  'allowOutOfSpecPass',
  'qualityCriteria',
] as const;

/** The columns of a step, of the alias `t`. */
export const STEP = processes.columnsOf(new Set(STEP_FIELDS));

/** The stored columns of a step. */
export type StepRow = Pick<Row<'Process'>, (typeof STEP_FIELDS)[number]>;

/** A stored process, active or not, as a step of the factory route. */
export function stepOf(row: StepRow): ProcessStep {
  const { id, number, code, type, level, isActive, isInFactoryRoute, maxAttempts, allowOutOfSpecPass } = row;
  return {
    id,
    number,
    code,
    type,
    level,
    isActive,
    isInFactoryRoute,
    isOptional: false,
    maxAttempts,
    allowOutOfSpecPass,
    characteristics: characteristicsOf(row.qualityCriteria),
    equipmentTypes: [],
  };
}

/** The factory route as a JSON array of route steps, for statements that need it together with other things. */
export const FACTORY_ROUTE = sql`
  (SELECT coalesce(json_agg(json_build_object('id', id, 'number', number, 'code', code, 'type', type, 'level', level, 'isActive', true, 'isOptional', false) ORDER BY number), '[]')
   FROM processes WHERE is_active AND is_in_factory_route)`;

/** All steps as stored, inactive ones too, for the rules about the order of the factory route. */
export async function storedSteps(db: Reader): Promise<readonly StoredStep[]> {
  return db.sql<StoredStep>`
    SELECT id, number, code, type, level, is_active AS "isActive", is_in_factory_route AS "isInFactoryRoute", false AS "isOptional"
    FROM processes ORDER BY number`;
}

/** RTE-9: The routes that depend on a process, in the order of their names. */
export async function routesDependingOn(db: Reader, processId: string): Promise<readonly DependentRoute[]> {
  return db.sql<DependentRoute>`
    SELECT 'route ' || model.code || ' rev ' || route.revision AS name, open.lots AS "openLots"
    FROM route_steps step JOIN routes route ON route.id = step.route_id JOIN product_models model ON model.id = route.product_model_id
    CROSS JOIN LATERAL (SELECT count(*)::int AS lots FROM lots WHERE route_id = route.id AND status <> 'CLOSED') AS open
    WHERE step.process_id = ${processId}::uuid AND (route.status = 'RELEASED' OR open.lots > 0) ORDER BY model.code, route.revision`;
}

const { column } = processes;

/** The list of steps, with its filter and orders. */
export const processList = connection({
  table: processes,
  filter: {
    number: filter.integerFilter(column('number'), 'The number of the step.'),
    code: filter.keyFilter(column('code'), normalizedCode, 'The code.'),
    type: filter.enumFilter(PROCESS_TYPES, column('type'), 'What the step does to a unit.'),
    level: filter.enumFilter(PROCESS_LEVELS, column('level'), 'What kind of unit the step is run on.'),
    isActive: filter.booleanFilter(column('isActive'), 'Whether it is active.'),
    isInFactoryRoute: filter.booleanFilter(
      column('isInFactoryRoute'),
      'Whether it is part of the factory route while it is active.',
    ),
    createdAt: filter.instantFilter(column('createdAt'), 'When it was made (UTC).'),
  },
  orders: {
    NUMBER: order('By place in the route.', { field: 'number', column: column('number'), cast: 'int' }),
    CODE: order('By code.', { field: 'code', column: column('code'), cast: 'text' }),
    TYPE: order('By type: MANUFACTURING first.', { field: 'type', column: column('type'), cast: 'process_type' }),
    LEVEL: order('By level: LOT, WIP, SERIAL.', { field: 'level', column: column('level'), cast: 'process_level' }),
    CREATED_AT: order('By when the step was made.', {
      field: 'createdAt',
      column: column('createdAt'),
      cast: 'timestamptz',
    }),
  },
  defaultOrder: [{ field: 'NUMBER' }],
});

/** Process as filters take them. */
export const processTarget: ListedTarget = {
  name: 'Process',
  what: 'a step of the route',
  keys: {
    code: codeKey({
      loader: processByCode,
      normalise: normalizedCode,
      entity: 'Process',
      description: 'Its code, in any case.',
      hint: '; `processes` lists those that do',
    }),
  },
  list: processList,
};
