/**
 * The routes of the product models: each model has its own way through the processes of the plant. The route of one model
 * is just being changed: its older open lots have revision 1, its newer lots revision 2, and revision 3 is a draft.
 */
import { characteristicsOf } from '../../../catalog/process/characteristic.rules.ts';
import { type Characteristic, isConversion, type ProcessLevel } from '../../../catalog/process/route.rules.ts';
import { isReleasable } from '../../../catalog/route/route.rules.ts';
import { assert, present } from '../../../platform/values/assert.ts';
import type { People } from './people.ts';
import { qualityCriteriaOf, SIGMAS_TO_LIMIT, type SimulatedStep } from './processes.ts';
import { CHANGED_MODEL, type MODELS } from './product-models.ts';
import { type Random, randomOf } from '../random.ts';
import { HOUR, instantAt, madeAt, type ProductModelRow, type RouteRow, type RouteStepRow } from '../rows.ts';
import type { StepContent } from '../steps/step-content.ts';

/** A released route with its steps, in the order of their numbers. */
export interface SimulatedRoute {
  readonly id: string;
  readonly steps: readonly SimulatedStep[];
}

/** The routes of all models. */
export interface ModelRoutes {
  readonly rows: readonly RouteRow[];
  readonly steps: readonly RouteStepRow[];
  /** The last revision of each model, by the id of the model. */
  readonly lastRevisions: ReadonlyMap<string, number>;
  /** The route that a lot of the model gets at a time (RTE-4). */
  routeOf(model: ProductModelRow, at: number): SimulatedRoute;
}

/** How a model differs from the plain way through all processes. */
interface Way {
  readonly name: string;
  readonly notes: string;
  readonly without?: readonly string[];
  readonly optional?: readonly string[];
  /** The code of its conversion. */
  readonly conversion: 'MARK' | 'LABEL';
  /** The distance from one number to the next. */
  readonly stride: number;
  /** The factor of the planned seconds. */
  readonly pace: number;
  /** The factor of the distance of the limits from the target. */
  readonly reach: number;
  /** The steps that are run only on a machine of the type that the plant has for them (RTE-8). */
  readonly onMachine: readonly string[];
  readonly maxAttempts?: Readonly<Record<string, number>>;
}

const PLAIN: Way = {
  name: 'Standard route',
  notes: 'First release.',
  conversion: 'MARK',
  stride: 10,
  pace: 1,
  reach: 1,
  onMachine: ['FUNCTION_TEST'],
};

const WAYS: Readonly<Record<(typeof MODELS)[number]['code'], Way>> = {
  'PSA-100': PLAIN,
  'MCU-200': { ...PLAIN, optional: ['BURN_IN', 'COAT'], reach: 1.05, pace: 1.1, maxAttempts: { AOI: 3, ICT: 3 } },
  'GWY-300': { ...PLAIN, without: ['CALIBRATE'], optional: ['AOI', 'XRAY'], stride: 5, pace: 0.9 },
  'BMS-410': { ...PLAIN, optional: ['ICT'], stride: 20, reach: 0.94, onMachine: ['BURN_IN', 'FUNCTION_TEST'] },
  'LDR-500': { ...PLAIN, without: ['PROGRAM'], optional: ['BURN_IN', 'WAVE'], pace: 1.2, reach: 0.97 },
  'PWR-600': { ...PLAIN, without: ['PROGRAM', 'CALIBRATE'], optional: ['AOI', 'REFLOW'], conversion: 'LABEL' },
  'HMI-700': { ...PLAIN, optional: ['CALIBRATE'], stride: 5 },
  'RLY-050': { ...PLAIN, without: ['BURN_IN', 'PROGRAM', 'ICT'], conversion: 'LABEL', pace: 0.8 },
};

/** The second revision of the model whose route is being changed, and the draft of the third. */
const CHANGED: Way = {
  ...PLAIN,
  notes: 'Burn-in only on demand; tighter limits.',
  optional: ['BURN_IN'],
  stride: 20,
  reach: 0.95,
};
const DRAFTED: Way = { ...CHANGED, name: 'Without burn-in', notes: 'Not approved yet.', without: ['BURN_IN'] };

const DRAFTED_BEFORE = 3 * HOUR;

/** What the routes are made from. */
export interface RouteSite {
  readonly seed: string;
  readonly models: readonly ProductModelRow[];
  /** All active processes. */
  readonly steps: readonly SimulatedStep[];
  readonly people: People;
  readonly foundedAt: number;
  /** When revision 2 of the changed model is released. */
  readonly changedAt: number;
  readonly until: number;
}

/** Creates the routes of all models. */
export function modelRoutesOf(site: RouteSite): ModelRoutes {
  const rows: RouteRow[] = [];
  const steps: RouteStepRow[] = [];
  const lastRevisions = new Map<string, number>();
  const released = new Map<string, { readonly at: number; readonly route: SimulatedRoute }[]>();
  for (const model of site.models) {
    const random = randomOf(site.seed, 'routes', model.code);
    const routes = plansOf(model, site).map((plan, index) => {
      const row = routeRow(model, index + 1, plan, { site, random });
      return { row, plan, steps: stepsOf(plan.way, site.steps) };
    });
    for (const [index, { row, plan, steps: own }] of routes.entries()) {
      const next = routes[index + 1]?.row;
      if (row.status === 'RELEASED' && next?.status === 'RELEASED') retire(row, next);
      rows.push(row);
      steps.push(...own.map((step) => stepRow(step, row, random)));
      if (plan.releasedAt === null) continue;
      assertReleasable(model.code, row.revision, own);
      const route = { at: plan.releasedAt, route: { id: row.id, steps: own } };
      released.set(model.id, [...(released.get(model.id) ?? []), route]);
    }
    lastRevisions.set(model.id, routes.length);
  }
  return {
    rows,
    steps,
    lastRevisions,
    routeOf: (model, at) =>
      present(
        released.get(model.id)?.findLast((route) => route.at <= at),
        `The route of ${model.code}`,
      ).route,
  };
}

interface RoutePlan {
  readonly way: Way;
  readonly createdAt: number;
  /** Null for a draft. */
  readonly releasedAt: number | null;
}

function plansOf({ code }: ProductModelRow, { foundedAt, changedAt, until }: RouteSite): readonly RoutePlan[] {
  const way = present(Object.entries(WAYS).find(([model]) => model === code)?.[1], 'The way of a model');
  const first = { way, createdAt: foundedAt + HOUR, releasedAt: foundedAt + 2 * HOUR };
  if (code !== CHANGED_MODEL) return [first];
  return [
    first,
    { way: CHANGED, createdAt: changedAt - HOUR, releasedAt: changedAt },
    { way: DRAFTED, createdAt: until - DRAFTED_BEFORE, releasedAt: null },
  ];
}

/** The steps of a way in their order: those of the lot, the item, its conversion, and those of the serial. */
function stepsOf(way: Way, all: readonly SimulatedStep[]): readonly SimulatedStep[] {
  const placeOf = (step: SimulatedStep): number => LEVEL_ORDER.indexOf(step.level) + (isConversion(step) ? 0.5 : 0);
  return all
    .filter((step) => (isConversion(step) ? step.code === way.conversion : way.without?.includes(step.code) !== true))
    .toSorted((a, b) => placeOf(a) - placeOf(b) || a.number - b.number)
    .map((step, index): SimulatedStep => {
      const content = contentOf(step.content, way);
      return {
        ...step,
        number: (index + 1) * way.stride,
        isOptional: way.optional?.includes(step.code) === true,
        maxAttempts: content.maxAttempts,
        characteristics: characteristicsOf(qualityCriteriaOf(content)),
        equipmentTypes: content.machine !== null && way.onMachine.includes(step.code) ? [content.machine.type] : [],
        content,
      };
    });
}

const LEVEL_ORDER: readonly ProcessLevel[] = ['LOT', 'WIP', 'SERIAL'];

function contentOf(content: StepContent, { pace, reach, maxAttempts }: Way): StepContent {
  return {
    ...content,
    seconds: Math.round(content.seconds * pace),
    maxAttempts: maxAttempts?.[content.code] ?? content.maxAttempts,
    characteristics: content.characteristics.map((each) => ({
      ...each,
      sigmasToLimit: (each.sigmasToLimit ?? SIGMAS_TO_LIMIT) * reach,
    })),
  };
}

interface RouteOrigin {
  readonly site: RouteSite;
  readonly random: Random;
}

/** A draft, or a route as its release leaves it. */
function routeRow(model: ProductModelRow, revision: number, plan: RoutePlan, { site, random }: RouteOrigin): RouteRow {
  const { way, createdAt, releasedAt } = plan;
  const draft: RouteRow = {
    id: random.id(createdAt),
    productModelId: model.id,
    revision,
    status: 'DRAFT',
    name: way.name,
    notes: way.notes,
    stepChanges: 0,
    releasedAt: null,
    releasedById: null,
    releaseReason: null,
    retiredAt: null,
    retiredById: null,
    retireReason: null,
    ...madeAt(instantAt(createdAt)),
  };
  if (releasedAt === null) return draft;
  return {
    ...draft,
    status: 'RELEASED',
    releasedAt: instantAt(releasedAt),
    releasedById: random.pick(site.people.managers).id,
    releaseReason: revision === 1 ? 'Qualified for production.' : 'Approved after the trial lots.',
    updatedAt: instantAt(releasedAt),
    version: 2,
  };
}

/** RTE-3: The release of the next revision retires a route, with the same person, time and reason. */
function retire(row: RouteRow, by: RouteRow): void {
  const { releasedAt, releasedById, releaseReason } = by;
  const at = present(releasedAt, 'The time of a release');
  Object.assign(row, {
    status: 'RETIRED',
    retiredAt: at,
    retiredById: releasedById,
    retireReason: releaseReason,
    updatedAt: at,
    version: row.version + 1,
  });
}

/** RTE-7: A released step holds the values in force. Null in a draft means the value of the process. */
function stepRow(step: SimulatedStep, route: RouteRow, random: Random): RouteStepRow {
  const { releasedAt } = route;
  const values = {
    id: random.id(Date.parse(route.createdAt)),
    routeId: route.id,
    processId: step.id,
    number: step.number,
    isOptional: step.isOptional,
    maxAttempts: step.maxAttempts,
    plannedSeconds: step.content.seconds,
    equipmentTypes: [...step.equipmentTypes],
    ...madeAt(route.createdAt),
  };
  const isDefault = step.characteristics.size === 0;
  if (releasedAt === null)
    return {
      ...values,
      allowOutOfSpecPass: null,
      characteristics: isDefault ? null : sorted(step),
      type: null,
      level: null,
    };
  return {
    ...values,
    allowOutOfSpecPass: step.allowOutOfSpecPass,
    characteristics: sorted(step),
    type: step.type,
    level: step.level,
    updatedAt: releasedAt,
    version: 2,
  };
}

function sorted({ characteristics }: SimulatedStep): readonly Characteristic[] {
  return [...characteristics.values()].toSorted((a, b) => (a.code < b.code ? -1 : 1));
}

function assertReleasable(modelCode: string, revision: number, steps: readonly SimulatedStep[]): void {
  const planned = steps.map((step) => ({ ...step, releasedType: null, releasedLevel: null }));
  const [rejection] = isReleasable({ modelCode, revision }, planned);
  assert(rejection === undefined, rejection?.message ?? '');
}
