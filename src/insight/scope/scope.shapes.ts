import { z } from 'zod';
import { globalId, optional, refineTo } from '../../platform/input/schemas.ts';
import { SCOPE_IDS, type Scope } from './scope.rules.ts';

/** A list of ids of one type; undefined when it is absent, which differs from an empty one. */
function ids(type: string): z.ZodType<readonly string[] | undefined> {
  return optional(
    refineTo(z.array(globalId(type)), (given) =>
      given.length > SCOPE_IDS
        ? { message: `has ${given.length} entries; at most ${SCOPE_IDS} are allowed.`, code: 'LIMIT_EXCEEDED' }
        : { value: given },
    ),
  );
}

/** What a figure is narrowed to; nothing unless given. */
export const scope: z.ZodType<Scope> = refineTo(
  z
    .strictObject({
      productModels: ids('ProductModel'),
      productionLines: ids('ProductionLine'),
      lots: ids('Lot'),
      processes: ids('Process'),
      equipment: ids('Equipment'),
      operators: ids('User'),
    })
    .nullish(),
  (value) => ({ value: value ?? {} }),
);
