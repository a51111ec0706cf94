import { codeKey, type ListedTarget } from '../../platform/read/relation-filter.ts';
import { characteristicsOf } from './characteristic.rules.ts';
import {
  PROCESS_LEVELS,
  PROCESS_TYPES,
  type ProcessLevel,
  type Route,
  type RouteStep,
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

/** Loads the active steps of a level, in number order. */
export const activeProcessesByLevel = loadList<ProcessLevel, Row<'Process'>>({
  batch: (levels, db) =>
    db.prepared(
      sql`SELECT ${processes.columns} FROM processes t WHERE t.is_active AND t.level = ANY(${arrayParameter('process_level', levels)}) ORDER BY t.number`,
    ),
  keyOf: (row) => row.level,
});

/**
 * The route: the active steps of all levels, in number order. Commands call `lockRoute` first, so that it stays as it
 * is.
 */
export async function routeOf(db: Reader): Promise<readonly Step[]> {
  return (await stepsOf(db)).filter((step) => step.isActive);
}

/** All steps as the rules of the floor need them, inactive ones too, in number order. */
export async function stepsOf(db: Reader): Promise<readonly Step[]> {
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
  'maxAttempts',
  'allowOutOfSpecPass',
  'qualityCriteria',
] as const;

/** The columns of a step, of the alias `t`. */
export const STEP = processes.columnsOf(new Set(STEP_FIELDS));

/** The stored columns of a step. */
export type StepRow = Pick<Row<'Process'>, (typeof STEP_FIELDS)[number]>;

/** A stored step, active or not, as the rules of the floor need it. */
export function stepOf(row: StepRow): Step {
  const { id, number, code, type, level, isActive, maxAttempts, allowOutOfSpecPass } = row;
  return {
    id,
    number,
    code,
    type,
    level,
    isActive,
    maxAttempts,
    allowOutOfSpecPass,
    characteristics: characteristicsOf(row.qualityCriteria),
  };
}

/** All steps as stored, inactive ones too, for the rules about the order of the route. */
export async function storedSteps(db: Reader): Promise<Route> {
  return db.sql<RouteStep>`SELECT id, number, code, type, level, is_active AS "isActive" FROM processes ORDER BY number`;
}

const { column } = processes;

/** The list of steps, with its filter and orders. */
export const processList = connection({
  table: processes,
  filter: {
    number: filter.integerFilter(column('number'), 'The place in the route.'),
    code: filter.keyFilter(column('code'), normalizedCode, 'The code.'),
    type: filter.enumFilter(PROCESS_TYPES, column('type'), 'What the step does to a unit.'),
    level: filter.enumFilter(PROCESS_LEVELS, column('level'), 'What kind of unit the step is run on.'),
    isActive: filter.booleanFilter(column('isActive'), 'Whether it is part of the route.'),
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
