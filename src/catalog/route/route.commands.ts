import { v7 as uuid7 } from 'uuid';
import { lockRoute } from '../process/process.commands.ts';
import { processes } from '../process/process.loaders.ts';
import { lockProductModel } from '../product-model/product-model.commands.ts';
import { command } from '../../platform/command/declaration.ts';
import { takeNumbers } from '../../platform/command/number-counter.ts';
import { enforce, found, isCurrent } from '../../platform/command/rejection.ts';
import { definedFields, referenceLabel, rowByReference, rowsByReference } from '../../platform/command/row-lock.ts';
import type { Tx } from '../../platform/postgres/client.ts';
import { sql } from '../../platform/postgres/sql.ts';
import type { Row } from '../../platform/postgres/table.ts';
import { ENG, LEADS, personOf, personsOf } from '../../platform/rules/access.ts';
import { rejection } from '../../platform/rules/rejection.ts';
import { isSameJson } from '../../platform/values/json.ts';
import { present } from '../../platform/values/assert.ts';
import { routes, routeSteps } from './route.loaders.ts';
import {
  hasNoDraft,
  isCopiedFromModel,
  isDraft,
  isReleasable,
  modelTakesRoutes,
  type ReleasedStep,
  routeMayBecome,
  stepsAreDistinct,
} from './route.rules.ts';
import { CreateRoute, DecideRoute, DeleteRoute, type RouteStepInput, UpdateRoute } from './route.shapes.ts';

/** RTE-1, RTE-2: Creates the draft of a route, from given steps or as a copy of another route of the model. */
export const createRoute = command({
  name: 'createRoute',
  action: 'route.created',
  description:
    'Creates the draft of a route of a product model, from steps or as a copy. A model has one draft at a time (RTE-1, RTE-2).',
  access: ENG,
  input: CreateRoute,
  async run({ tx }, { productModel, steps, copyFrom, ...fields }) {
    const model = await lockProductModel(tx, productModel, 'NO KEY UPDATE');
    enforce(modelTakesRoutes(model, 'productModel'), hasNoDraft(model.code, await draftOf(tx, model.id)));
    const id = uuid7();
    const newSteps =
      steps === undefined
        ? await copiedSteps(tx, model, present(copyFrom, 'The copied route'))
        : await namedSteps(tx, steps);
    const revision = await takeNumbers(tx, `ROUTE/${model.id}`, 1);
    await tx.route.create({ data: { ...definedFields(fields), id, productModelId: model.id, revision } });
    insertSteps(tx, id, newSteps);
    return { route: id };
  },
});

/** RTE-1, RTE-2: Changes a draft. Only steps that differ are written. */
export const updateRoute = command({
  name: 'updateRoute',
  action: 'route.updated',
  description: 'Changes a draft. Given steps replace the former ones as a whole (RTE-1, RTE-2).',
  access: ENG,
  input: UpdateRoute,
  async run({ tx }, { id, steps, expectedVersion, ...fields }) {
    const { route } = await lockRouteOfModel(tx, id);
    enforce(isCurrent(route, expectedVersion, { route: id }), isDraft(route));
    const hasNewSteps = steps !== undefined && (await replaceSteps(tx, id, await namedSteps(tx, steps)));
    const counted = hasNewSteps ? { stepChanges: route.stepChanges + 1 } : {};
    await tx.route.update({ where: { id }, data: { ...definedFields(fields), ...counted } });
    return { route: id };
  },
});

/** RTE-2: Deletes a draft. Its revision is not given again. */
export const deleteRoute = command({
  name: 'deleteRoute',
  action: 'route.deleted',
  description: 'Deletes a draft. Its revision is not given again (RTE-2).',
  access: ENG,
  input: DeleteRoute,
  async run({ tx }, { id, expectedVersion }) {
    const { route } = await lockRouteOfModel(tx, id);
    enforce(isCurrent(route, expectedVersion, { route: id }), isDraft(route));
    await tx.routeStep.deleteMany({ where: { routeId: id } });
    await tx.route.delete({ where: { id } });
    return { deletedId: id };
  },
});

/** RTE-1, RTE-3: Releases a route, and retires the one that was released before. */
export const releaseRoute = command({
  name: 'releaseRoute',
  action: 'route.released',
  description:
    'Releases a draft or a retired route: new lots of the model get it. The route that was released before is retired (RTE-1, RTE-3).',
  access: personsOf(LEADS),
  input: DecideRoute,
  async run({ tx, now, viewer }, { id, reason, expectedVersion }) {
    await lockRoute(tx, 'SHARED');
    const { route, model } = await lockRouteOfModel(tx, id);
    enforce(
      isCurrent(route, expectedVersion, { route: id }),
      modelTakesRoutes(model, 'id'),
      routeMayBecome(route, 'RELEASED'),
      isReleasable(route, await stepsForRelease(tx, id)),
    );
    const by = personOf(viewer);
    const retired = await tx.route.findFirst({ where: { productModelId: model.id, status: 'RELEASED' } });
    if (retired !== null)
      await tx.route.update({
        where: { id: retired.id },
        data: { status: 'RETIRED', retiredAt: now, retiredById: by, retireReason: reason },
      });
    if (route.status === 'DRAFT') await writeValuesInForce(tx, id);
    await tx.route.update({
      where: { id },
      data: {
        status: 'RELEASED',
        releasedAt: now,
        releasedById: by,
        releaseReason: reason,
        retiredAt: null,
        retiredById: null,
        retireReason: null,
      },
    });
    return { route: id, retired: retired?.id ?? null };
  },
});

/** RTE-3: Retires a released route. New lots of the model use the factory route then. */
export const retireRoute = command({
  name: 'retireRoute',
  action: 'route.retired',
  description:
    'Retires a released route. New lots of the model use the factory route then; lots that have the route keep it (RTE-3).',
  access: personsOf(LEADS),
  input: DecideRoute,
  async run({ tx, now, viewer }, { id, reason, expectedVersion }) {
    const { route } = await lockRouteOfModel(tx, id);
    enforce(isCurrent(route, expectedVersion, { route: id }), routeMayBecome(route, 'RETIRED'));
    const signed = { retiredAt: now, retiredById: personOf(viewer), retireReason: reason };
    await tx.route.update({ where: { id }, data: { status: 'RETIRED', ...signed } });
    return { route: id };
  },
});

/** A locked route with the code of its model. */
export type LockedRoute = Row<'Route'> & { readonly modelCode: string };

/** Locks the model of a route, then the routes of the model, so that one thing at a time happens to them. */
async function lockRouteOfModel(
  tx: Tx,
  id: string,
): Promise<{ readonly route: LockedRoute; readonly model: Row<'ProductModel'> }> {
  const known = found(await rowByReference(tx, routes, { key: 'id', value: id }), 'id', 'The route with this id');
  const model = await lockProductModel(tx, { key: 'id', value: known.productModelId }, 'NO KEY UPDATE');
  const locked = await tx.query<Row<'Route'>>(
    sql`SELECT ${routes.columns} FROM routes t WHERE t.product_model_id = ${model.id}::uuid ORDER BY t.id FOR NO KEY UPDATE`,
  );
  const route = found(
    locked.find((each) => each.id === id),
    'id',
    'The route with this id',
  );
  return { route: { ...route, modelCode: model.code }, model };
}

async function draftOf(tx: Tx, productModelId: string): Promise<{ readonly revision: number } | undefined> {
  return (await tx.route.findFirst({ where: { productModelId, status: 'DRAFT' } })) ?? undefined;
}

/** The columns of a step that a draft can change. */
type NewStep = Pick<
  Row<'RouteStep'>,
  | 'processId'
  | 'number'
  | 'isOptional'
  | 'maxAttempts'
  | 'plannedSeconds'
  | 'allowOutOfSpecPass'
  | 'characteristics'
  | 'equipmentTypes'
>;

/** The steps of an input with the ids of their processes. Rejects processes that do not exist or are named twice. */
async function namedSteps(tx: Tx, steps: readonly RouteStepInput[]): Promise<readonly NewStep[]> {
  const processOf = await rowsByReference(
    tx,
    processes,
    steps.map(({ process }) => process),
  );
  enforce(
    ...steps.map(({ process }, index) =>
      processOf(process) === undefined
        ? rejection('NOT_FOUND', `steps.${index}.process`, `${referenceLabel(process, 'Step')} does not exist.`)
        : undefined,
    ),
  );
  const named = steps.map(({ process, ...step }) => {
    const { id, code } = present(processOf(process), 'The process of a step');
    return { ...step, processId: id, processCode: code };
  });
  enforce(stepsAreDistinct(named));
  return named.map(({ processCode: _code, characteristics, ...step }) => ({
    ...step,
    characteristics: characteristics === null ? null : characteristics.map((each) => ({ ...each })),
  }));
}

async function copiedSteps(tx: Tx, model: Row<'ProductModel'>, id: string): Promise<readonly NewStep[]> {
  const [source] = await tx.sql<Row<'Route'> & { modelCode: string }>`
    SELECT ${routes.columns}, model.code AS "modelCode" FROM routes t JOIN product_models model ON model.id = t.product_model_id WHERE t.id = ${id}::uuid`;
  enforce(isCopiedFromModel(model, found(source, 'copyFrom', 'The route with this id')));
  return storedStepsOf(tx, id);
}

function storedStepsOf(tx: Tx, routeId: string): Promise<readonly Row<'RouteStep'>[]> {
  return tx.sql<
    Row<'RouteStep'>
  >`SELECT ${routeSteps.columns} FROM route_steps t WHERE t.route_id = ${routeId}::uuid ORDER BY t.number`;
}

/** Writes the steps that differ; true when any does. Removed steps go first, so that their numbers are free. */
async function replaceSteps(tx: Tx, routeId: string, steps: readonly NewStep[]): Promise<boolean> {
  const stored = await storedStepsOf(tx, routeId);
  const before = new Map(stored.map((step) => [step.processId, step]));
  const removed = stored.filter(({ processId }) => !steps.some((step) => step.processId === processId));
  const added = steps.filter(({ processId }) => !before.has(processId));
  const changed = steps.filter((step) => {
    const known = before.get(step.processId);
    return known !== undefined && !isSameJson(valuesOf(known), valuesOf(step));
  });
  if (removed.length > 0) await tx.routeStep.deleteMany({ where: { id: { in: removed.map(({ id }) => id) } } });
  if (changed.length > 0) updateSteps(tx, routeId, changed);
  insertSteps(tx, routeId, added);
  return removed.length + changed.length + added.length > 0;
}

/** One statement, so that two steps can swap their numbers. */
function updateSteps(tx: Tx, routeId: string, steps: readonly NewStep[]): void {
  tx.send(sql`
    UPDATE route_steps step SET number = given.number, is_optional = given."isOptional", max_attempts = given."maxAttempts", planned_seconds = given."plannedSeconds",
      allow_out_of_spec_pass = given."allowOutOfSpecPass", characteristics = nullif(given.characteristics, 'null'::jsonb), equipment_types = given."equipmentTypes"
    FROM jsonb_to_recordset(${JSON.stringify(steps.map(valuesOf))}::jsonb) AS given(${STEP_COLUMNS})
    WHERE step.route_id = ${routeId}::uuid AND step.process_id = given."processId"`);
}

function insertSteps(tx: Tx, routeId: string, steps: readonly NewStep[]): void {
  if (steps.length === 0) return;
  const rows = steps.map((step) => ({ ...valuesOf(step), id: uuid7() }));
  tx.send(sql`
    INSERT INTO route_steps (id, route_id, process_id, number, is_optional, max_attempts, planned_seconds, allow_out_of_spec_pass, characteristics, equipment_types)
    SELECT id, ${routeId}::uuid, "processId", number, "isOptional", "maxAttempts", "plannedSeconds", "allowOutOfSpecPass", nullif(characteristics, 'null'::jsonb), "equipmentTypes"
    FROM jsonb_to_recordset(${JSON.stringify(rows)}::jsonb) AS given(id uuid, ${STEP_COLUMNS})`);
}

const STEP_COLUMNS = sql`"processId" uuid, number int, "isOptional" boolean, "maxAttempts" int, "plannedSeconds" int, "allowOutOfSpecPass" boolean, characteristics jsonb, "equipmentTypes" text[]`;

function valuesOf({
  processId,
  number,
  isOptional,
  maxAttempts,
  plannedSeconds,
  allowOutOfSpecPass,
  characteristics,
  equipmentTypes,
}: NewStep): NewStep {
  return {
    processId,
    number,
    isOptional,
    maxAttempts,
    plannedSeconds,
    allowOutOfSpecPass,
    characteristics,
    equipmentTypes,
  };
}

/** The steps with their processes, which the transaction keeps as they are. */
export async function stepsForRelease(tx: Tx, routeId: string): Promise<readonly ReleasedStep[]> {
  return tx.sql<ReleasedStep>`
    SELECT step.number, process.code, process.type, process.level, process.is_active AS "isActive", step.is_optional AS "isOptional",
           step.type AS "releasedType", step.level AS "releasedLevel"
    FROM route_steps step JOIN processes process ON process.id = step.process_id
    WHERE step.route_id = ${routeId}::uuid ORDER BY step.number FOR SHARE OF process`;
}

/** RTE-7: the first release makes a route independent of its processes. */
async function writeValuesInForce(tx: Tx, routeId: string): Promise<void> {
  await tx.sql`
    UPDATE route_steps step SET type = process.type, level = process.level,
      max_attempts = coalesce(step.max_attempts, process.max_attempts), planned_seconds = coalesce(step.planned_seconds, process.planned_seconds),
      allow_out_of_spec_pass = coalesce(step.allow_out_of_spec_pass, process.allow_out_of_spec_pass),
      characteristics = coalesce(step.characteristics, (
        SELECT coalesce(jsonb_agg(jsonb_build_object('code', given.code, 'unit', given.value -> 'unit', 'lowerLimit', given.value -> 'lowerLimit',
                 'upperLimit', given.value -> 'upperLimit', 'target', given.value -> 'target',
                 'required', coalesce(nullif(given.value -> 'required', 'null'::jsonb), 'false'::jsonb)) ORDER BY given.code), '[]')
        FROM jsonb_each(coalesce(nullif(process.quality_criteria -> 'characteristics', 'null'::jsonb), '{}')) AS given(code, value)))
    FROM processes process WHERE process.id = step.process_id AND step.route_id = ${routeId}::uuid`;
}
