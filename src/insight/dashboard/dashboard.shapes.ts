import { z } from 'zod';
import { integer, oneOf, optional, withDefault } from '../../platform/input/schemas.ts';
import { LOT_STATUSES } from '../../production/lot/lot.rules.ts';
import { DASHBOARD_LOTS } from './dashboard.rules.ts';

/** The arguments of `lotDashboard`. */
export const AskLotDashboard = z.strictObject({
  status: optional(oneOf(LOT_STATUSES)),
  first: withDefault(integer(DASHBOARD_LOTS.min, DASHBOARD_LOTS.max, { rule: 'KPI-14' }), DASHBOARD_LOTS.default),
});
