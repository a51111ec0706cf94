import { z } from 'zod';
import { expectedVersion, flag, globalId, oneOf, optional, reason, withDefault } from '../../platform/input/schemas.ts';
import { PROCESS_LEVELS } from '../../catalog/process/route.rules.ts';
import { lotRef } from '../lot/lot.shapes.ts';

/** The input of `changeLotRoute`. */
export const ChangeLotRoute = z.strictObject({
  lot: lotRef,
  route: optional(globalId('Route')),
  dryRun: withDefault(flag, false),
  reason,
  expectedVersion,
});

/** The arguments of `routeOf`. */
export const AskRouteOf = z.strictObject({ lot: lotRef, level: optional(oneOf(PROCESS_LEVELS)) });
