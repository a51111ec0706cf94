import { expect, test } from 'vitest';
import { scope } from '../../../src/insight/scope/scope.shapes.ts';
import { narrowsExecutions } from '../../../src/insight/scope/scope.rules.ts';
import { encodeGlobalId } from '../../../src/platform/values/global-id.ts';

const UUID = '019a0000-0000-7000-8000-000000000001';

test('an absent list of a scope narrows nothing, an empty one leaves nothing', () => {
  const read = (value: unknown) => JSON.parse(JSON.stringify(scope.parse(value))) as unknown;
  expect([undefined, null, {}, { lots: null }].map(read)).toEqual([{}, {}, {}, {}]);
  expect(read({ lots: [], operators: [encodeGlobalId('User', UUID)] })).toEqual({ lots: [], operators: [UUID] });
});

test('steps, equipment and operators are about executions', () => {
  expect([{}, { lots: [] }, { productModels: [] }].map(narrowsExecutions)).toEqual([false, false, false]);
  expect([{ processes: [] }, { equipment: [] }, { operators: [] }].map(narrowsExecutions)).toEqual([true, true, true]);
});
