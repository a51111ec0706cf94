import { z } from 'zod';
import { characteristicList } from '../process/characteristic.shapes.ts';
import type { GivenCharacteristic } from '../process/characteristic.rules.ts';
import { processRef } from '../process/process.shapes.ts';
import { MAX_ATTEMPTS_MIN, PLANNED_SECONDS_MIN } from '../process/process.rules.ts';
import { productModelRef } from '../product-model/product-model.shapes.ts';
import { EQUIPMENT_TYPE } from '../equipment/equipment.rules.ts';
import { parseStored } from '../../platform/input/parse.ts';
import {
  code,
  expectedVersion,
  flag,
  globalId,
  integer,
  line,
  lines,
  list,
  MAX_INT,
  nullableUpdate,
  optional,
  optionalUpdate,
  reason,
  refineTo,
  withDefault,
} from '../../platform/input/schemas.ts';
import type { Characteristic } from '../process/route.rules.ts';
import { EQUIPMENT_TYPES_MAX, ROUTE_LENGTHS as LENGTHS, ROUTE_STEP_NUMBER, ROUTE_STEPS } from './route.rules.ts';

const routeId = globalId('Route');

const equipmentTypes = refineTo(list(code(EQUIPMENT_TYPE), EQUIPMENT_TYPES_MAX), (types) => ({
  value: [...new Set(types)].toSorted(),
}));

const characteristics = characteristicList.transform((given) => given.map(storedForm));

const step = z.strictObject({
  number: integer(ROUTE_STEP_NUMBER.min, ROUTE_STEP_NUMBER.max, { rule: 'RTE-1' }),
  process: processRef,
  isOptional: withDefault(flag, false),
  maxAttempts: withDefault(integer(MAX_ATTEMPTS_MIN, MAX_INT).nullable(), null),
  plannedSeconds: withDefault(integer(PLANNED_SECONDS_MIN, MAX_INT).nullable(), null),
  allowOutOfSpecPass: withDefault(flag.nullable(), null),
  // Null and absent mean the characteristics of the process; an empty list means none.
  characteristics: withDefault(characteristics.nullable(), null),
  equipmentTypes,
});

/** RTE-1: 1 to 100 steps. */
const steps = refineTo(list(step, 10 * ROUTE_STEPS.max, { rule: 'RTE-1' }), (given) =>
  given.length < ROUTE_STEPS.min || given.length > ROUTE_STEPS.max
    ? {
        message: `must have ${ROUTE_STEPS.min} to ${ROUTE_STEPS.max} entries, but has ${given.length}.`,
        rule: 'RTE-1',
      }
    : { value: given },
);

/** The steps of a route as an input gives them. Null values are those of the process. */
export type RouteStepInput = z.infer<typeof step>;

/** The input of `createRoute`: its steps, or the route from which they are copied. */
export const CreateRoute = refineTo(
  z.strictObject({
    productModel: productModelRef,
    steps: optional(steps),
    copyFrom: optional(routeId),
    name: optional(line(LENGTHS.name)),
    notes: optional(lines(LENGTHS.notes)),
  }),
  (input) => {
    if (input.steps !== undefined && input.copyFrom !== undefined)
      return { message: 'cannot be given together with steps; give one of them.', path: ['copyFrom'] };
    if (input.steps === undefined && input.copyFrom === undefined)
      return { message: 'must be given, or copyFrom with the id of a route to copy.', path: ['steps'] };
    return { value: input };
  },
);

/** The input of `updateRoute`. Steps replace the former ones as a whole. */
export const UpdateRoute = z.strictObject({
  id: routeId,
  steps: optionalUpdate(steps),
  name: nullableUpdate(line(LENGTHS.name)),
  notes: nullableUpdate(lines(LENGTHS.notes)),
  expectedVersion,
});

/** The input of `deleteRoute`. */
export const DeleteRoute = z.strictObject({ id: routeId, expectedVersion });

/** The input of a change with a reason: release, retire. */
export const DecideRoute = z.strictObject({ id: routeId, reason, expectedVersion });

/** The arguments of `routeChanges`. */
export const AskRouteChanges = z.strictObject({ from: routeId, to: routeId });

/** The stored form of the characteristics of a step. */
const storedCharacteristics = z.array(
  z.object({
    code: z.string(),
    unit: z.string().nullable(),
    lowerLimit: z.string().nullable(),
    upperLimit: z.string().nullable(),
    target: z.string().nullable(),
    required: z.boolean(),
  }),
);

/** The characteristics of a stored step. */
export function characteristicsOfStep(column: unknown): readonly Characteristic[] {
  return parseStored(storedCharacteristics, column, 'The characteristics of a route step');
}

function storedForm({
  code: name,
  unit,
  lowerLimit,
  upperLimit,
  target,
  required,
}: GivenCharacteristic): Characteristic {
  return {
    code: name,
    unit: unit ?? null,
    lowerLimit: lowerLimit ?? null,
    upperLimit: upperLimit ?? null,
    target: target ?? null,
    required,
  };
}
