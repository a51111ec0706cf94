/** Carries out every mutation of the schema once over GraphQL, and checks the audit entries that each one leaves. */
import { packageOf } from '../../support/test-programs.ts';
import { randomUUID } from 'node:crypto';
import { isObjectType } from 'graphql';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { schema } from '../../../src/app/schema.ts';
import { AUDITED_TABLES } from '../../../src/operation/audit/audit.rules.ts';
import { PASSWORD, startApi, type Api } from '../../support/api.ts';
import { withConnection } from '../../support/database.ts';

interface Entry {
  readonly entity: string;
  readonly operation: string;
  readonly action: string;
  readonly actorKind: string;
  readonly actorId: string | null;
  readonly userAgent: string | null;
  readonly ip: string | null;
}

let api: Api;
beforeAll(async () => {
  api = await startApi();
});
afterAll(() => api.close());

/** Sends one mutation under its own request id, and returns its payload and the entries of that request. */
function act(name: string, input: object, selection = '', token?: string): Promise<Act> {
  return actWith(
    name,
    selection,
    (body) => ({ headers: { 'content-type': 'application/json' }, body: JSON.stringify(body(input)) }),
    token,
  );
}

interface Act {
  readonly payload: Readonly<Record<string, { readonly id: string; readonly number: string }>>;
  readonly entries: readonly Entry[];
}

type Request = (body: (input: object) => { readonly query: string; readonly variables: object }) => {
  readonly headers: Readonly<Record<string, string>>;
  readonly body: string | FormData;
};

async function actWith(name: string, selection: string, request: Request, token?: string): Promise<Act> {
  const requestId = randomUUID();
  const { headers, body: sent } = request((input) => ({
    query: `mutation ($input: ${name.charAt(0).toUpperCase()}${name.slice(1)}Input!) { ${name}(input: $input) { ${selection} errors { code message } } }`,
    variables: { input },
  }));
  const response = await fetch(api.url, {
    method: 'POST',
    headers: {
      ...headers,
      authorization: `Bearer ${token ?? (await api.tokenOf('ADMIN'))}`,
      'x-request-id': requestId,
      'user-agent': 'the tests',
    },
    body: sent,
  });
  const body = await response.json();
  expect([name, body.errors, body.data?.[name].errors]).toEqual([name, undefined, []]);
  const entries = await api.database.reader().sql<Entry>`
    SELECT entity, operation, action, actor_kind AS "actorKind", actor_id AS "actorId", user_agent AS "userAgent", host(ip) AS ip
    FROM audit_entries WHERE request_id = ${requestId}::uuid ORDER BY seq`;
  done.set(name, [
    ...(done.get(name) ?? []),
    entries.map((entry) => `${entry.operation} ${entry.entity} ${entry.action}`),
  ]);
  return { payload: body.data[name], entries };
}

const done = new Map<string, (readonly string[])[]>();

/** A plant, a lot, units and work on them; then everything that can be removed is removed. */
async function scenario(): Promise<void> {
  const lot = { productModel: { code: 'PSA' }, productionLine: { code: 'KR01' }, productionDate: '2026-11-20' };
  const lotOf = async (input: object = {}) => ({
    id: (await act('createLot', { ...lot, ...input }, 'lot { id number }')).payload['lot']?.id ?? '',
  });
  await act('createProductModel', { code: 'PSA', name: 'Sensor' });
  await act('updateProductModel', { productModel: { code: 'PSA' }, name: 'Pressure sensor' });
  await act('createProductModel', { code: 'OLD', name: 'Old' });
  await act('changeProductModelStatus', { productModel: { code: 'OLD' }, status: 'INACTIVE' });
  await act('deleteProductModel', { productModel: { code: 'OLD' } });
  await act('createProductionLine', { code: 'KR01', name: 'Line 1' });
  await act('updateProductionLine', { productionLine: { code: 'KR01' }, location: 'Hall 2' });
  await act('createProductionLine', { code: 'KR02', name: 'Line 2' });
  await act('deleteProductionLine', { productionLine: { code: 'KR02' } });
  await act('createProcess', { number: 10, code: 'MOUNT', name: 'Mount' });
  await act('updateProcess', { process: { code: 'MOUNT' }, plannedSeconds: 60 });
  await act('createProcess', { number: 30, code: 'MARK', name: 'Mark', type: 'SERIAL_CONVERSION' });
  await act('createProcess', { number: 50, code: 'FINAL', name: 'Final', level: 'SERIAL' });
  await act('createProcess', { number: 60, code: 'SPARE', name: 'Spare', level: 'SERIAL' });
  await act('deleteProcess', { process: { code: 'SPARE' } });
  await act('registerStation', { code: 'ST1', name: 'Station 1', host: 'st1' });
  await act('stationHeartbeat', { code: 'ST1' });
  await act('updateStation', { station: { code: 'ST1' }, name: 'Station one' });
  await act('deleteStation', { station: { code: 'ST1' } });
  await act('createEquipment', { code: 'EQ1', name: 'Press', type: 'PRESS' });
  await act('updateEquipment', { equipment: { code: 'EQ1' }, manufacturer: 'Maker' });
  await act('changeEquipmentStatus', { equipment: { code: 'EQ1' }, status: 'MAINTENANCE', reason: 'Oil' });
  await act('deleteEquipment', { equipment: { code: 'EQ1' } });
  await act('createUser', { username: 'ada', fullName: 'Ada', password: 'Correct-horse-7' });
  await act('updateUser', { user: { username: 'ada' }, department: 'Test' });
  await act('login', { username: 'ada', password: 'Correct-horse-7' });
  await act('deleteUser', { user: { username: 'ada' } });

  const planned = await lotOf();
  await act('updateLot', { lot: planned, supplierCode: 'SUP' });
  await act('deleteLot', { lot: planned });
  const held = await lotOf();
  await act('quarantineLot', { lot: held, reason: 'Scratches' });
  await act('rejectLot', { lot: held, reason: 'Too many' });

  await routing();
  await inspecting(await lotOf());
  await evidence(await lotOf());
  const made = await lotOf({ targetQuantity: 9 });
  const { payload } = await act('generateWipItems', { lot: made, quantity: 3 }, 'wipItems { id }');
  const [first, second, third] = JSON.parse(JSON.stringify(payload['wipItems']));
  const mount = { process: { code: 'MOUNT' } };
  await running();
  await programs();
  await act('startProcess', { unit: first, ...mount });
  await act('completeProcess', { unit: first, ...mount, result: 'PASS' });
  await act('recordProcessDataBatch', { items: [{ unit: second, ...mount, result: 'PASS' }] });
  const component = { externalLotNumber: 'ACME-7' };
  const used = await act('installComponent', { consumer: first, component }, 'componentUse { id }');
  await act('removeComponent', { id: used.payload['componentUse']?.id, reason: 'Bent' });
  const started = await act('startProcess', { unit: third, ...mount }, 'processData { id }');
  await act('withdrawProcess', { id: started.payload['processData']?.id, reason: 'Wrong item' });
  const failed = await act(
    'recordProcessData',
    { unit: third, ...mount, result: 'FAIL', defects: [{ code: 'BENT' }] },
    'processData { id }',
  );
  await act('correctProcessData', { id: failed.payload['processData']?.id, reason: 'It was straight', result: 'PASS' });
  const serials: { readonly id: string }[] = [];
  for (const { id } of [first, second, third])
    serials.push({
      id: (await act('convertWipItem', { wipItem: { id } }, 'serial { id }')).payload['serial']?.id ?? '',
    });
  const saved = await act('createSavedFilter', { name: 'Open', target: 'LOTS', filter: {} }, 'savedFilter { id }');
  const filterId = saved.payload['savedFilter']?.id;
  await act('updateSavedFilter', { id: filterId, isShared: true });
  await act('deleteSavedFilter', { id: filterId });
  const [good, bad, also] = serials;
  await act('printLabel', { labelType: 'SERIAL_LABEL', unit: good });
  await act('recordLabelPrint', { labelType: 'SERIAL_LABEL', unit: bad, status: 'FAILED', errorMessage: 'No paper' });
  await act('startSerial', { serial: good });
  // A serial passes automatically when its steps are passed.
  await act('updateProcess', { process: { code: 'FINAL' }, isActive: false });
  await act('passSerial', { serial: good });
  await act('startSerial', { serial: bad });
  await act('failSerial', { serial: bad, reason: 'Dead' });
  await act('reworkSerial', { serial: bad, reason: 'Solder again' });
  await act('failSerial', { serial: bad, reason: 'Still dead' });
  await act('startSerial', { serial: also });
  await act('failSerial', { serial: also, reason: 'Dead too' });
  await act('completeLot', { lot: made, reason: 'No more parts' });
  await act('releaseLot', { lot: made, reason: 'Good enough' });
  await act('closeLot', { lot: made });
  await inference();
  await reporting();
  await working();
  await alerting();
  await hooking();
  await upkeep();
  await signingInAndOut();
}

/** A test program: two versions, one of which is deployed, pulled and reported on; another program is deleted. */
async function programs(): Promise<void> {
  const uploaded = async (name: string, content: string): Promise<void> => {
    const bytes = await packageOf(name, content);
    await actWith('uploadTestProgram', 'version { id }', (body) => {
      const { variables, query } = body({ name, package: null });
      const form = new FormData();
      form.set('operations', JSON.stringify({ query, variables }));
      form.set('map', '{"0":["variables.input.package"]}');
      form.set('0', new Blob([new Uint8Array(bytes)], { type: 'application/zip' }), 'program.zip');
      return { headers: { 'x-lotgraph-upload': '1' }, body: form };
    });
  };
  const of = { testProgram: { name: 'mount' } };
  await uploaded('mount', 'one');
  await uploaded('mount', 'two');
  await act('updateTestProgram', { ...of, displayName: 'Mount test' });
  const station = { code: 'ST2' };
  const { payload } = await act('deployTestProgram', { ...of, station }, 'deployment { id }');
  await act('pullTestProgram', { ...of, station });
  await act('reportDeployment', { id: payload['deployment']?.id, status: 'FAILED', errorMessage: 'No port' });
  await act('rollbackTestProgram', { ...of, version: '1.0.0', reason: 'It hangs' });
  await uploaded('wrong', 'one');
  await act('deleteTestProgram', { testProgram: { name: 'wrong' } });
}

/** Two batch runs: one is changed and closed, the other cancelled and deleted. */
async function running(): Promise<void> {
  await act('registerStation', { code: 'ST2', name: 'Station 2', host: 'st2' });
  const open = async (batchCode: string) =>
    (
      await act(
        'openProcessSession',
        { station: { code: 'ST2' }, process: { code: 'MOUNT' }, batchCode },
        'processSession { id }',
      )
    ).payload['processSession']?.id;
  const [kept, wrong] = [await open('B-1'), await open('B-2')];
  await act('updateProcessSession', { id: kept, parameters: { torque: 3 } });
  await act('closeProcessSession', { id: kept });
  await act('cancelProcessSession', { id: wrong, reason: 'Wrong batch' });
  await act('deleteProcessSession', { id: wrong });
}

/** A lot that is inspected: one finding is critical and reviewed twice; other inspections are not completed. */
async function inspecting(lot: { readonly id: string }): Promise<void> {
  const create = async (sampleCode: string) =>
    (await act('createInspection', { lot, type: 'VISUAL', sampleCode }, 'inspection { id }')).payload['inspection']
      ?.id ?? '';
  const [id, failed, cancelled] = [await create('TRAY-1'), await create('TRAY-2'), await create('TRAY-3')];
  await act('updateInspection', { id, priority: 9 });
  await act('startNextInspection', {});
  await act('startInspection', { id: failed });
  await act('failInspection', { id: failed, reason: 'Lens is dirty' });
  await act('cancelInspection', { id: cancelled, reason: 'Not needed' });
  const found = [{ type: 'CRACK', severity: 'CRITICAL' }];
  const { payload } = await act('recordDefects', { inspection: id, defects: found }, 'defects { id }');
  const [defect] = JSON.parse(JSON.stringify(payload['defects']));
  await act('updateDefect', { id: defect.id, correctiveAction: 'New blade' });
  await act('completeInspection', { id });
  await act('reviewDefect', { id: defect.id, reviewStatus: 'FALSE_POSITIVE' });
  await act('reopenDefectReview', { id: defect.id, reason: 'It is one' });
}

/** The jobs of an inspection: one is cancelled, one fails and is retried, and one is completed. */
async function inference(): Promise<void> {
  const places = { productModel: { code: 'PSA' }, productionLine: { code: 'KR01' }, productionDate: '2026-11-21' };
  const { payload } = await act('createLot', places, 'lot { id }');
  const lot = { id: payload['lot']?.id };
  const planned = await act('createInspection', { lot, type: 'VISUAL', sampleCode: 'MODEL' }, 'inspection { id }');
  const inspection = planned.payload['inspection']?.id;
  await act('startInspection', { id: inspection });
  const model = { modelName: 'spots', modelVersion: '1.0' };
  const queued = async () =>
    (await act('queueInferenceJob', { inspection, ...model }, 'inferenceJob { id }')).payload['inferenceJob']?.id;
  await act('cancelInferenceJob', { id: await queued(), reason: 'Not wanted' });
  const id = await queued();
  await act('claimInferenceJobs', { workerCode: 'W1' });
  const held = { id, workerCode: 'W1', attempt: 1 };
  await act('heartbeatInferenceJob', held);
  await act('failInferenceJob', { ...held, errorMessage: 'Not an image', isRetryable: false });
  await act('retryInferenceJob', { id });
  await act('claimInferenceJobs', { workerCode: 'W1' });
  await act('completeInferenceJob', { ...held, findings: [{ type: 'VOID', severity: 'LOW', confidence: '0.9' }] });
}

/** A product with two revisions of its route, a lot that moves from one to the other, and a draft that is deleted. */
async function routing(): Promise<void> {
  const reason = 'Approved';
  const productModel = { code: 'RTD' };
  const draft = async (input: object) =>
    (await act('createRoute', { productModel, ...input }, 'route { id }')).payload['route']?.id ?? '';
  await act('createProductModel', { ...productModel, name: 'Routed' });
  const steps = [{ number: 10, process: { code: 'MOUNT' } }];
  const first = await draft({ steps });
  await act('releaseRoute', { id: first, reason });
  const places = { productModel, productionLine: { code: 'KR01' }, productionDate: '2026-11-20' };
  const { payload } = await act('createLot', places, 'lot { id }');
  const second = await draft({ copyFrom: first });
  await act('updateRoute', { id: second, steps: [{ number: 20, process: { code: 'MOUNT' }, maxAttempts: 3 }] });
  await act('releaseRoute', { id: second, reason });
  await act('changeLotRoute', { lot: { id: payload['lot']?.id ?? '' }, route: second, reason });
  await act('retireRoute', { id: second, reason });
  await act('deleteRoute', { id: await draft({ steps }) });
}

/** A picture of an inspection: uploaded, described, moved and deleted; and a film that is kept elsewhere. */
async function evidence(lot: { readonly id: string }): Promise<void> {
  const planned = await act('createInspection', { lot, type: 'OPTICAL' }, 'inspection { id }');
  const inspection = planned.payload['inspection']?.id;
  const picture = { inspection, type: 'IMAGE', fileName: 'edge.png' };
  const { payload } = await actWith('uploadArtifact', 'artifact { id }', (body) => {
    const { variables, query } = body({ ...picture, file: null });
    const form = new FormData();
    form.set('operations', JSON.stringify({ query, variables }));
    form.set('map', '{"0":["variables.input.file"]}');
    form.set('0', new Blob(['edge'], { type: 'image/png' }), 'edge.png');
    return { headers: { 'x-lotgraph-upload': '1' }, body: form };
  });
  const id = payload['artifact']?.id;
  await act('updateArtifact', { id, tags: ['edge'] });
  await act('moveArtifact', { id, storageLocation: 'ARCHIVE' });
  await act('deleteArtifact', { id, reason: 'Blurred' });
  await act('requestUpload', { ...picture, contentType: 'image/png' });
  await act('registerArtifact', {
    ...picture,
    contentType: 'image/png',
    address: 'shelf 3',
    sizeBytes: '1',
    checksumSha256: 'a'.repeat(64),
  });
}

/** A report that is requested, cancelled, requested again and deleted; a schedule that is changed and deleted. */
async function reporting(): Promise<void> {
  const what = { type: 'INSPECTION_SUMMARY', title: 'Inspections', format: 'CSV' };
  const period = { from: '2026-11-01T00:00:00Z', to: '2026-12-01T00:00:00Z' };
  const id = (await act('requestReport', { ...what, period }, 'report { id }')).payload['report']?.id;
  await act('cancelReport', { id });
  await act('regenerateReport', { id });
  await act('deleteReport', { id });
  const rhythm = { name: 'Every night', interval: 'DAILY', hour: 2 };
  const { payload } = await act('createReportSchedule', { ...what, ...rhythm }, 'reportSchedule { id }');
  await act('updateReportSchedule', { id: payload['reportSchedule']?.id, hour: 3 });
  await act('deleteReportSchedule', { id: payload['reportSchedule']?.id });
}

/** A batch for the background that is submitted and cancelled. */
async function working(): Promise<void> {
  const item = { unit: { number: 'NONE' }, process: { code: 'MOUNT' }, result: 'PASS' };
  const { payload } = await act('submitBatchCompletion', { items: [item] }, 'backgroundJob { id }');
  await act('cancelBackgroundJob', { id: payload['backgroundJob']?.id });
  await act('submitExport', { target: 'LOTS', format: 'CSV' }, 'backgroundJob { id }');
}

/** An alert that is raised by hand, read and archived. */
async function alerting(): Promise<void> {
  const { payload } = await act('createAlert', { title: 'Coolant leaks', message: 'Under the press' }, 'alert { id }');
  const ids = [payload['alert']?.id];
  await act('markAlertsRead', { ids });
  await act('archiveAlerts', { ids });
}

/** A setting that is set and deleted; a baseline, and a measurement that raises an alert. */
async function upkeep(): Promise<void> {
  const { payload } = await act('setConfigEntry', { key: 'press.limit', value: '7' }, 'configEntry { id }');
  await act('deleteConfigEntry', { id: payload['configEntry']?.id });
  const figure = { metric: 'duration', subject: 'Lots', unit: 'ms' };
  await act('setPerformanceBaseline', { ...figure, value: '100' });
  await act('recordPerformanceMeasurement', { ...figure, value: '120' });
}

/** A webhook that is changed and deleted; a delivery of it that is sent again. */
async function hooking(): Promise<void> {
  const hook = {
    name: 'ERP',
    url: 'https://erp.plant.example/hooks',
    secret: 'a-secret-of-the-plant',
    events: ['lot.closed'],
  };
  const { payload } = await act('createWebhook', hook, 'webhook { id }');
  const id = payload['webhook']?.id;
  await act('updateWebhook', { id, name: 'ERP of the plant' });
  const [delivery] = await api.database.reader().sql<{ id: string }>`
    INSERT INTO webhook_deliveries (webhook_id, position, type, occurred_at, status) SELECT id, 1, 'lot.closed', now(), 'FAILED' FROM webhooks RETURNING id`;
  await act('redeliverWebhook', { id: Buffer.from(`WebhookDelivery:${delivery?.id}`).toString('base64url') });
  await act('deleteWebhook', { id });
}

/** Each mutation uses its own session, so that the session of the scenario stays valid. */
async function signingInAndOut(): Promise<void> {
  await act('registerStation', { code: 'KEYED', name: 'With a key', host: 'keyed' });
  const key = await act('createApiKey', { station: { code: 'KEYED' }, name: 'Key' }, 'apiKey { id }');
  await act('revokeApiKey', { id: key.payload['apiKey']?.id, reason: 'Lost' });
  const opened = await act('login', { username: 'admin', password: PASSWORD }, 'session { refreshToken }');
  await act('refreshSession', JSON.parse(JSON.stringify(opened.payload['session'])));
  await act('logout', {}, '', await api.newTokenOf('ADMIN'));
  await act('resetPassword', { user: { username: 'viewer' }, newPassword: 'Forty-2-Lots' });
  await act(
    'changePassword',
    { oldPassword: PASSWORD, newPassword: 'Forty-3-Lots' },
    '',
    await api.tokenOf('OPERATOR'),
  );
}

describe('every mutation', () => {
  beforeAll(scenario);

  /** Volatile columns are not recorded: a heartbeat, the time of a login. A ticket changes nothing. */
  const SILENT = ['stationHeartbeat', 'heartbeatInferenceJob', 'requestUpload'];

  test('leaves entries with its action, actor, address, user agent and request (AUD-1)', async () => {
    const mutations = Object.keys(schema.getMutationType()?.getFields() ?? {}).toSorted();
    expect([...done.keys()].toSorted()).toEqual(mutations);
    for (const [name, calls] of done)
      for (const entries of calls) expect([name, entries.length > 0]).toEqual([name, !SILENT.includes(name)]);

    const [strangers] = await api.database.reader().sql<{ count: number }>`
      SELECT count(*)::int AS count FROM audit_entries WHERE request_id IS NOT NULL AND action <> 'user.passwordChanged' AND (actor_kind, actor_id, host(ip), user_agent) IS DISTINCT FROM ('USER', ${api.userIdOf('ADMIN')}::uuid, '127.0.0.1', 'the tests')`;
    expect(strangers).toEqual({ count: 0 });
  });

  test('has actions that name the change in terms of the factory', () => {
    const actions = Object.fromEntries([...done].map(([name, calls]) => [name, calls[0]]));
    expect(actions).toMatchObject({
      closeLot: ['UPDATE lots lot.closed', 'INSERT alerts lot.closed'],
      deleteLot: ['DELETE lots lot.deleted'],
      createUser: ['INSERT users user.created'],
      completeInferenceJob: ['INSERT defects inferenceJob.completed', 'UPDATE inference_jobs inferenceJob.completed'],
      quarantineLot: ['UPDATE lots lot.quarantined'],
      recordDefects: ['INSERT defects defect.recorded'],
      startNextInspection: ['UPDATE inspections inspection.started'],
      completeInspection: [
        'UPDATE inspections inspection.completed',
        'UPDATE lots inspection.completed',
        'INSERT alerts inspection.completed',
      ],
      reviewDefect: ['UPDATE defects defect.reviewed', 'UPDATE inspections defect.reviewed'],
      changeEquipmentStatus: [
        'UPDATE equipment_status_periods equipment.statusChanged',
        'INSERT equipment_status_periods equipment.statusChanged',
        'UPDATE equipment equipment.statusChanged',
      ],
    });
  });

  /** The sessions of the test users were inserted without audit entries (test/support/api.ts). */
  test('leaves every state of every row: the entries add up to the existing rows (AUD-1)', async () => {
    for (const [table] of Object.entries(AUDITED_TABLES)) {
      const wrong = await withConnection(
        api.databaseUrl,
        async (client) =>
          (
            await client.query(`
        WITH RECURSIVE changes AS (
          SELECT record_id, operation, new_values, row_number() OVER (PARTITION BY record_id ORDER BY seq) AS n FROM audit_entries WHERE entity = '${table}'
        ), states AS (
          SELECT record_id, n, new_values AS state FROM changes WHERE n = 1
          UNION ALL SELECT s.record_id, c.n, CASE WHEN c.operation = 'DELETE' THEN NULL ELSE s.state || c.new_values END FROM states s JOIN changes c ON c.record_id = s.record_id AND c.n = s.n + 1
        ), latest AS (SELECT DISTINCT ON (record_id) record_id, state FROM states ORDER BY record_id, n DESC)
        SELECT coalesce(t.id, l.record_id) AS id FROM ${table} t FULL JOIN latest l ON l.record_id = t.id
        WHERE ('${table}' <> 'login_sessions' OR coalesce(t.id, l.record_id) IN (SELECT record_id FROM audit_entries WHERE operation = 'INSERT')) AND ((t.id IS NULL) <> (l.state IS NULL)
           OR t.id IS NOT NULL AND to_jsonb(t) - '{unit_id,duration_seconds,consumer_id,component_id,search,updated_at,password_hash,token_hash,secret_hash,last_used_at,last_login_at,failed_logins,reported_status,software_version,health,last_seen_at,lease_until,sealed_secret,read_position}'::text[]
              IS DISTINCT FROM l.state - '{updated_at,password_hash,token_hash,secret_hash,last_used_at,last_login_at,failed_logins,reported_status,software_version,health,last_seen_at,lease_until,sealed_secret,read_position}'::text[])`)
          ).rows,
      );
      expect([table, wrong]).toEqual([table, []]);
    }
  });
});

test('a change that bypasses the application is recorded too, with SYSTEM as its actor (AUD-1)', async () => {
  await withConnection(api.databaseUrl, async (client) => {
    await client.query(`UPDATE production_lines SET name = 'By hand'`);
    const { rows } = await client.query(
      `SELECT entity, operation, action, actor_kind, actor_id, request_id, changed_fields, old_values, new_values FROM audit_entries ORDER BY seq DESC LIMIT 1`,
    );
    expect(rows).toEqual([
      {
        entity: 'production_lines',
        operation: 'UPDATE',
        action: 'sql.update',
        actor_kind: 'SYSTEM',
        actor_id: null,
        request_id: null,
        changed_fields: ['name'],
        old_values: { name: 'Line 1', version: 2 },
        new_values: { name: 'By hand', version: 3 },
      },
    ]);
  });
});

test('every table is audited except the listed ones, and no trigger is disabled (AUD-1)', async () => {
  const NOT_AUDITED = [
    '_prisma_migrations',
    'audit_blocks',
    'audit_entries',
    'audit_positions',
    'background_job_items',
    'error_entries',
    'idempotency_keys',
    'label_print_cursors',
    'migration_history',
    'number_counters',
    'state_flows',
    'system_events',
    'webhook_deliveries',
  ];
  const rows = await withConnection(
    api.databaseUrl,
    async (client) =>
      (
        await client.query<{ name: string; triggers: readonly string[] }>(`
    SELECT c.relname AS name, array_agg(t.tgenabled::text || ' ' || split_part(pg_get_triggerdef(t.oid), '(', 1) ORDER BY t.tgname) FILTER (WHERE t.tgfoid = 'write_audit'::regproc) AS triggers
    FROM pg_class c LEFT JOIN pg_trigger t ON t.tgrelid = c.oid
    WHERE c.relnamespace = 'public'::regnamespace AND c.relkind IN ('r', 'p') GROUP BY c.relname ORDER BY c.relname COLLATE "C"`)
      ).rows,
  );

  expect(rows.filter((row) => row.triggers === null).map((row) => row.name)).toEqual(NOT_AUDITED);
  expect(rows.filter((row) => row.triggers !== null)).toEqual(
    Object.keys(AUDITED_TABLES)
      .toSorted()
      .map((name) => ({
        name,
        triggers: [
          `O CREATE TRIGGER tg_${name}_audit_delete AFTER DELETE ON public.${name} REFERENCING OLD TABLE AS old_rows FOR EACH STATEMENT EXECUTE FUNCTION write_audit`,
          `O CREATE TRIGGER tg_${name}_audit_insert AFTER INSERT ON public.${name} REFERENCING NEW TABLE AS new_rows FOR EACH STATEMENT EXECUTE FUNCTION write_audit`,
          `O CREATE TRIGGER tg_${name}_audit_update AFTER UPDATE ON public.${name} REFERENCING OLD TABLE AS old_rows NEW TABLE AS new_rows FOR EACH STATEMENT EXECUTE FUNCTION write_audit`,
        ],
      })),
  );
});

test('every entity of the audit trail matches a type of the schema', () => {
  expect(Object.values(AUDITED_TABLES).filter((type) => !isObjectType(schema.getType(type)))).toEqual([
    'LoginSession',
    'AuditArchive',
  ]);
});
