import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { z } from 'zod';
import { contextFor } from '../../src/app/request/context.ts';
import { command } from '../../src/platform/command/declaration.ts';
import { enforce } from '../../src/platform/command/rejection.ts';
import { run } from '../../src/platform/command/run.ts';
import { line } from '../../src/platform/input/schemas.ts';
import { raw } from '../../src/platform/postgres/sql.ts';
import type { Context } from '../../src/platform/request/context.ts';
import { ENG, PUBLIC } from '../../src/platform/rules/access.ts';
import { rejection } from '../../src/platform/rules/rejection.ts';
import { type Answer, type Api, startApi } from '../support/api.ts';

let api: Api;
beforeAll(async () => {
  api = await startApi();
});
afterAll(() => api.close());

const CREATE = `mutation($input: CreateProductionLineInput!) {
  createProductionLine(input: $input) { productionLine { id code name version createdAt } errors { code message path rule } } }`;
const UPDATE = `mutation($input: UpdateProductionLineInput!) {
  updateProductionLine(input: $input) { productionLine { code name location version } errors { code message path rule } } }`;

async function create(input: object, role: 'ADMIN' | 'MANAGER' | 'OPERATOR' | null = 'ADMIN'): Promise<Answer['data']> {
  return dataOf(await api.ask(CREATE, { input }, role)).createProductionLine;
}

async function update(input: object): Promise<Answer['data']> {
  return dataOf(await api.ask(UPDATE, { input })).updateProductionLine;
}

function dataOf(answer: Answer): Answer['data'] {
  expect(answer.errors).toEqual([]);
  return answer.data;
}

async function linesLike(prefix: string): Promise<readonly { code: string; name: string }[]> {
  return api.database.reader()
    .sql`SELECT code, name FROM production_lines WHERE code LIKE ${`${prefix}%`} ORDER BY code`;
}

async function keysLike(prefix: string): Promise<number> {
  return (await api.database.reader().sql`SELECT 1 FROM idempotency_keys WHERE key LIKE ${`${prefix}%`}`).length;
}

describe('a change with an expected version', () => {
  test('wins once when two editors have the same version, and the other gets the current record (GEN-2)', async () => {
    await create({ code: 'E1', name: 'Line' });

    const answers = await Promise.all(
      ['Hall 1', 'Hall 2'].map((location) => update({ productionLine: { code: 'E1' }, location, expectedVersion: 1 })),
    );

    const [winner, loser] = answers.toSorted((a, b) => a.errors.length - b.errors.length);
    expect(winner).toEqual({
      productionLine: { code: 'E1', name: 'Line', location: winner.productionLine.location, version: 2 },
      errors: [],
    });
    expect(loser).toEqual({
      productionLine: winner.productionLine,
      errors: [
        {
          code: 'STALE_VERSION',
          message: 'The record has version 2 by now, not 1; look at it again before you change it.',
          path: ['expectedVersion'],
          rule: 'GEN-2',
        },
      ],
    });
  });

  test('passes with the current version, and without a version the last writer wins (GEN-2)', async () => {
    await create({ code: 'E2', name: 'Line' });
    expect(await update({ productionLine: { code: 'E2' }, location: 'a', expectedVersion: 1 })).toMatchObject({
      productionLine: { version: 2 },
      errors: [],
    });
    expect(await update({ productionLine: { code: 'E2' }, location: 'b' })).toMatchObject({
      productionLine: { location: 'b', version: 3 },
      errors: [],
    });
    expect(await update({ productionLine: { code: 'E2' }, location: 'c', expectedVersion: null })).toMatchObject({
      productionLine: { location: 'c', version: 4 },
      errors: [],
    });
  });

  test('keeps the version when it changes nothing (GEN-2)', async () => {
    await create({ code: 'E3', name: 'Line' });
    expect(await update({ productionLine: { code: 'E3' }, name: ' Line ' })).toMatchObject({
      productionLine: { version: 1 },
      errors: [],
    });
    expect(await update({ productionLine: { code: 'E3' } })).toMatchObject({
      productionLine: { version: 1 },
      errors: [],
    });
  });

  test.each([0, -1, 2, 2_147_483_647])(
    'of version %i is refused for a record with version 1, and nothing changes (GEN-2)',
    async (expectedVersion) => {
      const code = `E4${String(expectedVersion).replace('-', 'M')}`;
      await create({ code, name: 'Line' });
      const answer = await update({ productionLine: { code }, name: 'Other', expectedVersion });
      expect(answer).toMatchObject({
        productionLine: { name: 'Line', version: 1 },
        errors: [{ code: 'STALE_VERSION', path: ['expectedVersion'] }],
      });
    },
  );
});

describe('an idempotency key', () => {
  test('gives the same request one effect, and the answer shows the current record (IDK-1)', async () => {
    const first = await create({ code: 'I1', name: 'Line', idempotencyKey: 'i1' });
    const again = await create({ code: 'I1', name: 'Line', idempotencyKey: 'i1' });
    expect(again).toEqual(first);

    await update({ productionLine: { code: 'I1' }, name: 'Renamed' });
    expect(await create({ code: 'I1', name: 'Line', idempotencyKey: 'i1' })).toEqual({
      productionLine: { ...first.productionLine, name: 'Renamed', version: 2 },
      errors: [],
    });
    expect(await linesLike('I1')).toHaveLength(1);
  });

  test('on 100 parallel requests gives one row and equal answers (IDK-1)', async () => {
    const answers = await Promise.all(
      Array.from({ length: 100 }, () => create({ code: 'I2', name: 'Line', idempotencyKey: 'i2' })),
    );

    expect(answers[0].errors).toEqual([]);
    expect(answers[0].productionLine.code).toBe('I2');
    expect(answers.filter((answer) => JSON.stringify(answer) !== JSON.stringify(answers[0]))).toEqual([]);
    expect(await linesLike('I2')).toHaveLength(1);
    expect(await keysLike('i2')).toBe(1);
  });

  test('matches the same request in another spelling: case, spaces, null, order of keys (IDK-1)', async () => {
    const first = await create({ code: 'I3', name: 'Line', config: { a: 1, b: { c: 2, d: 3 } }, idempotencyKey: 'i3' });
    const again = await create({
      idempotencyKey: 'i3',
      config: { b: { d: 3, c: 2 }, a: 1 },
      name: ' Line ',
      localName: null,
      code: ' i3 ',
    });
    expect(again).toEqual(first);
  });

  test.each([
    ['another value', { code: 'I4', name: 'Other' }],
    ['one value more', { code: 'I4', name: 'Line', location: 'Hall' }],
    ['another value deep inside', { code: 'I4', name: 'Line', config: { a: 1 } }],
  ])('is refused with %s once it is used, and nothing changes (IDK-1)', async (_name, input) => {
    await create({ code: 'I4', name: 'Line', idempotencyKey: 'i4' });
    expect(await create({ ...input, idempotencyKey: 'i4' })).toEqual({
      productionLine: null,
      errors: [
        {
          code: 'IDEMPOTENCY_MISMATCH',
          message: 'The idempotency key i4 was used with other input; a new request needs a new key.',
          path: ['idempotencyKey'],
          rule: 'IDK-1',
        },
      ],
    });
    expect(await linesLike('I4')).toEqual([{ code: 'I4', name: 'Line' }]);
  });

  test('is refused for another mutation once it is used (IDK-1)', async () => {
    await create({ code: 'I5', name: 'Line', idempotencyKey: 'i5' });
    expect(await update({ productionLine: { code: 'I5' }, name: 'Other', idempotencyKey: 'i5' })).toMatchObject({
      productionLine: null,
      errors: [
        {
          code: 'IDEMPOTENCY_MISMATCH',
          message: 'The idempotency key i5 was used for createProductionLine; a new request needs a new key.',
          path: ['idempotencyKey'],
          rule: 'IDK-1',
        },
      ],
    });
    expect(await linesLike('I5')).toEqual([{ code: 'I5', name: 'Line' }]);
  });

  test('of two callers identifies two requests (IDK-1)', async () => {
    const ofAdmin = await create({ code: 'I6A', name: 'Line', idempotencyKey: 'i6' }, 'ADMIN');
    const ofManager = await create({ code: 'I6B', name: 'Line', idempotencyKey: 'i6' }, 'MANAGER');
    expect([ofAdmin, ofManager]).toMatchObject([
      { productionLine: { code: 'I6A' } },
      { productionLine: { code: 'I6B' } },
    ]);
    expect(await keysLike('i6')).toBe(2);
  });

  test('of a refused request is not stored, and the request is judged again (IDK-1)', async () => {
    await create({ code: 'I7', name: 'In the way' });
    const input = { code: 'I7', name: 'Line', idempotencyKey: 'i7' };
    const rejections = await Promise.all(Array.from({ length: 10 }, () => create(input)));
    expect(rejections.map((answer) => answer.errors[0]?.code)).toEqual(Array.from({ length: 10 }, () => 'CONFLICT'));
    expect(await keysLike('i7')).toBe(0);

    await api.database.transaction((tx) => tx.productionLine.delete({ where: { code: 'I7' } }));
    expect(await create(input)).toMatchObject({ productionLine: { code: 'I7', name: 'Line' }, errors: [] });
    expect(await create(input)).toMatchObject({ productionLine: { code: 'I7', name: 'Line' }, errors: [] });
  });

  test('is kept for 30 days and is new afterwards (IDK-1)', async () => {
    await create({ code: 'I8A', name: 'Line', idempotencyKey: 'i8' });
    const reader = api.database.reader();
    const [kept] = await reader.sql<{
      days: number;
    }>`SELECT round(extract(epoch FROM expires_at - created_at) / 86400)::int AS days FROM idempotency_keys WHERE key = 'i8'`;
    expect(kept).toEqual({ days: 30 });

    await reader.sql`UPDATE idempotency_keys SET expires_at = now() WHERE key = 'i8'`;
    expect(await create({ code: 'I8B', name: 'Line', idempotencyKey: 'i8' })).toMatchObject({
      productionLine: { code: 'I8B' },
      errors: [],
    });
    expect(await keysLike('i8')).toBe(1);
  });

  test.each([
    ['of 101 characters', 'k'.repeat(101)],
    ['that is empty', ''],
    ['that is blank', '   '],
    ['with a line feed', 'a\nb'],
    ['with a NUL byte', 'a\u0000b'],
    ['with half a surrogate pair', 'a\ud800'],
  ])('%s is refused, and nothing changes (IDK-1)', async (_name, idempotencyKey) => {
    expect(await create({ code: 'I9', name: 'Line', idempotencyKey })).toEqual({
      productionLine: null,
      errors: [
        {
          code: 'INVALID_INPUT',
          message: 'idempotencyKey must be 1 to 100 printable characters, not only spaces.',
          path: ['idempotencyKey'],
          rule: 'IDK-1',
        },
      ],
    });
    expect(await linesLike('I9')).toEqual([]);
  });

  test.each([
    ['null', null, 'IA1'],
    ['100 characters', 'k'.repeat(100), 'IA2'],
    ['any letters', 'Schlüssel 🔑 1', 'IA3'],
  ])('of %s passes (IDK-1)', async (_name, idempotencyKey, code) => {
    expect(await create({ code, name: 'Line', idempotencyKey })).toMatchObject({
      productionLine: { code },
      errors: [],
    });
  });
});

describe('the command pipeline', () => {
  test('checks the access before it reads or parses anything (AUT-1)', async () => {
    expect(await create({ code: '!', name: ' ' }, 'OPERATOR')).toMatchObject({
      productionLine: null,
      errors: [{ code: 'FORBIDDEN', path: [], rule: null }],
    });
    expect(await create({ code: '!', name: ' ' }, null)).toMatchObject({
      productionLine: null,
      errors: [{ code: 'UNAUTHENTICATED', path: [], rule: 'AUT-1' }],
    });
  });

  test('reports all errors of an input at once', async () => {
    const { errors } = await create({ code: 'kr-1', name: ' ', sortOrder: 0, lotSegment: 'x', idempotencyKey: '' });
    expect(errors.map((error: { path: string[] }) => error.path)).toEqual([
      ['code'],
      ['lotSegment'],
      ['name'],
      ['sortOrder'],
      ['idempotencyKey'],
    ]);
  });

  test('runs the mutations of one request one after the other, each in its own transaction', async () => {
    const { data } = await api.ask(`mutation {
      a: createProductionLine(input: { code: "R1", name: "Line" }) { productionLine { name } errors { code } }
      b: createProductionLine(input: { code: "r1", name: "Line" }) { productionLine { name } errors { code } }
      c: updateProductionLine(input: { productionLine: { code: "R1" }, name: "Renamed" }) { productionLine { name version } errors { code } }
      d: deleteProductionLine(input: { productionLine: { code: "R1" }, expectedVersion: 2 }) { deletedId errors { code } } }`);
    expect(data).toEqual({
      a: { productionLine: { name: 'Line' }, errors: [] },
      b: { productionLine: null, errors: [{ code: 'CONFLICT' }] },
      c: { productionLine: { name: 'Renamed', version: 2 }, errors: [] },
      d: { deletedId: expect.any(String), errors: [] },
    });
  });

  test('rolls back all writes before a refusal', async () => {
    const half = command({
      ...PROBE,
      async run({ tx }, { text }) {
        await tx.sql`INSERT INTO production_lines (code, lot_segment, name) VALUES (${text}, 'HALF', 'Half')`;
        enforce(rejection('LIN-1', 'text', 'Not this one.'));
        return { text };
      },
    });
    expect(await run(half, { text: 'HALF' }, engineer())).toMatchObject({
      output: null,
      errors: [{ rule: 'LIN-1', path: ['text'] }],
    });
    expect(await linesLike('HALF')).toEqual([]);
  });

  test('rolls back on an internal error too, and throws it', async () => {
    const broken = command({
      ...PROBE,
      async run({ tx }, { text }): Promise<{ text: string }> {
        await tx.sql`INSERT INTO production_lines (code, lot_segment, name) VALUES (${text}, 'HALF', 'Half')`;
        await tx.sql`SELECT nothing FROM nowhere`;
        return { text };
      },
    });
    await expect(run(broken, { text: 'FAULT' }, engineer())).rejects.toThrow('nowhere');
    expect(await linesLike('FAULT')).toEqual([]);
  });

  test('uses the time of the transaction as the clock of a command, in milliseconds', async () => {
    const clock = command({
      ...PROBE,
      async run({ tx, now }) {
        const [row] = await tx.sql<{ isSame: boolean }>`SELECT now()::timestamptz(3) = ${now}::timestamptz AS "isSame"`;
        return { now, isSame: row?.isSame };
      },
    });
    expect(await run(clock, { text: 'x' }, engineer())).toEqual({
      output: { now: expect.stringMatching(/^\d{4}-\d{2}-\d{2}T\d{2}:\d{2}:\d{2}\.\d{3}Z$/), isSame: true },
      errors: [],
    });
  });

  test('runs a public command without a viewer', async () => {
    const open = command({ ...PROBE, access: PUBLIC, run: async (_env, { text }) => ({ text }) });
    expect(await run(open, { text: 'x' }, contextFor(api.services, null))).toEqual({
      output: { text: 'x' },
      errors: [],
    });
  });
});

describe('a transaction that lost a race', () => {
  test.each([
    ['40001', 1],
    ['40001', 2],
    ['40P01', 2],
  ])('by %s is judged again after %i failures, and succeeds', async (sqlState, failures) => {
    const { probe, attempts } = failing(sqlState, failures);
    expect(await run(probe, { text: 'x' }, engineer())).toEqual({ output: { text: 'x' }, errors: [] });
    expect(attempts()).toBe(failures + 1);
  });

  test('is given up after the third attempt', async () => {
    const { probe, attempts } = failing('40001', 3);
    expect(await run(probe, { text: 'x' }, engineer())).toEqual({
      output: null,
      errors: [{ code: 'CONFLICT', message: 'Others are changing the same records; try again.', path: [] }],
    });
    expect(attempts()).toBe(3);
  });

  test('is repeated when two commands wait for each other, and both succeed', async () => {
    await create({ code: 'D1', name: 'Line' });
    await create({ code: 'D2', name: 'Line' });
    const arrivals = barrier(2);
    let attempts = 0;
    const crossing = (first: string, second: string): ReturnType<typeof run> =>
      run(
        command({
          ...PROBE,
          async run({ tx }, { text }) {
            attempts += 1;
            await tx.sql`UPDATE production_lines SET name = name || ${text} WHERE code = ${first}`;
            await arrivals();
            await tx.sql`UPDATE production_lines SET name = name || ${text} WHERE code = ${second}`;
            return { text };
          },
        }),
        { text: `-${first}` },
        engineer(),
      );

    const outcomes = await Promise.all([crossing('D1', 'D2'), crossing('D2', 'D1')]);

    expect(outcomes.map((outcome) => outcome.errors)).toEqual([[], []]);
    // One of them was judged again. If it takes its first line before the other one does, they meet once more.
    expect(attempts).toBeGreaterThanOrEqual(3);
    const names = (await linesLike('D')).map((each) => each.name);
    expect(names[0]).toBe(names[1]);
    expect(names[0]).toMatch(/^Line(-D1-D2|-D2-D1)$/);
  });

  test('by the natural key gets the refusal of the rule: of 20 requests for one key, one succeeds (GEN-3)', async () => {
    const answers = await Promise.all(Array.from({ length: 20 }, () => create({ code: 'D3', name: 'Line' })));

    expect(answers.filter((answer) => answer.errors.length === 0)).toHaveLength(1);
    const losers = answers.filter((answer) => answer.errors.length > 0);
    expect(losers.map((answer) => answer.errors)).toEqual(
      Array.from({ length: 19 }, () => [
        {
          code: 'CONFLICT',
          message: 'Production line D3 exists already; choose another code.',
          path: ['code'],
          rule: 'GEN-3',
        },
      ]),
    );
    expect(await linesLike('D3')).toHaveLength(1);
  });
});

const PROBE = {
  name: 'probe',
  action: 'probe.sent',
  description: 'A command of the tests.',
  access: ENG,
  input: z.strictObject({ text: line(10) }),
} as const;

function engineer(): Context {
  return contextFor(api.services, {
    kind: 'USER',
    id: api.userIdOf('ENGINEER'),
    username: 'engineer',
    role: 'ENGINEER',
  });
}

/** A command whose transaction the database ends with this state this many times. */
function failing(
  sqlState: string,
  times: number,
): { probe: Parameters<typeof run<{ text: string }, { text: string }>>[0]; attempts: () => number } {
  let attempts = 0;
  const probe = command({
    ...PROBE,
    async run({ tx }, { text }) {
      attempts += 1;
      if (attempts <= times)
        await tx.query(raw(`DO $$ BEGIN RAISE EXCEPTION 'provoked' USING ERRCODE = '${sqlState}'; END $$`));
      return { text };
    },
  });
  return { probe, attempts: () => attempts };
}

/** Blocks the first `count` callers until all have arrived; later ones pass at once. */
function barrier(count: number): () => Promise<void> {
  let arrived = 0;
  let open: () => void = () => undefined;
  const isOpen = new Promise<void>((resolve) => {
    open = resolve;
  });
  return async () => {
    arrived += 1;
    if (arrived >= count) open();
    await isOpen;
  };
}
