import { expect, test } from 'vitest';
import {
  ALERT_FLOW,
  alertsExist,
  type AutomaticAlert,
  dedupKeyOf,
  fitting,
  isMoreSevere,
  onePerCause,
} from '../../../src/operation/alert/alert.rules.ts';
import { transitionRows } from '../../../src/platform/rules/state-machine.ts';

const alert = (dedupKey: string, severity: AutomaticAlert['severity'], title = 'Look'): AutomaticAlert => ({
  type: 'SYSTEM_ERROR',
  severity,
  title,
  message: 'Look.',
  subject: {},
  dedupKey,
});

test('an alert becomes READ, then ARCHIVED, or ARCHIVED at once, and never UNREAD again (ALT-1)', () => {
  expect(transitionRows(ALERT_FLOW).map(({ fromState, toState }) => `${fromState} ${toState}`)).toEqual([
    'UNREAD READ',
    'UNREAD ARCHIVED',
    'READ ARCHIVED',
  ]);
});

test('ids of alerts that do not exist are refused by their places (ALT-2)', () => {
  expect(alertsExist([])).toEqual([]);
  expect(alertsExist([0, 2]).map(({ code, path, message }) => [code, path.join('.'), message])).toEqual([
    ['NOT_FOUND', 'ids.0', 'An alert with this id does not exist.'],
    ['NOT_FOUND', 'ids.2', 'An alert with this id does not exist.'],
  ]);
});

test('a cause is its type, what it is about, and the id of that (ALT-4)', () => {
  expect(dedupKeyOf('LOT_CLOSED', 'lot', '1')).toBe('LOT_CLOSED:lot:1');
  expect(dedupKeyOf('QUALITY_THRESHOLD', 'score')).toBe('QUALITY_THRESHOLD:score');
});

test('of several alerts of a cause the most severe is raised, in the order of the causes (ALT-4)', () => {
  const alerts = [
    alert('b', 'LOW', 'first'),
    alert('b', 'HIGH', 'second'),
    alert('b', 'HIGH', 'third'),
    alert('a', 'LOW'),
  ];
  expect(onePerCause(alerts).map(({ dedupKey, title }) => [dedupKey, title])).toEqual([
    ['a', 'Look'],
    ['b', 'second'],
  ]);
  expect(onePerCause([alert('a', 'LOW'), alert('b', 'LOW')]).map(({ dedupKey }) => dedupKey)).toEqual(['a', 'b']);
});

test('a severity rises from a lower one, and from none (ALT-4)', () => {
  expect(isMoreSevere('HIGH', 'MEDIUM')).toBe(true);
  expect(isMoreSevere('LOW', undefined)).toBe(true);
  expect(isMoreSevere('MEDIUM', 'MEDIUM')).toBe(false);
  expect(isMoreSevere('LOW', 'HIGH')).toBe(false);
});

test('a text that is too long is cut by characters (ALT-1)', () => {
  expect(fitting('ab', 2)).toBe('ab');
  expect(fitting('😀😀😀', 2)).toBe('😀…');
});
