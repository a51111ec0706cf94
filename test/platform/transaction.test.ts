/** Statements of one transaction on one connection, and connections that pass from one user to the next. */
import { spawnSync } from 'node:child_process';
import { afterAll, beforeAll, expect, test } from 'vitest';
import type { Database } from '../../src/platform/postgres/client.ts';
import { openDatabase } from '../../src/platform/postgres/database.ts';
import { sql } from '../../src/platform/postgres/sql.ts';
import { startApi } from '../support/api.ts';
import { makeItems, makeLine, makeLot, makeModel, makeStep } from '../support/build.ts';
import { done } from '../support/expect.ts';
import { freshDatabase, type TestDatabase, withConnection } from '../support/database.ts';

let fresh: TestDatabase;
let database: Database;
beforeAll(async () => {
  fresh = await freshDatabase();
  database = openDatabase({
    url: fresh.url,
    poolSize: 2,
    statementTimeoutSeconds: 60,
    onConnectionError: () => undefined,
  });
});
afterAll(async () => {
  await database.close();
  await fresh.drop();
});

const lineOf = (code: string) =>
  sql`INSERT INTO production_lines (code, lot_segment, name) VALUES (${code}, 'L100', 'Line')`;
const linesLike = (pattern: string): Promise<readonly object[]> =>
  database.reader().sql`SELECT code FROM production_lines WHERE code LIKE ${pattern} ORDER BY id`;

test('COMMIT waits for changes that are sent without waiting, and they run in the order in which they were sent', async () => {
  await database.transaction(async (tx) => {
    tx.send(lineOf('A2'));
    tx.send(lineOf('A1'));
    tx.send(sql`UPDATE production_lines SET code = 'A3' WHERE code = 'A1'`);
  });

  expect(await linesLike('A%')).toEqual([{ code: 'A2' }, { code: 'A3' }]);
});

test.each([
  ['the last that is asked', async () => undefined],
  [
    'followed by another statement, which only fails because the transaction is aborted',
    async (ask: () => Promise<unknown>) => ask(),
  ],
  ['followed by something else that goes wrong', async () => Promise.reject(new Error('Something else.'))],
  [
    'followed by a statement whose failure is ignored',
    async (ask: () => Promise<unknown>) => ask().catch(() => undefined),
  ],
])('a failed change, sent without waiting, fails the transaction with its own error: %s', async (_what, then) => {
  const failing = database.transaction(async (tx) => {
    tx.send(lineOf('B1'));
    tx.send(lineOf('B1'));
    await then(() => tx.sql`SELECT 1`);
  });

  await expect(failing).rejects.toMatchObject({ code: '23505', constraint: 'uq_production_lines_code' });
  expect(await linesLike('B%')).toEqual([]);
});

test('statements sent together are answered in their order, those of Prisma included', async () => {
  const [, , seen, counted] = await database.transaction((tx) =>
    Promise.all([
      tx.query(lineOf('C1')),
      tx.prepared(lineOf('C2')),
      tx.sql`SELECT code FROM production_lines WHERE code LIKE 'C%' ORDER BY code`,
      tx.productionLine.count({ where: { code: { startsWith: 'C' } } }),
    ]),
  );

  expect(seen).toEqual([{ code: 'C1' }, { code: 'C2' }]);
  expect(counted).toBe(2);
});

test('a statement reaches PostgreSQL while node is still busy with the code after it', async () => {
  const queryOf = `
    const client = new (require('pg').Client)(process.argv[1]);
    client.connect().then(async () => {
      for (let look = 0; look < 50; look += 1) {
        const { rows } = await client.query('SELECT query FROM pg_stat_activity WHERE pid = $1', [process.argv[2]]);
        if (rows[0].query.includes('production_lines')) { process.stdout.write(rows[0].query); break; }
        await client.query('SELECT pg_sleep(0.05)');
      }
      await client.end();
    });`;

  const seen = await database.transaction(async (tx) => {
    const [backend] = await tx.sql<{ pid: number }>`SELECT pg_backend_pid() AS pid`;
    tx.send(lineOf('W1'));
    tx.flush();
    return spawnSync(process.execPath, ['-e', queryOf, fresh.url, String(backend?.pid)], { encoding: 'utf8' }).stdout;
  });

  expect(seen).toContain('INSERT INTO production_lines');
  expect(await linesLike('W%')).toEqual([{ code: 'W1' }]);
});

test('a statement sent after the end of its transaction does not run', async () => {
  const late: (() => Promise<unknown>)[] = [];

  const failing = database.transaction(async (tx) => {
    late.push(() => tx.query(lineOf('D1')));
    tx.send(lineOf('D0'));
    throw new Error('Something is wrong.');
  });
  await expect(failing).rejects.toThrow('Something is wrong.');
  await database.transaction(async (tx) => {
    late.push(() => tx.query(lineOf('D2')));
    await tx.query(lineOf('D3'));
  });

  for (const ask of late) await expect(ask()).rejects.toThrow('The transaction is over.');
  expect(await linesLike('D%')).toEqual([{ code: 'D3' }]);
});

test('a statement sent after the work of a transaction has returned does not run after its COMMIT', async () => {
  const late: Promise<unknown>[] = [];

  await database.transaction(async (tx) => {
    await tx.query(lineOf('F1'));
    const asked = new Promise((resolve) => setImmediate(resolve)).then(() => tx.query(lineOf('F2')));
    late.push(asked.catch(String));
  });

  expect(await late[0]).toMatch('The transaction is over.');
  expect(await linesLike('F%')).toEqual([{ code: 'F1' }]);
});

test('a value that cannot be sent to PostgreSQL rolls back the whole transaction, and the connection stays usable', async () => {
  const one = openDatabase({
    url: fresh.url,
    poolSize: 1,
    statementTimeoutSeconds: 60,
    onConnectionError: () => undefined,
  });
  const prepared = (value: unknown) => sql`SELECT ${value}::text AS value`;

  const failing = one.transaction(async (tx) => {
    tx.send(lineOf('G1'));
    tx.send(prepared({ amount: 1n }));
    tx.send(lineOf('G2'));
  });

  await expect(failing).rejects.toThrow('BigInt');
  expect(await linesLike('G%')).toEqual([]);
  expect(await one.transaction((tx) => Promise.all([tx.prepared(prepared('a')), tx.prepared(prepared('b'))]))).toEqual([
    [{ value: 'a' }],
    [{ value: 'b' }],
  ]);
  await one.close();
});

test('a statement whose pipelined batch failed before it was prepared is prepared the next time', async () => {
  const one = openDatabase({
    url: fresh.url,
    poolSize: 1,
    statementTimeoutSeconds: 60,
    onConnectionError: () => undefined,
  });
  const prepared = sql`SELECT code FROM production_lines WHERE code = ${'E1'}`;

  const failing = one.transaction((tx) =>
    Promise.all([tx.query(lineOf('E1')), tx.query(lineOf('E1')), tx.prepared(prepared)]),
  );

  await expect(failing).rejects.toMatchObject({ code: '23505' });
  expect(
    await one.transaction((tx) => Promise.all([tx.query(lineOf('E1')), tx.prepared(prepared), tx.prepared(prepared)])),
  ).toEqual([[], [{ code: 'E1' }], [{ code: 'E1' }]]);
  await one.close();
});

test.each([
  ['of the viewer', 'ALTER TABLE users ALTER COLUMN username TYPE varchar(99)'],
  ['of a command', 'ALTER TABLE processes ALTER COLUMN name TYPE varchar(999)'],
])(
  'a statement %s that was prepared before a migration of its columns is prepared again, and no request notices',
  async (_whose, migration) => {
    await using api = await startApi({ poolSize: 2 });
    await makeModel(api);
    await makeLine(api);
    await makeStep(api, 10, 'MOUNT');
    const [item] = await makeItems(api, await makeLot(api), 1);
    const record = (): Promise<object> =>
      done(
        api,
        'recordProcessData',
        { unit: { number: item?.number }, process: { code: 'MOUNT' }, result: 'FAIL', defects: [{ code: 'BENT' }] },
        'processData { attempt }',
      );
    expect(await record()).toMatchObject({ processData: { attempt: 1 } });

    await withConnection(api.databaseUrl, (client) => client.query(migration));

    expect(await record()).toMatchObject({ processData: { attempt: 2 } });
    expect(await record()).toMatchObject({ processData: { attempt: 3 } });
    expect((await api.ask('{ errorEntries { totalCount } }')).data.errorEntries.totalCount).toBe(0);
  },
);

test('connections that PostgreSQL ends between two users fail only the work that was on them', async () => {
  const life = { isOver: false, works: 0 };
  const work = async (): Promise<void> => {
    while (!life.isOver) {
      const isDone = await Promise.all([
        database.reader().sql`SELECT 1`,
        database.transaction(async (tx) => tx.send(sql`SELECT pg_sleep(0.001)`)),
      ]).then(
        () => true,
        () => false,
      );
      if (isDone) life.works += 1;
    }
  };
  const workers = Promise.all(Array.from({ length: 8 }, work));

  for (let round = 0; round < 20; round += 1) {
    const before = life.works;
    await withConnection(fresh.url, (client) =>
      client.query(
        "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = current_database() AND application_name = 'lotgraph'",
      ),
    );
    await expect.poll(() => life.works > before + 5, { interval: 5 }).toBe(true);
  }

  life.isOver = true;
  await workers;
});
