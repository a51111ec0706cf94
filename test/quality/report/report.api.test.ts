import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { encodeGlobalId } from '../../../src/platform/values/global-id.ts';
import type { Role } from '../../../src/platform/rules/access.ts';
import { type Api, startApi } from '../../support/api.ts';
import { makeLine, makeLot, makeModel, makeStep } from '../../support/build.ts';
import { call, done, expectRefused, fingerprint } from '../../support/expect.ts';

let api: Api;
beforeEach(async () => {
  api = await startApi({ siteTimeZone: 'Europe/Berlin' });
});
afterEach(() => api.close());

const PERIOD = { from: '2026-11-01T00:00:00Z', to: '2026-12-01T00:00:00Z' };
const WHAT = { type: 'DEFECT_ANALYSIS', title: 'Defects', format: 'PDF', period: PERIOD };
const REPORT = `report { id type title description format status filter periodFrom periodTo timeZone accessRoles requestedBy { username }
  fileName sizeBytes checksumSha256 dataAsOf startedAt completedAt expiresAt errorMessage attempts version }`;

async function requested(role: Role = 'ENGINEER', input: object = {}): Promise<string> {
  const { report } = await done(api, 'requestReport', { ...WHAT, ...input }, 'report { id }', role);
  return report.id;
}

/** Puts a report into a state in SQL, as the worker does. */
async function put(state: 'GENERATING' | 'FAILED' | 'COMPLETED'): Promise<void> {
  const db = api.database.reader();
  await db.sql`UPDATE reports SET status = 'GENERATING', attempts = 1, started_at = now(), locked_by = 'w', locked_until = now()`;
  if (state === 'FAILED')
    await db.sql`UPDATE reports SET status = 'FAILED', locked_by = NULL, locked_until = NULL, error_message = 'No paper.'`;
  if (state === 'COMPLETED')
    await db.sql`UPDATE reports SET status = 'COMPLETED', locked_by = NULL, locked_until = NULL, file_name = 'a.pdf', storage_key = 'k', size_bytes = 1,
      checksum_sha256 = repeat('0', 64), data_as_of = now(), completed_at = now(), expires_at = now() + interval '30 days'`;
}

describe('requestReport', () => {
  test('queues a report in the time zone of the site, for its requester (RPT-1, RPT-2)', async () => {
    const asked = await done(api, 'requestReport', WHAT, REPORT, 'ENGINEER');
    expect(asked.report).toEqual({
      id: asked.report.id,
      type: 'DEFECT_ANALYSIS',
      title: 'Defects',
      description: null,
      format: 'PDF',
      status: 'QUEUED',
      filter: {},
      periodFrom: '2026-11-01T00:00:00.000Z',
      periodTo: '2026-12-01T00:00:00.000Z',
      timeZone: 'Europe/Berlin',
      accessRoles: [],
      requestedBy: { username: 'engineer' },
      fileName: null,
      sizeBytes: null,
      checksumSha256: null,
      dataAsOf: null,
      startedAt: null,
      completedAt: null,
      expiresAt: null,
      errorMessage: null,
      attempts: 0,
      version: 1,
    });
  });

  test('takes the records of its filter by ids and by references, and shows their ids', async () => {
    const model = await makeModel(api);
    const line = await makeLine(api);
    const step = await makeStep(api, 10, 'MOUNT');
    const lot = await makeLot(api);
    const { report } = await done(
      api,
      'requestReport',
      {
        ...WHAT,
        filter: {
          productModels: [{ code: 'psa' }, model.id],
          productionLines: [line.id],
          lots: [{ number: lot.number }, { id: lot.id }],
          processes: { number: 10 },
          equipment: [],
          operators: [{ username: 'operator' }],
          inspectionTypes: ['VISUAL', 'VISUAL', 'THERMAL'],
        },
        accessRoles: ['VIEWER', 'OPERATOR', 'VIEWER'],
      },
      'report { filter accessRoles }',
    );
    expect(report).toEqual({
      filter: {
        productModels: [model.id],
        productionLines: [line.id],
        lots: [lot.id],
        processes: [step.id],
        operators: [encodeGlobalId('User', api.userIdOf('OPERATOR'))],
        inspectionTypes: ['VISUAL', 'THERMAL'],
      },
      accessRoles: ['OPERATOR', 'VIEWER'],
    });
  });

  test('refuses a period that does not start before it ends, and one of more than 366 days (RPT-1)', async () => {
    await expectRefused(api, 'requestReport', { ...WHAT, period: { from: PERIOD.from, to: PERIOD.from } }, [
      ['INVALID_INPUT', 'period', 'RPT-1'],
    ]);
    await expectRefused(api, 'requestReport', { ...WHAT, period: { ...PERIOD, to: '2027-11-03T00:00:00Z' } }, [
      ['INVALID_INPUT', 'period', 'RPT-1'],
    ]);
  });

  test('refuses an unknown time zone (RPT-1)', async () => {
    await expectRefused(api, 'requestReport', { ...WHAT, timeZone: 'Mars/Olympus' }, [
      ['INVALID_INPUT', 'timeZone', 'RPT-1'],
    ]);
  });

  test('refuses an unknown key of the filter, a type of inspection that does not exist, and a record that does not', async () => {
    await expectRefused(api, 'requestReport', { ...WHAT, filter: { colour: 'red' } }, [
      ['INVALID_INPUT', 'filter.colour', null, 'filter.colour is not known here.'],
    ]);
    await expectRefused(api, 'requestReport', { ...WHAT, filter: { inspectionTypes: ['SMELL'] } }, [
      ['INVALID_INPUT', 'filter.inspectionTypes.0', null],
    ]);
    await expectRefused(
      api,
      'requestReport',
      { ...WHAT, filter: { productModels: [{ code: 'NONE' }], lots: [{ number: 'KR01PSA261101' }] } },
      [['NOT_FOUND', 'filter.productModels.0', null, 'Product model NONE does not exist.']],
    );
    await expectRefused(api, 'requestReport', { ...WHAT, filter: { lots: [{ number: 'KR01PSA261101' }] } }, [
      ['NOT_FOUND', 'filter.lots.0', null],
    ]);
  });

  test('requests one report for one idempotency key (IDK-1)', async () => {
    const input = { ...WHAT, idempotencyKey: 'once' };
    const ids = await Promise.all(
      [1, 2, 3].map(async () => (await done(api, 'requestReport', input, 'report { id }')).report.id),
    );
    expect(new Set(ids).size).toBe(1);
    const [rows] = await api.database.reader().sql<{ count: number }>`SELECT count(*)::int AS count FROM reports`;
    expect(rows).toEqual({ count: 1 });
  });
});

describe('reading a report', () => {
  const READERS: readonly [Role, boolean][] = [
    ['ADMIN', true],
    ['MANAGER', false],
    ['ENGINEER', true],
    ['INSPECTOR', false],
    ['OPERATOR', true],
    ['AUDITOR', true],
    ['VIEWER', false],
  ];

  test.each(READERS)('is for its requester, ADMIN, AUDITOR and its roles; %s: %s (RPT-5)', async (role, may) => {
    const id = await requested('ENGINEER', { accessRoles: ['OPERATOR'] });
    const answer = await api.ask(
      `query($id: ID!) { node(id: $id) { id } nodes(ids: [$id]) { id } reports { totalCount nodes { id } edges { node { title } } } }`,
      { id },
      role,
    );
    expect(answer.data).toEqual({
      node: may ? { id } : null,
      nodes: [may ? { id } : null],
      reports: {
        totalCount: may ? 1 : 0,
        nodes: may ? [{ id }] : [],
        edges: may ? [{ node: { title: 'Defects' } }] : [],
      },
    });
  });

  test('pages and filters only what the viewer may read (RPT-5)', async () => {
    for (const title of ['A', 'B', 'C']) await requested('ENGINEER', { title });
    await requested('MANAGER', { title: 'D', format: 'CSV' });
    const page = async (args: string, role: Role = 'ENGINEER') =>
      (await api.ask(`{ reports(${args}) { nodes { title } pageInfo { hasNextPage endCursor } } }`, {}, role)).data
        .reports;
    const first = await page('first: 2');
    expect(first.nodes).toEqual([{ title: 'C' }, { title: 'B' }]);
    const second = await page(`first: 2, after: "${first.pageInfo.endCursor}"`);
    expect(second).toMatchObject({ nodes: [{ title: 'A' }], pageInfo: { hasNextPage: false } });
    const byFilter =
      'filter: { format: { eq: CSV }, status: { in: [QUEUED] }, requestedBy: { username: { eq: "manager" } } }';
    expect((await page(byFilter)).nodes).toEqual([]);
    expect((await page(byFilter, 'AUDITOR')).nodes).toEqual([{ title: 'D' }]);
  });

  test('takes the same statements for 1, 10 and 100 reports', async () => {
    const statements: number[] = [];
    for (const count of [1, 9, 90]) {
      await api.database.reader().sql`
        INSERT INTO reports (type, title, format, period_from, period_to, time_zone, requested_by_id)
        SELECT 'DEFECT_ANALYSIS', 'Defects', 'PDF', now() - interval '1 day', now(), 'UTC', ${api.userIdOf('MANAGER')}::uuid FROM generate_series(1, ${count}::int)`;
      const answer = await api.ask(
        '{ reports(first: 100) { totalCount nodes { title filter requestedBy { username } schedule { name } } } }',
        {},
        'MANAGER',
      );
      expect(answer.errors).toEqual([]);
      statements.push(answer.statements);
    }
    expect(statements).toEqual([3, 3, 3]);
  });
});

describe.each(['cancelReport', 'regenerateReport', 'deleteReport'])('%s', (mutation) => {
  test('is for the requester and ADMIN: another reader is refused, and for the rest the report does not exist (RPT-5)', async () => {
    const id = await requested('ENGINEER', { accessRoles: ['INSPECTOR'] });
    await expectRefused(
      api,
      mutation,
      { id },
      [['NOT_FOUND', 'id', 'RPT-5', 'The report with this id does not exist.']],
      'MANAGER',
    );
    await expectRefused(api, mutation, { id }, [['FORBIDDEN', 'id', 'RPT-5']], 'INSPECTOR');
    await expectRefused(api, mutation, { id }, [['FORBIDDEN', 'id', 'RPT-5']], 'AUDITOR');
    await expectRefused(api, mutation, { id: encodeGlobalId('Report', api.userIdOf('ADMIN')) }, [
      ['NOT_FOUND', 'id', null],
    ]);
  });

  test('refuses an outdated view (GEN-2)', async () => {
    const id = await requested();
    if (mutation === 'regenerateReport') await done(api, 'cancelReport', { id }, 'report { id }');
    await expectRefused(api, mutation, { id, expectedVersion: 7 }, [['STALE_VERSION', 'expectedVersion', 'GEN-2']]);
  });
});

describe('the life of a report', () => {
  test('it is cancelled while it is queued or made, and not afterwards (RPT-2)', async () => {
    const id = await requested();
    await put('GENERATING');
    const { report } = await done(api, 'cancelReport', { id }, 'report { status version }', 'ENGINEER');
    expect(report).toEqual({ status: 'CANCELLED', version: 3 });
    await expectRefused(api, 'cancelReport', { id }, [['RULE_VIOLATED', 'id', 'RPT-2']]);
  });

  test('it is made again when it is finished, without its former file (RPT-2)', async () => {
    const id = await requested();
    await expectRefused(api, 'regenerateReport', { id }, [['RULE_VIOLATED', 'id', 'RPT-2']]);
    await put('COMPLETED');
    const shown =
      'report { status fileName sizeBytes checksumSha256 dataAsOf startedAt completedAt expiresAt errorMessage attempts }';
    const { report } = await done(api, 'regenerateReport', { id }, shown);
    expect(report).toEqual({
      status: 'QUEUED',
      fileName: null,
      sizeBytes: null,
      checksumSha256: null,
      dataAsOf: null,
      startedAt: null,
      completedAt: null,
      expiresAt: null,
      errorMessage: null,
      attempts: 0,
    });
    await put('FAILED');
    expect((await done(api, 'regenerateReport', { id }, shown)).report).toEqual(report);
    await put('GENERATING');
    await expectRefused(api, 'regenerateReport', { id }, [['RULE_VIOLATED', 'id', 'RPT-2']]);
  });

  test('it is deleted in any state but while it is made (RPT-2)', async () => {
    const id = await requested();
    await put('GENERATING');
    await expectRefused(api, 'deleteReport', { id }, [['RULE_VIOLATED', 'id', 'RPT-2']]);
    await done(api, 'cancelReport', { id }, 'report { id }');
    expect((await done(api, 'deleteReport', { id }, 'deletedId', 'ENGINEER')).deletedId).toBe(id);
    expect((await api.ask('query($id: ID!) { node(id: $id) { id } }', { id })).data.node).toBeNull();
  });

  test('of ten cancellations at once, one succeeds (RPT-2)', async () => {
    const id = await requested();
    const answers = await Promise.all(Array.from({ length: 10 }, () => call(api, 'cancelReport', { id })));
    expect(answers.filter(({ errors }) => errors.length === 0)).toHaveLength(1);
  });
});

test('a refused request changes nothing', async () => {
  const before = await fingerprint(api);
  await call(api, 'requestReport', { ...WHAT, title: ' ' });
  expect(await fingerprint(api)).toEqual(before);
});
