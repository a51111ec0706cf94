import { mayMove, type StateMachine } from '../../platform/rules/state-machine.ts';
import { isSameJson } from '../../platform/values/json.ts';
import { isDeletable, type TextForm } from '../../platform/rules/natural-key.ts';
import type { Answer } from '../../platform/rules/rejection.ts';

/** The kinds of things that a model describes. */
export const PART_TYPES = ['PCB', 'SEMICONDUCTOR', 'COMPONENT', 'ASSEMBLY', 'WAFER'] as const;
/** The kind of thing that a model describes. */
export type PartType = (typeof PART_TYPES)[number];

/** MDL-2: The statuses of a model. */
export const PRODUCT_MODEL_STATUSES = ['ACTIVE', 'INACTIVE', 'DISCONTINUED'] as const;
/** The status of a model. */
export type ProductModelStatus = (typeof PRODUCT_MODEL_STATUSES)[number];

/** MDL-1: A model code is 1..50 of `A-Z 0-9 . _ -`, starting with a letter or digit. */
export const PRODUCT_MODEL_CODE: TextForm = {
  rule: 'MDL-1',
  pattern: /^[A-Z0-9][A-Z0-9._-]{0,49}$/,
  form: '1 to 50 of A-Z 0-9 . _ -, starting with a letter or digit',
};

/** LOT-1: The model's part of a lot number. */
export const PRODUCT_MODEL_SEGMENT: TextForm = { rule: 'LOT-1', pattern: /^[A-Z0-9]{3}$/, form: '3 of A-Z 0-9' };
const SEGMENT_LENGTH = 3;

/** The greatest lengths of the texts of a model, in characters. */
export const PRODUCT_MODEL_LENGTHS = { name: 255, localName: 255, category: 100 } as const;
/** The least cycle time of a model, in days. */
export const CYCLE_DAYS_MIN = 1;
/** LOT-3: The range of the largest target that a model allows its lots. */
export const MAX_LOT_QUANTITY = { min: 1, max: 1_000_000, default: 100 } as const;
/** SER-2: The range of reworks that a model allows each serial. */
export const MAX_REWORKS = { min: 0, max: 100, default: 3 } as const;
/** MDL-3: The revision of a new model. */
export const FIRST_REVISION = 1;

/** MDL-2: The statuses to which a model may move. DISCONTINUED is final. */
export const PRODUCT_MODEL_FLOW: StateMachine<ProductModelStatus> = {
  machine: 'product_models.status',
  rule: 'MDL-2',
  moves: { ACTIVE: ['INACTIVE', 'DISCONTINUED'], INACTIVE: ['ACTIVE', 'DISCONTINUED'], DISCONTINUED: [] },
};

interface Model {
  readonly code: string;
  readonly status: ProductModelStatus;
}

/** The specification of a model: JSON under keys that the engineers choose. */
export interface Specified {
  readonly specifications: object;
  readonly tolerances: object;
}

/** LOT-1: Letters and digits of the code, the first three, padded with `0`: `A-1` gives `A10`. */
export function lotSegmentOfModel(code: string): string {
  return code
    .replaceAll(/[^A-Z0-9]/g, '')
    .slice(0, SEGMENT_LENGTH)
    .padEnd(SEGMENT_LENGTH, '0');
}

/** MDL-2: The status of a model moves only as its table allows. */
export function modelMayBecome(model: Model, status: ProductModelStatus): Answer {
  return mayMove(PRODUCT_MODEL_FLOW, `Product model ${model.code}`, model.status, status);
}

/** MDL-2: Only an ACTIVE model takes new lots; existing lots go on. LOT-13 reports this to the caller. */
export function takesNewLots(model: Pick<Model, 'status'>): boolean {
  return model.status === 'ACTIVE';
}

/**
 * MDL-3: Each change of specifications or tolerances makes a new revision. The same content in another key order does
 * not.
 */
export function revisionAfter(
  model: Specified & { readonly revision: number },
  changes: { readonly [Field in keyof Specified]?: Specified[Field] | undefined },
): number {
  const isSame =
    isSameJson(model.specifications, changes.specifications ?? model.specifications) &&
    isSameJson(model.tolerances, changes.tolerances ?? model.tolerances);
  return isSame ? model.revision : model.revision + 1;
}

/** GEN-1: A model with lots or routes cannot be deleted; it is deactivated instead. */
export function isProductModelUnused(
  model: Pick<Model, 'code'>,
  uses: Readonly<Record<'lots' | 'routes', number>>,
): Answer {
  return isDeletable(`Product model ${model.code}`, uses, 'productModel');
}
