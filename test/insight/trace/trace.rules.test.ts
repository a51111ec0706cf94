import { expect, test } from 'vitest';
import { leadTimeSeconds, touchTimeSeconds } from '../../../src/insight/trace/as-built.rules.ts';
import {
  affectedBy,
  hasRoomForNodes,
  hasRoomForWindow,
  type TracedUnit,
  traceOf,
  equipmentWindowOf,
} from '../../../src/insight/trace/trace.rules.ts';

const unit = (id: string, kind: TracedUnit['kind'], madeOf: string | null, isMade = true): TracedUnit => ({
  kind,
  id,
  number: id.toUpperCase(),
  lotId: 'lot',
  isHeld: false,
  madeOf,
  isMade,
});
const UNITS = [unit('lot', 'LOT', null), unit('item', 'WIP_ITEM', 'lot'), unit('serial', 'SERIAL', 'item')];
const DEPTHS = new Map([
  ['serial', 0],
  ['item', 1],
  ['lot', 2],
]);
const use = (id: string, consumerId: string, externalLotNumber: string) => ({
  id,
  consumerId,
  componentId: null,
  externalLotNumber,
});

test('a trace has each node once, a supplier lot at its nearest use (TRC-1)', () => {
  const uses = [
    use('1', 'lot', 'X'),
    use('2', 'item', 'X'),
    use('3', 'unknown', 'Y'),
    { id: '4', consumerId: 'serial', componentId: 'lot', externalLotNumber: null },
  ];
  const trace = traceOf({ root: 'serial', depths: DEPTHS, units: UNITS, uses }, 50);
  expect(trace.root).toMatchObject({ key: 'serial', kind: 'SERIAL', depth: 0 });
  expect(trace.nodes.map(({ key, depth }) => [key, depth])).toEqual([
    ['item', 1],
    ['lot', 2],
    ['external:X', 2],
  ]);
  expect(trace.edges.map(({ kind, from, to }) => `${kind} ${from} ${to}`)).toEqual([
    'MEMBER lot item',
    'BECAME item serial',
    'USED external:X lot',
    'USED external:X item',
    'USED lot serial',
  ]);
  expect([trace.depth, trace.isTruncated]).toEqual([2, false]);
});

test('a trace that reached its greatest depth says so, and leaves out what is beyond (TRC-1)', () => {
  const cut = traceOf({ root: 'serial', depths: DEPTHS, units: UNITS, uses: [use('1', 'lot', 'X')] }, 2);
  expect([cut.nodes.map(({ key }) => key), cut.isTruncated]).toEqual([['item', 'lot'], true]);
});

test('a unit that was not made by then has no edge from its lot (TRC-1)', () => {
  const units = [
    unit('item', 'WIP_ITEM', 'lot', false),
    unit('b', 'LOT', null),
    unit('a', 'LOT', null),
    unit('lot', 'LOT', null),
  ];
  const { edges, nodes } = traceOf({ root: 'item', depths: new Map(), units, uses: [] }, 50);
  expect([edges, nodes.map(({ key }) => key)]).toEqual([[], ['a', 'b', 'lot']]);
});

test('a supplier lot is a root without a record, and a root may be gone (TRC-2)', () => {
  const nothing = { depths: new Map<string, number>(), units: [], uses: [] };
  expect(traceOf({ ...nothing, root: 'external:X' }, 50)).toMatchObject({
    root: { key: 'external:X', kind: 'EXTERNAL_LOT', number: 'X', depth: 0 },
    nodes: [],
    depth: 0,
  });
  expect(traceOf({ ...nothing, root: 'gone' }, 50).root).toMatchObject({ key: 'gone', number: '' });
  const odd = [{ id: '1', consumerId: 'item', componentId: null, externalLotNumber: null }];
  expect(traceOf({ root: 'serial', depths: DEPTHS, units: UNITS, uses: odd }, 50).nodes).toHaveLength(2);
});

test('serials and lots are affected, the root is not by itself (TRC-2)', () => {
  expect(affectedBy(UNITS, 'lot')).toEqual({ serialIds: ['serial'], lotIds: ['lot'] });
  expect(affectedBy(UNITS.slice(0, 1), 'lot')).toEqual({ serialIds: [], lotIds: [] });
});

test('an answer has at most 20,000 nodes (TRC-1, TRC-2)', () => {
  expect(hasRoomForNodes(20_000, 'unit')).toBeUndefined();
  expect(hasRoomForNodes(20_001, 'unit')).toMatchObject({ code: 'LIMIT_EXCEEDED', path: ['unit'] });
});

test('the times of a record are those of the unit, not of its lot (TRC-1)', () => {
  const executions = [
    { level: 'LOT', startedAt: '2026-11-20T08:00:00.000Z', durationSeconds: 7 },
    { level: 'WIP', startedAt: '2026-11-20T08:01:00.000Z', durationSeconds: 60 },
    { level: 'SERIAL', startedAt: '2026-11-20T08:02:00.000Z', durationSeconds: null },
  ] as const;
  expect(touchTimeSeconds({ kind: 'LOT' }, executions)).toBe(7);
  expect(touchTimeSeconds({ kind: 'SERIAL' }, executions)).toBe(60);
  const completedAt = '2026-11-20T08:03:00.000Z';
  expect(leadTimeSeconds({ kind: 'SERIAL' }, { completedAt }, executions)).toBe(120);
  expect(leadTimeSeconds({ kind: 'SERIAL' }, { completedAt }, [])).toBeNull();
  expect(leadTimeSeconds({ kind: 'SERIAL' }, { completedAt: null }, executions)).toBeNull();
  expect(leadTimeSeconds({ kind: 'LOT' }, { completedAt, startedAt: executions[0].startedAt }, executions)).toBe(180);
  expect(leadTimeSeconds({ kind: 'LOT' }, { completedAt, startedAt: null }, executions)).toBeNull();
  expect(leadTimeSeconds({ kind: 'LOT' }, null, executions)).toBeNull();
});

test('an equipment window has its units at depth 0, and all edges between its nodes (TRC-3)', () => {
  const depths = new Map([
    ['item', 0],
    ['serial', 1],
  ]);
  const units = UNITS.slice(1);
  expect(equipmentWindowOf({ depths, units, uses: [] }, 100)).toEqual({
    nodes: [
      { key: 'item', kind: 'WIP_ITEM', number: 'ITEM', depth: 0, isHeld: false },
      { key: 'serial', kind: 'SERIAL', number: 'SERIAL', depth: 1, isHeld: false },
    ],
    edges: [{ kind: 'BECAME', from: 'item', to: 'serial', useId: null }],
    depth: 1,
    isTruncated: false,
  });
  expect(equipmentWindowOf({ depths, units, uses: [] }, 1).isTruncated).toBe(true);
  expect(equipmentWindowOf({ depths: new Map(), units, uses: [] }, 0)).toMatchObject({ depth: 0, isTruncated: false });
  expect(equipmentWindowOf({ depths: new Map(), units: [], uses: [] }, 0)).toMatchObject({ nodes: [], depth: 0 });
});

test('an equipment window has at most 20,000 executions, and as many units (TRC-3)', () => {
  expect(hasRoomForWindow({ executions: 20_000, units: 20_000 })).toBeUndefined();
  const refusal = (what: string) => ({
    code: 'LIMIT_EXCEEDED',
    path: ['period'],
    message: `The answer has more than 20000 ${what}; ask for a shorter period.`,
  });
  expect(hasRoomForWindow({ executions: 20_001, units: 1 })).toMatchObject(refusal('executions'));
  expect(hasRoomForWindow({ executions: 1, units: 20_001 })).toMatchObject(refusal('units'));
});
