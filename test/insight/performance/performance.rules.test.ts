import { expect, test } from 'vitest';
import {
  cycleTimesOf,
  operatorPerformanceOf,
  operatorsShown,
  processPerformanceOf,
} from '../../../src/insight/performance/performance.rules.ts';
import { wipByProcessOf } from '../../../src/insight/performance/wip.rules.ts';

const NONE = { executions: 0, passCount: 0, failCount: 0, reworkCount: 0, durationSum: 0 };

test('steps without executions or without a plan have no ratios (KPI-9)', () => {
  const { rows, overall } = processPerformanceOf([
    { ...NONE, processId: 'a', openCount: 1, plannedSeconds: 60 },
    {
      processId: 'b',
      executions: 4,
      passCount: 3,
      failCount: 1,
      reworkCount: 0,
      durationSum: 100,
      openCount: 0,
      plannedSeconds: null,
    },
    {
      processId: 'c',
      executions: 1,
      passCount: 1,
      failCount: 0,
      reworkCount: 0,
      durationSum: 30,
      openCount: 0,
      plannedSeconds: 60,
    },
  ]);
  expect(
    rows.map(({ passRatio, meanDurationSeconds, durationRatio }) => [passRatio, meanDurationSeconds, durationRatio]),
  ).toEqual([
    [null, null, null],
    [0.75, 25, null],
    [1, 30, 0.5],
  ]);
  expect(overall).toMatchObject({
    executions: 5,
    passCount: 4,
    failCount: 1,
    openCount: 1,
    passRatio: 0.8,
    meanDurationSeconds: 26,
  });
  expect(processPerformanceOf([]).overall).toMatchObject({ executions: 0, passRatio: null, meanDurationSeconds: null });
});

test('people are in the order of their executions, then of their names (KPI-13)', () => {
  const person = (username: string, executions: number) => ({ ...NONE, operatorId: username, username, executions });
  const people = operatorPerformanceOf([person('lee', 2), person('kim', 2), person('ann', 1), person('bo', 3)]);
  expect(people.map(({ username }) => username)).toEqual(['bo', 'kim', 'lee', 'ann']);
});

test('a viewer who sees only themselves sees nobody else (KPI-13)', () => {
  expect(operatorsShown(undefined, undefined)).toBeUndefined();
  expect(operatorsShown(['a', 'b'], undefined)).toEqual(['a', 'b']);
  expect(operatorsShown(undefined, 'a')).toEqual(['a']);
  expect(operatorsShown(['a', 'b'], 'a')).toEqual(['a']);
  expect(operatorsShown(['b'], 'a')).toEqual([]);
});

test('times without data are null (KPI-10)', () => {
  const items = { count: 0, leadSum: 0, touchSum: 0, medianLeadSeconds: null };
  expect(cycleTimesOf([], items)).toEqual({
    byProcess: [],
    units: { ...items, meanLeadSeconds: null, meanTouchSeconds: null, flowRatio: null },
  });
  const step = {
    processId: 'a',
    step: 'A',
    plannedSeconds: null,
    count: 2,
    durationSum: 5,
    medianSeconds: 2.5,
    p95Seconds: 3,
  };
  expect(cycleTimesOf([step], { count: 2, leadSum: 10, touchSum: 5, medianLeadSeconds: 5 })).toMatchObject({
    byProcess: [{ meanSeconds: 2.5 }],
    units: { meanLeadSeconds: 5, meanTouchSeconds: 2.5, flowRatio: 0.5 },
  });
});

test('the bottleneck is the first step with the greatest load (KPI-11)', () => {
  const step = (
    processId: string,
    inProgressCount: number,
    waitingCount: number,
    plannedSeconds: number | null = null,
  ) => {
    return { processId, inProgressCount, waitingCount, failedCount: 9, heldCount: 0, plannedSeconds };
  };
  expect(wipByProcessOf([step('a', 0, 1), step('b', 1, 1, 30), step('c', 0, 2)], 4)).toMatchObject({
    rows: [{ estimatedQueueSeconds: null }, { loadCount: 2, estimatedQueueSeconds: 60 }, {}],
    bottleneckId: 'b',
    withoutStepCount: 4,
  });
  expect(wipByProcessOf([step('a', 0, 0)], 0).bottleneckId).toBeNull();
});
