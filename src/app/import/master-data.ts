/** The master data that the rows of an import refer to: existing ones, or ones created by the usual commands. */
import { randomBytes } from 'node:crypto';
import type { ImportMap, Source } from './map.ts';
import {
  assertOnlyMappedSteps,
  makeMissingRoutes,
  type MappedSteps,
  processesOf,
  stepsByModel,
} from './model-routes.ts';
import { createEquipment } from '../../catalog/equipment/equipment.commands.ts';
import { createProcess } from '../../catalog/process/process.commands.ts';
import type { Step } from '../../catalog/process/route.rules.ts';
import { createProductModel } from '../../catalog/product-model/product-model.commands.ts';
import { createProductionLine } from '../../catalog/production-line/production-line.commands.ts';
import { createUser } from '../../identity/user/user.commands.ts';
import { normalizedLoginName } from '../../identity/user/user.rules.ts';
import type { Command } from '../../platform/command/declaration.ts';
import { run } from '../../platform/command/run.ts';
import type { Reader } from '../../platform/postgres/client.ts';
import type { Context } from '../../platform/request/context.ts';
import { normalizedCode } from '../../platform/rules/natural-key.ts';
import { AppError } from '../../platform/values/assert.ts';

/** The master data of an import. */
export interface MasterData {
  /** The existing codes, and the usernames of active users. */
  readonly productModels: ReadonlySet<string>;
  readonly equipment: ReadonlySet<string>;
  readonly operators: ReadonlySet<string>;
  /** The processes of the map, in its order. */
  readonly steps: readonly Step[];
  /** The steps of the map, in its order, with the values of the route of each product model. */
  readonly stepsByModel: ReadonlyMap<string, MappedSteps>;
  /** Names of what was created, such as `process MACHINING`. */
  readonly created: readonly string[];
}

/** Creates the missing master data that the map describes, and checks that everything else exists. */
export async function prepareMasterData(map: ImportMap, context: Context): Promise<MasterData> {
  const db = context.services.database.reader();
  await assertOnlyMappedSteps(map, db);
  const created: string[] = [];
  const createMissing = async <Input, Output extends object>(
    what: string,
    command: Command<Input, Output>,
    known: ReadonlySet<string>,
    entries: readonly Entry[],
  ): Promise<void> => {
    for (const { key, input } of entries) {
      if (known.has(key)) continue;
      const { errors } = await run(command, input, context);
      if (errors.length > 0)
        throw new AppError(
          `The ${what} ${key} of the map cannot be made: ${errors.map((error) => error.message).join(' ')}`,
        );
      created.push(`${what} ${key}`);
    }
  };

  const { masters } = map;
  const models = masters.productModels.map(({ route: _route, ...model }) => model);
  const before = await existingCodes(db);
  await createMissing('production line', createProductionLine, before.productionLines, byCode(masters.productionLines));
  await createMissing('product model', createProductModel, before.productModels, byCode(models));
  await createMissing('process', createProcess, before.processes, byCode(masters.processes));
  await createMissing('equipment', createEquipment, before.equipment, byCode(masters.equipment));
  await createMissing(
    'operator',
    createUser,
    before.users,
    masters.operators.map((input) => ({
      key: normalizedLoginName(input.username),
      input: { ...input, password: unknownPassword() },
    })),
  );

  created.push(...(await makeMissingRoutes(map, context)));
  const { productModels, equipment, operators, productionLines } = await existingCodes(db);
  assertAllExist('production line', { constant: map.lots.productionLine }, productionLines, normalizedCode);
  assertAllExist('product model', map.product, productModels, normalizedCode);
  assertAllExist('equipment', map.equipment, equipment, normalizedCode);
  assertAllExist('operator', map.operator, operators, normalizedLoginName);
  const steps = await processesOf(map, db);
  return { productModels, equipment, operators, steps, stepsByModel: await stepsByModel(map, db), created };
}

interface Entry {
  readonly key: string;
  readonly input: object;
}

interface Codes {
  readonly productionLines: ReadonlySet<string>;
  readonly productModels: ReadonlySet<string>;
  readonly processes: ReadonlySet<string>;
  readonly equipment: ReadonlySet<string>;
  readonly users: ReadonlySet<string>;
  readonly operators: ReadonlySet<string>;
}

async function existingCodes(db: Reader): Promise<Codes> {
  const rows = await db.sql<{ kind: keyof Codes; code: string }>`
    SELECT 'productionLines' AS kind, code FROM production_lines UNION ALL
    SELECT 'productModels', code FROM product_models UNION ALL
    SELECT 'processes', code FROM processes UNION ALL
    SELECT 'equipment', code FROM equipment UNION ALL
    SELECT 'users', username FROM users UNION ALL
    SELECT 'operators', username FROM users WHERE is_active`;
  const of = (kind: keyof Codes): ReadonlySet<string> =>
    new Set(rows.filter((row) => row.kind === kind).map((row) => row.code));
  return {
    productionLines: of('productionLines'),
    productModels: of('productModels'),
    processes: of('processes'),
    equipment: of('equipment'),
    users: of('users'),
    operators: of('operators'),
  };
}

/** Fails if the map itself names a code that does not exist. A code that only a row names is an error of that row. */
function assertAllExist(
  what: string,
  source: Source | undefined,
  known: ReadonlySet<string>,
  normalize: (text: string) => string,
): void {
  const named =
    source === undefined ? [] : 'constant' in source ? [source.constant] : [...(source.values?.values() ?? [])];
  const missing = named.map(normalize).filter((code) => !known.has(code));
  if (missing.length > 0)
    throw new AppError(
      `The map names the ${what} ${missing.join(', ')}, which does not exist; make it, or let the masters of the map make it.`,
    );
}

function byCode(inputs: readonly { readonly code: string }[]): readonly Entry[] {
  return inputs.map((input) => ({ key: normalizedCode(input.code), input }));
}

/**
 * A password that nobody knows; an ADMIN can set another. The first characters ensure that it has all kinds of
 * characters (USR-2).
 */
function unknownPassword(): string {
  return `aA1-${randomBytes(32).toString('base64url')}`;
}
