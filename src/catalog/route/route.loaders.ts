import { characteristicsOf } from '../process/characteristic.rules.ts';
import type { Characteristic, NamedRoute, ProcessLevel, ProcessType, Step } from '../process/route.rules.ts';
import type { Reader } from '../../platform/postgres/client.ts';
import { arrayParameter, sql, type Sql } from '../../platform/postgres/sql.ts';
import { table } from '../../platform/postgres/table.ts';
import { connection } from '../../platform/read/connection.ts';
import * as filter from '../../platform/read/filter.ts';
import { type ListedTarget, relationFilter } from '../../platform/read/relation-filter.ts';
import { productModelTarget } from '../product-model/product-model.loaders.ts';
import { order } from '../../platform/read/keyset.ts';
import { byId, loadList, loadOne } from '../../platform/read/loader.ts';
import { assert } from '../../platform/values/assert.ts';
import { lruCache, type LruCache } from '../../platform/values/lru-cache.ts';
import { nameOfRoute, ROUTE_STATUSES, type RouteName, type RouteStatus } from './route.rules.ts';
import { characteristicsOfStep } from './route.shapes.ts';

/** The table of routes. */
export const routes = table('Route', 'routes');
/** The table of the steps of routes. */
export const routeSteps = table('RouteStep', 'route_steps');

/** Loads routes by id. */
export const routeById = byId(routes);

/** A step of a route with the values in force. */
export interface RouteStepInForce {
  /** Null for a step of the factory route. */
  readonly id: string | null;
  readonly routeId: string | null;
  readonly processId: string;
  readonly number: number;
  readonly isOptional: boolean;
  readonly maxAttempts: number | null;
  readonly plannedSeconds: number | null;
  readonly allowOutOfSpecPass: boolean;
  readonly characteristics: readonly Characteristic[];
  readonly equipmentTypes: readonly string[];
}

/** Loads the steps of routes with the values in force, in the order of their numbers. */
export const stepsByRoute = loadList<string, RouteStepInForce & { readonly routeId: string }>({
  batch: stepsInForce,
  keyOf: (step) => step.routeId,
});

/** Loads the number of lots that have a route. */
export const lotCountByRoute = loadOne<string, { readonly routeId: string; readonly count: number }>({
  batch: (routeIds, db) =>
    db.query(
      sql`SELECT route_id AS "routeId", count(*)::int AS count FROM lots WHERE route_id = ANY(${arrayParameter('uuid', routeIds)}) GROUP BY 1`,
    ),
  keyOf: (row) => row.routeId,
});

/** Loads the RELEASED route of product models. */
export const releasedRouteByModel = loadOne<string, { readonly id: string; readonly productModelId: string }>({
  batch: (modelIds, db) =>
    db.query(
      sql`SELECT id, product_model_id AS "productModelId" FROM routes WHERE status = 'RELEASED' AND product_model_id = ANY(${arrayParameter('uuid', modelIds)})`,
    ),
  keyOf: (row) => row.productModelId,
});

/** The steps of the routes with the values in force, in the order of their numbers. */
export async function stepsInForce(
  routeIds: readonly string[],
  db: Reader,
): Promise<readonly (RouteStepInForce & { readonly routeId: string })[]> {
  const rows = await db.query<StoredStepInForce>(stepsSql(routeIds));
  return rows.map((row) => ({ ...row, characteristics: characteristicsInForce(row) }));
}

/** RTE-4: The id of the RELEASED route of a model; null when the model uses the factory route. The model is locked. */
export async function releasedRouteOf(db: Reader, productModelId: string): Promise<string | null> {
  const [route] = await db.sql<{ id: string }>`
    SELECT id FROM routes WHERE product_model_id = ${productModelId}::uuid AND status = 'RELEASED'`;
  return route?.id ?? null;
}

/** A route that never changes any more, as the rules of the floor need it. */
export interface KeptRoute extends NamedRoute<Step>, RouteName {
  readonly id: string;
  readonly isFactoryRoute: false;
}

/**
 * The routes of lots by their ids. A RELEASED or RETIRED route never changes, so it is read once and kept in memory. Lots
 * have no other routes.
 */
export async function keptRoutes(db: Reader, routeIds: readonly string[]): Promise<ReadonlyMap<string, KeptRoute>> {
  const memory = memoryOf(db);
  const known = new Map<string, KeptRoute>();
  for (const id of routeIds) {
    const route = memory.get(id);
    if (route !== undefined) known.set(id, route);
  }
  const missing = [...new Set(routeIds)].filter((id) => !known.has(id));
  for (const route of missing.length === 0 ? [] : await readKeptRoutes(db, missing)) {
    memory.set(route.id, route);
    known.set(route.id, route);
  }
  return known;
}

/** The route of a lot, if it is in memory. */
export function keptRouteInMemory(db: Reader, routeId: string): KeptRoute | undefined {
  return memoryOf(db).get(routeId);
}

/** So many routes are kept; one with 100 steps takes some 50 kB. */
const KEPT_ROUTES = 500;

const memories = new WeakMap<object, LruCache<KeptRoute>>();

function memoryOf({ database }: Reader): LruCache<KeptRoute> {
  const known = memories.get(database) ?? lruCache<KeptRoute>(KEPT_ROUTES);
  memories.set(database, known);
  return known;
}

async function readKeptRoutes(db: Reader, routeIds: readonly string[]): Promise<readonly KeptRoute[]> {
  const rows = await db.query<StoredStepInForce>(stepsSql(routeIds));
  return routeIds.flatMap((id) => {
    const steps = rows.filter((row) => row.routeId === id);
    const [first] = steps;
    if (first === undefined) return [];
    assert(first.status !== 'DRAFT', 'A draft is the route of no lot.');
    return [
      {
        id,
        modelCode: first.modelCode,
        revision: first.revision,
        name: nameOfRoute(first),
        isFactoryRoute: false,
        steps: steps.map(keptStep),
      },
    ];
  });
}

function keptStep(row: StoredStepInForce): Step {
  const { processId: id, number, code, type, level, isOptional, maxAttempts, allowOutOfSpecPass, equipmentTypes } = row;
  return {
    id,
    number,
    code,
    type,
    level,
    isActive: true,
    isOptional,
    maxAttempts,
    allowOutOfSpecPass,
    characteristics: new Map(characteristicsInForce(row).map((each) => [each.code, each])),
    equipmentTypes,
  };
}

interface StoredStepInForce extends Omit<RouteStepInForce, 'characteristics'>, RouteName {
  readonly id: string;
  readonly routeId: string;
  readonly status: RouteStatus;
  readonly code: string;
  readonly type: ProcessType;
  readonly level: ProcessLevel;
  readonly characteristics: unknown;
  /** Null where the step has characteristics of its own. */
  readonly qualityCriteria: unknown;
}

function characteristicsInForce({ characteristics, qualityCriteria }: StoredStepInForce): readonly Characteristic[] {
  return characteristics === null
    ? [...characteristicsOf(qualityCriteria).values()]
    : characteristicsOfStep(characteristics);
}

/** RTE-7: in a draft null means the value of the process; from the release on, null means none. */
function stepsSql(routeIds: readonly string[]): Sql {
  return sql`
    SELECT step.id, step.route_id AS "routeId", step.process_id AS "processId", step.number, step.is_optional AS "isOptional", step.equipment_types AS "equipmentTypes",
           CASE route.status WHEN 'DRAFT' THEN coalesce(step.max_attempts, process.max_attempts) ELSE step.max_attempts END AS "maxAttempts",
           CASE route.status WHEN 'DRAFT' THEN coalesce(step.planned_seconds, process.planned_seconds) ELSE step.planned_seconds END AS "plannedSeconds",
           coalesce(step.allow_out_of_spec_pass, process.allow_out_of_spec_pass) AS "allowOutOfSpecPass",
           step.characteristics, CASE WHEN step.characteristics IS NULL THEN process.quality_criteria END AS "qualityCriteria",
           process.code, coalesce(step.type, process.type) AS type, coalesce(step.level, process.level) AS level,
           route.status, route.revision, model.code AS "modelCode"
    FROM route_steps step JOIN routes route ON route.id = step.route_id JOIN processes process ON process.id = step.process_id
      JOIN product_models model ON model.id = route.product_model_id
    WHERE step.route_id = ANY(${arrayParameter('uuid', routeIds)}) ORDER BY step.route_id, step.number`;
}

const { column } = routes;

/** The list of routes, with its filter and orders. */
export const routeList = connection({
  table: routes,
  filter: {
    productModel: relationFilter(productModelTarget, column('productModelId'), 'What is made.'),
    revision: filter.integerFilter(column('revision'), 'The revision.'),
    status: filter.enumFilter(ROUTE_STATUSES, column('status'), 'How far the route has come.'),
    createdAt: filter.instantFilter(column('createdAt'), 'When it was made (UTC).'),
    releasedAt: filter.instantFilter(column('releasedAt'), 'When it was last released (UTC).'),
  },
  orders: {
    PRODUCT_MODEL: order('By product model, in the order in which the models were made.', {
      field: 'productModelId',
      column: column('productModelId'),
      cast: 'uuid',
    }),
    REVISION: order('By revision.', { field: 'revision', column: column('revision'), cast: 'int' }),
    CREATED_AT: order('By the time at which the route was made.', {
      field: 'createdAt',
      column: column('createdAt'),
      cast: 'timestamptz',
    }),
  },
  defaultOrder: [{ field: 'PRODUCT_MODEL' }, { field: 'REVISION', direction: 'DESC' }],
});

/** Routes as what a filter may refer to. */
export const routeTarget: ListedTarget = { name: 'Route', what: 'a route', keys: {}, list: routeList };

/** The condition for the routes of a process, for lists of many processes. */
export const routeHasProcess = sql`EXISTS (SELECT FROM route_steps step WHERE step.route_id = t.id AND step.process_id = parent.id)`;
