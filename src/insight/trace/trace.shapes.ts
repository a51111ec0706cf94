import { z } from 'zod';
import { flag, instant, integer, optional, withDefault } from '../../platform/input/schemas.ts';
import { equipmentRef } from '../../catalog/equipment/equipment.shapes.ts';
import { componentRef } from '../../production/component-use/component-use.shapes.ts';
import { unitRef } from '../../production/unit/unit.shapes.ts';
import { figurePeriodInput } from '../period/period.shapes.ts';
import { TRACE_DEPTH } from './trace.rules.ts';

const maxDepth = withDefault(integer(TRACE_DEPTH.min, TRACE_DEPTH.max), TRACE_DEPTH.default);

/** The arguments of `asBuilt`. */
export const AskAsBuilt = z.strictObject({ unit: unitRef, at: optional(instant), maxDepth });

/** The arguments of `whereUsed`. */
export const AskWhereUsed = z.strictObject({
  component: componentRef,
  at: optional(instant),
  includeRemoved: withDefault(flag, false),
  maxDepth,
});

/** The arguments of `equipmentWindow`. */
export const AskEquipmentWindow = z.strictObject({
  equipment: equipmentRef,
  period: figurePeriodInput,
  descendants: withDefault(flag, false),
});
