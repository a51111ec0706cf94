import { mkdtempSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { describe, expect, test } from 'vitest';
import { administratorProblems } from '../../src/identity/user/user.rules.ts';
import { withClient } from '../../src/platform/migrations/connection.ts';
import { readConfig, type Config } from '../../src/platform/process/config.ts';
import { isGuarded } from '../../src/platform/rules/environment.ts';

function configOf(variables: Readonly<Record<string, string>>): Config {
  const reading = readConfig(variables);
  if ('problems' in reading) throw new Error(reading.problems.join('\n'));
  return reading.config;
}

function fileWith(text: string): string {
  const file = path.join(mkdtempSync(path.join(tmpdir(), 'lotgraph-')), 'settings.env');
  writeFileSync(file, text);
  return file;
}

describe('the environment', () => {
  test.each([
    [{}, 'development'],
    [{ NODE_ENV: 'production' }, 'production'],
    [{ NODE_ENV: 'production', LOTGRAPH_ENVIRONMENT: 'staging' }, 'staging'],
    [{ LOTGRAPH_ENVIRONMENT: 'test' }, 'test'],
  ])('of %j is %s', (variables, environment) => {
    expect(configOf(variables).environment).toBe(environment);
  });

  test.each([
    [
      'development',
      'pretty',
      { slowStatementMilliseconds: 100, slowOperationMilliseconds: 0, processorRatio: 0, memoryRatio: 0 },
    ],
    ['staging', 'json', { slowOperationMilliseconds: 5_000, processorRatio: 0.95, memoryRatio: 0.95 }],
    ['production', 'json', { slowOperationMilliseconds: 2_000, processorRatio: 0.9, memoryRatio: 0.9 }],
  ])('%s has defaults of its own', (environment, logFormat, thresholds) => {
    expect(configOf({ LOTGRAPH_ENVIRONMENT: environment })).toMatchObject({ logFormat, thresholds });
  });

  test('a wrong one is named', () => {
    expect(readConfig({ LOTGRAPH_ENVIRONMENT: 'prod' })).toEqual({
      problems: ['LOTGRAPH_ENVIRONMENT must be one of development, test, staging, production, but is prod.'],
    });
  });

  test('staging is as guarded as production: no default secrets, no PostgreSQL without TLS (USR-6, MIG-2)', async () => {
    expect(['development', 'test', 'staging', 'production'].filter((name) => isGuarded(name as never))).toEqual([
      'staging',
      'production',
    ]);
    const setup = {
      environment: 'staging',
      isReachable: false,
      password: 'Forty-2-Lots',
      isPasswordDefault: true,
      tokenSecret: 'x'.repeat(40),
      isTokenSecretDefault: true,
      acceptedTokenSecrets: [],
      isAcceptedSecretDefault: false,
    } as const;
    expect(administratorProblems(setup)).toEqual([
      expect.stringContaining('staging needs one of its own: set LOTGRAPH_ADMIN_PASSWORD'),
      expect.stringContaining('staging needs one of its own: set LOTGRAPH_TOKEN_SECRET'),
    ]);
    const options = {
      url: 'postgres://me@db.example/lots',
      folder: '',
      environment: 'STAGING',
      appVersion: 'test',
      appliedBy: 'test',
      report: () => undefined,
    } as const;
    await expect(withClient(options, async () => undefined)).rejects.toThrow('MIG-2: in STAGING');
  });
});

describe('the file of LOTGRAPH_SETTINGS', () => {
  test('sets what no variable sets, before the presets of the environment', () => {
    const file = fileWith(`
# Thresholds of hall 2
LOTGRAPH_ENVIRONMENT=production
LOTGRAPH_SLOW_STATEMENT_MILLISECONDS=250
LOTGRAPH_PORT="4100"
`);
    expect(configOf({ LOTGRAPH_SETTINGS: file, LOTGRAPH_PORT: '4200' })).toMatchObject({
      environment: 'production',
      port: 4200,
      settingsFile: file,
      thresholds: { slowStatementMilliseconds: 250, slowOperationMilliseconds: 2_000 },
    });
  });

  test('that is wrong or missing is said', () => {
    expect(readConfig({ LOTGRAPH_SETTINGS: fileWith('LOTGRAPH_PORT=none') })).toEqual({
      problems: ['LOTGRAPH_PORT must be a whole number from 0 to 65535, but is none.'],
    });
    expect(readConfig({ LOTGRAPH_SETTINGS: '/nowhere/settings.env' })).toEqual({
      problems: [expect.stringContaining('LOTGRAPH_SETTINGS: the file cannot be read: ENOENT')],
    });
  });
});
