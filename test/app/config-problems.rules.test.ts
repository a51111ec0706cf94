import { expect, test } from 'vitest';
import { readConfig, unknownSettings } from '../../src/platform/process/config.ts';

test.each([
  [{ LOTGRAPH_PORT: 'abc' }, 'LOTGRAPH_PORT must be a whole number from 0 to 65535, but is abc.'],
  [{ LOTGRAPH_PORT: '70000' }, 'LOTGRAPH_PORT must be a whole number from 0 to 65535, but is 70000.'],
  [{ LOTGRAPH_PORT: '1.5' }, 'LOTGRAPH_PORT must be a whole number from 0 to 65535, but is 1.5.'],
  [
    { LOTGRAPH_REQUESTS_PER_SECOND: '-1' },
    'LOTGRAPH_REQUESTS_PER_SECOND must be a whole number of at least 0, but is -1.',
  ],
  [{ LOTGRAPH_DEADLINE_SECONDS: '0' }, 'LOTGRAPH_DEADLINE_SECONDS must be a number greater than 0, but is 0.'],
  [{ NODE_ENV: 'prod' }, 'NODE_ENV must be one of development, test, staging, production, but is prod.'],
  [{ LOTGRAPH_TOKEN_SECRET: 'hunter2' }, 'LOTGRAPH_TOKEN_SECRET must be a text of at least 32 characters.'],
  [
    { DATABASE_URL: 'mysql://me:hunter2@host/x' },
    'DATABASE_URL must be a URL like postgres://user:password@host/database.',
  ],
  [
    { LOTGRAPH_SITE_TIME_ZONE: 'Mars/Base' },
    'LOTGRAPH_SITE_TIME_ZONE: Mars/Base is no IANA time zone like Europe/Berlin',
  ],
])('a wrong setting is said in words, without secrets: %j', (variables, problem) => {
  expect(readConfig(variables)).toEqual({ problems: [problem] });
});

test.each([
  ['LOTGRAPH_PROT', 'Did you mean LOTGRAPH_PORT?'],
  ['LOTGRAPH_CORS_ORIGIN', 'Did you mean LOTGRAPH_CORS_ORIGINS?'],
  ['LOTGRAPH_LOGLEVEL', 'Did you mean LOTGRAPH_LOG_LEVEL?'],
  ['LOTGRAPH_DATABASE_URL', 'Did you mean DATABASE_URL?'],
  ['LOTGRAPH_NODE_ENV', 'Did you mean NODE_ENV?'],
  ['LOTGRAPH_log_level', 'Did you mean LOTGRAPH_LOG_LEVEL?'],
  ['LOTGRAPH_SOMETHING_ELSE_ENTIRELY', '`lotgraph config` lists all.'],
])('an unknown setting %s is named with the nearest known one, without its value: %s', (name, hint) => {
  const known = { LOTGRAPH_PORT: '4000', PATH: '/bin', DATABASE_URL: 'postgres://x' };
  expect(unknownSettings({ ...known, [name]: 'hunter2' })).toEqual([
    `${name} has no effect: lotgraph has no such setting. ${hint}`,
  ]);
});

test('the name of an unknown setting cannot forge a line, and is shown up to a limited length', () => {
  const [warning = ''] = unknownSettings({ [`LOTGRAPH_\u001b[31m\n${'X'.repeat(5_000)}`]: '1' });
  expect(warning).toMatch(/^LOTGRAPH_\?\?31m\?X+ has no effect/);
  expect(warning.length).toBeLessThan(200);
});
