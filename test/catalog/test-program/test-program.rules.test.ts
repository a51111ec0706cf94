import { describe, expect, test } from 'vitest';
import type { Viewer } from '../../../src/platform/rules/access.ts';
import {
  deploymentMayMove,
  isTestProgramUnused,
  manifestFits,
  mayBeDeployed,
  mayRollBack,
  nextVersion,
  PACKAGE_LIMITS,
  packageIsBad,
  packageSizeFits,
  pullsForItself,
  reportsOnItself,
  TEST_PROGRAM_NAME,
  VERSION_FORM,
} from '../../../src/catalog/test-program/test-program.rules.ts';

const STATION: Viewer = { kind: 'STATION', id: 'tester', code: 'TESTER-1' };
const PERSON: Viewer = { kind: 'USER', id: 'anna', username: 'anna', role: 'ENGINEER' };
const program = { name: 'psa-final', isActive: true, isDeprecated: false };
const refused = (rule: string, path: string, message: string, code = 'RULE_VIOLATED') => ({
  code,
  rule,
  path: [path],
  message,
});

test('a name has 1 to 100 letters, digits, points, underlines and hyphens (TPG-1)', () => {
  for (const name of ['a', '9', 'PSA-final_2.0', 'a'.repeat(100)]) expect(name).toMatch(TEST_PROGRAM_NAME.pattern);
  for (const name of ['', '.a', '-a', 'a b', 'a/b', 'ä', 'a'.repeat(101)])
    expect(name).not.toMatch(TEST_PROGRAM_NAME.pattern);
});

describe('a version', () => {
  test('is 1.0.0 at first, then the highest with its patch + 1 (TPG-2)', () => {
    expect([undefined, '1.0.0', '1.0.9', '1.0.99'].map(nextVersion)).toEqual(['1.0.0', '1.0.1', '1.0.10', '1.0.100']);
  });

  test('has three numbers without leading zeros (TPG-2)', () => {
    for (const version of ['1.0.0', '0.0.1', '12.34.56']) expect(version).toMatch(VERSION_FORM.pattern);
    for (const version of ['1', '1.0', '01.0.0', '1.0.0-beta', 'v1.0.0', '1.0.0 ', '1.0.-1'])
      expect(version).not.toMatch(VERSION_FORM.pattern);
  });
});

describe('a package', () => {
  test('has at least one byte and at most 50 MiB (TPG-2)', () => {
    expect([1, PACKAGE_LIMITS.bytes].map(packageSizeFits)).toEqual([undefined, undefined]);
    expect(packageSizeFits(0)).toEqual(refused('TPG-2', 'package', 'The package is empty.', 'INVALID_INPUT'));
    expect(packageSizeFits(PACKAGE_LIMITS.bytes + 1)).toMatchObject({ code: 'LIMIT_EXCEEDED', path: ['package'] });
  });

  test('has a manifest that names its program and a main file that is in it (TPG-2)', () => {
    const names = new Set(['manifest.json', 'main.py']);
    const manifest = { name: 'psa-final', mainFile: 'main.py' };
    const bad = (problem: string): object =>
      refused('TPG-2', 'package', `The package is refused. ${problem}`, 'INVALID_INPUT');
    expect(manifestFits(manifest, 'psa-final', names)).toBeUndefined();
    expect(manifestFits(undefined, 'psa-final', names)).toEqual(
      bad('It needs a file manifest.json at its root, with the texts `name` and `mainFile`.'),
    );
    expect(manifestFits(manifest, 'PSA-final', names)).toEqual(
      bad('Its manifest.json names the program "psa-final", not "PSA-final".'),
    );
    expect(manifestFits({ ...manifest, mainFile: 'run.py' }, 'psa-final', names)).toEqual(
      bad('It has no file "run.py", which its manifest.json names as the main file.'),
    );
  });

  test('is malformed, or too large (TPG-2)', () => {
    expect(packageIsBad('It is bad.', false)).toMatchObject({ code: 'INVALID_INPUT', rule: 'TPG-2' });
    expect(packageIsBad('It is big.', true)).toMatchObject({ code: 'LIMIT_EXCEEDED', rule: 'TPG-2' });
  });
});

test('a rollback goes to another version than the current one (TPG-3)', () => {
  const current = { id: 'two', version: '1.0.1' };
  expect(mayRollBack(program, current, { id: 'one' })).toBeUndefined();
  expect(mayRollBack(program, current, { id: 'two' })).toEqual(
    refused('TPG-3', 'version', 'Test program psa-final is at version 1.0.1 already; roll back to another one.'),
  );
});

describe('a deployment', () => {
  test('is of an active program that is not deprecated (TPG-4)', () => {
    expect(mayBeDeployed(program)).toBeUndefined();
    expect(mayBeDeployed({ ...program, isActive: false })).toEqual(
      refused('TPG-4', 'testProgram', 'Test program psa-final is inactive; it is not deployed any more.'),
    );
    expect(mayBeDeployed({ ...program, isDeprecated: true })).toEqual(
      refused('TPG-4', 'testProgram', 'Test program psa-final is deprecated; it is not deployed any more.'),
    );
  });

  test('fails from PENDING and DEPLOYED only (TPG-4)', () => {
    expect([deploymentMayMove('PENDING', 'FAILED'), deploymentMayMove('DEPLOYED', 'FAILED')]).toEqual([
      undefined,
      undefined,
    ]);
    expect(deploymentMayMove('ROLLED_BACK', 'FAILED')).toEqual(
      refused('TPG-4', 'id', 'The deployment is ROLLED_BACK; only from PENDING or DEPLOYED can it become FAILED.'),
    );
  });

  test('is pulled and reported on by a station for itself only (TPG-5)', () => {
    expect(pullsForItself(PERSON, { key: 'code', value: 'TESTER-2' })).toBeUndefined();
    expect(pullsForItself(STATION, { key: 'code', value: 'TESTER-1' })).toBeUndefined();
    expect(pullsForItself(STATION, { key: 'id', value: 'tester' })).toBeUndefined();
    expect(pullsForItself(STATION, { key: 'code', value: 'TESTER-2' })).toEqual(
      refused('TPG-5', 'station', 'The key of station TESTER-1 pulls for that station only.', 'FORBIDDEN'),
    );
    expect(reportsOnItself(PERSON, undefined)).toBeUndefined();
    expect(reportsOnItself(STATION, { stationId: 'tester' })).toBeUndefined();
    for (const deployment of [{ stationId: 'other' }, { stationId: null }, undefined])
      expect(reportsOnItself(STATION, deployment)).toEqual(
        refused('TPG-5', 'id', 'The key of station TESTER-1 reports on deployments to that station only.', 'FORBIDDEN'),
      );
  });
});

test('a program that was deployed or ran in a session is deactivated instead of deleted (GEN-1)', () => {
  expect(isTestProgramUnused(program, { deployments: 0, sessions: 0 })).toBeUndefined();
  expect(isTestProgramUnused(program, { deployments: 2, sessions: 1 })).toEqual(
    refused(
      'GEN-1',
      'testProgram',
      'Test program psa-final is in use (deployments: 2, sessions: 1); deactivate it instead of deleting it.',
    ),
  );
});
