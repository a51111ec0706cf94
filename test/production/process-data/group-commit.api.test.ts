/**
 * Group commit: records that arrive at the same time are written by one transaction (group-commit.ts), with the same
 * answers and effects as single commits.
 *
 * Each test delays the first record by the lock of the route until the others have arrived, so that these form one
 * group.
 */
import { randomUUID } from 'node:crypto';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import type { Role } from '../../../src/platform/rules/access.ts';
import { startApi, type Api } from '../../support/api.ts';
import { completeItems, makeItems, makeLot, makeSerials, uuidOf, type Named } from '../../support/build.ts';
import { done, call, type Payload } from '../../support/expect.ts';
import { withConnection } from '../../support/database.ts';
import { makeStation, sendAs } from '../../support/station.ts';
import { makeFloor, type Floor } from '../../support/work.ts';

let api: Api;
let floor: Floor;
let press: string;
beforeAll(async () => {
  api = await startApi();
  floor = await makeFloor(api);
  press = (await done(api, 'createEquipment', { code: 'PRESS', name: 'Press', type: 'PRESS' }, 'equipment { id }'))
    .equipment.id;
});
afterAll(() => api.close());

const recordOf = (item: Named, input: object = {}): object => ({
  unit: { id: item.id },
  process: { id: floor.mount.id },
  result: 'PASS',
  ...input,
});
const record = (item: Named, input: object = {}): Promise<Payload> =>
  call(api, 'recordProcessData', recordOf(item, input), 'processData { id attempt result }', 'OPERATOR');
const itemsOf = async (count: number): Promise<readonly Named[]> => makeItems(api, await makeLot(api), count);

/** Sends requests while the route is locked: first a single record, then all others once that one waits. */
async function inOneGroup<Answers>(ask: () => Promise<Answers>): Promise<Answers> {
  const [filler] = await itemsOf(1);
  return withConnection(api.databaseUrl, async (client) => {
    await client.query("BEGIN; SELECT pg_advisory_xact_lock(hashtext('lotgraph route'))");
    const first = record(filler as Named);
    await expect
      .poll(
        async () =>
          (
            await client.query(
              "SELECT FROM pg_locks WHERE locktype = 'advisory' AND NOT granted AND database = (SELECT oid FROM pg_database WHERE datname = current_database())",
            )
          ).rowCount,
      )
      .toBe(1);
    const answers = ask();
    // Requests that were sent earlier have been received when these are answered.
    for (let look = 0; look < 5; look += 1) await api.ask('{ viewer { role } }', {}, 'OPERATOR');
    await client.query('COMMIT');
    expect((await first).errors).toEqual([]);
    return answers;
  });
}

const rows = <Row extends object>(text: string, values: readonly unknown[] = []): Promise<readonly Row[]> =>
  withConnection(api.databaseUrl, async (client) => (await client.query(text, [...values])).rows as Row[]);

interface Entry {
  readonly transaction: string;
  readonly actor: string;
  readonly request: string;
}

/** The actors who recorded the units, from the audit trail. */
const entriesOf = (items: readonly Named[]): Promise<readonly Entry[]> =>
  rows<Entry>(
    `SELECT e.transaction_id AS transaction, e.actor_id AS actor, e.request_id AS request FROM audit_entries e JOIN process_data d ON d.id = e.record_id
     JOIN unnest($1::text[]) WITH ORDINALITY AS item(number, place) ON item.number = (SELECT w.number FROM wip_items w WHERE w.id = d.wip_item_id)
     WHERE e.entity = 'process_data' AND e.operation = 'INSERT' ORDER BY item.place, d.attempt`,
    [items.map(({ number }) => number)],
  );

/** The actors who moved the units, from the audit trail. */
const movesOf = (items: readonly Named[]): Promise<readonly Entry[]> =>
  rows<Entry>(
    `SELECT e.transaction_id AS transaction, e.actor_id AS actor, e.request_id AS request FROM audit_entries e JOIN wip_items w ON w.id = e.record_id
     JOIN unnest($1::text[]) WITH ORDINALITY AS item(number, place) ON item.number = w.number WHERE e.entity = 'wip_items' AND e.operation = 'UPDATE' ORDER BY item.place, e.seq`,
    [items.map(({ number }) => number)],
  );

/**
 * Checks that the group itself succeeded: after a failure its records are committed one by one, with the same answers.
 */
async function expectOneTransaction(items: readonly Named[]): Promise<void> {
  expect(new Set((await entriesOf(items)).map(({ transaction }) => transaction)).size).toBe(1);
}

describe('records that arrive at the same time', () => {
  test('are each created once, by one transaction for all', async () => {
    const items = await itemsOf(12);

    const answers = await inOneGroup(() => Promise.all(items.map((item) => record(item))));

    expect(answers.map(({ errors, processData }) => [errors, processData.result, processData.attempt])).toEqual(
      items.map(() => [[], 'PASS', 1]),
    );
    const entries = await entriesOf(items);
    expect(entries).toHaveLength(12);
    await expectOneTransaction(items);
    expect(new Set(entries.map(({ request }) => request)).size).toBe(12);
  });

  test('have the actor and the request id of their own request in the audit trail (AUD-1)', async () => {
    const [byOperator, byInspector, byStation] = await itemsOf(3);
    const { apiKey, id } = await makeStation(api, 'TESTER-1');

    await inOneGroup(() =>
      Promise.all([
        record(byOperator as Named),
        call(api, 'recordProcessData', recordOf(byInspector as Named), '', 'INSPECTOR'),
        sendAs(
          api,
          apiKey,
          'recordProcessData',
          { ...recordOf(byStation as Named), operator: { username: 'operator' } },
          '',
        ),
      ]),
    );

    const entries = await entriesOf([byOperator, byInspector, byStation] as Named[]);
    expect(entries.map(({ actor }) => actor)).toEqual([
      api.userIdOf('OPERATOR'),
      api.userIdOf('INSPECTOR'),
      uuidOf({ id }),
    ]);
    expect(new Set(entries.map(({ request }) => request)).size).toBe(3);
    expect(await movesOf([byOperator, byInspector, byStation] as Named[])).toEqual(entries);
    await expectOneTransaction([byOperator, byInspector, byStation] as Named[]);
  });

  test('are checked one by one: a violated rule refuses only its own record, with the same message as a single commit', async () => {
    const [valid, invalid, alsoValid] = await itemsOf(3);
    const failed = await record(invalid as Named, { result: 'FAIL' });

    const [first, refused, unknown, last] = await inOneGroup(() =>
      Promise.all([
        record(valid as Named),
        record(invalid as Named, { process: { id: floor.test.id } }),
        record({ ...(invalid as Named), id: randomUUID() }),
        record(alsoValid as Named),
      ]),
    );

    expect(failed.errors).toMatchObject([{ rule: 'PD-2' }]);
    expect([first.errors, last.errors]).toEqual([[], []]);
    expect(refused.errors).toMatchObject([{ code: 'RULE_VIOLATED', rule: 'PD-8' }]);
    expect(unknown.errors).toMatchObject([{ code: expect.stringMatching(/NOT_FOUND|INVALID_INPUT/) }]);
    expect(await entriesOf([invalid as Named])).toEqual([]);
    await expectOneTransaction([valid, alsoValid] as Named[]);
  });

  test('on one unit see each other: of two PASSes one succeeds (PD-6), two FAILs are two attempts (PD-9)', async () => {
    const [passed, failed, ...others] = await itemsOf(4);
    const fail = { result: 'FAIL', defects: [{ code: 'BENT' }] };

    const answers = await inOneGroup(() =>
      Promise.all([
        record(passed as Named),
        record(passed as Named),
        record(failed as Named, fail),
        record(failed as Named, fail),
        ...others.map((item) => record(item)),
      ]),
    );

    const [passes, fails] = [answers.slice(0, 2), answers.slice(2, 4)];
    expect(passes.filter(({ errors }) => errors.length === 0)).toHaveLength(1);
    expect(passes.flatMap(({ errors }) => errors)).toMatchObject([{ rule: 'PD-6' }]);
    expect(fails.map(({ processData }) => processData.attempt).toSorted()).toEqual([1, 2]);
    await expectOneTransaction([passed as Named, ...others]);
  });

  test('with one idempotency key are one record with one answer; with an earlier key, they are the earlier record (IDK-1)', async () => {
    const [item, other, another] = await itemsOf(3);
    const idempotencyKey = `key ${item?.number}`;
    const fail = { result: 'FAIL', defects: [{ code: 'BENT' }], idempotencyKey };

    const [one, two] = await inOneGroup(() => Promise.all([record(item as Named, fail), record(item as Named, fail)]));
    const [again, unrelated, alsoUnrelated, mismatch] = await inOneGroup(() =>
      Promise.all([
        record(item as Named, fail),
        record(other as Named),
        record(another as Named),
        record(other as Named, fail),
      ]),
    );

    expect([two, again]).toEqual([one, one]);
    expect([unrelated.errors, alsoUnrelated.errors]).toEqual([[], []]);
    expect(mismatch.errors).toMatchObject([{ code: 'IDEMPOTENCY_MISMATCH' }]);
    expect(await entriesOf([item as Named])).toHaveLength(1);
    expect(await entriesOf([other as Named])).toHaveLength(1);
    await expectOneTransaction([other, another] as Named[]);
  });

  test('may be of items and serials, each with its own equipment and operator, by any of their keys', async () => {
    const lot = await makeLot(api, { targetQuantity: 4 });
    const [made, other] = await makeSerials(api, lot, 2, [floor.mount, floor.test]);
    const [item, another] = await itemsOf(2);
    const units = [item, another, made, other] as Named[];
    const ways = [
      { equipment: { code: 'PRESS' } },
      { equipment: { id: press }, operator: { username: 'operator' } },
      { operator: { username: 'operator' } },
      { equipment: { code: 'PRESS' } },
    ];

    const answers = await inOneGroup(() =>
      Promise.all(
        units.map((unit, index) =>
          call(
            api,
            'recordProcessData',
            {
              unit: index % 2 === 0 ? { id: unit.id } : { number: unit.number },
              process: { code: index < 2 ? 'MOUNT' : 'BURN_IN' },
              result: 'PASS',
              ...ways[index],
            },
            'processData { id level equipment { code } operator { username } }',
          ),
        ),
      ),
    );

    expect(answers.map(({ errors }) => errors)).toEqual([[], [], [], []]);
    expect(
      answers.map(({ processData: { level, equipment, operator } }) => [level, equipment?.code, operator.username]),
    ).toEqual([
      ['WIP', 'PRESS', 'admin'],
      ['WIP', 'PRESS', 'operator'],
      ['SERIAL', undefined, 'operator'],
      ['SERIAL', 'PRESS', 'admin'],
    ]);
    const recorded = await rows<{ transaction: string }>(
      "SELECT DISTINCT transaction_id AS transaction FROM audit_entries WHERE entity = 'process_data' AND record_id = ANY($1)",
      [answers.map(({ processData }) => uuidOf(processData))],
    );
    expect(recorded).toHaveLength(1);
  });

  test('and convert items are one group too, and each serial has the actor who recorded it (AUD-1)', async () => {
    const items = await itemsOf(2);
    await completeItems(api, items, [floor.mount, floor.test]);
    const [first, second] = items as [Named, Named];
    const marked = (item: Named, role: Role): Promise<Payload> =>
      call(
        api,
        'recordProcessData',
        recordOf(item, { process: { id: floor.mark.id } }),
        'processData { id } serial { id }',
        role,
      );

    const answers = await inOneGroup(() => Promise.all([marked(first, 'OPERATOR'), marked(second, 'INSPECTOR')]));

    expect(answers.map(({ errors }) => errors)).toEqual([[], []]);
    const entries = await rows<Entry>(
      "SELECT transaction_id AS transaction, actor_id AS actor, request_id AS request FROM audit_entries JOIN unnest($1::uuid[]) WITH ORDINALITY AS made(id, place) ON made.id = record_id WHERE operation = 'INSERT' ORDER BY place",
      [answers.flatMap(({ processData, serial }) => [uuidOf(processData), uuidOf(serial)])],
    );
    expect(entries.map(({ actor }) => actor)).toEqual([
      api.userIdOf('OPERATOR'),
      api.userIdOf('OPERATOR'),
      api.userIdOf('INSPECTOR'),
      api.userIdOf('INSPECTOR'),
    ]);
    expect(new Set(entries.map(({ transaction }) => transaction)).size).toBe(1);
  });

  test.each([
    [
      'unit',
      (locked: Named): readonly [string, string] => [
        'SELECT FROM wip_items WHERE number = $1 FOR UPDATE',
        locked.number,
      ],
    ],
    ['equipment', (): readonly [string, string] => ['SELECT FROM equipment WHERE code = $1 FOR UPDATE', 'PRESS']],
  ])('do not wait for a record whose %s is locked by another transaction', async (_what, lockOf) => {
    const [locked, ...free] = await itemsOf(3);
    await withConnection(api.databaseUrl, async (client) => {
      await client.query('BEGIN');
      const [lock, name] = lockOf(locked as Named);
      await client.query(lock, [name]);

      const [waiting, answers] = await inOneGroup(async () => {
        const late = record(locked as Named, { equipment: { code: 'PRESS' } });
        return [[late], await Promise.all(free.map((item) => record(item)))] as const;
      });

      expect(answers.map(({ errors }) => errors)).toEqual([[], []]);
      await expectOneTransaction(free);
      await client.query('COMMIT');
      expect((await Promise.all(waiting))[0]?.errors).toEqual([]);
    });
  });
});

describe('a group transaction', () => {
  /** Adds a trigger that runs this SQL for a record of the item. */
  async function planted<Answer>(
    item: Named,
    when: 'AFTER INSERT' | 'AT COMMIT',
    does: string,
    ask: () => Promise<Answer>,
  ): Promise<Answer> {
    const how =
      when === 'AT COMMIT'
        ? 'CONSTRAINT TRIGGER planted AFTER INSERT ON process_data DEFERRABLE INITIALLY DEFERRED'
        : 'TRIGGER planted AFTER INSERT ON process_data';
    await rows(`CREATE SEQUENCE tried; CREATE FUNCTION planted() RETURNS trigger LANGUAGE plpgsql SECURITY DEFINER AS $$ BEGIN
      IF NEW.wip_item_id = (SELECT id FROM wip_items WHERE number = '${item.number}') THEN PERFORM nextval('tried'); ${does}; END IF; RETURN NULL; END $$;
      CREATE ${how} FOR EACH ROW EXECUTE FUNCTION planted()`);
    try {
      return await ask();
    } finally {
      await rows('DROP TRIGGER planted ON process_data; DROP FUNCTION planted(); DROP SEQUENCE tried');
    }
  }
  const tries = async (): Promise<number> =>
    Number((await rows<{ last_value: string }>('SELECT last_value FROM tried'))[0]?.last_value);

  test('is rolled back when a database constraint refuses one record, and the others are committed one by one', async () => {
    const [refused, ...others] = await itemsOf(4);

    const answers = await planted(
      refused as Named,
      'AFTER INSERT',
      "RAISE EXCEPTION USING ERRCODE = '23514', CONSTRAINT = 'ck_process_data_pd_3_time_order', TABLE = 'process_data'",
      () => inOneGroup(() => Promise.all([refused as Named, ...others].map((item) => record(item)))),
    );

    expect(answers[0]?.errors).toMatchObject([{ rule: 'PD-3' }]);
    expect(answers.slice(1).map(({ errors }) => errors)).toEqual([[], [], []]);
    expect(await entriesOf([refused as Named])).toEqual([]);
    expect(await entriesOf(others)).toHaveLength(3);
  });

  test('is not repeated when its commit has an unknown result, which every request reports', async () => {
    const [fatal, other] = await itemsOf(2);

    const [answers, tried] = await planted(
      fatal as Named,
      'AT COMMIT',
      'PERFORM pg_terminate_backend(pg_backend_pid())',
      async () => {
        const both = await inOneGroup(() =>
          Promise.all(
            [fatal as Named, other as Named].map((item) =>
              api.ask(
                `mutation { recordProcessData(input: { unit: { id: "${item.id}" }, process: { code: "MOUNT" }, result: PASS }) { errors { code } } }`,
              ),
            ),
          ),
        );
        return [both, await tries()] as const;
      },
    );

    expect(answers.map(({ data, errors }) => [data?.recordProcessData ?? null, errors.length])).toEqual([
      [null, 1],
      [null, 1],
    ]);
    expect(tried).toBe(1);
    expect(await entriesOf([fatal as Named, other as Named])).toEqual([]);
  });
});
