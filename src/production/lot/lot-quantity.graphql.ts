/** LOT-12: The figures of a lot. None is stored; each is counted when it is selected. */
import { builder } from '../../platform/graphql/builder.ts';
import type { Row } from '../../platform/postgres/table.ts';
import { loaded } from '../../platform/read/field.ts';
import { present } from '../../platform/values/assert.ts';
import {
  defectRatio,
  passRatio,
  pendingQuantity,
  progressRatio,
  remainingQuantity,
  stepProgressRatio,
  yieldRatio,
  type LotCounts,
} from './lot-quantity.rules.ts';
import { Lot } from './lot.graphql.ts';
import { lotCountsByLot, stepsDoneByLot, type StepsDoneOfLot } from './lot.loaders.ts';

builder.objectFields(Lot, (t) => ({
  wipItemCount: t.int({
    description: 'WIP items of the lot, converted ones too.',
    ...countedField([], (counts) => counts.wipItemCount),
  }),
  actualQuantity: t.int({
    description: 'Serials of the lot.',
    ...countedField([], (counts) => counts.actualQuantity),
  }),
  passedQuantity: t.int({
    description: 'Serials that PASSED.',
    ...countedField([], (counts) => counts.passedQuantity),
  }),
  failedQuantity: t.int({
    description: 'Serials that FAILED with no rework left.',
    ...countedField([], (counts) => counts.failedQuantity),
  }),
  pendingQuantity: t.int({ description: 'Serials that are not decided yet.', ...countedField([], pendingQuantity) }),
  remainingQuantity: t.int({
    description: 'WIP items that the target still asks for.',
    ...countedField(['targetQuantity'], (counts, lot) => remainingQuantity(lot, counts)),
  }),
  passRatio: t.float({
    nullable: true,
    description:
      'PASSED serials ÷ all serials; null while there is none. Serials that are not decided yet count as not passed, so it is low while work goes on: `yieldRatio` is the yield so far.',
    ...countedField([], passRatio),
  }),
  yieldRatio: t.float({
    nullable: true,
    description:
      'PASSED serials ÷ decided serials (PASSED, or FAILED with no rework left); null while none is decided. It tells nothing about serials at work, and WIP items that never became serials do not count.',
    ...countedField([], yieldRatio),
  }),
  defectRatio: t.float({
    nullable: true,
    description:
      'Serials that FAILED with no rework left ÷ all serials; null while there is none. A serial that may still be reworked does not count as failed. With `passRatio` it makes 1 only once all serials are decided.',
    ...countedField([], defectRatio),
  }),
  progressRatio: t.float({
    description:
      'Decided serials ÷ the target, from 0 to 1. It stays 0 until the first serial is decided, however much work is done: `stepProgressRatio` counts steps. Failed serials count as done.',
    ...countedField(['targetQuantity'], (counts, lot) => progressRatio(lot, counts)),
  }),
  stepProgressRatio: t.float({
    nullable: true,
    description:
      'Steps done ÷ steps to do, from 0 to 1, by the mandatory steps of the present route of the lot (RTE-6). Done: PASSes of such a step, on the lot, its WIP items and its serials. To do: each LOT-level step once, each WIP-level and SERIAL-level step once for each unit of the target. Null while the route has no mandatory step. A unit that FAILED for good leaves its other steps undone, so a finished lot may stay below 1. It changes when the lot gets another route, and with the factory route for a lot that uses that.',
    ...loaded(stepsDoneByLot, 'id', ['targetQuantity'], (done: StepsDoneOfLot | null, lot: Row<'Lot'>) =>
      stepProgressRatio(lot, present(done, 'The steps of a lot')),
    ),
  }),
}));

/**
 * LOT-12: A field that is computed from the counts of a lot and from the named columns. The counts of all lots are
 * loaded together.
 */
function countedField<Figure>(
  fields: readonly (keyof Row<'Lot'>)[],
  figure: (counts: LotCounts, lot: Row<'Lot'>) => Figure,
) {
  return loaded(lotCountsByLot, 'id', fields, (counts: LotCounts | null, lot: Row<'Lot'>) =>
    figure(present(counts, 'The counts of a lot'), lot),
  );
}
