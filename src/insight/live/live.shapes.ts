import { z } from 'zod';
import { integer, withDefault } from '../../platform/input/schemas.ts';
import { LIVE_INTERVAL } from './live.rules.ts';

/** The arguments of `liveMetricsChanged`. */
export const AskLiveMetricsChanged = z.strictObject({
  intervalSeconds: withDefault(
    integer(LIVE_INTERVAL.min, LIVE_INTERVAL.max, { rule: 'KPI-15' }),
    LIVE_INTERVAL.default,
  ),
});
