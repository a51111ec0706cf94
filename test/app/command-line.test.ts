import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { lotgraph } from '../support/command-line.ts';
import { emptyDatabase, type TestDatabase } from '../support/database.ts';

let database: TestDatabase;
beforeAll(async () => {
  database = await emptyDatabase();
});
afterAll(() => database.drop());

const onDatabase = (...args: readonly string[]) => lotgraph(args, { DATABASE_URL: database.url, NODE_ENV: 'test' });

describe('every command prints its help', () => {
  test.each([
    ['--help'],
    ['start', '--help'],
    ['db', '--help'],
    ['db', 'up', '--help'],
    ['config', '--help'],
    ['import', '--help'],
    ['simulate', '--help'],
  ])('%s %s %s', async (...args) => {
    const { code, stdout } = await lotgraph(args);

    expect(code).toBe(0);
    expect(stdout).toMatch(/^Usage: lotgraph/);
  });

  test('an unknown command is refused with the help and exit code 1', async () => {
    const { code, stderr } = await lotgraph(['fly']);

    expect(code).toBe(1);
    expect(stderr).toMatch(/unknown command 'fly'/);
    expect(stderr).toMatch(/Usage: lotgraph/);
  });
});

test('db reports pending migrations, applies them, shows the history, undoes them, and empties the database (MIG-1)', async () => {
  const pending = await onDatabase('db', 'status', '--json');
  expect(pending.code).toBe(1);
  const names: string[] = JSON.parse(pending.stdout).migrations.map(
    ({ name, state }: { name: string; state: string }) => `${name} ${state}`,
  );
  expect(names[0]).toBe('0001_foundation PENDING');

  const up = await onDatabase('db', 'up', '--json');
  expect([up.code, JSON.parse(up.stdout)]).toEqual([0, { applied: names.map((each) => each.replace(' PENDING', '')) }]);
  expect(await onDatabase('db', 'up')).toMatchObject({ code: 0, stdout: 'Nothing was pending.\n' });
  expect(await onDatabase('db', 'status')).toMatchObject({ code: 0 });
  expect(await onDatabase('db', 'validate')).toMatchObject({ code: 0, stdout: 'Files and database agree.\n' });

  const down = await onDatabase('db', 'down', '--json');
  expect([down.code, JSON.parse(down.stdout)]).toEqual([0, { undone: [names.at(-1)?.replace(' PENDING', '')] }]);
  const history = await onDatabase('db', 'history', '--json');
  expect(JSON.parse(history.stdout)[0]).toMatchObject({ outcome: 'SUCCEEDED' });

  expect((await onDatabase('db', 'reset')).code).toBe(1);
  expect((await onDatabase('db', 'reset', '--yes')).code).toBe(0);
  expect((await onDatabase('db', 'status')).code).toBe(0);
});

describe('with an invalid configuration', () => {
  test('the server does not start and reports all errors at once, with the names of the variables', async () => {
    const { code, stderr } = await lotgraph(['start'], {
      LOTGRAPH_PORT: '70000',
      LOTGRAPH_SITE_TIME_ZONE: 'Mars/Olympus',
      LOTGRAPH_TOKEN_SECRET: 'short',
    });

    expect(code).toBe(1);
    for (const variable of ['LOTGRAPH_PORT', 'LOTGRAPH_SITE_TIME_ZONE', 'LOTGRAPH_TOKEN_SECRET'])
      expect(stderr).toContain(variable);
    expect(stderr).not.toContain('short');
  });

  test('production starts neither with the documented password nor with the documented secret (USR-6)', async () => {
    const { code, stderr } = await lotgraph(['start'], { NODE_ENV: 'production' });

    expect(code).toBe(1);
    expect(stderr).toMatch(/administrator password is the documented default/);
    expect(stderr).toMatch(/token secret is the documented default/);
  });

  test.each([
    ['an option', ['start', '--host', '0.0.0.0'], {}],
    ['a variable', ['start'], { LOTGRAPH_HOST: '192.0.2.7' }],
  ])('a server that %s opens to other machines does not start with them either (USR-6)', async (_how, args, more) => {
    const { code, stderr } = await lotgraph(args, more);

    expect(code).toBe(1);
    expect(stderr).toMatch(/A server that listens on \S+ cannot start like this/);
    expect(stderr).toMatch(/token secret is the documented default; a server that other machines can reach/);
  });

  test('production requires TLS for the connection to its database (MIG-2)', async () => {
    const { code, stderr } = await lotgraph(['db', 'status'], {
      NODE_ENV: 'production',
      LOTGRAPH_ADMIN_PASSWORD: 'Forty-2-Lots-A-Day',
      LOTGRAPH_TOKEN_SECRET: 'x'.repeat(40),
      DATABASE_URL: database.url,
    });

    expect(code).toBe(1);
    expect(stderr).toMatch(/MIG-2/);
    expect(stderr).not.toContain(new URL(database.url).password);
  });
});

describe('config prints the configuration in force', () => {
  const secrets = {
    LOTGRAPH_TOKEN_SECRET: 'a-secret-that-nobody-may-ever-read-anywhere',
    LOTGRAPH_ADMIN_PASSWORD: 'Nobody-Reads-2',
    DATABASE_URL: 'postgres://keeper:hidden-word@db.example:5432/plant?sslmode=require&password=hidden-too',
  };

  test('with all limits and without secrets, as a table and as JSON', async () => {
    const [text, json] = await Promise.all([lotgraph(['config'], secrets), lotgraph(['config', '--json'], secrets)]);

    expect([text.code, json.code]).toEqual([0, 0]);
    expect(JSON.parse(json.stdout)).toMatchObject({
      configuration: {
        DATABASE_URL: 'postgres://…@db.example:5432/plant?sslmode=require',
        LOTGRAPH_TOKEN_SECRET: '(set)',
        LOTGRAPH_ADMIN_PASSWORD: '(set)',
        LOTGRAPH_POOL_SIZE: 20,
      },
      limits: { document: { cost: 50_000, depth: 12, tokens: 4_000 } },
    });
    expect(`${text.stdout}${json.stdout}${text.stderr}${json.stderr}`).not.toMatch(
      /hidden|keeper|nobody-may|Nobody-Reads/,
    );
  });

  test('with each entry of a list', async () => {
    const { stdout } = await lotgraph(['config', '--json'], {
      LOTGRAPH_TRUSTED_PROXIES: '10.1.2.3,fd00::/8 ',
      LOTGRAPH_CORS_ORIGINS: 'https://a.example,http://b.example:8080',
    });
    expect(JSON.parse(stdout).configuration).toMatchObject({
      LOTGRAPH_TRUSTED_PROXIES: '10.1.2.3, fd00::/8',
      LOTGRAPH_CORS_ORIGINS: 'https://a.example, http://b.example:8080',
    });
    expect(await lotgraph(['config'], { LOTGRAPH_TRUSTED_PROXIES: 'proxy.example, 10.0.0.0/0' })).toMatchObject({
      code: 1,
      stdout: '',
      stderr: expect.stringMatching(
        /LOTGRAPH_TRUSTED_PROXIES: proxy.example is no address[^]*10\.0\.0\.0\/0 needs 1 to 32 bits/,
      ),
    });
  });

  test('or reports all errors when the configuration is invalid', async () => {
    expect(
      await lotgraph(['config'], { LOTGRAPH_DEADLINE_SECONDS: '0', LOTGRAPH_REQUESTS_PER_SECOND: '-1' }),
    ).toMatchObject({
      code: 1,
      stdout: '',
      stderr: expect.stringMatching(/LOTGRAPH_DEADLINE_SECONDS[^]*LOTGRAPH_REQUESTS_PER_SECOND/),
    });
  });
});
