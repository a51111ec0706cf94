import { v7 as uuid7 } from 'uuid';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { contextFor } from '../../../src/app/request/context.ts';
import { registerStation, stationHeartbeat } from '../../../src/catalog/station/station.commands.ts';
import { stationList } from '../../../src/catalog/station/station.loaders.ts';
import { stationStatus, STATION_STATUSES } from '../../../src/catalog/station/station.rules.ts';
import { run } from '../../../src/platform/command/run.ts';
import type { Context } from '../../../src/platform/request/context.ts';
import { encodeGlobalId } from '../../../src/platform/values/global-id.ts';
import { startApi, type Answer, type Api } from '../../support/api.ts';
import { askBothWays } from '../../support/both-ways.ts';
import { call, expectRefused, type Refusal } from '../../support/expect.ts';

let api: Api;
beforeAll(async () => {
  api = await startApi();
  await call(api, 'createProductionLine', { code: 'L1', name: 'Line' });
  await call(api, 'createProductionLine', { code: 'L2', name: 'Line' });
});
afterAll(() => api.close());

const STATION =
  'station { id code name description host port productionLine { code } status softwareVersion health lastSeenAt isActive version }';
const INSTANT = /^\d{4}-\d{2}-\d{2}T\d{2}:\d{2}:\d{2}\.\d{3}Z$/;

const register = (input: object): Promise<Answer['data']> =>
  call(api, 'registerStation', { name: 'Station', host: 'host', ...input }, STATION);
const beat = (input: object): Promise<Answer['data']> => call(api, 'stationHeartbeat', input, STATION);
const update = (code: string, changes: object): Promise<Answer['data']> =>
  call(api, 'updateStation', { station: { code }, ...changes }, STATION);
const seen = (code: string, seconds: number): Promise<unknown> =>
  api.database.reader()
    .sql`UPDATE stations SET last_seen_at = now() - make_interval(secs => ${seconds}) WHERE code = ${code}`;

describe('registerStation', () => {
  test('creates an unknown station, which is ONLINE (STA-1, STA-2)', async () => {
    const given = {
      name: 'Tester',
      description: 'First\nline',
      host: '10.0.0.1',
      port: 65_535,
      softwareVersion: '1.2.3',
    };
    expect(await register({ ...given, code: ' tester_1-a ', productionLine: { code: 'l1' } })).toEqual({
      station: {
        ...given,
        id: expect.any(String),
        code: 'TESTER_1-A',
        productionLine: { code: 'L1' },
        status: 'ONLINE',
        health: {},
        lastSeenAt: expect.stringMatching(INSTANT),
        isActive: true,
        version: 1,
      },
      errors: [],
    });
  });

  test('uses the defaults for fields that are null or absent (STA-2)', async () => {
    for (const [code, fields] of [
      ['D1', {}],
      ['D2', { description: null, port: null, softwareVersion: null, productionLine: null }],
    ] as const) {
      expect(await register({ code, ...fields })).toMatchObject({
        station: { description: null, port: 8_080, softwareVersion: null, productionLine: null },
        errors: [],
      });
    }
  });

  test('updates host, port, version and last contact of a known station, and leaves the rest (STA-2)', async () => {
    await register({
      code: 'K1',
      name: 'Name',
      description: 'D',
      softwareVersion: '1',
      productionLine: { code: 'L1' },
    });
    await beat({ code: 'K1', health: { status: 'unhealthy' } });
    await seen('K1', 3_600);

    const again = await register({
      code: 'k1',
      name: 'Other',
      description: 'Other',
      host: 'new',
      port: 1,
      softwareVersion: '2',
      productionLine: { code: 'L2' },
    });
    expect(again).toMatchObject({
      station: {
        code: 'K1',
        name: 'Name',
        description: 'D',
        host: 'new',
        port: 1,
        softwareVersion: '2',
        productionLine: { code: 'L1' },
        status: 'ONLINE',
        health: { status: 'unhealthy' },
        version: 2,
      },
      errors: [],
    });

    const third = await register({ code: 'k1', host: 'new', port: 1 });
    expect(third).toMatchObject({ station: { softwareVersion: '2', status: 'ONLINE', version: 2 }, errors: [] });
  });

  test('creates one station when it is sent 20 times at once, and all requests succeed (STA-2)', async () => {
    const answers = await Promise.all(Array.from({ length: 20 }, () => register({ code: 'K2' })));
    expect(new Set(answers.map((answer) => answer.station?.id)).size).toBe(1);
    expect(answers.flatMap((answer) => answer.errors)).toEqual([]);
  });

  test.each<readonly [what: string, input: object, refusal: Refusal]>([
    ['a point in the code (STA-1)', { code: 'S.1' }, ['INVALID_INPUT', 'code', 'STA-1']],
    ['101 characters in the code (STA-1)', { code: 'S'.repeat(101) }, ['INVALID_INPUT', 'code', 'STA-1']],
    ['a blank host', { host: ' ' }, ['INVALID_INPUT', 'host', null]],
    ['the port 0', { port: 0 }, ['INVALID_INPUT', 'port', null]],
    ['the port 65536', { port: 65_536 }, ['INVALID_INPUT', 'port', null]],
    ['a version of 51 characters', { softwareVersion: '1'.repeat(51) }, ['INVALID_INPUT', 'softwareVersion', null]],
    ['a line that does not exist', { productionLine: { code: 'NONE' } }, ['NOT_FOUND', 'productionLine', null]],
    [
      'a line by an id of another type',
      { productionLine: { id: encodeGlobalId('Lot', uuid7()) } },
      ['INVALID_INPUT', 'productionLine.id', null],
    ],
  ])('refuses a station with %s', async (_what, fields, error) => {
    await expectRefused(api, 'registerStation', { code: 'R1', name: 'Station', host: 'h', ...fields }, [error]);
  });

  test('lets a station register itself and no other (STA-2)', async () => {
    const { station } = await register({ code: 'OWN' });
    const context = asStation('OWN');
    expect(await run(registerStation, { code: 'own', name: 'Own', host: 'elsewhere' }, context)).toMatchObject({
      errors: [],
    });
    expect((await api.ask('{ stationByCode(code: "own") { id host } }')).data.stationByCode).toEqual({
      id: station.id,
      host: 'elsewhere',
    });
    for (const code of ['D1', 'UNKNOWN']) {
      expect(await run(registerStation, { code, name: 'Other', host: 'h' }, context)).toMatchObject({
        output: null,
        errors: [{ code: 'FORBIDDEN', path: ['code'], rule: 'STA-2' }],
      });
    }
    expect((await api.ask('{ stationByCode(code: "UNKNOWN") { id } }')).data.stationByCode).toBeNull();
  });
});

describe('stationHeartbeat', () => {
  test.each([
    ['nothing', {}, 'ONLINE', {}],
    ['no health', { health: null }, 'ONLINE', {}],
    ['good health', { health: { status: 'ok', load: 0.5 } }, 'ONLINE', { status: 'ok', load: 0.5 }],
    ['"degraded"', { health: { status: 'degraded' } }, 'DEGRADED', { status: 'degraded' }],
    ['"Unhealthy", in any case', { health: { status: 'UnHealthy' } }, 'DEGRADED', { status: 'UnHealthy' }],
    ['a status that is not a text', { health: { status: ['degraded'] } }, 'ONLINE', { status: ['degraded'] }],
  ])('with %s sets lastSeenAt and the status, without a new version (STA-3)', async (what, fields, status, health) => {
    const code = `H${what.length}`;
    await register({ code, softwareVersion: '1' });
    await seen(code, 3_600);
    expect(await beat({ code: ` ${code.toLowerCase()} `, ...fields })).toMatchObject({
      station: { code, status, health, softwareVersion: '1', version: 1 },
      errors: [],
    });
  });

  test('sets a given software version, and keeps the health when it is absent (STA-3)', async () => {
    await register({ code: 'HV', softwareVersion: '1' });
    await beat({ code: 'HV', health: { status: 'degraded' } });
    expect(await beat({ code: 'HV', softwareVersion: '2' })).toMatchObject({
      station: { status: 'ONLINE', health: { status: 'degraded' }, softwareVersion: '2', version: 1 },
      errors: [],
    });
  });

  test('refuses an unknown and an inactive station (STA-3)', async () => {
    await register({ code: 'HI' });
    await update('HI', { isActive: false });
    for (const code of ['HI', 'NONE']) {
      await expectRefused(api, 'stationHeartbeat', { code }, [
        ['NOT_FOUND', 'code', 'STA-3', `There is no active station ${code}; register or activate it first.`],
      ]);
    }
    await expectRefused(api, 'stationHeartbeat', { code: 'S.1' }, [['INVALID_INPUT', 'code', 'STA-1']]);
  });

  test('accepts requests of users and of the station itself (STA-3)', async () => {
    await register({ code: 'HO' });
    await register({ code: 'HP' });
    expect(await run(stationHeartbeat, { code: 'HO' }, asStation('HO'))).toMatchObject({ errors: [] });
    expect(await run(stationHeartbeat, { code: 'HP' }, asStation('HO'))).toMatchObject({
      output: null,
      errors: [{ code: 'FORBIDDEN', path: ['code'], rule: 'STA-3' }],
    });
    expect(await run(stationHeartbeat, { code: 'NONE' }, asStation('HO'))).toMatchObject({
      output: null,
      errors: [{ code: 'FORBIDDEN', path: ['code'], rule: 'STA-3' }],
    });
  });
});

describe('a station without heartbeats', () => {
  const NOW = '2026-11-20T08:00:30.000Z';
  const MOMENTS = [
    null,
    '2026-11-20T07:59:59.999Z',
    '2026-11-20T08:00:00.000Z',
    '2026-11-20T08:00:00.001Z',
    '2026-11-20T08:00:30.000Z',
    '2026-11-20T08:01:00.000Z',
  ] as const;

  test('is OFFLINE after more than 30 seconds, in the field and in the filter alike (STA-4)', async () => {
    await using quiet = await startApi();
    const rows = STATION_STATUSES.flatMap((reportedStatus) =>
      MOMENTS.map((lastSeenAt, index) => ({
        id: uuid7(),
        code: `${reportedStatus}-${index}`,
        name: 'S',
        host: 'h',
        reportedStatus,
        lastSeenAt,
      })),
    );
    await quiet.database.transaction((tx) => tx.station.createMany({ data: rows }));
    const context: Context = { ...contextFor(quiet.services, null), now: NOW };

    for (const status of STATION_STATUSES) {
      const page = await stationList.page(context, { first: 100, filter: { status: { eq: status } } });
      expect(page.rows.map((row) => row.code)).toEqual(
        rows
          .filter((row) => stationStatus(row, NOW, 30) === status)
          .map((row) => row.code)
          .toSorted(),
      );
      const others = await stationList.page(context, { first: 100, filter: { status: { notIn: [status] } } });
      expect(others.rows.length + page.rows.length).toBe(rows.length);
    }
    const online = await stationList.page(context, { filter: { status: { in: ['ONLINE'] } } });
    expect(online.rows.map((row) => row.lastSeenAt)).toEqual([
      '2026-11-20T08:00:00.000Z',
      '2026-11-20T08:00:00.001Z',
      '2026-11-20T08:00:30.000Z',
      '2026-11-20T08:01:00.000Z',
    ]);
  });

  test('goes OFFLINE automatically, also when it was DEGRADED, and returns with a heartbeat (STA-4)', async () => {
    await register({ code: 'Q1' });
    await beat({ code: 'Q1', health: { status: 'degraded' } });
    const status = async (): Promise<string> =>
      (await api.ask('{ stationByCode(code: "Q1") { status } }')).data.stationByCode.status;

    await seen('Q1', 25);
    expect(await status()).toBe('DEGRADED');
    await seen('Q1', 31);
    expect(await status()).toBe('OFFLINE');
    await beat({ code: 'Q1' });
    expect(await status()).toBe('ONLINE');
  });

  test('has a configurable time limit, used by the field and the filter (STA-4)', async () => {
    await using patient = await startApi({ stationOfflineAfterSeconds: 120 });
    await call(patient, 'registerStation', { code: 'S1', name: 'S', host: 'h' });
    await patient.database.reader().sql`UPDATE stations SET last_seen_at = now() - interval '100 seconds'`;
    expect(
      (await patient.ask('{ stations(filter: { status: { eq: ONLINE } }) { nodes { status } } }')).data.stations.nodes,
    ).toEqual([{ status: 'ONLINE' }]);
  });
});

describe('updateStation', () => {
  test('changes the given fields, and clears optional fields that are null', async () => {
    await register({ code: 'U1', description: 'D', softwareVersion: '1', productionLine: { code: 'L1' } });
    expect(
      await update('u1', {
        name: 'New',
        host: 'new',
        port: 1,
        productionLine: { code: 'L2' },
        isActive: false,
        expectedVersion: 1,
      }),
    ).toMatchObject({
      station: {
        name: 'New',
        description: 'D',
        host: 'new',
        port: 1,
        softwareVersion: '1',
        productionLine: { code: 'L2' },
        isActive: false,
        version: 2,
      },
      errors: [],
    });
    expect(await update('u1', { description: null, softwareVersion: null, productionLine: null })).toMatchObject({
      station: { description: null, softwareVersion: null, productionLine: null, version: 3 },
      errors: [],
    });
  });

  test.each([
    [{ name: null }, 'name'],
    [{ host: null }, 'host'],
    [{ port: null }, 'port'],
    [{ isActive: null }, 'isActive'],
    [{ port: 0 }, 'port'],
  ])('refuses a change with %j', async (changes, path) => {
    await register({ code: 'U2' });
    await expectRefused(api, 'updateStation', { station: { code: 'U2' }, ...changes }, [['INVALID_INPUT', path, null]]);
  });

  test('refuses a station or line that does not exist, and an outdated version (GEN-2)', async () => {
    await register({ code: 'U3' });
    await expectRefused(api, 'updateStation', { station: { code: 'NONE' }, name: 'X' }, [
      ['NOT_FOUND', 'station', null, 'Station NONE does not exist.'],
    ]);
    await expectRefused(api, 'updateStation', { station: { code: 'U3' }, productionLine: { code: 'NONE' } }, [
      ['NOT_FOUND', 'productionLine', null],
    ]);
    await expectRefused(api, 'updateStation', { station: { id: encodeGlobalId('Lot', uuid7()) }, name: 'X' }, [
      ['INVALID_INPUT', 'station.id', null],
    ]);
    await expectRefused(api, 'updateStation', { station: { code: 'U3' }, name: 'X', expectedVersion: 2 }, [
      ['STALE_VERSION', 'expectedVersion', 'GEN-2'],
    ]);
    await expectRefused(api, 'deleteStation', { station: { code: 'U3' }, expectedVersion: 2 }, [
      ['STALE_VERSION', 'expectedVersion', 'GEN-2'],
    ]);
    await expectRefused(api, 'deleteStation', { station: { code: 'NONE' } }, [['NOT_FOUND', 'station', null]]);
  });
});

describe('deleteStation', () => {
  test('deletes a station without references (GEN-1)', async () => {
    const { station } = await register({ code: 'X1' });
    expect(await call(api, 'deleteStation', { station: { id: station.id } }, 'deletedId')).toEqual({
      deletedId: station.id,
      errors: [],
    });
    expect((await api.ask('{ stationByCode(code: "X1") { id } }')).data).toEqual({ stationByCode: null });
  });

  test('refuses a station with equipment or executions (GEN-1)', async () => {
    await register({ code: 'X2' });
    await api.database.transaction(async (tx) => {
      const { id: stationId } = await tx.station.findUniqueOrThrow({ where: { code: 'X2' } });
      const { id: productionLineId } = await tx.productionLine.findUniqueOrThrow({ where: { code: 'L1' } });
      await tx.equipment.create({ data: { id: uuid7(), code: 'E', name: 'E', type: 'T', stationId } });
      const { id: productModelId } = await tx.productModel.create({
        data: { id: uuid7(), code: 'M1', lotSegment: 'M10', name: 'M' },
      });
      const { id: lotId } = await tx.lot.create({
        data: {
          id: uuid7(),
          number: 'L100M10261101',
          productModelId,
          productionLineId,
          productionDate: '2026-11-20T00:00:00.000Z',
          status: 'IN_PROGRESS',
          startedAt: '2026-11-20T08:00:00.000Z',
        },
      });
      const { id: processId } = await tx.process.create({
        data: { id: uuid7(), number: 1, code: 'P', name: 'P', level: 'LOT', sortOrder: 1 },
      });
      await tx.processData.create({
        data: {
          id: uuid7(),
          level: 'LOT',
          lotId,
          processId,
          operatorId: api.userIdOf('OPERATOR'),
          stationId,
          attempt: 1,
          startedAt: '2026-11-20T08:00:00.000Z',
        },
      });
    });
    await expectRefused(api, 'deleteStation', { station: { code: 'X2' } }, [
      [
        'RULE_VIOLATED',
        'station',
        'GEN-1',
        'Station X2 is in use (equipment: 1, executions: 1); deactivate it instead of deleting it.',
      ],
    ]);
  });
});

test('roles that do not maintain master data cannot change a station, and everybody reads it (AUT-1)', async () => {
  await register({ code: 'P1' });
  for (const role of ['INSPECTOR', 'OPERATOR', 'AUDITOR', 'VIEWER'] as const) {
    await expectRefused(api, 'registerStation', { code: 'P2', name: 'S', host: 'h' }, [['FORBIDDEN', '', null]], role);
    await expectRefused(api, 'stationHeartbeat', { code: 'P1' }, [['FORBIDDEN', '', null]], role);
    await expectRefused(api, 'updateStation', { station: { code: 'P1' }, name: 'X' }, [['FORBIDDEN', '', null]], role);
    await expectRefused(api, 'deleteStation', { station: { code: 'NONE' } }, [['FORBIDDEN', '', null]], role);
    expect((await api.ask('{ stationByCode(code: " p1 ") { code } }', {}, role)).data).toEqual({
      stationByCode: { code: 'P1' },
    });
  }
  expect(
    await run(registerStation, { code: 'P1', name: 'S', host: 'h' }, contextFor(api.services, null)),
  ).toMatchObject({ errors: [{ code: 'UNAUTHENTICATED', rule: 'AUT-1' }] });
});

test.each([1, 10, 100])('%i stations with their lines cost 2 statements, also filtered by status', async (count) => {
  await api.database.transaction(async (tx) => {
    const lines = await tx.productionLine.findMany({ select: { id: true } });
    await tx.station.deleteMany({ where: { code: { startsWith: 'Z' } } });
    await tx.station.createMany({
      data: Array.from({ length: count }, (_, index) => ({
        id: uuid7(),
        code: `Z${index}`,
        name: 'S',
        host: 'h',
        productionLineId: lines[index % 2]?.id ?? null,
      })),
    });
  });
  const { data, statements } = await askBothWays(
    api,
    '{ stations(first: 100, filter: { code: { startsWith: "Z" }, status: { eq: OFFLINE } }) { nodes { status productionLine { code } } } }',
  );
  expect(data.stations.nodes).toHaveLength(count);
  expect(statements).toEqual({ plans: 2, loaders: 2 });
});

function asStation(code: string): Context {
  return contextFor(api.services, { kind: 'STATION', id: uuid7(), code });
}
