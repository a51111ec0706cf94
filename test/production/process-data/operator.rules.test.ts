import { describe, expect, test } from 'vitest';
import { ROLES, type Role, type Viewer } from '../../../src/platform/rules/access.ts';
import { rejection } from '../../../src/platform/rules/rejection.ts';
import {
  installedNothing,
  mayWithdraw,
  operatorFits,
  operatorIdOf,
} from '../../../src/production/process-data/execution/operator.rules.ts';
import { NOW } from '../../support/floor.ts';

const station: Viewer = { kind: 'STATION', id: 'station', code: 'ST-1' };
const anna = { id: 'anna', username: 'anna', isActive: true };
const bert = { id: 'bert', username: 'bert', isActive: true };

function user(role: Role): Viewer {
  return { kind: 'USER', id: 'anna', username: 'anna', role };
}

function service(role: Role): Viewer {
  return { kind: 'SERVICE', id: 'erp', name: 'ERP', role, isReadOnly: false };
}

const CREW_ROLES = ['ADMIN', 'MANAGER', 'ENGINEER', 'INSPECTOR', 'OPERATOR'] as const;

describe('the operator', () => {
  test.each(CREW_ROLES)('is the viewer unless another user is given: %s (PD-15)', (role) => {
    expect(operatorFits(user(role), undefined)).toBeUndefined();
    expect(operatorFits(user(role), anna)).toBeUndefined();
    expect(operatorFits(user(role), 'NAMED_LATER')).toBeUndefined();
    expect(operatorIdOf(user(role), undefined)).toBe('anna');
    expect(operatorIdOf(user(role), bert)).toBe('bert');
  });

  test.each(['ADMIN', 'MANAGER', 'ENGINEER'] as const)('may be another user when the viewer is %s (PD-15)', (role) => {
    expect(operatorFits(user(role), bert)).toBeUndefined();
  });

  test.each(['INSPECTOR', 'OPERATOR'] as const)('may only be the viewer when the viewer is %s (PD-15)', (role) => {
    const message = `The role ${role} works in its own name only; bert can be named by ADMIN, MANAGER, ENGINEER.`;

    expect(operatorFits(user(role), bert)).toEqual(rejection('PD-15', 'operator', message, 'FORBIDDEN'));
  });

  test.each(['AUDITOR', 'VIEWER'] as const)(
    'is refused when the viewer is %s, even if another user is given (PD-15)',
    (role) => {
      const forbidden = rejection(
        'PD-15',
        'operator',
        `The role ${role} runs no steps; that is for ADMIN, MANAGER, ENGINEER, INSPECTOR, OPERATOR.`,
        'FORBIDDEN',
      );

      expect(operatorFits(user(role), undefined)).toEqual(forbidden);
      expect(operatorFits(user(role), bert)).toEqual(forbidden);
    },
  );

  test('must be given by a service, whose role must be one that works in the factory (PD-15, AUT-6)', () => {
    for (const role of CREW_ROLES.filter((each) => each !== 'ADMIN')) {
      expect([role, operatorFits(service(role), bert), operatorFits(service(role), 'NAMED_LATER')]).toEqual([
        role,
        undefined,
        undefined,
      ]);
      expect(operatorFits(service(role), undefined)).toEqual(
        rejection('PD-15', 'operator', 'Service ERP must name the operator.', 'INVALID_INPUT'),
      );
    }
    expect(operatorFits(service('AUDITOR'), bert)).toMatchObject({ code: 'FORBIDDEN', rule: 'PD-15' });
    expect(operatorIdOf(service('OPERATOR'), undefined)).toBeUndefined();
  });

  test('must be given by a station (PD-15)', () => {
    expect(operatorFits(station, bert)).toBeUndefined();
    expect(operatorFits(station, 'NAMED_LATER')).toBeUndefined();
    expect(operatorFits(station, undefined)).toEqual(
      rejection('PD-15', 'operator', 'Station ST-1 must name the operator.', 'INVALID_INPUT'),
    );
    expect(operatorIdOf(station, bert)).toBe('bert');
    expect(operatorIdOf(station, undefined)).toBeUndefined();
  });

  test('must be active (PD-15)', () => {
    const refused = rejection(
      'PD-15',
      'operator',
      'User bert is inactive; only an active user can be the operator.',
      'INVALID_INPUT',
    );

    expect(operatorFits(station, { ...bert, isActive: false })).toEqual(refused);
    expect(operatorFits(user('ENGINEER'), { ...bert, isActive: false })).toEqual(refused);
  });
});

describe('a withdrawal', () => {
  const open = { operatorId: 'bert', operatorUsername: 'bert', stationId: 'other', completedAt: null };
  const own = { ...open, operatorId: 'anna' };

  test.each(CREW_ROLES)('of one’s own open execution is allowed: %s (PD-14)', (role) => {
    expect(mayWithdraw(own, user(role))).toBeUndefined();
  });

  test.each(ROLES)('of the execution of another user is allowed for engineers and leads: %s (PD-14)', (role) => {
    const message =
      'The execution belongs to bert; only its operator or station, or one of ADMIN, MANAGER, ENGINEER, may withdraw it.';
    const isAllowed = role === 'ADMIN' || role === 'MANAGER' || role === 'ENGINEER';

    expect(mayWithdraw(open, user(role))).toEqual(
      isAllowed ? undefined : rejection('PD-14', 'id', message, 'FORBIDDEN'),
    );
  });

  test('by a station is allowed for its own executions (PD-14)', () => {
    const message =
      'The execution belongs to bert; only its operator or station, or one of ADMIN, MANAGER, ENGINEER, may withdraw it.';

    expect(mayWithdraw({ ...open, stationId: 'station' }, station)).toBeUndefined();
    expect(mayWithdraw(open, station)).toEqual(rejection('PD-14', 'id', message, 'FORBIDDEN'));
    expect(mayWithdraw({ ...open, stationId: null }, station)).toEqual(rejection('PD-14', 'id', message, 'FORBIDDEN'));
  });

  test('by a service is never one of its own: its role decides (PD-14, AUT-6)', () => {
    expect(mayWithdraw({ ...open, operatorId: 'erp', stationId: 'erp' }, service('OPERATOR'))).toMatchObject({
      code: 'FORBIDDEN',
      rule: 'PD-14',
    });
    expect(mayWithdraw(open, service('ENGINEER'))).toBeUndefined();
  });

  test('of a finished execution is refused to every user (PD-14)', () => {
    const refused = rejection(
      'PD-14',
      'id',
      `The execution was completed at ${NOW}; only an open one can be withdrawn. Correct it instead.`,
    );

    expect(mayWithdraw({ ...own, completedAt: NOW }, user('OPERATOR'))).toEqual(refused);
    expect(mayWithdraw({ ...open, completedAt: NOW }, user('ADMIN'))).toEqual(refused);
  });
});

test('an execution that has built in components stays; it is completed instead (PD-14)', () => {
  expect(installedNothing(0)).toBeUndefined();
  const message = (what: string): string =>
    `The execution has built in ${what}, and their record names it; complete it with FAIL or REWORK instead.`;
  expect(installedNothing(1)).toEqual(rejection('PD-14', 'id', message('1 component')));
  expect(installedNothing(2)).toEqual(rejection('PD-14', 'id', message('2 components')));
});
