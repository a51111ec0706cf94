import { z } from 'zod';
import { jsonObject } from '../../platform/input/json-schemas.ts';
import {
  expectedVersion,
  flag,
  globalId,
  line,
  lines,
  list,
  nullableUpdate,
  oneOf,
  optional,
  optionalUpdate,
  withDefault,
} from '../../platform/input/schemas.ts';
import { LIMITS } from '../../platform/process/limits.ts';
import { FILTER_TARGETS } from '../filter-target/filter-target.rules.ts';
import { SAVED_FILTER_LENGTHS } from './saved-filter.rules.ts';

/** The id of a saved filter. */
export const savedFilterId = globalId('SavedFilter');

const name = line(SAVED_FILTER_LENGTHS.name, { rule: 'FLT-1' });
const description = lines(SAVED_FILTER_LENGTHS.description);
const orderBy = list(jsonObject, LIMITS.page.orders);

/** The input of `createSavedFilter`. */
export const CreateSavedFilter = z.strictObject({
  name,
  description: optional(description),
  target: oneOf(FILTER_TARGETS),
  filter: jsonObject,
  orderBy,
  isShared: withDefault(flag, false),
});

/** The input of `updateSavedFilter`. */
export const UpdateSavedFilter = z.strictObject({
  id: savedFilterId,
  name: optionalUpdate(name),
  description: nullableUpdate(description),
  filter: optionalUpdate(jsonObject),
  orderBy: optionalUpdate(orderBy),
  isShared: optionalUpdate(flag),
  expectedVersion,
});

/** The input of `deleteSavedFilter`. */
export const DeleteSavedFilter = z.strictObject({ id: savedFilterId, expectedVersion });
