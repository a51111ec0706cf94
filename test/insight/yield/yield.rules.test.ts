import { expect, test } from 'vitest';
import {
  rolledThroughputYield,
  serialYieldOf,
  type StepCounts,
  yieldReportOf,
} from '../../../src/insight/yield/yield.rules.ts';

function step(number: number, firstPasses: number, firstAttempts: number, more: Partial<StepCounts> = {}): StepCounts {
  const counts = { units: 10, executions: 12, passCount: 9, failCount: 2, reworkCount: 1, defectQuantity: 5 };
  const process = { processId: `p${number}`, step: `S${number}`, number, level: 'WIP', isManufacturing: true } as const;
  return { ...process, key: null, firstPasses, firstAttempts, ...counts, ...more };
}

test('a report has its rows by step number, then key, null last (KPI-2)', () => {
  const { rows, rolledThroughputYields } = yieldReportOf(
    [
      step(20, 1, 2, { key: 'B' }),
      step(10, 1, 4, { key: null }),
      step(10, 3, 4, { key: 'A' }),
      step(20, 0, 0, { key: 'A', units: 0 }),
    ],
    'EQUIPMENT',
  );
  expect(rows.map(({ number, key }) => `${number} ${key}`)).toEqual(['10 A', '10 null', '20 A', '20 B']);
  expect(rows[0]).toMatchObject({ firstPassYield: 0.75, unitsPassed: 9, finalYield: 0.9, defectsPerUnit: 0.5 });
  expect(rows[2]).toMatchObject({ firstPassYield: null, finalYield: null, defectsPerUnit: null });
  expect(rolledThroughputYields).toEqual([
    { key: 'A', value: 0.75 },
    { key: 'B', value: 0.5 },
    { key: null, value: 0.25 },
  ]);
  expect(yieldReportOf([step(10, 1, 2)], null)).toMatchObject({
    by: null,
    rolledThroughputYield: 0.5,
    rolledThroughputYields: [],
  });
});

test('the rolled throughput yield is over manufacturing steps of items and serials with first attempts (KPI-3)', () => {
  expect(rolledThroughputYield([])).toBeNull();
  const others = [step(5, 1, 2, { level: 'LOT' }), step(40, 1, 2, { isManufacturing: false }), step(50, 0, 0)];
  expect(rolledThroughputYield(others)).toBeNull();
  expect(rolledThroughputYield([...others, step(10, 3, 4), step(10, 1, 4), step(60, 1, 2, { level: 'SERIAL' })])).toBe(
    0.25,
  );
});

test('the yield of no serials is null (KPI-1)', () => {
  const none = { terminalCount: 0, passedCount: 0, passedFirstTimeCount: 0, reworkedCount: 0 };
  expect(serialYieldOf(none)).toEqual({
    ...none,
    failedCount: 0,
    passRatio: null,
    firstTimeRatio: null,
    reworkRatio: null,
  });
});
