/**
 * The routes by which an import makes the units of each product model.
 *
 * 1. A model with a RELEASED route is made by it, all others by the factory route, as every lot is (RTE-4).
 * 2. A map may describe the route of a model. It is made and released if the model has none yet. A model whose route was
 *    retired keeps the factory route, because a lead decided so.
 * 3. The steps of the map must fit the route of each model that the map names. A model that only a row names is judged
 *    with that row.
 */
import { importKeyOf } from './idempotency-key.ts';
import type { ImportMap } from './map.ts';
import { factoryRoute, stepsOf } from '../../catalog/process/process.loaders.ts';
import {
  mandatorySteps,
  type NamedRoute,
  type ProcessLevel,
  type ProcessType,
  type RouteStep,
  type Step,
  stepLabels,
} from '../../catalog/process/route.rules.ts';
import { createRoute, releaseRoute } from '../../catalog/route/route.commands.ts';
import { keptRoutes } from '../../catalog/route/route.loaders.ts';
import { nameOfRoute } from '../../catalog/route/route.rules.ts';
import { CreateRoute } from '../../catalog/route/route.shapes.ts';
import type { Outcome } from '../../platform/command/declaration.ts';
import { run } from '../../platform/command/run.ts';
import { parseInput } from '../../platform/input/parse.ts';
import type { Reader } from '../../platform/postgres/client.ts';
import type { Context } from '../../platform/request/context.ts';
import { normalizedCode } from '../../platform/rules/natural-key.ts';
import type { Rejection } from '../../platform/rules/rejection.ts';
import { AppError, present } from '../../platform/values/assert.ts';
import { encodeGlobalId } from '../../platform/values/global-id.ts';
import { capitalized } from '../../platform/values/characters.ts';

/** The steps of the map with the values of a route, or why units cannot be imported by it. */
export type MappedSteps = { readonly steps: readonly Step[] } | { readonly problem: string };

/** Fails if a model that the map names has, or will get, a route with steps that the map does not name. */
export async function assertOnlyMappedSteps(map: ImportMap, db: Reader): Promise<void> {
  const [routes, planned, factory] = await Promise.all([routesOfModels(db), plannedRoutes(map, db), factoryRoute(db)]);
  for (const model of modelsNamedBy(map)) {
    const problem = unmappedSteps(map, planned.get(model) ?? routes.get(model) ?? factory);
    if (problem !== undefined) throw new AppError(problem);
  }
}

/** Makes and releases the routes of the map whose models have none. Returns their names. */
export async function makeMissingRoutes(map: ImportMap, context: Context): Promise<readonly string[]> {
  const db = context.services.database.reader();
  const known = await modelsWithRoutes(db);
  const made: string[] = [];
  for (const { code, route } of map.masters.productModels) {
    const model = normalizedCode(code);
    if (route === undefined || known.has(model)) continue;
    const id = await makeRoute({ map, model, route: { productModel: { code: model }, ...route } }, context);
    const [stored] = await db.sql<{ revision: number }>`SELECT revision FROM routes WHERE id = ${id}::uuid`;
    made.push(nameOfRoute({ modelCode: model, revision: present(stored, 'A route that was made').revision }));
  }
  return made;
}

/** Returns the steps of the map in the route of each model. Fails if they do not fit a model that the map names. */
export async function stepsByModel(map: ImportMap, db: Reader): Promise<ReadonlyMap<string, MappedSteps>> {
  const routes = await routesOfModels(db);
  const mapped = new Map([...routes].map(([model, route]) => [model, mappedStepsIn(map, route)]));
  for (const model of modelsNamedBy(map)) {
    const steps = mapped.get(model);
    if (steps !== undefined && 'problem' in steps) throw new AppError(steps.problem);
  }
  return mapped;
}

/** Returns the processes that the map names, in its order. Fails if one does not exist or is inactive. */
export async function processesOf(map: ImportMap, db: Reader): Promise<readonly Step[]> {
  const known = await stepsOf(db);
  return map.steps.map(({ process }) => {
    const step = known.find(({ code, isActive }) => code === process && isActive);
    if (step !== undefined) return step;
    throw new AppError(
      `The process ${process} of steps does not exist or is inactive; make it, or let masters.processes make it.`,
    );
  });
}

type MapRoute = NonNullable<ImportMap['masters']['productModels'][number]['route']>;

/** The codes of the models that the map itself names, not its rows. */
function modelsNamedBy({ product, masters }: ImportMap): ReadonlySet<string> {
  const sources = 'constant' in product ? [product.constant] : [...(product.values?.values() ?? [])];
  return new Set([...sources, ...masters.productModels.map(({ code }) => code)].map(normalizedCode));
}

async function routesOfModels(db: Reader): Promise<ReadonlyMap<string, NamedRoute<Step>>> {
  const models = await db.sql<{ code: string; routeId: string | null }>`
    SELECT model.code, route.id AS "routeId" FROM product_models model
    LEFT JOIN routes route ON route.product_model_id = model.id AND route.status = 'RELEASED'`;
  const ids = models.flatMap(({ routeId }) => routeId ?? []);
  const [factory, kept] = await Promise.all([factoryRoute(db), keptRoutes(db, ids)]);
  return new Map(
    models.map(({ code, routeId }) => [
      code,
      routeId === null ? factory : present(kept.get(routeId), 'The released route of a model'),
    ]),
  );
}

/** The codes of the models that have a route that is not a draft. */
async function modelsWithRoutes(db: Reader): Promise<ReadonlySet<string>> {
  const models = await db.sql<{ code: string }>`
    SELECT code FROM product_models model
    WHERE EXISTS (SELECT FROM routes WHERE product_model_id = model.id AND status <> 'DRAFT')`;
  return new Set(models.map(({ code }) => code));
}

/** The routes that the import will make, by the codes of their models. */
async function plannedRoutes(map: ImportMap, db: Reader): Promise<ReadonlyMap<string, NamedRoute<RouteStep>>> {
  const [known, stored] = await Promise.all([modelsWithRoutes(db), stepsOf(db)]);
  const described = map.masters.processes.map((entry) => ({ id: '', number: NaN, ...kindOf(entry) }));
  const all = [...stored, ...described];
  return new Map(
    map.masters.productModels.flatMap(({ code, route }) => {
      const model = normalizedCode(code);
      if (route === undefined || known.has(model)) return [];
      const reading = parseInput(CreateRoute, { productModel: { code: model }, ...route });
      if ('rejections' in reading) return [];
      const steps = (reading.value.steps ?? []).flatMap(({ process, number, isOptional }) => {
        const named = all.find((each) => Reflect.get(each, process.key) === process.value);
        return named === undefined ? [] : [{ ...named, number, isOptional, isActive: true }];
      });
      return [[model, { name: `the route of ${model} in the map`, isFactoryRoute: false, steps }] as const];
    }),
  );
}

/** Code, type and level of a process that the map describes, with the defaults of `createProcess`. */
function kindOf({ code, type, level }: { readonly code: string; readonly type?: unknown; readonly level?: unknown }): {
  readonly code: string;
  readonly type: ProcessType;
  readonly level: ProcessLevel;
} {
  return {
    code: normalizedCode(code),
    type: type === 'SERIAL_CONVERSION' ? type : 'MANUFACTURING',
    level: level === 'LOT' || level === 'SERIAL' ? level : 'WIP',
  };
}

interface RouteToMake {
  readonly map: ImportMap;
  readonly model: string;
  readonly route: MapRoute & { readonly productModel: { readonly code: string } };
}

/**
 * Makes and releases a route. Its key returns the draft of an earlier run that was stopped before the release. A draft
 * that was deleted since is made again, without the key.
 */
async function makeRoute({ map, model, route }: RouteToMake, context: Context): Promise<string> {
  const idempotencyKey = importKeyOf(map, 'route', [JSON.stringify(route)]);
  const before = succeeded(model, 'made', await run(createRoute, { ...route, idempotencyKey }, context)).route;
  const [there] = await context.services.database.reader().sql<{ id: string }>`
    SELECT id FROM routes WHERE id = ${before}::uuid`;
  const id = there?.id ?? succeeded(model, 'made', await run(createRoute, route, context)).route;
  const release = {
    id: encodeGlobalId('Route', id),
    reason: `Released by the import ${map.name}.`,
    idempotencyKey: importKeyOf(map, 'release', [id]),
  };
  succeeded(model, 'released', await run(releaseRoute, release, context));
  return id;
}

function succeeded<Output>(model: string, what: 'made' | 'released', { output, errors }: Outcome<Output>): Output {
  if (output !== null) return output;
  const reasons = errors.map((error: Rejection) => error.message).join(' ');
  throw new AppError(`The route of the product model ${model} of the map cannot be ${what}: ${reasons}`);
}

/**
 * R31: A unit is converted when it has passed every mandatory step of WIP level of its route, and done when it has passed
 * every mandatory step of SERIAL level. A step outside of the map would block all units.
 */
function unmappedSteps(map: ImportMap, route: NamedRoute): string | undefined {
  const named = new Set(map.steps.map((step) => step.process));
  const blocking = [...mandatorySteps(route.steps, 'WIP'), ...mandatorySteps(route.steps, 'SERIAL')].filter(
    ({ code, type }) => !named.has(code) && type === 'MANUFACTURING',
  );
  if (blocking.length === 0) return undefined;
  const advice = route.isFactoryRoute
    ? 'give the product model a route of its own, or import into a database of its own'
    : 'or release a route in which they are optional or left out';
  return `${capitalized(route.name)} has steps that the map does not name: ${stepLabels(blocking)}. Name them in steps, ${advice}.`;
}

function mappedStepsIn(map: ImportMap, route: NamedRoute<Step>): MappedSteps {
  const unmapped = unmappedSteps(map, route);
  if (unmapped !== undefined) return { problem: unmapped };
  const steps = map.steps.flatMap(({ process }) => route.steps.find((each) => each.code === process) ?? []);
  const missing = map.steps.filter(({ process }) => !steps.some(({ code }) => code === process));
  if (missing.length > 0) {
    const codes = missing.map(({ process }) => process).join(', ');
    return {
      problem: `${capitalized(route.name)} does not have the steps of the map ${codes}; give the product model a route that has them.`,
    };
  }
  if (steps.at(-1)?.level !== 'SERIAL')
    return { problem: 'The last of steps must be a SERIAL-level process: it says how the unit ended.' };
  if (steps[0]?.level !== 'WIP')
    return { problem: 'The first of steps must be a WIP-level process: a unit is made before it is tested.' };
  const sorted = steps.toSorted(
    (a, b) => Number(a.level === 'SERIAL') - Number(b.level === 'SERIAL') || a.number - b.number,
  );
  return steps.some((step, index) => step !== sorted[index] || step.level === 'LOT')
    ? { problem: `The order of steps must be that of ${route.name}, WIP level first: ${stepLabels(sorted)}.` }
    : { steps };
}
