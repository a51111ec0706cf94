import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import type { Api } from '../../support/api.ts';
import { makeDefect, makeInspection, type Named } from '../../support/build.ts';
import { call, done, expectRefused } from '../../support/expect.ts';
import { makeStation, sendAs } from '../../support/station.ts';
import { completeWith, dispositionOf, type QualityWorld, startQuality } from '../world.ts';

let world: QualityWorld;
let api: Api;
beforeAll(async () => {
  world = await startQuality();
  ({ api } = world);
});
afterAll(() => api.close());

let lot: Named;
beforeEach(async () => {
  lot = await world.newLot();
});

const FIELDS =
  'defect { reviewStatus isDismissed reviewNotes reviewedAt reviewedBy { username } version } inspection { verdict qualityScore confidence isReviewed defectCount version }';

describe('reviewDefect', () => {
  test.each([
    ['CONFIRMED', false],
    ['REJECTED', true],
    ['FALSE_POSITIVE', true],
  ] as const)('signs %s with person and time (DEF-3)', async (reviewStatus, isDismissed) => {
    const { defects } = await completeWith(api, lot, ['LOW']);
    const input = { id: defects[0]?.id, reviewStatus, expectedVersion: 1 };
    const { defect, inspection } = await done(api, 'reviewDefect', input, FIELDS, 'INSPECTOR');
    expect(defect).toEqual({
      reviewStatus,
      isDismissed,
      reviewNotes: null,
      reviewedAt: expect.any(String),
      reviewedBy: { username: 'inspector' },
      version: 2,
    });
    expect(inspection).toMatchObject({ isReviewed: true, defectCount: isDismissed ? 0 : 1 });
    for (const again of ['CONFIRMED', 'REJECTED', 'NEEDS_REVIEW'])
      await expectRefused(api, 'reviewDefect', { id: defects[0]?.id, reviewStatus: again, notes: 'Look' }, [
        ['RULE_VIOLATED', 'id', 'DEF-3', `Defect LOW SCRATCH is ${reviewStatus}; a lead reopens its review first.`],
      ]);
  });

  test('asks for another look with notes, and then decides (DEF-3)', async () => {
    const { defects } = await completeWith(api, lot, ['LOW']);
    const id = defects[0]?.id;
    await expectRefused(api, 'reviewDefect', { id, reviewStatus: 'NEEDS_REVIEW' }, [
      ['RULE_VIOLATED', 'notes', 'DEF-3'],
    ]);
    await expectRefused(api, 'reviewDefect', { id, reviewStatus: 'NEEDS_REVIEW', notes: ' ' }, [
      ['INVALID_INPUT', 'notes', null],
    ]);
    await expectRefused(api, 'reviewDefect', { id, reviewStatus: 'PENDING' }, [
      ['INVALID_INPUT', 'reviewStatus', null],
    ]);
    await expectRefused(api, 'reviewDefect', { id, reviewStatus: 'REJECTED', expectedVersion: 7 }, [
      ['STALE_VERSION', 'expectedVersion', 'GEN-2'],
    ]);
    const asked = await done(api, 'reviewDefect', { id, reviewStatus: 'NEEDS_REVIEW', notes: 'Is it dust?' }, FIELDS);
    expect(asked['defect']).toMatchObject({
      reviewStatus: 'NEEDS_REVIEW',
      reviewNotes: 'Is it dust?',
      isDismissed: false,
    });
    expect(asked['inspection']).toMatchObject({ isReviewed: false });
    await expectRefused(api, 'reviewDefect', { id, reviewStatus: 'NEEDS_REVIEW', notes: 'Still' }, [
      ['RULE_VIOLATED', 'id', 'DEF-3'],
    ]);
    const decided = await done(api, 'reviewDefect', { id, reviewStatus: 'FALSE_POSITIVE' }, FIELDS);
    expect(decided['defect']).toMatchObject({ reviewStatus: 'FALSE_POSITIVE', reviewNotes: null });
  });

  test('is for persons, not for stations (DEF-4)', async () => {
    const station = await makeStation(api, 'CAM1');
    const { defects } = await completeWith(api, lot, ['LOW']);
    const input = { id: defects[0]?.id, reviewStatus: 'CONFIRMED' };
    const { errors } = await sendAs(api, station.apiKey, 'reviewDefect', input);
    expect(errors).toMatchObject([{ code: 'FORBIDDEN', path: [], rule: null }]);
    await expectRefused(api, 'reviewDefect', input, [['FORBIDDEN', '', null]], 'OPERATOR');
    await expectRefused(
      api,
      'reopenDefectReview',
      { id: input.id, reason: 'No' },
      [['FORBIDDEN', '', null]],
      'ENGINEER',
    );
  });

  test('of an inspection that is not complete changes no verdict (INS-6)', async () => {
    const inspection = await makeInspection(api, lot);
    const { id } = await makeDefect(api, inspection, { severity: 'CRITICAL' });
    const early = await done(api, 'reviewDefect', { id, reviewStatus: 'CONFIRMED' }, FIELDS);
    expect(early['inspection']).toMatchObject({ verdict: null, qualityScore: null, isReviewed: false, version: 2 });
    expect(await dispositionOf(api, lot)).toMatchObject({ disposition: 'UNDECIDED' });
    await done(api, 'failInspection', { id: inspection.id, reason: 'Lens is dirty' }, 'inspection { id }');
    await done(api, 'reopenDefectReview', { id, reason: 'Look again' }, FIELDS);
    expect(await dispositionOf(api, lot)).toMatchObject({ disposition: 'UNDECIDED' });
  });

  test('of a completed inspection judges it again (INS-6)', async () => {
    const { defects } = await completeWith(api, lot, ['HIGH', 'LOW']);
    const [high, low] = defects.map(({ id }) => id);
    const confirmed = await done(api, 'reviewDefect', { id: high, reviewStatus: 'CONFIRMED' }, FIELDS);
    expect(confirmed['inspection']).toMatchObject({ verdict: 'FAIL', qualityScore: '0.7490', version: 3 });
    const passed = await done(api, 'reviewDefect', { id: low, reviewStatus: 'REJECTED' }, FIELDS);
    expect(passed['inspection']).toMatchObject({ verdict: 'PASS', qualityScore: '0.7995', defectCount: 1, version: 4 });
  });

  test('that turns a FAIL into a PASS releases nothing (INS-6)', async () => {
    const { defects } = await completeWith(api, lot, ['CRITICAL']);
    const { version } = await dispositionOf(api, lot);
    const input = { id: defects[0]?.id, reviewStatus: 'FALSE_POSITIVE' };
    const { inspection } = await done(api, 'reviewDefect', input, FIELDS);
    expect(inspection).toMatchObject({ verdict: 'PASS', qualityScore: '1.0000', confidence: '1.0000' });
    expect(await dispositionOf(api, lot)).toMatchObject({ disposition: 'QUARANTINED', version });
  });

  test('against completion is judged by whichever comes second (INS-6)', async () => {
    for (let round = 0; round < 5; round += 1) {
      const inspection = await makeInspection(api, lot, { sampleCode: `TRAY-${round}` });
      const { id } = await makeDefect(api, inspection, { severity: 'HIGH' });
      await makeDefect(api, inspection, { severity: 'LOW' });
      await Promise.all([
        done(api, 'completeInspection', { id: inspection.id }, 'inspection { id }'),
        done(api, 'reviewDefect', { id, reviewStatus: 'FALSE_POSITIVE' }, 'defect { id }'),
      ]);
      const { data } = await api.ask(
        `{ node(id: "${inspection.id}") { ... on Inspection { status verdict qualityScore } } }`,
      );
      expect(data.node).toEqual({ status: 'COMPLETED', verdict: 'PASS', qualityScore: '0.9495' });
    }
  });

  test('of 10 reviews of one finding at once, one is signed (DEF-3)', async () => {
    const { defects } = await completeWith(api, lot, ['LOW']);
    const input = { id: defects[0]?.id, reviewStatus: 'CONFIRMED' };
    const payloads = await Promise.all(Array.from({ length: 10 }, () => call(api, 'reviewDefect', input, FIELDS)));
    expect(payloads.filter(({ errors }) => errors.length === 0)).toHaveLength(1);
    expect(payloads.flatMap(({ errors }) => errors.map(({ rule }) => rule))).toEqual(
      Array.from({ length: 9 }, () => 'DEF-3'),
    );
  });
});

describe('reopenDefectReview', () => {
  test('takes a decision back, with the reason as notes (DEF-3)', async () => {
    const { defects } = await completeWith(api, lot, ['LOW']);
    const id = defects[0]?.id;
    await expectRefused(api, 'reopenDefectReview', { id, reason: 'No' }, [['RULE_VIOLATED', 'id', 'DEF-3']]);
    await done(api, 'reviewDefect', { id, reviewStatus: 'REJECTED', notes: 'Duplicate' }, FIELDS);
    await expectRefused(api, 'reopenDefectReview', { id, reason: ' ' }, [['INVALID_INPUT', 'reason', 'GEN-4']]);
    await expectRefused(api, 'reopenDefectReview', { id, reason: 'No', expectedVersion: 1 }, [
      ['STALE_VERSION', 'expectedVersion', 'GEN-2'],
    ]);
    const { defect, inspection } = await done(
      api,
      'reopenDefectReview',
      { id, reason: 'It is another one' },
      FIELDS,
      'MANAGER',
    );
    expect(defect).toMatchObject({
      reviewStatus: 'NEEDS_REVIEW',
      reviewNotes: 'It is another one',
      reviewedBy: { username: 'manager' },
    });
    expect(inspection).toMatchObject({ qualityScore: '0.9495', isReviewed: false, defectCount: 1 });
    await expectRefused(api, 'reopenDefectReview', { id, reason: 'Again' }, [['RULE_VIOLATED', 'id', 'DEF-3']]);
  });

  test('of a critical finding turns a PASS into a FAIL, which holds the lot (INS-6, INS-8)', async () => {
    const { defects } = await completeWith(api, lot, ['CRITICAL']);
    const id = defects[0]?.id;
    await done(api, 'reviewDefect', { id, reviewStatus: 'FALSE_POSITIVE' }, FIELDS);
    await done(api, 'releaseLot', { lot: { id: lot.id }, reason: 'Nothing there' }, 'lot { id }');
    const { inspection } = await done(api, 'reopenDefectReview', { id, reason: 'There is' }, FIELDS, 'MANAGER');
    expect(inspection).toMatchObject({ verdict: 'FAIL', qualityScore: '0.4995' });
    expect(await dispositionOf(api, lot)).toMatchObject({
      disposition: 'QUARANTINED',
      dispositionReason: `Inspection VISUAL of ${lot.number} failed`,
      dispositionBy: { username: 'manager' },
    });
  });

  test('of a confirmed critical finding leaves a lot that was released in spite of it (INS-8)', async () => {
    const { defects } = await completeWith(api, lot, ['CRITICAL']);
    const id = defects[0]?.id;
    await done(api, 'reviewDefect', { id, reviewStatus: 'CONFIRMED' }, FIELDS);
    await done(api, 'releaseLot', { lot: { id: lot.id }, reason: 'The sample was scrapped' }, 'lot { id }');
    await done(api, 'reopenDefectReview', { id, reason: 'Look again' }, FIELDS);
    expect(await dispositionOf(api, lot)).toMatchObject({ disposition: 'RELEASED' });
  });
});
