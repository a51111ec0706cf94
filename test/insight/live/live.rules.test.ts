import { describe, expect, test } from 'vitest';
import { liveText, ratioOfLastHour, type LiveCounts } from '../../../src/insight/live/live.rules.ts';

const COUNTS: LiveCounts = {
  at: '2026-11-02T09:00:00.000Z',
  executionsLastHour: 20,
  passCount: 15,
  failCount: 4,
  openExecutions: 1,
  wipInProgressCount: 1,
  equipmentInUseCount: 0,
  equipmentActiveCount: 0,
  heldLotCount: 0,
  unreadAlertCount: 0,
  pendingInspectionCount: 0,
};

test('ratios are exact, and null without executions (KPI-15)', () => {
  expect(ratioOfLastHour(15, COUNTS)).toBe(0.75);
  expect(ratioOfLastHour(0, { ...COUNTS, executionsLastHour: 0 })).toBeNull();
});

describe('what is shown has changed', () => {
  const failure = { id: 'a', version: 1 };
  const text = liveText(COUNTS, [failure]);

  test('when a count or a failure is different (KPI-15)', () => {
    for (const name of Object.keys(COUNTS).filter((key) => key !== 'at'))
      expect(liveText({ ...COUNTS, [name]: 99 }, [failure])).not.toBe(text);
    expect(liveText(COUNTS, [{ ...failure, version: 2 }])).not.toBe(text);
    expect(liveText(COUNTS, [{ ...failure, id: 'b' }])).not.toBe(text);
    expect(liveText(COUNTS, [])).not.toBe(text);
  });

  test('not when only time has passed (KPI-15)', () => {
    expect(liveText({ ...COUNTS, at: '2026-11-02T09:00:05.000Z' }, [failure])).toBe(text);
  });
});
