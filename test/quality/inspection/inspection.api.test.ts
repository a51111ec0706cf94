import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { type Api, startApi } from '../../support/api.ts';
import {
  makeInspection,
  makeItems,
  makeLine,
  makeLot,
  makeModel,
  makeRoute,
  makeSerials,
  type Named,
} from '../../support/build.ts';
import { askBothWays } from '../../support/both-ways.ts';
import { call, done, expectRefused } from '../../support/expect.ts';
import { makeStation, sendAs } from '../../support/station.ts';

let api: Api;
let steps: Awaited<ReturnType<typeof makeRoute>>;
beforeAll(async () => {
  api = await startApi();
  steps = await makeRoute(api);
  await makeModel(api);
  await makeLine(api);
});
afterAll(() => api.close());

let lot: Named;
let month = 0;
/** A lot of a month of its own, so that a file may make more than 99. */
async function newLot(): Promise<Named> {
  month += 1;
  const productionDate = `${2026 + Math.floor(month / 12)}-${String((month % 12) + 1).padStart(2, '0')}-20`;
  return makeLot(api, { productionDate });
}
beforeEach(async () => {
  lot = await newLot();
});

const FIELDS =
  'inspection { id status round priority sampleCode type verdict qualityScore confidence grade violations durationSeconds isReviewed defectCount failureReason metadata version lot { number } wipItem { number } serial { number } station { code } inspector { username } createdBy { username } startedAt completedAt }';

describe('createInspection', () => {
  test('puts a sample of a lot into the queue, named by the lot unless a name is given (INS-1)', async () => {
    const { inspection } = await done(api, 'createInspection', { lot: { id: lot.id }, type: 'VISUAL' }, FIELDS);
    expect(inspection).toEqual({
      id: inspection.id,
      status: 'PENDING',
      round: 1,
      priority: 5,
      sampleCode: lot.number,
      type: 'VISUAL',
      verdict: null,
      qualityScore: null,
      confidence: null,
      grade: null,
      violations: [],
      durationSeconds: null,
      isReviewed: false,
      defectCount: 0,
      failureReason: null,
      metadata: {},
      version: 1,
      lot: { number: lot.number },
      wipItem: null,
      serial: null,
      station: null,
      inspector: null,
      createdBy: { username: 'admin' },
      startedAt: null,
      completedAt: null,
    });
    const named = await done(
      api,
      'createInspection',
      { lot: { number: lot.number }, type: 'OPTICAL', sampleCode: ' tray_7-a ', priority: 10, metadata: { shift: 2 } },
      FIELDS,
      'INSPECTOR',
    );
    expect(named['inspection']).toMatchObject({
      sampleCode: 'TRAY_7-A',
      priority: 10,
      metadata: { shift: 2 },
      createdBy: { username: 'inspector' },
    });
  });

  test('names the sample by its item or its serial (INS-1)', async () => {
    const [serial] = await makeSerials(api, lot, 1, [steps.mount, steps.test]);
    const [item] = await makeItems(api, lot, 1);
    const ofItem = { lot: { id: lot.id }, wipItem: { id: item?.id }, type: 'VISUAL' };
    expect((await done(api, 'createInspection', ofItem, FIELDS))['inspection']).toMatchObject({
      sampleCode: item?.number,
      wipItem: { number: item?.number },
      serial: null,
    });
    const ofSerial = { lot: { id: lot.id }, serial: { number: serial?.number }, type: 'VISUAL' };
    expect((await done(api, 'createInspection', ofSerial, FIELDS))['inspection']).toMatchObject({
      sampleCode: serial?.number,
      wipItem: null,
      serial: { number: serial?.number },
    });
    await expectRefused(api, 'createInspection', { ...ofItem, serial: { id: serial?.id }, sampleCode: 'OTHER' }, [
      ['RULE_VIOLATED', 'serial', 'INS-1'],
    ]);
    const other = await newLot();
    await expectRefused(api, 'createInspection', { ...ofItem, lot: { id: other.id } }, [
      ['RULE_VIOLATED', 'wipItem', 'INS-1'],
    ]);
    await expectRefused(api, 'createInspection', { ...ofSerial, lot: { id: other.id } }, [
      ['RULE_VIOLATED', 'serial', 'INS-1'],
    ]);
  });

  test('judges priority, sample code, type and metadata by themselves (INS-1)', async () => {
    const input = { lot: { id: lot.id }, type: 'VISUAL' };
    for (const priority of [0, 11])
      await expectRefused(api, 'createInspection', { ...input, priority }, [['INVALID_INPUT', 'priority', 'INS-1']]);
    for (const sampleCode of ['AB', '-AB', 'A B C', 'A'.repeat(101)])
      await expectRefused(api, 'createInspection', { ...input, sampleCode }, [
        ['INVALID_INPUT', 'sampleCode', 'INS-1'],
      ]);
    await expectRefused(api, 'createInspection', { lot: { id: lot.id } }, [['INVALID_INPUT', 'type', 'INS-1']]);
    // {"text":"…"} has 11 bytes around the text; ä has two bytes.
    const metadata = { text: `ä${'a'.repeat(9_987)}` };
    await done(api, 'createInspection', { ...input, metadata }, FIELDS);
    await expectRefused(api, 'createInspection', { ...input, metadata: { text: `${metadata.text}a` } }, [
      ['INVALID_INPUT', 'metadata', 'INS-1'],
    ]);
    for (const priority of [1, 10])
      await done(api, 'createInspection', { ...input, priority, sampleCode: `P-${priority}00` }, FIELDS);
    await done(api, 'createInspection', { ...input, sampleCode: 'A'.repeat(100) }, FIELDS);
    await done(api, 'createInspection', { ...input, sampleCode: 'a-1' }, FIELDS);
  });

  test('is refused for a REJECTED lot, and not for a held or closed one (INS-1)', async () => {
    const input = { lot: { id: lot.id }, type: 'VISUAL' };
    await done(api, 'quarantineLot', { ...input, type: undefined, reason: 'Scratches' }, 'lot { id }');
    await done(api, 'createInspection', input, FIELDS);
    await done(api, 'rejectLot', { lot: { id: lot.id }, reason: 'Too many' }, 'lot { id }');
    await expectRefused(api, 'createInspection', { ...input, sampleCode: 'OTHER' }, [
      ['RULE_VIOLATED', 'lot', 'INS-1', `Lot ${lot.number} is REJECTED for ever; it takes no new inspection.`],
    ]);
    const closed = await newLot();
    await makeItems(api, closed, 1);
    await api.database.reader()
      .sql`UPDATE lots SET status = 'COMPLETED', completed_at = now() WHERE number = ${closed.number}`;
    await done(api, 'closeLot', { lot: { id: closed.id } }, 'lot { id }');
    await done(api, 'createInspection', { lot: { id: closed.id }, type: 'VISUAL' }, FIELDS);
  });

  test('names records that exist', async () => {
    const input = { lot: { id: lot.id }, type: 'VISUAL' };
    const unknown = Buffer.from('Inspection:00000000-0000-7000-8000-000000000000').toString('base64url');
    await expectRefused(api, 'createInspection', { ...input, lot: { number: 'KR01PSA200101' } }, [
      ['NOT_FOUND', 'lot', null],
    ]);
    await expectRefused(api, 'createInspection', { ...input, station: { code: 'NONE' } }, [
      ['NOT_FOUND', 'station', null],
    ]);
    await expectRefused(api, 'createInspection', { ...input, reinspectionOf: unknown }, [
      ['NOT_FOUND', 'reinspectionOf', null],
    ]);
    await expectRefused(api, 'createInspection', { ...input, reinspectionOf: lot.id }, [
      ['INVALID_INPUT', 'reinspectionOf', null],
    ]);
  });
});

describe('rounds', () => {
  test('a sample is inspected once per type and round (INS-2)', async () => {
    const input = { lot: { id: lot.id }, type: 'VISUAL', sampleCode: 'TRAY-1' };
    await done(api, 'createInspection', input, FIELDS);
    await expectRefused(api, 'createInspection', input, [
      ['CONFLICT', 'sampleCode', 'INS-2', 'Inspection VISUAL of TRAY-1 is PENDING already; carry that out.'],
    ]);
    await done(api, 'createInspection', { ...input, type: 'OPTICAL' }, FIELDS);
    await done(api, 'createInspection', { ...input, sampleCode: 'TRAY-2' }, FIELDS);
    await done(api, 'createInspection', { ...input, lot: { id: (await newLot()).id } }, FIELDS);
  });

  test('of 20 parallel creations of one sample and round, one succeeds (INS-2)', async () => {
    const input = { lot: { id: lot.id }, type: 'VISUAL', sampleCode: 'TRAY-1' };
    const payloads = await Promise.all(
      Array.from({ length: 20 }, () => call(api, 'createInspection', input, 'inspection { id }')),
    );
    const refusals = payloads.flatMap(({ errors }) => errors.map(({ code, path, rule }) => [code, path, rule]));
    expect(refusals).toEqual(Array.from({ length: 19 }, () => ['CONFLICT', ['sampleCode'], 'INS-2']));
    const { data } = await api.ask(`{ inspections(filter: { lot: { eq: "${lot.id}" } }) { totalCount } }`);
    expect(data).toEqual({ inspections: { totalCount: 1 } });
  });
});

describe('startInspection', () => {
  test('makes the inspector the one who carries it out (INS-3)', async () => {
    const { id } = await makeInspection(api, lot, {}, false);
    const { inspection } = await done(api, 'startInspection', { id, expectedVersion: 1 }, FIELDS, 'INSPECTOR');
    expect(inspection).toMatchObject({ status: 'IN_PROGRESS', inspector: { username: 'inspector' }, version: 2 });
    expect(inspection.startedAt).not.toBeNull();
    await expectRefused(api, 'startInspection', { id }, [
      [
        'RULE_VIOLATED',
        'id',
        'INS-3',
        `Inspection VISUAL of ${lot.number} is IN_PROGRESS; only from PENDING can it become IN_PROGRESS.`,
      ],
    ]);
    await expectRefused(api, 'startInspection', { id, expectedVersion: 1 }, [
      ['STALE_VERSION', 'expectedVersion', 'GEN-2'],
      ['RULE_VIOLATED', 'id', 'INS-3'],
    ]);
  });

  test('of two inspectors who start one inspection, one wins (INS-3)', async () => {
    const { id } = await makeInspection(api, lot, {}, false);
    const roles = ['INSPECTOR', 'ENGINEER'] as const;
    const payloads = await Promise.all(
      roles.map((role) => call(api, 'startInspection', { id }, 'inspection { inspector { username } }', role)),
    );
    expect(payloads.map(({ errors }) => errors.map(({ rule }) => rule)).toSorted()).toEqual([[], ['INS-3']]);
  });
});

describe('startNextInspection', () => {
  test('serves the most urgent, then the oldest, of the types (INS-7)', async () => {
    await drain();
    const made: string[] = [];
    for (const [priority, type] of [
      [5, 'VISUAL'],
      [9, 'OPTICAL'],
      [5, 'THERMAL'],
      [9, 'VISUAL'],
    ] as const)
      made.push((await makeInspection(api, lot, { priority, type, sampleCode: `S-${made.length}00` }, false)).id);
    const next = async (types: readonly string[] = []): Promise<number> => {
      const { inspection } = await done(api, 'startNextInspection', { types }, FIELDS, 'INSPECTOR');
      expect(inspection).toMatchObject({ status: 'IN_PROGRESS', inspector: { username: 'inspector' } });
      return made.indexOf(inspection.id);
    };
    expect(await next(['THERMAL', 'VISUAL'])).toBe(3);
    expect([await next(), await next(), await next()]).toEqual([1, 0, 2]);
    const none = await done(api, 'startNextInspection', {}, 'inspection { id }');
    expect(none['inspection']).toBeNull();
  });

  test('10 parallel calls start ten different inspections (INS-7)', async () => {
    await drain();
    for (let each = 0; each < 10; each += 1) await makeInspection(api, lot, { sampleCode: `S-${each}00` }, false);
    const payloads = await Promise.all(
      Array.from({ length: 10 }, () => done(api, 'startNextInspection', {}, 'inspection { id }')),
    );
    expect(new Set(payloads.map(({ inspection }) => inspection.id)).size).toBe(10);
  });
});

test('the same request for the next inspection starts one, and an empty queue stays the answer (IDK-1, INS-7)', async () => {
  await drain();
  const next = async (idempotencyKey: string): Promise<string | undefined> =>
    (await done(api, 'startNextInspection', { idempotencyKey }, 'inspection { id }'))['inspection']?.id;
  expect(await next('empty')).toBeUndefined();
  const made: string[] = [];
  for (const sampleCode of ['S-100', 'S-200']) made.push((await makeInspection(api, lot, { sampleCode }, false)).id);
  expect([await next('first'), await next('first'), await next('empty'), await next('second')]).toEqual([
    made[0],
    made[0],
    undefined,
    made[1],
  ]);
});

test('an inspection against the rejection of its lot: either it comes first, or it is refused (INS-1)', async () => {
  for (let round = 0; round < 5; round += 1) {
    const fresh = await newLot();
    const [created] = await Promise.all([
      call(api, 'createInspection', { lot: { id: fresh.id }, type: 'VISUAL' }, 'inspection { createdAt }'),
      done(api, 'rejectLot', { lot: { id: fresh.id }, reason: 'Cracks' }, 'lot { id }'),
    ]);
    expect(['', 'INS-1']).toContain(created.errors.map(({ rule }) => rule).join());
  }
});

/** Starts all that waits from earlier tests. */
async function drain(): Promise<void> {
  while ((await done(api, 'startNextInspection', {}, 'inspection { id }'))['inspection'] !== null);
}

describe('stations', () => {
  test('a station inspects for itself only; it is served its own inspections and those of none (INS-7)', async () => {
    await drain();
    const [own, other] = [await makeStation(api, 'CAM1'), await makeStation(api, 'CAM2')];
    const input = { lot: { id: lot.id }, type: 'VISUAL' };
    const mine = await sendAs(
      api,
      own.apiKey,
      'createInspection',
      { ...input, sampleCode: 'S-100' },
      'inspection { id station { code } createdBy { username } }',
    );
    expect(mine.inspection).toMatchObject({ station: { code: 'CAM1' }, createdBy: null });
    for (const station of [{ code: 'CAM2' }, { code: 'NONE' }, { id: other.id }]) {
      const { errors } = await sendAs(api, own.apiKey, 'createInspection', { ...input, station });
      expect(errors).toMatchObject([{ code: 'FORBIDDEN', path: ['station'], rule: 'INS-7' }]);
    }
    const theirs = await makeInspection(
      api,
      lot,
      { sampleCode: 'S-200', station: { code: 'CAM2' }, priority: 10 },
      false,
    );
    const free = await makeInspection(api, lot, { sampleCode: 'S-300', priority: 9 }, false);
    const next = async (apiKey: string, station?: object): Promise<unknown> => {
      const { inspection } = await sendAs(
        api,
        apiKey,
        'startNextInspection',
        { station },
        'inspection { id station { code } inspector { id } }',
      );
      return inspection === null ? null : [inspection.id, inspection.station.code, inspection.inspector];
    };
    expect(await next(own.apiKey)).toEqual([free.id, 'CAM1', null]);
    expect(await next(own.apiKey, { code: 'cam1' })).toEqual([mine.inspection.id, 'CAM1', null]);
    expect(await next(own.apiKey)).toBeNull();
    const named = await done(api, 'startNextInspection', { station: { id: own.id } }, 'inspection { id }');
    expect(named['inspection']).toBeNull();
    expect(await next(other.apiKey)).toEqual([theirs.id, 'CAM2', null]);
  });
});

describe('updateInspection', () => {
  test('changes priority, station and metadata until the inspection ends (INS-1, INS-3)', async () => {
    await makeStation(api, 'CAM3');
    const { id } = await makeInspection(api, lot, { metadata: { shift: 1 } });
    const change = { id, priority: 1, station: { code: 'CAM3' }, metadata: { shift: 2 }, expectedVersion: 2 };
    const changed = await done(api, 'updateInspection', change, FIELDS);
    expect(changed['inspection']).toMatchObject({ priority: 1, station: { code: 'CAM3' }, metadata: { shift: 2 } });
    const freed = await done(api, 'updateInspection', { id, station: null }, FIELDS);
    expect(freed['inspection']).toMatchObject({ priority: 1, station: null, version: 4 });
    await expectRefused(api, 'updateInspection', { id, priority: 11 }, [['INVALID_INPUT', 'priority', 'INS-1']]);
    await expectRefused(api, 'updateInspection', { id, station: { code: 'NONE' } }, [['NOT_FOUND', 'station', null]]);
    await expectRefused(api, 'updateInspection', { id, priority: 2, expectedVersion: 2 }, [
      ['STALE_VERSION', 'expectedVersion', 'GEN-2'],
    ]);
    await done(api, 'completeInspection', { id }, FIELDS);
    await expectRefused(api, 'updateInspection', { id, priority: 2 }, [
      [
        'RULE_VIOLATED',
        'id',
        'INS-3',
        `Inspection VISUAL of ${lot.number} is COMPLETED; only a PENDING or IN_PROGRESS one can be changed.`,
      ],
    ]);
  });
});

test('what is inspected is not deleted (LOT-11, GEN-1)', async () => {
  await makeStation(api, 'CAM4');
  await makeInspection(api, lot, { station: { code: 'CAM4' } }, false);
  await expectRefused(api, 'deleteLot', { lot: { id: lot.id } }, [
    [
      'RULE_VIOLATED',
      'lot',
      'LOT-11',
      `Lot ${lot.number} is in use (inspections: 1); only a lot to which nothing refers can be deleted.`,
    ],
  ]);
  const [message] = await expectRefused(api, 'deleteStation', { station: { code: 'CAM4' } }, [
    ['RULE_VIOLATED', 'station', 'GEN-1'],
  ]);
  expect(message).toContain('inspections: 1');
});

test('the history of an inspection names its record and its references (AUD-1)', async () => {
  const { id } = await makeInspection(api, lot, { sampleCode: 'TRAY-1' });
  const { data } = await api.ask(
    `{ node(id: "${id}") { ... on Inspection { history { nodes { action recordLabel changes { field newLabel } } } } } }`,
  );
  const [started, created] = data.node.history.nodes;
  expect([started.action, created.action]).toEqual(['inspection.started', 'inspection.created']);
  expect(started.recordLabel).toBe('VISUAL TRAY-1 round 1');
  expect(started.changes).toContainEqual({ field: 'inspectorId', newLabel: 'admin' });
  expect(created.changes).toContainEqual({ field: 'lotId', newLabel: lot.number });
});

test.each([1, 10, 100])(
  '%i inspections with lot, inspector, findings and artifacts take 2 statements by plan, 5 by loaders',
  async (count) => {
    const samples = Array.from({ length: count }, (_each, index) => `S-${String(index).padStart(3, '0')}`);
    await api.database.reader().sql`
    WITH made AS (
      INSERT INTO inspections (lot_id, sample_code, type, status, started_at, inspector_id)
      SELECT lot.id, sample, 'VISUAL', 'IN_PROGRESS', now(), ${api.userIdOf('INSPECTOR')}::uuid
      FROM lots lot, unnest(${samples}::text[]) sample WHERE lot.number = ${lot.number} RETURNING id)
    INSERT INTO defects (inspection_id, type, severity, detection_method) SELECT id, 'CRACK', 'LOW', 'HYBRID' FROM made, generate_series(1, 2)`;
    await api.database.reader().sql`
    INSERT INTO artifacts (inspection_id, type, file_name, content_type, size_bytes, checksum_sha256, is_stored)
    SELECT i.id, 'IMAGE', copy || '.png', 'image/png', 1, repeat('a', 64), false
    FROM inspections i JOIN lots lot ON lot.id = i.lot_id, generate_series(1, 2) AS copy WHERE lot.number = ${lot.number}`;
    const page = (selection: string): string =>
      `{ inspections(first: 100, filter: { lot: { eq: "${lot.id}" } }) { nodes { ${selection} } } }`;
    const { data, statements } = await askBothWays(
      api,
      page(
        'sampleCode lot { number } inspector { username } defects(first: 2) { nodes { severity } } artifacts(first: 2) { nodes { fileName } }',
      ),
    );
    expect([statements, data.inspections.nodes.length]).toEqual([{ plans: 2, loaders: 5 }, count]);
    expect(data.inspections.nodes[0].artifacts.nodes).toHaveLength(2);
    const counted = await askBothWays(api, page('defectCount isReviewed grade violations'));
    expect(counted.statements).toEqual({ plans: 2, loaders: 2 });
  },
);
