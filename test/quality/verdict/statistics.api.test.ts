import { afterAll, beforeAll, expect, test } from 'vitest';
import type { Api } from '../../support/api.ts';
import { makeDefect, makeInspection } from '../../support/build.ts';
import { done } from '../../support/expect.ts';
import { completeWith, startQuality } from '../world.ts';

let api: Api;
let lot: { readonly id: string };
beforeAll(async () => {
  const world = await startQuality();
  ({ api } = world);
  lot = await world.newLot();
  const other = await world.newLot();
  await completeWith(api, other, ['CRITICAL']);
});
afterAll(() => api.close());

const INSPECTIONS =
  'total byStatus { key count } byType { key count } completedCount passCount failCount passRatio meanQualityScore meanConfidence backlogCount openReviewCount';
const DEFECTS =
  'total bySeverity { key count } byType { key count } byDetectionMethod { key count } byReviewStatus { key count } confirmedCount falsePositiveCount meanConfidence';

test('figures of nothing are zeros (INS-4, DEF-3)', async () => {
  const of = `filter: { lot: { eq: "${lot.id}" } }`;
  const { data, errors } = await api.ask(
    `{ inspectionStatistics(${of}) { ${INSPECTIONS} } defectStatistics(${of}) { ${DEFECTS} } }`,
    {},
    'VIEWER',
  );
  expect(errors).toEqual([]);
  expect(data.inspectionStatistics).toMatchObject({
    total: 0,
    passRatio: null,
    meanQualityScore: null,
    meanConfidence: null,
    openReviewCount: 0,
  });
  expect(data.defectStatistics).toMatchObject({ total: 0, meanConfidence: null });
});

test('inspections are counted by two statements, findings by one (INS-4, DEF-3)', async () => {
  const { defects } = await completeWith(api, lot, ['LOW'], { sampleCode: 'TRAY-1' });
  await completeWith(api, lot, ['HIGH', 'LOW'], { sampleCode: 'TRAY-2', type: 'OPTICAL' });
  await makeInspection(api, lot, { sampleCode: 'TRAY-3' }, false);
  const open = await makeInspection(api, lot, { sampleCode: 'TRAY-4' });
  for (const confidence of ['0.9', '0.7'])
    await makeDefect(api, open, { type: 'CRACK', severity: 'MEDIUM', detectionMethod: 'HYBRID', confidence });
  await done(api, 'reviewDefect', { id: defects[0]?.id, reviewStatus: 'CONFIRMED' }, 'defect { id }');
  const of = `filter: { lot: { eq: "${lot.id}" } }`;
  const inspections = await api.ask(`{ inspectionStatistics(${of}) { ${INSPECTIONS} } }`);
  expect(inspections.statements).toBe(2);
  expect(inspections.data.inspectionStatistics).toEqual({
    total: 4,
    byStatus: [
      { key: 'PENDING', count: 1 },
      { key: 'IN_PROGRESS', count: 1 },
      { key: 'COMPLETED', count: 2 },
      { key: 'FAILED', count: 0 },
      { key: 'CANCELLED', count: 0 },
    ],
    byType: [
      { key: 'VISUAL', count: 3 },
      { key: 'ELECTRICAL', count: 0 },
      { key: 'THERMAL', count: 0 },
      { key: 'DIMENSIONAL', count: 0 },
      { key: 'FUNCTIONAL', count: 0 },
      { key: 'OPTICAL', count: 1 },
    ],
    completedCount: 2,
    passCount: 1,
    failCount: 1,
    passRatio: 0.5,
    // (0.9495 + 0.7490) / 2 = 0.84925, half up.
    meanQualityScore: '0.8493',
    meanConfidence: '0.8000',
    backlogCount: 1,
    openReviewCount: 4,
  });
  const found = await api.ask(`{ defectStatistics(${of}) { ${DEFECTS} } }`);
  expect(found.statements).toBe(1);
  expect(found.data.defectStatistics).toMatchObject({
    total: 5,
    bySeverity: [
      { key: 'LOW', count: 2 },
      { key: 'MEDIUM', count: 2 },
      { key: 'HIGH', count: 1 },
      { key: 'CRITICAL', count: 0 },
    ],
    byDetectionMethod: [
      { key: 'ML_AUTOMATED', count: 0 },
      { key: 'MANUAL_REVIEW', count: 3 },
      { key: 'HYBRID', count: 2 },
      { key: 'RULE_BASED', count: 0 },
    ],
    byReviewStatus: [
      { key: 'PENDING', count: 4 },
      { key: 'CONFIRMED', count: 1 },
      { key: 'REJECTED', count: 0 },
      { key: 'NEEDS_REVIEW', count: 0 },
      { key: 'FALSE_POSITIVE', count: 0 },
    ],
    confirmedCount: 1,
    falsePositiveCount: 0,
    meanConfidence: '0.8000',
  });
  const all = await api.ask('{ inspectionStatistics { total failCount } defectStatistics { total } }');
  expect(all.data).toEqual({ inspectionStatistics: { total: 5, failCount: 2 }, defectStatistics: { total: 6 } });
});

test('a wrong filter is refused', async () => {
  const { data, errors } = await api.ask('{ inspectionStatistics(filter: { lot: { eq: "wrong" } }) { total } }');
  expect(data).toEqual({ inspectionStatistics: null });
  expect(errors[0]?.extensions).toMatchObject({ code: 'INVALID_INPUT', path: ['filter', 'lot', 'eq'] });
});
