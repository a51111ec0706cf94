import { z } from 'zod';
import { optional, expectedVersion, globalId, instant, line, reason } from '../../platform/input/schemas.ts';
import { stationRef } from '../station/station.shapes.ts';
import { API_KEY_NAME_LENGTH } from './api-key.rules.ts';

/** The input of `createApiKey`. */
export const CreateApiKey = z.strictObject({
  station: stationRef,
  name: line(API_KEY_NAME_LENGTH),
  expiresAt: optional(instant),
});

/** The input of `revokeApiKey`. */
export const RevokeApiKey = z.strictObject({ id: globalId('ApiKey'), reason, expectedVersion });
