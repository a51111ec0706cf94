import { v7 as uuid7 } from 'uuid';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { startServer } from '../../src/app/server.ts';
import type { Database, Tx } from '../../src/platform/postgres/client.ts';
import { openDatabase } from '../../src/platform/postgres/database.ts';
import {
  databaseErrorOf,
  isRetryable,
  rejectionOfViolation,
  ruleOfConstraint,
} from '../../src/platform/postgres/errors.ts';
import { createLog } from '../../src/platform/process/log.ts';
import { type Api, startApi } from '../support/api.ts';
import { freshDatabase, type TestDatabase } from '../support/database.ts';

const LINE = uuid7();
const MODEL = uuid7();
const STATION = uuid7();
const NOBODY = uuid7();

let fresh: TestDatabase;
let database: Database;
beforeAll(async () => {
  fresh = await freshDatabase();
  database = openDatabase({
    url: fresh.url,
    poolSize: 4,
    statementTimeoutSeconds: 60,
    onConnectionError: () => undefined,
  });
  await database.transaction(async (tx) => {
    await tx.productionLine.create({ data: { id: LINE, code: 'L1', lotSegment: 'L100', name: 'Line' } });
    await tx.productModel.create({
      data: { id: MODEL, code: 'M1', lotSegment: 'M10', name: 'Model', status: 'DISCONTINUED' },
    });
    await tx.station.create({ data: { id: STATION, code: 'S1', name: 'Station', host: 'h', productionLineId: LINE } });
    await tx.process.create({
      data: { id: uuid7(), number: 1, code: 'C1', name: 'C', type: 'SERIAL_CONVERSION', level: 'WIP', sortOrder: 1 },
    });
  });
});
afterAll(async () => {
  await database.close();
  await fresh.drop();
});

const station = { id: uuid7(), code: 'S2', name: 'Station', host: 'h' };
const process = {
  id: uuid7(),
  number: 2,
  code: 'C2',
  name: 'C',
  type: 'SERIAL_CONVERSION',
  level: 'WIP',
  sortOrder: 1,
} as const;

type Breach = readonly [
  what: string,
  bySql: (tx: Tx) => Promise<unknown>,
  byPrisma: (tx: Tx) => Promise<unknown>,
  expected: object,
];

const BREACHES: readonly Breach[] = [
  [
    'a natural key that is taken (GEN-3)',
    (tx) => tx.sql`INSERT INTO production_lines (code, lot_segment, name) VALUES ('L1', 'L100', 'Line')`,
    (tx) => tx.productionLine.create({ data: { id: uuid7(), code: 'L1', lotSegment: 'L100', name: 'Line' } }),
    { code: 'CONFLICT', rule: 'GEN-3', message: 'A record with this natural key exists already.', path: [] },
  ],
  [
    'a natural key whose constraint names its rule (STA-1)',
    (tx) => tx.sql`INSERT INTO stations (code, name, host) VALUES ('S1', 'Station', 'h')`,
    (tx) => tx.station.create({ data: { ...station, code: 'S1' } }),
    { code: 'CONFLICT', rule: 'STA-1', message: 'Rule STA-1 forbids this.', path: [] },
  ],
  [
    'a partial unique index, which is a rule and no key (PRC-3)',
    (tx) =>
      tx.sql`INSERT INTO processes (number, code, name, type, level, sort_order) VALUES (2, 'C2', 'C', 'SERIAL_CONVERSION', 'WIP', 1)`,
    (tx) => tx.process.create({ data: process }),
    { code: 'RULE_VIOLATED', rule: 'PRC-3', message: 'Rule PRC-3 forbids this.', path: [] },
  ],
  [
    'a check that names its rule (LIN-1)',
    (tx) => tx.sql`UPDATE production_lines SET code = 'l-1' WHERE id = ${LINE}::uuid`,
    (tx) => tx.productionLine.update({ where: { id: LINE }, data: { code: 'l-1' } }),
    { code: 'RULE_VIOLATED', rule: 'LIN-1', message: 'Rule LIN-1 forbids this.', path: [] },
  ],
  [
    'a check without a rule',
    (tx) => tx.sql`UPDATE stations SET port = 0 WHERE id = ${STATION}::uuid`,
    (tx) => tx.station.update({ where: { id: STATION }, data: { port: 0 } }),
    { code: 'RULE_VIOLATED', message: 'The database refuses this value.', path: [] },
  ],
  [
    'a move of a state that is not listed (MDL-2)',
    (tx) => tx.sql`UPDATE product_models SET status = 'ACTIVE' WHERE id = ${MODEL}::uuid`,
    (tx) => tx.productModel.update({ where: { id: MODEL }, data: { status: 'ACTIVE' } }),
    { code: 'RULE_VIOLATED', rule: 'MDL-2', message: 'Rule MDL-2 forbids this.', path: [] },
  ],
  [
    'a reference to nothing',
    (tx) => tx.sql`UPDATE stations SET production_line_id = ${NOBODY}::uuid WHERE id = ${STATION}::uuid`,
    (tx) => tx.station.update({ where: { id: STATION }, data: { productionLineId: NOBODY } }),
    { code: 'NOT_FOUND', message: 'The database refuses this value.', path: [] },
  ],
  [
    'a deletion of what others refer to (GEN-1)',
    (tx) => tx.sql`DELETE FROM production_lines WHERE id = ${LINE}::uuid`,
    (tx) => tx.productionLine.delete({ where: { id: LINE } }),
    {
      code: 'RULE_VIOLATED',
      rule: 'GEN-1',
      message: 'Other records refer to this one, so it cannot be deleted; deactivate it instead.',
      path: [],
    },
  ],
];

describe('a violated constraint becomes the refusal of its rule, from SQL and from Prisma alike', () => {
  test.each(BREACHES)('%s', async (_what, bySql, byPrisma, expected) => {
    const rejections = [rejectionOfViolation(await errorOf(bySql)), rejectionOfViolation(await errorOf(byPrisma))];
    expect(rejections).toEqual([expected, expected]);
  });

  test('without a table, constraint, column or statement in its message', async () => {
    for (const [, bySql, byPrisma] of BREACHES) {
      for (const error of [await errorOf(bySql), await errorOf(byPrisma)]) {
        expect(JSON.stringify(rejectionOfViolation(error))).not.toMatch(
          /select|insert|update |violates|constraint|_lines|stations|uq_|ck_|fk_|prisma/i,
        );
      }
    }
  });
});

describe('an error other than a violation is internal', () => {
  test.each<readonly [string, (tx: Tx) => Promise<unknown>, string | undefined]>([
    ['a value that must not be absent', (tx) => tx.sql`UPDATE stations SET name = NULL`, '23502'],
    ['a text that is too long', (tx) => tx.sql`UPDATE stations SET name = repeat('x', 256)`, '22001'],
    ['a NUL byte', (tx) => tx.sql`SELECT ${'a\u0000b'}::text`, '22021'],
    [
      'a NUL byte, by Prisma',
      (tx) => tx.station.update({ where: { id: STATION }, data: { name: 'a\u0000b' } }),
      '22021',
    ],
    ['a table that does not exist', (tx) => tx.sql`SELECT 1 FROM nowhere`, '42P01'],
    ['a record that Prisma does not find', (tx) => tx.station.delete({ where: { id: NOBODY } }), undefined],
    ['an error of our own', () => Promise.reject(new Error('23505')), undefined],
  ])('%s', async (_what, breach, sqlState) => {
    const error = await errorOf(breach);
    expect(rejectionOfViolation(error)).toBeUndefined();
    expect(databaseErrorOf(error)?.sqlState).toBe(sqlState);
    expect(isRetryable(error)).toBe(false);
  });

  test.each([undefined, null, 'text', 5, {}, { code: 23_505 }, { code: 'P2002' }, { cause: null }])(
    'and so is %j',
    (thing) => {
      expect(rejectionOfViolation(thing)).toBeUndefined();
      expect(isRetryable(thing)).toBe(false);
    },
  );
});

describe('a lost race', () => {
  test.each(['40001', '40P01'])('by %s may be repeated, and finally becomes a conflict', (code) => {
    const error = Object.assign(new Error('could not serialize access'), { code });
    expect(isRetryable(error)).toBe(true);
    expect(rejectionOfViolation(error)).toEqual({
      code: 'CONFLICT',
      message: 'Others are changing the same records; try again.',
      path: [],
    });
  });

  test('is recognised in a deadlock inside of Prisma too', async () => {
    const error = await deadlockOfPrisma();
    expect(databaseErrorOf(error)?.sqlState).toBe('40P01');
    expect(isRetryable(error)).toBe(true);
  });

  test('for a key or a record is judged again; a violated check is not', async () => {
    const answers = await Promise.all(
      BREACHES.map(async ([what, bySql, byPrisma]) => [
        what,
        isRetryable(await errorOf(bySql)),
        isRetryable(await errorOf(byPrisma)),
      ]),
    );
    expect(answers.map(([, ...are]) => are)).toEqual(
      [true, true, true, false, false, false, true, true].map((is) => [is, is]),
    );
  });
});

test.each([
  ['ck_process_data_pd_2_defects_fit_result', 'PD-2'],
  ['uq_lots_lot_1_number', 'LOT-1'],
  ['puq_processes_prc_3_one_active_conversion', 'PRC-3'],
  ['uq_users_email', undefined],
  ['ck_stations_port_range', undefined],
  ['pk_users', undefined],
])('the constraint %s stands for the rule %s', (name, rule) => {
  expect(ruleOfConstraint(name)).toBe(rule);
});

describe('an internal error over HTTP', () => {
  let api: Api;
  beforeAll(async () => {
    api = await startApi();
    await api.database.reader().sql`ALTER TABLE production_lines RENAME TO hidden_lines`;
  });
  afterAll(() => api.close());

  test.each([
    ['a query', '{ productionLines { totalCount } }', ['productionLines']],
    ['a relation', '{ viewer { role } productionLineByCode(code: "L1") { code } }', ['productionLineByCode']],
    [
      'a mutation',
      'mutation { createProductionLine(input: { code: "L1", name: "Line" }) { errors { code } } }',
      ['createProductionLine'],
    ],
  ])('of %s is masked: one sentence, a request id, nothing else', async (_what, query, path) => {
    const requestId = '0190a8e0-0000-7000-8000-00000000abcd';
    const response = await fetch(api.url, {
      method: 'POST',
      headers: {
        'content-type': 'application/json',
        authorization: `Bearer ${await api.tokenOf('ADMIN')}`,
        'x-request-id': requestId,
      },
      body: JSON.stringify({ query }),
    });
    const body = await response.text();

    expect(JSON.parse(body).errors).toEqual([
      { message: 'Unexpected error.', path, locations: expect.any(Array), extensions: { code: 'INTERNAL', requestId } },
    ]);
    expect(body).not.toMatch(/production_lines|relation|select|insert|stack|\.ts/i);
    expect(response.headers.get('x-request-id')).toBe(requestId);
  });

  test('is logged in full, with the request id', async () => {
    const logged: unknown[] = [];
    const log = Object.assign(createLog('silent'), { error: (...line: unknown[]) => void logged.push(line) });
    const server = await startServer({ ...api.services, log });
    const response = await fetch(server.url, {
      method: 'POST',
      headers: { 'content-type': 'application/json', authorization: `Bearer ${await api.tokenOf('ADMIN')}` },
      body: JSON.stringify({ query: '{ productionLines { totalCount } }' }),
    });
    await server.stop();

    expect(logged).toEqual([
      [
        {
          event: 'http.internal_error',
          err: expect.objectContaining({ code: '42P01', stack: expect.stringContaining('production_lines') }),
          requestId: response.headers.get('x-request-id'),
        },
        'internal error',
      ],
    ]);
  });
});

test('an unreachable database is answered with UNAVAILABLE, also in the look-up of the viewer, and logged in full', async () => {
  await using api = await startApi();
  const logged: unknown[] = [];
  const log = Object.assign(createLog('silent'), { warn: (...line: unknown[]) => void logged.push(line) });
  const unreachable = openDatabase({
    url: 'postgres://nobody:secret@127.0.0.1:1/none',
    poolSize: 2,
    statementTimeoutSeconds: 1,
    onConnectionError: () => undefined,
  });
  const server = await startServer({ ...api.services, database: unreachable, log });
  const response = await fetch(server.url, {
    method: 'POST',
    headers: { 'content-type': 'application/json', authorization: `Bearer ${await api.tokenOf('ADMIN')}` },
    body: JSON.stringify({ query: '{ __typename }' }),
  });
  await server.stop();
  await unreachable.close();

  const requestId = response.headers.get('x-request-id');
  expect([response.status, await response.json()]).toEqual([
    503,
    {
      errors: [
        {
          message: expect.stringContaining('The database is not available'),
          extensions: { code: 'UNAVAILABLE', path: [], requestId },
        },
      ],
    },
  ]);
  expect(logged).toEqual([
    [
      { event: 'database.unavailable', err: expect.objectContaining({ code: 'ECONNREFUSED' }), requestId },
      'a request met no database',
    ],
  ]);
});

/** The error that the work threw; its transaction is rolled back in any case. */
async function errorOf(work: (tx: Tx) => Promise<unknown>): Promise<unknown> {
  const nothing = new Error('The database took it.');
  try {
    return await database.transaction(async (tx) => {
      await work(tx);
      throw nothing;
    });
  } catch (error) {
    expect(error).not.toBe(nothing);
    return error;
  }
}

/** Two transactions that lock two rows crosswise; returns the error of the one that the database chose. */
async function deadlockOfPrisma(): Promise<unknown> {
  let arrived = 0;
  let open: () => void = () => undefined;
  const both = new Promise<void>((resolve) => {
    open = resolve;
  });
  const crossing = (update: ReadonlyArray<(tx: Tx) => Promise<unknown>>): Promise<unknown> =>
    database.transaction(async (tx) => {
      await update[0]?.(tx);
      arrived += 1;
      if (arrived === 2) open();
      await both;
      await update[1]?.(tx);
    });
  const line = (tx: Tx): Promise<unknown> => tx.productionLine.update({ where: { id: LINE }, data: { name: 'Other' } });
  const place = (tx: Tx): Promise<unknown> => tx.station.update({ where: { id: STATION }, data: { name: 'Other' } });
  const results = await Promise.allSettled([crossing([line, place]), crossing([place, line])]);
  const failed = results.filter((result) => result.status === 'rejected');
  expect(failed).toHaveLength(1);
  return failed[0]?.reason;
}
