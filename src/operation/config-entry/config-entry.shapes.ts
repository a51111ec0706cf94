import { z } from 'zod';
import {
  expectedVersion,
  flag,
  globalId,
  lines,
  matching,
  oneOf,
  optional,
  withDefault,
} from '../../platform/input/schemas.ts';
import { ENVIRONMENTS } from '../../platform/rules/environment.ts';
import { CONFIG_TYPES } from '../../platform/rules/plant-setting.ts';
import { CONFIG_KEY, CONFIG_LENGTHS } from './config-entry.rules.ts';

/** The input of `setConfigEntry`. */
export const SetConfigEntry = z.strictObject({
  key: matching(CONFIG_KEY.pattern, CONFIG_KEY.form, (text) => text, { rule: 'CFG-1' }),
  environment: withDefault(oneOf(ENVIRONMENTS), 'PRODUCTION'),
  type: withDefault(oneOf(CONFIG_TYPES), 'STRING'),
  value: optional(lines(CONFIG_LENGTHS.value, { rule: 'CFG-2' })),
  description: optional(lines(CONFIG_LENGTHS.description)),
  isSensitive: withDefault(flag, false),
  expectedVersion,
});

/** The input of `deleteConfigEntry`. */
export const DeleteConfigEntry = z.strictObject({ id: globalId('ConfigEntry'), expectedVersion });
