/**
 * How a lot ends: completed by its last serial or by hand, judged by quality, closed. Nothing of it happens after the
 * end of time.
 */
import type { Fate } from './lot-fate.ts';
import { DAY, HOUR, instantAt, type LotRow, touched } from '../rows.ts';
import type { LotStory } from './story.ts';
import type { Shop } from './step-run.ts';
import { assert, present } from '../../../platform/values/assert.ts';
import { completesItself, type LotCounts } from '../../../production/lot/lot-quantity.rules.ts';
import {
  closedLot,
  completedLot,
  type LotDisposition,
  lotMayBeDecided,
  mayClose,
  mayCompleteShort,
  UNFINISHED_STATUSES,
  type UnfinishedWork,
} from '../../../production/lot/lot.rules.ts';
import { isTerminal } from '../../../production/serial/serial.rules.ts';

export function endLot(story: LotStory, shop: Shop, fate: Fate): void {
  const { lot } = story;
  if (shop.heldAt < shop.until) {
    holdAtWork(lot, shop);
    return;
  }
  complete(story, shop);
  if (lot.completedAt === null) return;
  judge(lot, Date.parse(lot.completedAt), shop, fate);
  close(lot, shop);
  if (fate === 'RECALLED' && lot.disposition === 'RELEASED') {
    const recalledAt = Date.parse(lot.updatedAt) + shop.random.between(0.05, 9) * DAY;
    decide(lot, 'QUARANTINED', recalledAt, shop, `Recalled: ${shop.random.pick(COMPLAINTS)}.`);
  }
}

/** LOT-8 when the last serial is decided; else LOT-9, when nothing is left to do and some units were scrapped. */
function complete({ lot, wipItems, serials, executions }: LotStory, shop: Shop): void {
  const terminal = serials.filter(isTerminal);
  const counts: LotCounts = {
    wipItemCount: wipItems.length,
    actualQuantity: serials.length,
    passedQuantity: serials.filter((serial) => serial.status === 'PASSED').length,
    failedQuantity: terminal.filter((serial) => serial.status === 'FAILED').length,
  };
  if (completesItself(lot, counts)) {
    const at = terminal.reduce(
      (last, { completedAt }) => (completedAt !== null && completedAt > last ? completedAt : last),
      '',
    );
    Object.assign(lot, completedLot(lot, at));
    touched(lot, at);
    return;
  }

  const unfinished: UnfinishedWork = {
    executions: executions.filter((execution) => execution.completedAt === null).length,
    wipItems: wipItems.filter(({ status }) => UNFINISHED_STATUSES.wipItems.some((each) => each === status)).length,
    serials: serials.filter(({ status }) => UNFINISHED_STATUSES.serials.some((each) => each === status)).length,
  };
  if (shop.isCutOff || mayCompleteShort(lot, unfinished) !== undefined) return;
  const lastEnd = executions.reduce(
    (last, { completedAt }) => (completedAt !== null && completedAt > last ? completedAt : last),
    '',
  );
  const completedAt = Date.parse(lastEnd) + shop.random.whole(1, 8) * HOUR;
  if (completedAt > shop.until) return;
  const scrapped = lot.targetQuantity - terminal.length;
  Object.assign(lot, completedLot(lot, instantAt(completedAt)), {
    completionReason: `Completed short: ${scrapped} of ${lot.targetQuantity} units scrapped.`,
  });
  touched(lot, instantAt(completedAt));
}

/** Quality stopped the lot in the middle; some are given up a day later. */
function holdAtWork(lot: LotRow, shop: Shop): void {
  const { random } = shop;
  decide(lot, 'QUARANTINED', shop.heldAt + 1, shop, `Line stopped: ${random.pick(SUSPICIONS)}.`);
  if (random.chance(0.7))
    decide(lot, 'REJECTED', shop.heldAt + random.between(1, 3) * DAY, shop, 'Material cannot be reworked.');
}

function judge(lot: LotRow, completedAt: number, shop: Shop, fate: Fate): void {
  const { random } = shop;
  const firstAt = completedAt + random.between(0.3, 6) * HOUR;
  if (fate === 'UNDECIDED') return;
  if (fate === 'RELEASED' || fate === 'RECALLED') {
    decide(lot, 'RELEASED', firstAt, shop, 'All results reviewed, no objection.');
    return;
  }
  decide(lot, 'QUARANTINED', firstAt, shop, `Suspicion: ${random.pick(SUSPICIONS)}.`);
  if (fate === 'REJECTED')
    decide(lot, 'REJECTED', firstAt + random.between(0.1, 2) * DAY, shop, 'Suspicion confirmed, lot scrapped.');
  else
    decide(
      lot,
      'RELEASED',
      firstAt + random.between(2, 6) * DAY,
      shop,
      'Suspicion not confirmed after 100 % inspection.',
    );
}

function close(lot: LotRow, shop: Shop): void {
  const at = Date.parse(lot.updatedAt) + shop.random.between(2, 36) * HOUR;
  if (at > shop.until || mayClose(lot) !== undefined) return;
  Object.assign(lot, closedLot(lot, instantAt(at)));
  touched(lot, instantAt(at));
}

/** Inspectors and engineers hold a lot, managers release and reject it. */
function decide(
  lot: LotRow,
  disposition: LotDisposition,
  at: number,
  { until, random, plant }: Shop,
  reason: string,
): void {
  if (at > until) return;
  if (disposition !== 'QUARANTINED' && Date.parse(lot.updatedAt) > at) return;
  const refused = lotMayBeDecided(lot, disposition);
  assert(refused === undefined, refused?.message ?? '');
  const { inspectors, engineers, managers } = plant.people;
  const person = present(
    random.pick(disposition === 'QUARANTINED' ? [...inspectors, ...engineers] : managers),
    'Who decides',
  );
  const instant = instantAt(Math.round(at));
  Object.assign(lot, { disposition, dispositionReason: reason, dispositionAt: instant, dispositionById: person.id });
  touched(lot, instant);
}

const SUSPICIONS = [
  'solder paste beyond its shelf life',
  'drifting function tester',
  'unusual number of bridges',
  'wrong reel of C12',
  'humidity alarm in the store',
] as const;
const COMPLAINTS = ['complaint of a customer', 'field failure under investigation', 'supplier notice for U3'] as const;
