import { expect, test } from 'vitest';
import { warningsOfLot } from '../../../src/production/process-data/readiness/scan.rules.ts';

test('a scan warns of a quarantine, and of nothing else about a lot (LOT-7)', () => {
  expect(warningsOfLot({ disposition: 'QUARANTINED' })).toEqual(['LOT_QUARANTINED']);
  for (const disposition of ['UNDECIDED', 'RELEASED', 'REJECTED'] as const)
    expect(warningsOfLot({ disposition })).toEqual([]);
});
