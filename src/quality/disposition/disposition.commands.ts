import { command } from '../../platform/command/declaration.ts';
import { enforce, isCurrent } from '../../platform/command/rejection.ts';
import { LEADS, personsOf, userViewerOf } from '../../platform/rules/access.ts';
import { decideLot, lockLot } from '../../production/lot/lot.commands.ts';
import { lotMayBeDecided } from '../../production/lot/lot.rules.ts';
import { DecideLot } from '../../production/lot/lot.shapes.ts';
import { openFindingsOf } from './disposition.loaders.ts';
import { inspectionsAreDone } from './disposition.rules.ts';

/** LOT-6, INS-9: Releases a lot whose inspections are done and whose critical findings are reviewed. */
export const releaseLot = command({
  name: 'releaseLot',
  action: 'lot.released',
  description:
    'Decides that a lot is good to go: its inspections are done and its critical findings are reviewed (INS-9). It can still be recalled by a quarantine (LOT-6).',
  access: personsOf(LEADS),
  input: DecideLot,
  async run({ tx, now, viewer }, { lot: reference, reason, expectedVersion }) {
    const lot = await lockLot(tx, reference, 'NO KEY UPDATE');
    enforce(
      isCurrent(lot, expectedVersion, { lot: lot.id }),
      lotMayBeDecided(lot, 'RELEASED'),
      inspectionsAreDone(lot, await openFindingsOf(tx, lot.id)),
    );
    await decideLot(tx, lot.id, { disposition: 'RELEASED', reason, now, personId: userViewerOf(viewer).id });
    return { lot: lot.id };
  },
});
