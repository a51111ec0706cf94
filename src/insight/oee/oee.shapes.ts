import { z } from 'zod';
import { equipmentRef } from '../../catalog/equipment/equipment.shapes.ts';
import { integer, MAX_INT, optional } from '../../platform/input/schemas.ts';
import { figurePeriodInput } from '../period/period.shapes.ts';

/** The arguments of `oee`. */
export const AskOee = z.strictObject({
  equipment: equipmentRef,
  period: optional(figurePeriodInput),
  plannedBusySeconds: optional(integer(0, MAX_INT)),
});
