import { randomBytes } from 'node:crypto';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { lotgraph } from '../support/command-line.ts';
import { emptyDatabase, freshDatabase, withConnection, type TestDatabase } from '../support/database.ts';

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

test('db reports pending migrations, applies them, shows the history, undoes them, prints their scripts for others to run, records that, and empties the database (MIG-1)', async () => {
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

  const newest = names.at(-1)?.replace(' PENDING', '') ?? '';
  const script = await onDatabase('db', 'sql');
  expect([script.code, script.stdout]).toEqual([
    0,
    expect.stringMatching(`^-- Migration ${newest}\\. Afterwards: lotgraph db stamp`),
  ]);
  await withConnection(database.url, (client) => client.query(script.stdout));
  const stamp = await onDatabase('db', 'stamp', '--to', newest, '--json');
  expect([stamp.code, JSON.parse(stamp.stdout)]).toEqual([0, { stamped: [newest] }]);
  expect(await onDatabase('db', 'sql')).toMatchObject({ code: 0, stdout: '-- Nothing is pending.\n' });
  expect(await onDatabase('db', 'up')).toMatchObject({ code: 0, stdout: 'Nothing was pending.\n' });

  expect((await onDatabase('db', 'reset')).code).toBe(1);
  expect((await onDatabase('db', 'reset', '--yes')).code).toBe(0);
  expect((await onDatabase('db', 'status')).code).toBe(0);
});

test('db roles renews passwords when asked to, and gives a second application role while the first one is in use', async () => {
  const fresh = await freshDatabase();
  const suffix = randomBytes(4).toString('hex');
  const [owner, first, second] = [`owner_${suffix}`, `app_a_${suffix}`, `app_b_${suffix}`];
  const roles = async (application: string, ...more: readonly string[]): Promise<Record<string, string>> => {
    const args = ['db', 'roles', '--owner', owner, '--application', application, ...more, '--json'];
    const { code, stdout } = await lotgraph(args, { DATABASE_URL: fresh.url, NODE_ENV: 'test' });
    expect(code).toBe(0);
    return JSON.parse(stdout);
  };
  const login = (url: string | undefined): Promise<string> =>
    withConnection(url ?? '', (client) => client.query('SELECT code FROM production_lines')).then(
      () => 'accepted',
      (error: { readonly code?: string }) => error.code ?? 'lost',
    );
  const WRONG_PASSWORD = '28P01';

  const before = await roles(first);
  const kept = await roles(first);
  expect(new URL(kept['DATABASE_URL'] ?? '').password).toBe('');
  const { DATABASE_URL: other } = await roles(second);
  expect([await login(before['DATABASE_URL']), await login(other)]).toEqual(['accepted', 'accepted']);

  const renewed = await roles(first, '--new-passwords');
  const [ofOwner, ofApplication] = ['LOTGRAPH_OWNER_DATABASE_URL', 'DATABASE_URL'];
  expect([await login(before[ofOwner]), await login(before[ofApplication])]).toEqual([WRONG_PASSWORD, WRONG_PASSWORD]);
  expect([await login(renewed[ofOwner]), await login(renewed[ofApplication])]).toEqual(['accepted', 'accepted']);
  // As the documentation has it for a role that is not needed any more.
  await withConnection(fresh.url, (client) => client.query(`DROP OWNED BY ${first}; DROP ROLE ${first}`));
  expect(await login(other)).toBe('accepted');

  await withConnection(fresh.url, (client) =>
    client.query(
      `REASSIGN OWNED BY ${owner} TO CURRENT_USER; DROP OWNED BY ${owner}, ${second}; DROP ROLE ${owner}, ${second}`,
    ),
  );
  await fresh.drop();
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

  test('an option of start is judged like its variable', async () => {
    expect(await lotgraph(['start', '--port', 'abc'])).toEqual({
      code: 1,
      stdout: '',
      stderr:
        'The configuration is not usable:\n  - LOTGRAPH_PORT must be a whole number from 0 to 65535, but is abc.\n',
    });
  });

  test('a misspelt variable is named together with the problem that it causes', async () => {
    const { code, stderr } = await lotgraph(['start'], {
      NODE_ENV: 'production',
      LOTGRAPH_TOKEN_SECERT: 'hunter2'.repeat(6),
    });

    expect(code).toBe(1);
    expect(stderr).toMatch(/LOTGRAPH_TOKEN_SECERT has no effect.*Did you mean LOTGRAPH_TOKEN_SECRET\?/);
    expect(stderr).toMatch(/token secret is the documented default; .*LOTGRAPH_TOKEN_SECRET/);
    expect(stderr).not.toContain('hunter2');
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

  test.each([
    ['production', { NODE_ENV: 'production' }],
    ['a server that other machines can reach', { LOTGRAPH_HOST: '0.0.0.0' }],
  ])('%s does not accept what the documented secret signed (USR-6)', async (_what, environment) => {
    const { code, stderr } = await lotgraph(['start'], {
      ...environment,
      LOTGRAPH_ADMIN_PASSWORD: 'Forty-2-Lots-A-Day',
      LOTGRAPH_TOKEN_SECRET: 'x'.repeat(40),
      LOTGRAPH_ACCEPTED_TOKEN_SECRETS: `${'y'.repeat(40)}, development-only-secret-of-lotgraph-do-not-use`,
    });

    expect(code).toBe(1);
    expect(stderr).toMatch(/The documented default is among the accepted token secrets/);
    expect(stderr).not.toMatch(/xxx|yyy|administrator password/);
  });

  test.each([
    ['a short one', 'y'.repeat(40), `${'z'.repeat(31)}`, /each secret needs at least 32 characters/],
    ['the current one', 'y'.repeat(40), 'y'.repeat(40), /contains a secret twice, or the one of LOTGRAPH_TOKEN_SECRET/],
    ['one twice', 'y'.repeat(40), `${'z'.repeat(40)},${'z'.repeat(40)}`, /contains a secret twice/],
  ])('no server starts with %s among the accepted token secrets', async (_what, current, accepted, problem) => {
    const { code, stderr } = await lotgraph(['start'], {
      LOTGRAPH_TOKEN_SECRET: current,
      LOTGRAPH_ACCEPTED_TOKEN_SECRETS: accepted,
    });

    expect([code, stderr]).toEqual([1, expect.stringMatching(problem)]);
    expect(stderr).not.toMatch(/yyy|zzz/);
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
    LOTGRAPH_ACCEPTED_TOKEN_SECRETS:
      'another-secret-that-nobody-may-ever-read, a-third-secret-that-nobody-may-ever-read',
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
        LOTGRAPH_ACCEPTED_TOKEN_SECRETS: '(2 set)',
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
