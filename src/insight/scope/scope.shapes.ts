import { z } from 'zod';
import { globalId, list, refineTo } from '../../platform/input/schemas.ts';
import { SCOPE_IDS, type Scope } from './scope.rules.ts';

/** A list of ids of one type; undefined when it is absent, which differs from an empty one. */
function ids(type: string): z.ZodType<readonly string[] | undefined> {
  const given = list(globalId(type), SCOPE_IDS);
  return z.union([z.null().transform(() => undefined), z.undefined(), given]);
}

/** What a figure is narrowed to; nothing unless given. */
export const scope: z.ZodType<Scope> = refineTo(
  z
    .strictObject({
      productModels: ids('ProductModel').optional(),
      productionLines: ids('ProductionLine').optional(),
      lots: ids('Lot').optional(),
      processes: ids('Process').optional(),
      equipment: ids('Equipment').optional(),
      operators: ids('User').optional(),
    })
    .nullish(),
  (value) => ({ value: value ?? {} }),
);
