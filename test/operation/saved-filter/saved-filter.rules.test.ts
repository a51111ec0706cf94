import { expect, test } from 'vitest';
import { rejection } from '../../../src/platform/rules/rejection.ts';
import type { UserViewer } from '../../../src/platform/rules/access.ts';
import {
  isFilterNameFree,
  mayApply,
  mayBeApplied,
  mayChangeFilter,
  mayDeleteFilter,
  SAVED_FILTER_LENGTHS,
} from '../../../src/operation/saved-filter/saved-filter.rules.ts';

const ada: UserViewer = { kind: 'USER', id: 'ada', username: 'ada', role: 'ENGINEER' };
const bob: UserViewer = { kind: 'USER', id: 'bob', username: 'bob', role: 'MANAGER' };
const admin: UserViewer = { kind: 'USER', id: 'admin', username: 'admin', role: 'ADMIN' };
const station = { kind: 'STATION', id: 'ada', code: 'ST-1' } as const;
const own = { ownerId: 'ada', isShared: false, name: 'Mine', target: 'LOTS' } as const;
const shared = { ...own, isShared: true, name: 'Ours' };
const missing = rejection('FLT-2', 'id', 'A saved filter with this id does not exist.', 'NOT_FOUND');
const foreign = rejection(
  'FLT-2',
  'id',
  'The filter "Ours" is shared by somebody else; only they change it. Save one of your own instead.',
  'FORBIDDEN',
);

test('the name of a filter is free unless the owner has it for the list (FLT-1)', () => {
  expect(SAVED_FILTER_LENGTHS).toEqual({ name: 100, description: 1_000 });
  expect(isFilterNameFree('Open', 'LOTS', null)).toBeUndefined();
  expect(isFilterNameFree('Open', 'LOTS', {})).toEqual(
    rejection(
      'FLT-1',
      'name',
      'You have a filter "Open" of LOTS already; choose another name, or change that one.',
      'CONFLICT',
    ),
  );
});

test('a filter is seen and applied by its owner, and by all when it is shared (FLT-2)', () => {
  expect([ada, bob, admin, station, null].map((viewer) => mayApply(own, viewer))).toEqual([
    true,
    false,
    false,
    false,
    false,
  ]);
  expect([ada, bob, station, null].map((viewer) => mayApply(shared, viewer))).toEqual([true, true, true, true]);
});

test('only its owner changes a filter; for others a private one does not exist (FLT-2)', () => {
  expect(mayChangeFilter(own, ada)).toBeUndefined();
  expect(mayChangeFilter(own, admin)).toEqual(missing);
  expect(mayChangeFilter(null, ada)).toEqual(missing);
  expect(mayChangeFilter(shared, bob)).toEqual(foreign);
});

test('its owner deletes a filter, and an administrator any that exists (FLT-2)', () => {
  for (const filter of [own, shared])
    for (const viewer of [ada, admin]) expect(mayDeleteFilter(filter, viewer)).toBeUndefined();
  expect(mayDeleteFilter(own, bob)).toEqual(missing);
  expect(mayDeleteFilter(null, admin)).toEqual(missing);
  expect(mayDeleteFilter(shared, bob)).toEqual(foreign);
  expect(mayDeleteFilter(own, { ...station, id: 'bob' })).toEqual(missing);
});

test('a filter is applied to its own list only (FLT-2, SEA-4)', () => {
  expect(mayBeApplied(own, 'LOTS', ada)).toBeUndefined();
  expect(mayBeApplied(shared, 'LOTS', bob)).toBeUndefined();
  expect(mayBeApplied(shared, 'SERIALS', bob)).toEqual(
    rejection('SEA-4', 'savedFilter', 'The filter "Ours" is one of LOTS, not of SERIALS.', 'INVALID_INPUT'),
  );
  for (const [filter, viewer] of [
    [own, bob],
    [null, ada],
  ] as const)
    expect(mayBeApplied(filter, 'LOTS', viewer)).toEqual(
      rejection('FLT-2', 'savedFilter', 'A saved filter with this id does not exist.', 'NOT_FOUND'),
    );
});
