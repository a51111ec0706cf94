import { afterAll, beforeAll, beforeEach, expect, test } from 'vitest';
import type { Api } from '../../support/api.ts';
import { makeDefect, makeInspection, type Named } from '../../support/build.ts';
import { call, done, expectRefused } from '../../support/expect.ts';
import { completeWith, dispositionOf, type QualityWorld, startQuality } from '../world.ts';

let world: QualityWorld;
let api: Api;
beforeAll(async () => {
  world = await startQuality();
  ({ api } = world);
});
afterAll(() => api.close());

let lot: Named;
let release: object;
beforeEach(async () => {
  lot = await world.newLot();
  release = { lot: { id: lot.id }, reason: 'Fine' };
});

const until = (what: string): string =>
  `Lot ${lot.number} can be released when its inspections are done and its critical findings are reviewed: ${what}.`;

test('a lot without inspections is released, and refused as before otherwise (LOT-6, INS-9)', async () => {
  await done(api, 'releaseLot', release, 'lot { disposition }', 'MANAGER');
  expect(await dispositionOf(api, lot)).toMatchObject({
    disposition: 'RELEASED',
    dispositionReason: 'Fine',
    dispositionBy: { username: 'manager' },
  });
  await expectRefused(api, 'releaseLot', release, [['RULE_VIOLATED', 'disposition', 'LOT-6']]);
});

test('a lot is not released while an inspection is PENDING or IN_PROGRESS (INS-9)', async () => {
  const { id } = await makeInspection(api, lot, { sampleCode: 'TRAY-1' }, false);
  await expectRefused(api, 'releaseLot', release, [
    ['RULE_VIOLATED', 'lot', 'INS-9', until('Inspection VISUAL of TRAY-1 is PENDING')],
  ]);
  await done(api, 'startInspection', { id }, 'inspection { id }');
  await expectRefused(api, 'releaseLot', release, [
    ['RULE_VIOLATED', 'lot', 'INS-9', until('Inspection VISUAL of TRAY-1 is IN_PROGRESS')],
  ]);
  await done(api, 'completeInspection', { id }, 'inspection { id }');
  await done(api, 'releaseLot', release, 'lot { id }');
});

test('a lot is not released while a critical finding waits for a reviewer; a confirmed one does not keep it (INS-9)', async () => {
  const { defects } = await completeWith(api, lot, ['CRITICAL', 'HIGH'], { sampleCode: 'TRAY-1' });
  const id = defects[0]?.id;
  const open = (status: string): string => until(`Defect CRITICAL SCRATCH of Inspection VISUAL of TRAY-1 is ${status}`);
  await expectRefused(api, 'releaseLot', release, [['RULE_VIOLATED', 'lot', 'INS-9', open('PENDING')]]);
  await done(api, 'reviewDefect', { id, reviewStatus: 'NEEDS_REVIEW', notes: 'Look' }, 'defect { id }');
  await expectRefused(api, 'releaseLot', release, [['RULE_VIOLATED', 'lot', 'INS-9', open('NEEDS_REVIEW')]]);
  await done(api, 'reviewDefect', { id, reviewStatus: 'CONFIRMED' }, 'defect { id }');
  await done(api, 'releaseLot', release, 'lot { id }');
});

test('critical findings of FAILED and CANCELLED inspections count (INS-9)', async () => {
  for (const mutation of ['failInspection', 'cancelInspection']) {
    const inspection = await makeInspection(api, lot);
    const { id } = await makeDefect(api, inspection, { severity: 'CRITICAL' });
    await done(api, mutation, { id: inspection.id, reason: 'Lens is dirty' }, 'inspection { id }');
    await expectRefused(api, 'releaseLot', release, [['RULE_VIOLATED', 'lot', 'INS-9']]);
    await done(api, 'reviewDefect', { id, reviewStatus: 'REJECTED' }, 'defect { id }');
  }
  await done(api, 'releaseLot', release, 'lot { id }');
});

test('a rejection needs no finished inspection (INS-9)', async () => {
  await makeInspection(api, lot);
  await done(api, 'rejectLot', release, 'lot { id }');
});

test('release against a new inspection: either is the lot released first, or it is refused (INS-9)', async () => {
  for (let round = 0; round < 5; round += 1) {
    const fresh = await world.newLot();
    const [released] = await Promise.all([
      call(api, 'releaseLot', { lot: { id: fresh.id }, reason: 'Fine' }, 'lot { id }'),
      done(api, 'createInspection', { lot: { id: fresh.id }, type: 'VISUAL' }, 'inspection { id }'),
    ]);
    const { disposition } = await dispositionOf(api, fresh);
    const rules = released.errors.map(({ rule }) => rule);
    expect([rules, disposition]).toEqual(rules.length === 0 ? [[], 'RELEASED'] : [['INS-9'], 'UNDECIDED']);
  }
});
