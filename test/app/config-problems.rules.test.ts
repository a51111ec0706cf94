import { expect, test } from 'vitest';
import { readConfig } from '../../src/platform/process/config.ts';

test.each([
  [{ LOTGRAPH_PORT: 'abc' }, 'LOTGRAPH_PORT must be a whole number from 0 to 65535, but is abc.'],
  [{ LOTGRAPH_PORT: '70000' }, 'LOTGRAPH_PORT must be a whole number from 0 to 65535, but is 70000.'],
  [{ LOTGRAPH_PORT: '1.5' }, 'LOTGRAPH_PORT must be a whole number from 0 to 65535, but is 1.5.'],
  [
    { LOTGRAPH_REQUESTS_PER_SECOND: '-1' },
    'LOTGRAPH_REQUESTS_PER_SECOND must be a whole number of at least 0, but is -1.',
  ],
  [{ LOTGRAPH_DEADLINE_SECONDS: '0' }, 'LOTGRAPH_DEADLINE_SECONDS must be a number greater than 0, but is 0.'],
  [{ NODE_ENV: 'prod' }, 'NODE_ENV must be one of development, test, production, but is prod.'],
  [{ LOTGRAPH_TOKEN_SECRET: 'hunter2' }, 'LOTGRAPH_TOKEN_SECRET must be a text of at least 32 characters.'],
  [
    { DATABASE_URL: 'mysql://me:hunter2@host/x' },
    'DATABASE_URL must be a URL like postgres://user:password@host/database.',
  ],
  [{ LOTGRAPH_SITE_TIME_ZONE: 'Mars/Base' }, 'LOTGRAPH_SITE_TIME_ZONE: is no IANA time zone'],
])('a wrong setting is said in words, without secrets: %j', (variables, problem) => {
  expect(readConfig(variables)).toEqual({ problems: [problem] });
});
