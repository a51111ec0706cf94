import { expect, test } from 'vitest';
import {
  alertOfBackup,
  alertOfMigration,
  alertOfSlowOperation,
  alertsOfLoad,
} from '../../../src/operation/alert/process-alert.rules.ts';
import { operationStatistics } from '../../../src/platform/process/monitoring/operation-statistics.ts';

const load = { host: 'plant-1', processorRatio: 0.91, memoryRatio: 0.4 };

test('a process above a threshold raises an alert of its machine, at the threshold none, and with 0 never (KPI-17)', () => {
  expect(alertsOfLoad(load, { processorRatio: 0.9, memoryRatio: 0.9 })).toEqual([
    expect.objectContaining({
      type: 'SYSTEM_ERROR',
      severity: 'HIGH',
      title: 'lotgraph on plant-1 is short of processor time',
      message: 'It used 91 % of one processor over a minute; the threshold is 90 %.',
      dedupKey: 'SYSTEM_ERROR:processor time:plant-1',
    }),
  ]);
  expect(alertsOfLoad({ ...load, memoryRatio: 0.95 }, { processorRatio: 0.91, memoryRatio: 0.9 })).toMatchObject([
    { dedupKey: 'SYSTEM_ERROR:memory:plant-1' },
  ]);
  expect(alertsOfLoad(load, { processorRatio: 0, memoryRatio: 0 })).toEqual([]);
});

test('slow operations are counted by name, once (KPI-17)', () => {
  const operations = operationStatistics();
  const run = (name: string, milliseconds: number): void =>
    operations.record({ name, requestId: 'r', milliseconds, statements: 1, refusals: [], fault: undefined });
  run('Lots', 5_000);
  operations.slowMilliseconds = 2_000;
  for (const milliseconds of [2_000, 2_001, 3_500.4]) run('Lots', milliseconds);
  const slow = operations.takeSlow();
  expect(slow).toEqual([{ operationName: 'Lots', count: 2, longestMilliseconds: 3_500 }]);
  expect(slow.map(alertOfSlowOperation)).toMatchObject([
    { severity: 'MEDIUM', title: 'Operation Lots is slow', dedupKey: 'SYSTEM_ERROR:slow operation:Lots' },
  ]);
  expect(operations.takeSlow()).toEqual([]);
});

test('a failed migration and a failed backup say why (KPI-17)', () => {
  expect(alertOfMigration({ name: '0099_more', errorMessage: 'disk full.' })).toMatchObject({
    title: 'Migration 0099_more failed',
    message: 'disk full. See `migrationHistory` and "lotgraph db status".',
  });
  expect(alertOfMigration({ name: '0099_more', errorMessage: null }).message).toContain('No reason is known.');
  expect(alertOfBackup('The disk is full.')).toMatchObject({
    severity: 'HIGH',
    message: 'The disk is full. (It is tried again every 10 seconds.)',
    dedupKey: 'SYSTEM_ERROR:backup',
  });
});
