import { MAX_LOT_QUANTITY } from '../../catalog/product-model/product-model.rules.ts';
import { rejection, type Answer } from '../../platform/rules/rejection.ts';
import { isLotActive, type LotStatus } from './lot.rules.ts';
import { sequenceWidth } from './unit-number.rules.ts';

/** LOT-3: The range and the default of the target of a lot. A model may allow less. */
export const TARGET_QUANTITY = { min: 1, max: MAX_LOT_QUANTITY.max, default: 100 } as const;

interface LimitingModel {
  readonly code: string;
  readonly maxLotQuantity: number;
}

interface LotWithTarget {
  readonly number: string;
  readonly status: LotStatus;
  readonly targetQuantity: number;
}

/** LOT-3: The target of a lot for which none is given. */
export function defaultTarget(model: Pick<LimitingModel, 'maxLotQuantity'>): number {
  return Math.min(TARGET_QUANTITY.default, model.maxLotQuantity);
}

/** LOT-3: The target of a new lot is at most what its model allows. */
export function targetFits(target: number, model: LimitingModel): Answer {
  if (target <= model.maxLotQuantity) return undefined;
  const message = `A lot of model ${model.code} has at most ${model.maxLotQuantity} units; ${target} is too many.`;
  return rejection('LOT-3', 'targetQuantity', message);
}

/**
 * LOT-3: The target changes only while the lot is CREATED or IN_PROGRESS, never below the items it already has, and
 * never beyond what the model allows. Once items exist, it keeps its number of digits, because their numbers were
 * written with that width. If the limit of the model was lowered later, the lot may keep or lower its target.
 */
export function targetMayBecome(
  target: number,
  lot: LotWithTarget,
  model: LimitingModel,
  wipItemCount: number,
): Answer {
  if (target === lot.targetQuantity) return undefined;
  if (!isLotActive(lot)) {
    const message = `Lot ${lot.number} is ${lot.status}; the target changes only while it is CREATED or IN_PROGRESS.`;
    return rejection('LOT-3', 'targetQuantity', message);
  }
  const beyondModel = target > lot.targetQuantity ? targetFits(target, model) : undefined;
  if (beyondModel !== undefined) return beyondModel;
  if (target < wipItemCount) {
    const message = `Lot ${lot.number} already has ${wipItemCount} WIP items; its target cannot be ${target}, but ${wipItemCount} or more.`;
    return rejection('LOT-3', 'targetQuantity', message);
  }
  const width = sequenceWidth(lot.targetQuantity);
  if (wipItemCount === 0 || sequenceWidth(target) === width) return undefined;
  const has = `The WIP items of lot ${lot.number} are numbered with ${width} digits`;
  const message = `${has}; a target of ${target} would need ${sequenceWidth(target)}.`;
  return rejection('LOT-3', 'targetQuantity', message);
}
