import { z } from 'zod';
import {
  expectedVersion,
  flag,
  globalId,
  instant,
  line,
  oneOf,
  optional,
  reason,
  withDefault,
} from '../../platform/input/schemas.ts';
import { ROLES } from '../../platform/rules/access.ts';
import { stationRef } from '../station/station.shapes.ts';
import { API_KEY_NAME_LENGTH } from './api-key.rules.ts';

const service = z.strictObject({ role: oneOf(ROLES), isReadOnly: withDefault(flag, false) });

/** The input of `createApiKey`. */
export const CreateApiKey = z.strictObject({
  station: optional(stationRef),
  service: optional(service),
  name: line(API_KEY_NAME_LENGTH),
  expiresAt: optional(instant),
});

/** The input of `revokeApiKey`. */
export const RevokeApiKey = z.strictObject({ id: globalId('ApiKey'), reason, expectedVersion });
