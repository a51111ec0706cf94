/**
 * Distributes new units over lots.
 *
 * 1. The units of a model fill its lots in the order of the file. A lot is created when it is full, or at the end of
 *    the file with the remaining units.
 * 2. The external number of a lot consists of import, model and count, so that the next run finds it again.
 * 3. Lots that an earlier run left unfilled are filled first: after a run that was killed, the lots end up as if it had
 *    not been killed.
 */
import { plantSettings } from '../../../platform/request/plant-settings.ts';
import { importKeyOf } from '../idempotency-key.ts';
import type { ImportMap } from '../map.ts';
import type { FinishedUnit } from '../unit/unit.ts';
import type { Outcome } from '../../../platform/command/declaration.ts';
import { run } from '../../../platform/command/run.ts';
import type { Context } from '../../../platform/request/context.ts';
import type { Rejection } from '../../../platform/rules/rejection.ts';
import { encodeGlobalId } from '../../../platform/values/global-id.ts';
import { dayIn } from '../../../platform/values/time.ts';
import { createLot } from '../../../production/lot/lot.commands.ts';

/** Units and the lot into which they are loaded. */
export interface LotLoad {
  readonly units: readonly FinishedUnit[];
  /** The global id of the lot. */
  readonly lot: string;
}

/** A lot that is full, or why it could not be created. */
export type FilledLot = LotLoad | { readonly units: readonly FinishedUnit[]; readonly errors: readonly Rejection[] };

/** Distributes new units over lots. */
export interface LotFiller {
  /** Adds a new unit. Returns the lot, if the unit fills it. */
  add(unit: FinishedUnit): Promise<FilledLot | undefined>;
  /** Returns the remaining units at the end of the file, one lot for each model. */
  rest(): Promise<readonly FilledLot[]>;
  /** The number of lots that were created. */
  readonly created: number;
}

interface ModelLots {
  waiting: FinishedUnit[];
  /** Lots of earlier runs that have room, in their order. */
  readonly open: { readonly id: string; readonly room: number }[];
  lastCount: number;
}

/** Creates the distribution of new units over lots. */
export function lotFiller(map: ImportMap, context: Context): LotFiller {
  const lotsByModel = new Map<string, ModelLots>();
  let created = 0;

  const lotsOfModel = async (model: string): Promise<ModelLots> => {
    const known = lotsByModel.get(model) ?? (await storedLots(map, model, context));
    lotsByModel.set(model, known);
    return known;
  };
  const fill = async (model: string, lots: ModelLots): Promise<FilledLot> => {
    const units = lots.waiting;
    lots.waiting = [];
    const open = lots.open.shift();
    if (open !== undefined) return { units, lot: encodeGlobalId('Lot', open.id) };
    lots.lastCount += 1;
    const externalNumber = `${prefixOf(map, model)}${String(lots.lastCount).padStart(4, '0')}`;
    const productionDate =
      map.lots.productionDate ??
      dayIn(plantSettings(context.services).siteTimeZone, units[0]?.completedAt ?? context.now);
    const input = {
      productModel: { code: model },
      productionLine: { code: map.lots.productionLine },
      productionDate,
      targetQuantity: units.length,
      externalNumber,
    };
    const { output, errors } = await createOrReplaceLot(
      input,
      importKeyOf(map, 'lot', [JSON.stringify(input)]),
      context,
    );
    if (output === null) return { units, errors };
    created += 1;
    return { units, lot: encodeGlobalId('Lot', output.lot) };
  };

  return {
    async add(unit) {
      const lots = await lotsOfModel(unit.productModel);
      lots.waiting.push(unit);
      return lots.waiting.length < (lots.open[0]?.room ?? map.lots.size) ? undefined : fill(unit.productModel, lots);
    },
    async rest() {
      const loads: FilledLot[] = [];
      for (const [model, lots] of lotsByModel) if (lots.waiting.length > 0) loads.push(await fill(model, lots));
      return loads;
    },
    get created() {
      return created;
    },
  };
}

/**
 * Creates a lot. If an earlier run created it and it was deleted since, its idempotency key still returns the deleted
 * lot; it is then created again, without the key.
 */
async function createOrReplaceLot(
  input: object,
  idempotencyKey: string,
  context: Context,
): Promise<Outcome<{ lot: string }>> {
  const outcome = await run(createLot, { ...input, idempotencyKey }, context);
  if (outcome.output === null) return outcome;
  const [there] = await context.services.database.reader().sql<{
    id: string;
  }>`SELECT id FROM lots WHERE id = ${outcome.output.lot}::uuid`;
  return there === undefined ? run(createLot, input, context) : outcome;
}

async function storedLots(map: ImportMap, model: string, context: Context): Promise<ModelLots> {
  const lots = await context.services.database.reader().sql<{ id: string; externalNumber: string; room: number }>`
    SELECT lot.id, lot.external_number AS "externalNumber",
           CASE WHEN lot.status IN ('CREATED', 'IN_PROGRESS') THEN lot.target_quantity - (SELECT count(*)::int FROM wip_items item WHERE item.lot_id = lot.id) ELSE 0 END AS room
    FROM lots lot
    WHERE starts_with(lot.external_number, ${prefixOf(map, model)})
    ORDER BY lot.external_number`;
  const counts = lots
    .map((lot) => Number(lot.externalNumber.slice(prefixOf(map, model).length)))
    .filter(Number.isInteger);
  return {
    waiting: [],
    open: lots.filter((lot) => lot.room > 0).map(({ id, room }) => ({ id, room })),
    lastCount: Math.max(0, ...counts),
  };
}

function prefixOf(map: ImportMap, model: string): string {
  return `${map.name}/${model}/`;
}
