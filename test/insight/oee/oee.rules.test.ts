import { expect, test } from 'vitest';
import { type EquipmentWork, oeeOf } from '../../../src/insight/oee/oee.rules.ts';

const WORK: EquipmentWork = {
  actualProductionSeconds: 2160,
  producedCount: 8,
  goodCount: 7,
  plannedSum: 1920,
  unplannedCount: 0,
};

test('is the product of availability, effectiveness and quality ratio (OEE-1)', () => {
  const found = oeeOf(
    { equipment: 'OVEN-1', loadingSeconds: 3600 },
    [
      { status: 'MAINTENANCE', seconds: 600 },
      { status: 'OUT_OF_SERVICE', seconds: 300 },
    ],
    WORK,
    undefined,
  );
  expect(found).toMatchObject({
    plannedBusySeconds: 3000,
    availability: 0.72,
    qualityRatio: 0.875,
    utilisationRatio: 0.6,
    reason: null,
  });
  expect(found.effectiveness).toBeCloseTo(0.888889, 6);
  expect(found.oee).toBeCloseTo(0.56, 12);
  expect(oeeOf({ equipment: 'OVEN-1', loadingSeconds: 3600 }, [], WORK, 2160)).toMatchObject({
    plannedBusySeconds: 2160,
    availability: 1,
  });
});

test('a factor without data is null, with the reason (OEE-1)', () => {
  const none = { actualProductionSeconds: 0, producedCount: 0, goodCount: 0, plannedSum: 0, unplannedCount: 0 };
  expect(
    oeeOf({ equipment: 'OVEN-1', loadingSeconds: 3600 }, [{ status: 'RETIRED', seconds: 3600 }], none, undefined),
  ).toMatchObject({
    availability: null,
    oee: null,
    reason: 'NO_PLANNED_TIME',
  });
  expect(oeeOf({ equipment: 'OVEN-1', loadingSeconds: 3600 }, [], none, undefined)).toMatchObject({
    availability: 0,
    effectiveness: null,
    qualityRatio: null,
    oee: null,
    reason: 'NO_PRODUCTION',
  });
  expect(
    oeeOf({ equipment: 'OVEN-1', loadingSeconds: 3600 }, [], { ...none, producedCount: 1 }, undefined),
  ).toMatchObject({
    effectiveness: null,
    qualityRatio: 0,
    oee: null,
  });
  expect(
    oeeOf({ equipment: 'OVEN-1', loadingSeconds: 3600 }, [], { ...WORK, producedCount: 0 }, undefined),
  ).toMatchObject({
    oee: null,
    reason: 'NO_PRODUCTION',
  });
  expect(
    oeeOf({ equipment: 'OVEN-1', loadingSeconds: 3600 }, [], { ...WORK, unplannedCount: 1 }, undefined),
  ).toMatchObject({
    effectiveness: null,
    oee: null,
    reason: 'NO_PLANNED_DURATION',
  });
});

test('an effectiveness above 1 is answered as it is (OEE-1)', () => {
  expect(
    oeeOf({ equipment: 'OVEN-1', loadingSeconds: 3600 }, [], { ...WORK, plannedSum: 4320 }, undefined),
  ).toMatchObject({
    effectiveness: 2,
    isPlanTooSlow: true,
  });
});
