import { expect, test } from 'vitest';
import {
  CYCLE_DAYS_MIN,
  FIRST_REVISION,
  MAX_LOT_QUANTITY,
  MAX_REWORKS,
  PART_TYPES,
  PRODUCT_MODEL_CODE,
  PRODUCT_MODEL_FLOW,
  PRODUCT_MODEL_LENGTHS,
  PRODUCT_MODEL_SEGMENT,
  PRODUCT_MODEL_STATUSES,
  isProductModelUnused,
  lotSegmentOfModel,
  modelMayBecome,
  revisionAfter,
  takesNewLots,
} from '../../../src/catalog/product-model/product-model.rules.ts';
import { transitionRows } from '../../../src/platform/rules/state-machine.ts';
import { normalizedCode } from '../../../src/platform/rules/natural-key.ts';

test('the limits of a model are those of the domain', () => {
  expect(PART_TYPES).toEqual(['PCB', 'SEMICONDUCTOR', 'COMPONENT', 'ASSEMBLY', 'WAFER']);
  expect(PRODUCT_MODEL_LENGTHS).toEqual({ name: 255, localName: 255, category: 100 });
  expect([CYCLE_DAYS_MIN, FIRST_REVISION]).toEqual([1, 1]);
  expect(MAX_LOT_QUANTITY).toEqual({ min: 1, max: 1_000_000, default: 100 });
  expect(MAX_REWORKS).toEqual({ min: 0, max: 100, default: 3 });
});

test.each([
  ['A', true],
  ['9', true],
  ['PSA-2.1_B', true],
  ['X'.repeat(50), true],
  ['X'.repeat(51), false],
  ['', false],
  ['-A', false],
  ['.A', false],
  ['_A', false],
  ['A B', false],
  ['A/B', false],
  ['Ä', false],
  ['A\n', false],
  ['psa', false],
])('a model code is 1..50 of A-Z 0-9 . _ -, starting with a letter or digit: %j is %s (MDL-1)', (code, isRight) => {
  expect(PRODUCT_MODEL_CODE.pattern.test(code)).toBe(isRight);
});

test('a model code in lower case is accepted and stored in upper case (MDL-1)', () => {
  expect(PRODUCT_MODEL_CODE.pattern.test(normalizedCode(' psa-2.1 '))).toBe(true);
});

test.each([
  ['PSA', 'PSA'],
  ['PSA-2', 'PSA'],
  ['A-1', 'A10'],
  ['A', 'A00'],
  ['7._-X', '7X0'],
])('the lot segment of model %s is %s (LOT-1)', (code, segment) => {
  expect(lotSegmentOfModel(code)).toBe(segment);
  expect(PRODUCT_MODEL_SEGMENT.pattern.test(segment)).toBe(true);
});

test.each(['', 'PS', 'PSAA', 'P-A', 'psa'])(
  'a given segment of a model has 3 letters or digits: %j is refused (LOT-1)',
  (segment) => {
    expect(PRODUCT_MODEL_SEGMENT.pattern.test(segment)).toBe(false);
  },
);

test('the status of a model changes by this table only (MDL-2)', () => {
  expect(transitionRows(PRODUCT_MODEL_FLOW)).toEqual([
    { machine: 'product_models.status', fromState: 'ACTIVE', toState: 'INACTIVE' },
    { machine: 'product_models.status', fromState: 'ACTIVE', toState: 'DISCONTINUED' },
    { machine: 'product_models.status', fromState: 'INACTIVE', toState: 'ACTIVE' },
    { machine: 'product_models.status', fromState: 'INACTIVE', toState: 'DISCONTINUED' },
  ]);
});

test('every other transition of a model is refused, also one to its current status (MDL-2)', () => {
  const moves = PRODUCT_MODEL_STATUSES.flatMap((from) => PRODUCT_MODEL_STATUSES.map((to) => [from, to] as const));

  const allowed = moves.filter(([from, to]) => modelMayBecome({ code: 'PSA', status: from }, to) === undefined);

  expect(allowed).toEqual([
    ['ACTIVE', 'INACTIVE'],
    ['ACTIVE', 'DISCONTINUED'],
    ['INACTIVE', 'ACTIVE'],
    ['INACTIVE', 'DISCONTINUED'],
  ]);
});

test('DISCONTINUED is final (MDL-2)', () => {
  expect(modelMayBecome({ code: 'PSA', status: 'DISCONTINUED' }, 'ACTIVE')).toEqual({
    code: 'RULE_VIOLATED',
    rule: 'MDL-2',
    path: ['status'],
    message: 'Product model PSA is DISCONTINUED; only from INACTIVE can it become ACTIVE.',
  });
});

test('only an ACTIVE model accepts new lots (MDL-2)', () => {
  expect(PRODUCT_MODEL_STATUSES.filter((status) => takesNewLots({ status }))).toEqual(['ACTIVE']);
});

const model = { revision: 4, specifications: { size: { x: '1.5', y: '2' }, holes: [1, 2] }, tolerances: { x: '0.1' } };

test.each([
  ['nothing is given', {}],
  ['undefined is given', { specifications: undefined, tolerances: undefined }],
  [
    'the same content is given',
    { specifications: { size: { x: '1.5', y: '2' }, holes: [1, 2] }, tolerances: { x: '0.1' } },
  ],
  ['the keys come in another order', { specifications: { holes: [1, 2], size: { y: '2', x: '1.5' } } }],
])('a model keeps its revision when %s (MDL-3)', (_, changes) => {
  expect(revisionAfter(model, changes)).toBe(4);
});

test.each([
  ['a value differs', { tolerances: { x: '0.2' } }],
  ['a value deep inside differs', { specifications: { size: { x: '1.5', y: '3' }, holes: [1, 2] } }],
  ['an array has another order', { specifications: { size: { x: '1.5', y: '2' }, holes: [2, 1] } }],
  ['a key is added', { tolerances: { x: '0.1', y: null } }],
  ['a key is removed', { tolerances: {} }],
  ['both change at once', { specifications: {}, tolerances: {} }],
])('a model gets one new revision when %s (MDL-3)', (_, changes) => {
  expect(revisionAfter(model, changes)).toBe(5);
});

test('a model without lots may be deleted (GEN-1)', () => {
  expect(isProductModelUnused({ code: 'PSA' }, { lots: 0, routes: 0 })).toBeUndefined();
});

test('a model with lots is deactivated instead of deleted (GEN-1)', () => {
  expect(isProductModelUnused({ code: 'PSA' }, { lots: 3, routes: 0 })).toEqual({
    code: 'RULE_VIOLATED',
    rule: 'GEN-1',
    path: ['productModel'],
    message: 'Product model PSA is in use (lots: 3); deactivate it instead of deleting it.',
  });
});
