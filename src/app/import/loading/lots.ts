/**
 * Into which lots new units go.
 *
 * 1. Units of a model fill its lots in the order of the file. A lot is made when it is full, or at the end of the file
 *    with what is left.
 * 2. A lot's external number tells import, model and count, so a lot of an earlier run is found again.
 * 3. What an earlier run left unfilled is filled first: the lots of a run that was killed end up as if it had not been.
 */
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

export interface Load {
  readonly units: readonly FinishedUnit[];
  /** The graph's id of the lot. */
  readonly lot: string;
}

export type Filled = Load | { readonly units: readonly FinishedUnit[]; readonly errors: readonly Rejection[] };

export interface Lots {
  /** Takes a new unit, and answers the lot that is full with it. */
  add(unit: FinishedUnit): Promise<Filled | undefined>;
  /** What is left at the end of the file, one load for each model. */
  rest(): Promise<readonly Filled[]>;
  /** How many lots were made. */
  readonly made: number;
}

interface Shelf {
  waiting: FinishedUnit[];
  /** Lots of an earlier run that have room, in their order. */
  readonly open: { readonly id: string; readonly room: number }[];
  lastCount: number;
}

export function lotsOf(map: ImportMap, context: Context): Lots {
  const shelves = new Map<string, Shelf>();
  let made = 0;

  const shelfOf = async (model: string): Promise<Shelf> => {
    const known = shelves.get(model) ?? (await stored(map, model, context));
    shelves.set(model, known);
    return known;
  };
  const fill = async (model: string, shelf: Shelf): Promise<Filled> => {
    const units = shelf.waiting;
    shelf.waiting = [];
    const open = shelf.open.shift();
    if (open !== undefined) return { units, lot: encodeGlobalId('Lot', open.id) };
    shelf.lastCount += 1;
    const externalNumber = `${prefixOf(map, model)}${String(shelf.lastCount).padStart(4, '0')}`;
    const productionDate =
      map.lots.productionDate ?? dayIn(context.services.config.siteTimeZone, units[0]?.completedAt ?? context.now);
    const input = {
      productModel: { code: model },
      productionLine: { code: map.lots.productionLine },
      productionDate,
      targetQuantity: units.length,
      externalNumber,
    };
    const { output, errors } = await lotMade(input, importKeyOf(map, 'lot', [JSON.stringify(input)]), context);
    if (output === null) return { units, errors };
    made += 1;
    return { units, lot: encodeGlobalId('Lot', output.lot) };
  };

  return {
    async add(unit) {
      const shelf = await shelfOf(unit.productModel);
      shelf.waiting.push(unit);
      return shelf.waiting.length < (shelf.open[0]?.room ?? map.lots.size) ? undefined : fill(unit.productModel, shelf);
    },
    async rest() {
      const loads: Filled[] = [];
      for (const [model, shelf] of shelves) if (shelf.waiting.length > 0) loads.push(await fill(model, shelf));
      return loads;
    },
    get made() {
      return made;
    },
  };
}

/**
 * A lot that was made by an earlier run and deleted since is made anew: its key answers with what is no longer there.
 */
async function lotMade(input: object, idempotencyKey: string, context: Context): Promise<Outcome<{ lot: string }>> {
  const outcome = await run(createLot, { ...input, idempotencyKey }, context);
  if (outcome.output === null) return outcome;
  const [there] = await context.services.database.reader().sql<{
    id: string;
  }>`SELECT id FROM lots WHERE id = ${outcome.output.lot}::uuid`;
  return there === undefined ? run(createLot, input, context) : outcome;
}

async function stored(map: ImportMap, model: string, context: Context): Promise<Shelf> {
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
