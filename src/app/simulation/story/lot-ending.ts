/**
 * The end of a lot: it completes by its last serial or by hand, quality decides about it, and it is closed. Nothing of
 * this happens after the end of the simulated time.
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

/** Completes, decides and closes a lot, as far as its fate and the simulated time allow. */
export function endLot(story: LotStory, shop: Shop, fate: Fate): void {
  const { lot } = story;
  if (shop.heldAt < shop.until) {
    holdInProgress(lot, shop);
    return;
  }
  complete(story, shop);
  if (lot.completedAt === null) return;
  decideByFate(lot, Date.parse(lot.completedAt), shop, fate);
  close(lot, shop);
  if (fate === 'RECALLED' && lot.disposition === 'RELEASED') {
    const recalledAt = Date.parse(lot.updatedAt) + shop.random.between(0.05, 9) * DAY;
    decide(lot, shop, {
      disposition: 'QUARANTINED',
      at: recalledAt,
      reason: `Recalled: ${shop.random.pick(COMPLAINTS)}.`,
    });
  }
}

/**
 * Completes a lot by LOT-8 if its last serial is decided, or by LOT-9 if no work is left and some units were scrapped.
 */
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

/** Holds a lot in progress; some of these lots are rejected some days later. */
function holdInProgress(lot: LotRow, shop: Shop): void {
  const { random } = shop;
  const stopped = `Line stopped: ${random.pick(SUSPICIONS)}.`;
  decide(lot, shop, { disposition: 'QUARANTINED', at: shop.heldAt + 1, reason: stopped });
  if (!random.chance(0.7)) return;
  const rejectedAt = shop.heldAt + random.between(1, 3) * DAY;
  decide(lot, shop, { disposition: 'REJECTED', at: rejectedAt, reason: 'Material cannot be reworked.' });
}

function decideByFate(lot: LotRow, completedAt: number, shop: Shop, fate: Fate): void {
  const { random } = shop;
  const firstAt = completedAt + random.between(0.3, 6) * HOUR;
  if (fate === 'UNDECIDED') return;
  if (fate === 'RELEASED' || fate === 'RECALLED') {
    decide(lot, shop, { disposition: 'RELEASED', at: firstAt, reason: 'All results reviewed, no objection.' });
    return;
  }
  const suspicion = `Suspicion: ${random.pick(SUSPICIONS)}.`;
  decide(lot, shop, { disposition: 'QUARANTINED', at: firstAt, reason: suspicion });
  if (fate === 'REJECTED') {
    const at = firstAt + random.between(0.1, 2) * DAY;
    decide(lot, shop, { disposition: 'REJECTED', at, reason: 'Suspicion confirmed, lot scrapped.' });
  } else {
    const at = firstAt + random.between(2, 6) * DAY;
    decide(lot, shop, { disposition: 'RELEASED', at, reason: 'Suspicion not confirmed after 100 % inspection.' });
  }
}

function close(lot: LotRow, shop: Shop): void {
  const at = Date.parse(lot.updatedAt) + shop.random.between(2, 36) * HOUR;
  if (at > shop.until || mayClose(lot) !== undefined) return;
  Object.assign(lot, closedLot(lot, instantAt(at)));
  touched(lot, instantAt(at));
}

interface Decision {
  readonly disposition: LotDisposition;
  readonly at: number;
  readonly reason: string;
}

/** Decides about a lot. Inspectors and engineers hold it; managers release and reject it. */
function decide(lot: LotRow, { until, random, plant }: Shop, { disposition, at, reason }: Decision): void {
  if (at > until) return;
  if (disposition !== 'QUARANTINED' && Date.parse(lot.updatedAt) > at) return;
  const rejection = lotMayBeDecided(lot, disposition);
  assert(rejection === undefined, rejection?.message ?? '');
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
