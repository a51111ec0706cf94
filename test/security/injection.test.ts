import { getNamedType, isObjectType } from 'graphql';
import { LIMITS } from '../../src/platform/process/limits.ts';
import { present } from '../../src/platform/values/assert.ts';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { schema } from '../../src/app/schema.ts';
import { startApi, type Answer, type Api } from '../support/api.ts';
import { done, fingerprint } from '../support/expect.ts';
import { withConnection } from '../support/database.ts';
import { makeDefect, makeInspection } from '../support/build.ts';
import { openSession } from '../support/sessions.ts';
import { install } from '../support/genealogy.ts';
import { makeStation } from '../support/station.ts';
import { makeProgram } from '../support/test-programs.ts';
import { listen } from '../support/stream.ts';
import { makeFloor, oneSerial } from '../support/work.ts';
import { placesBelow, placesOf, type Place } from './calls.ts';

/** Forty texts that some program has interpreted as something other than text. */
const TEXTS: readonly string[] = [
  "'",
  "''",
  "' OR '1'='1",
  "' OR 1=1 --",
  "'; DROP TABLE lots; --",
  "'; UPDATE users SET role = 'ADMIN'; --",
  "') UNION SELECT password_hash FROM users --",
  '" OR ""="',
  '\\',
  "\\'; DELETE FROM lots; --",
  '$1',
  '${7*7}',
  '{{7*7}}',
  '<%= 7*7 %>',
  '$$; DROP TABLE lots; $$',
  "E'\\x27'",
  '/* */ OR /* */ 1=1',
  '%',
  '_',
  "%' AND pg_sleep(9) IS NULL --",
  "'||pg_sleep(9)||'",
  '(SELECT version())',
  '<script>alert(1)</script>',
  '"><img src=x onerror=alert(1)>',
  'javascript:alert(1)',
  '../../../../etc/passwd',
  '..\\..\\windows\\win.ini',
  '/dev/zero',
  'file:///etc/passwd',
  'http://169.254.169.254/latest/meta-data',
  '; cat /etc/passwd',
  '`id`',
  '$(id)',
  'a\u0000b',
  '\uD800',
  '\u202Egnp.exe',
  'line\r\n{"level":50,"msg":"forged"}',
  '__proto__',
  'a'.repeat(70_000),
  '𝔘𝔫𝔦𝔠𝔬𝔡𝔢 \u0000\uFFFF\u{10FFFF}',
];

/** If a text made PostgreSQL sleep, this turns it into an internal error, which is detected without a clock. */
const NO_SLEEP = `ALTER FUNCTION pg_catalog.pg_sleep(double precision) RENAME TO pg_sleep_no_more;
  CREATE FUNCTION pg_catalog.pg_sleep(double precision) RETURNS void LANGUAGE plpgsql AS
  $$ BEGIN RAISE 'pg_sleep was called'; END $$`;

let api: Api;
beforeAll(async () => {
  api = await startApi();
  await withConnection(api.databaseUrl, async (client) => {
    await client.query(NO_SLEEP);
    await expect(client.query('SELECT pg_sleep(9)')).rejects.toThrow('pg_sleep was called');
  });
  const { serial } = await oneSerial(api, await makeFloor(api));
  await install(api, serial, { externalLotNumber: 'REEL-7' });
  await makeStation(api, 'RIG');
  await makeProgram(api, 'rig-test');
  await done(api, 'deployTestProgram', { testProgram: { name: 'rig-test' }, station: { code: 'RIG' } }, '');
  await openSession(api, 'B-1', { station: { code: 'RIG' } });
  const steps = [{ number: 10, process: { code: 'MOUNT' } }];
  await done(api, 'createRoute', { productModel: { code: 'PSA' }, steps }, 'route { id }');
  await done(api, 'createEquipment', { code: 'PRESS', name: 'Press', type: 'PRESS' }, 'equipment { id }');
  await makeQuality();
  await makeOperation(serial.number);
});
afterAll(() => api.close());

/** One record of each type of operation. */
async function makeOperation(serial: string): Promise<void> {
  await done(api, 'createSavedFilter', { name: 'Lots', target: 'LOTS', filter: {} }, 'savedFilter { id }');
  await done(api, 'createAlert', { title: 'Coolant leaks', message: 'Under the press' }, 'alert { id }');
  const address = { url: 'https://erp.example/events', secret: 'thirty-two-characters-of-a-secret' };
  await done(api, 'createWebhook', { name: 'ERP', ...address, events: ['MANUAL'] }, 'webhook { id }');
  await api.database.reader().sql`
    INSERT INTO webhook_deliveries (webhook_id, position, type, occurred_at) SELECT id, 1, 'lot.closed', now() FROM webhooks`;
  await done(api, 'setConfigEntry', { key: 'press.limit', value: '7' }, 'configEntry { id }');
  await done(api, 'setPerformanceBaseline', { metric: 'duration', subject: 'Lots', value: '5', unit: 'ms' }, '');
  const item = { unit: { number: serial }, process: { code: 'TEST' }, result: 'PASS' };
  await done(api, 'submitBatchCompletion', { items: [item] }, 'backgroundJob { id }');
}

/** One record of each type of quality. */
async function makeQuality(): Promise<void> {
  const [lot] = (await api.ask('{ lots(first: 1) { nodes { id } } }')).data.lots.nodes;
  const inspection = await makeInspection(api, lot);
  await makeDefect(api, inspection);
  const picture = { inspection: inspection.id, type: 'IMAGE', fileName: 'edge.png', contentType: 'image/png' };
  const content = { address: 'shelf 3', sizeBytes: '1', checksumSha256: 'a'.repeat(64) };
  await done(api, 'registerArtifact', { ...picture, ...content }, 'artifact { id }');
  await done(
    api,
    'queueInferenceJob',
    { inspection: inspection.id, modelName: 'spots', modelVersion: '1.0' },
    'inferenceJob { id }',
  );
  await done(api, 'recordLabelPrint', { labelType: 'LOT_LABEL', unit: { id: lot.id }, status: 'SUCCESS' }, '');
  const report = { type: 'DEFECT_ANALYSIS', title: 'Defects', format: 'CSV' };
  const period = { from: '2026-11-01T00:00:00Z', to: '2026-11-02T00:00:00Z' };
  await done(api, 'requestReport', { ...report, period }, 'report { id }');
  await done(
    api,
    'createReportSchedule',
    { ...report, name: 'Daily defects', interval: 'DAILY', hour: 6 },
    'reportSchedule { id }',
  );
}

const places = placesOf(schema);
const below = placesBelow(schema);
const queries = places.filter(({ kind }) => kind === 'query');
const mutations = places.filter(({ kind }) => kind === 'mutation');
const subscriptions = places.filter(({ kind }) => kind === 'subscription');
/**
 * Mutations for which such a text is a valid name or key when another code is valid: they insert, change or delete
 * their own record, and nothing else.
 */
const EQUIPMENT = ['equipment', 'equipment_status_periods', 'idempotency_keys'];
const OWN: Readonly<Record<string, readonly string[]>> = {
  createEquipment: EQUIPMENT,
  updateEquipment: EQUIPMENT,
  changeEquipmentStatus: EQUIPMENT,
  deleteEquipment: EQUIPMENT,
  ...Object.fromEntries(
    ['createProcess', 'updateProcess', 'deleteProcess'].map((field) => [field, ['processes', 'idempotency_keys']]),
  ),
  ...Object.fromEntries(
    ['createProductModel', 'updateProductModel', 'changeProductModelStatus', 'deleteProductModel'].map((field) => [
      field,
      ['product_models', 'idempotency_keys'],
    ]),
  ),
  ...Object.fromEntries(
    ['registerStation', 'updateStation', 'deleteStation', 'stationHeartbeat'].map((field) => [
      field,
      ['stations', 'idempotency_keys'],
    ]),
  ),
  ...Object.fromEntries(
    ['installComponent', 'removeComponent'].map((field) => [field, ['component_uses', 'idempotency_keys']]),
  ),
  ...Object.fromEntries(
    ['createRoute', 'updateRoute', 'deleteRoute', 'releaseRoute', 'retireRoute'].map((field) => [
      field,
      ['routes', 'route_steps', 'number_counters', 'idempotency_keys'],
    ]),
  ),
  ...Object.fromEntries(
    ['createReportSchedule', 'updateReportSchedule', 'deleteReportSchedule'].map((field) => [
      field,
      ['report_schedules', 'idempotency_keys'],
    ]),
  ),
  ...Object.fromEntries(
    ['createAlert', 'markAlertsRead', 'archiveAlerts'].map((field) => [field, ['alerts', 'idempotency_keys']]),
  ),
  ...Object.fromEntries(
    ['createSavedFilter', 'updateSavedFilter', 'deleteSavedFilter'].map((field) => [
      field,
      ['saved_filters', 'idempotency_keys'],
    ]),
  ),
  setConfigEntry: ['config_entries', 'idempotency_keys'],
  deleteConfigEntry: ['config_entries', 'idempotency_keys'],
  setPerformanceBaseline: ['performance_baselines', 'idempotency_keys'],
  recordPerformanceMeasurement: ['performance_baselines', 'alerts', 'idempotency_keys'],
  ...Object.fromEntries(
    ['createWebhook', 'updateWebhook', 'deleteWebhook', 'redeliverWebhook'].map((field) => [
      field,
      ['webhooks', 'webhook_deliveries', 'idempotency_keys'],
    ]),
  ),
  claimInferenceJobs: ['inference_jobs', 'idempotency_keys'],
  startNextInspection: ['inspections', 'idempotency_keys'],
  ...Object.fromEntries(
    ['printLabel', 'recordLabelPrint'].map((field) => [field, ['label_prints', 'idempotency_keys']]),
  ),
  requestReport: ['reports', 'idempotency_keys'],
  submitExport: ['background_jobs', 'idempotency_keys'],
  submitBatchCompletion: ['background_jobs', 'background_job_items', 'idempotency_keys'],
  logout: ['login_sessions', 'idempotency_keys'],
};
/** When one of them changed something of its own, the audit record has an entry for it. */
const mayChange = (field: string): readonly string[] =>
  OWN[field] === undefined ? [] : [...OWN[field], 'audit_entries'];
/** The scalars whose texts arrive as they were sent. */
const UNREAD = ['String', 'ID', 'JSON', 'JSONObject'];
/** A document takes twenty queries, or ten mutations, or one subscription. */
const AT_ONCE = { query: 20, mutation: 10, subscription: 1 } as const;
/** Queries of which a document takes fewer, because each counts as thousands of nodes. */
const EXPENSIVE: Readonly<Record<string, number>> = { verifyArtifact: 10, commonality: 4 };

test('forty texts exist, and every root field that takes a text has arguments for them', () => {
  expect(new Set(TEXTS)).toHaveProperty('size', 40);
  const reached = new Set(places.map(({ field }) => field));
  const roots = [schema.getQueryType(), schema.getMutationType(), schema.getSubscriptionType()].flatMap((root) =>
    Object.values(root?.getFields() ?? {}),
  );
  const takesNoText = [
    'auditVerify',
    'inferenceMetrics',
    'lotDashboard',
    'route',
    'statementStatistics',
    'liveMetricsChanged',
  ];
  expect(roots.filter((field) => field.args.length > 0 && !reached.has(field.name)).map((field) => field.name)).toEqual(
    takesNoText,
  );
});

/** The types of the arguments of a picture. */
const TAKE_NO_TEXT = /^(?:Int|PictureTheme)$/;

test('every argument of every type is covered, and each is executed on a record that exists', async () => {
  const withArguments = Object.values(schema.getTypeMap())
    .filter((type) => isObjectType(type))
    .filter((type) => !/^__|^Query$|^Mutation$|^Subscription$/.test(type.name))
    .flatMap((type) =>
      Object.values(type.getFields())
        .filter((field) => field.args.some(({ type: argument }) => !TAKE_NO_TEXT.test(getNamedType(argument).name)))
        .map((field) => `${type.name}.${field.name}`),
    );
  expect(
    new Set(
      below.map(
        ({ owner, name }) =>
          `${owner}.${name
            .replace(/\.(?:after|before|filter|savedFilter).*$/, '')
            .split('.')
            .at(-1)}`,
      ),
    ),
  ).toEqual(new Set(withArguments));
  for (const { name, call } of below.filter((place) => place.name.endsWith('.after'))) {
    const { errors } = await api.ask(`query ($t: String!) { ${call('t')} }`, { t: 'no cursor' });
    expect([name, errors[0]?.extensions['code']]).toEqual([name, 'INVALID_INPUT']);
  }
});

test('a text of a filter is put into the filter, and into its and, or and not', () => {
  // The filter of readings has no groups: all of it must hold.
  const filters = [...queries, ...below].filter(
    ({ name }) => name.includes('.filter.') && !name.startsWith('measurementReadings.'),
  );
  expect(filters.length).toBeGreaterThan(300);
  expect(
    filters
      .filter(({ call }) => !/ and: \[\{ .*\$t.*not: \{ .*\$t.* or: \[\{ .*\$t.* not: \{ .*\$t/.test(call('t')))
      .map(({ name }) => name),
  ).toEqual([]);
});

describe('every text is treated as text: without an internal error, a message of the database, or a wait', () => {
  test(`${queries.length} arguments of queries; all tables are unchanged`, { timeout: 900_000 }, async () => {
    const before = await fingerprint(api);
    expect(await faultsAt(queries)).toEqual([]);
    expect(await fingerprint(api)).toEqual(before);
  });

  test(`${below.length} arguments of nested lists; all tables are unchanged`, { timeout: 900_000 }, async () => {
    const before = await fingerprint(api);
    expect(await faultsAt(below)).toEqual([]);
    expect(await fingerprint(api)).toEqual(before);
  });

  test(`${subscriptions.length} arguments of subscriptions; all tables are unchanged`, {
    timeout: 900_000,
  }, async () => {
    const before = await fingerprint(api);
    expect(await faultsAt(subscriptions)).toEqual([]);
    expect(await fingerprint(api)).toEqual(before);
  });

  test(`${mutations.length} arguments of mutations; only requested records exist`, {
    timeout: 900_000,
  }, async () => {
    const strayed: string[] = [];
    let before = await fingerprint(api);
    for (const field of new Set(mutations.map((place) => place.field))) {
      expect(await faultsAt(mutations.filter((place) => place.field === field))).toEqual([]);
      const after = await fingerprint(api);
      const changed = Object.keys(after).filter((table) => after[table] !== before[table]);
      strayed.push(
        ...changed.filter((table) => !mayChange(field).includes(table)).map((table) => `${field} changed ${table}`),
      );
      before = after;
    }
    expect(strayed).toEqual([]);
  });
});

async function faultsAt(chosen: readonly Place[]): Promise<readonly string[]> {
  const faults: string[] = [];
  const textsOf = textsByPlace(chosen);
  const tries = chosen.flatMap((place) =>
    (textsOf.get(place) ?? TEXTS).map(
      (text): Try => ({
        place,
        text: place.kind === 'mutation' ? text : text.slice(0, LIMITS.document.textLength),
      }),
    ),
  );
  const isExpensive = ({ place }: Try): boolean => EXPENSIVE[place.field] !== undefined;
  const jobs = [tries.filter(isExpensive), tries.filter((each) => !isExpensive(each))].flatMap((some) => {
    const [first] = some;
    const atOnce = first === undefined ? 1 : (EXPENSIVE[first.place.field] ?? AT_ONCE[first.place.kind]);
    return Array.from({ length: Math.ceil(some.length / atOnce) }, (_, part) =>
      some.slice(part * atOnce, (part + 1) * atOnce),
    );
  });
  const worker = async (): Promise<void> => {
    for (let job = jobs.pop(); job !== undefined; job = jobs.pop()) faults.push(...(await faultsOf(job)));
  };
  await Promise.all(Array.from({ length: 6 }, worker));
  return faults;
}

/** A text at one place. */
interface Try {
  readonly place: Place;
  readonly text: string;
}

/**
 * A place gets all texts, unless they were at one before it where the same code reads them (`readingOf`): then it gets
 * two of them, always other ones.
 */
function textsByPlace(chosen: readonly Place[]): ReadonlyMap<Place, readonly string[]> {
  const seen = new Map<string, number>();
  return new Map(
    chosen.map((place) => {
      const reading = readingOf(place);
      const before = seen.get(reading) ?? 0;
      seen.set(reading, before + 1);
      const few = Array.from({ length: 2 }, (_, index) => TEXTS[(before * 2 + index) % TEXTS.length] ?? '');
      return [place, before > 0 ? few : TEXTS];
    }),
  );
}

/**
 * What reads a text at a place. A scalar such as an instant is read before anything else sees it. One condition makes
 * the SQL of all filters of its name, `code.contains`, whatever it is nested in. All lists read their cursors, all
 * commands their keys, reasons, ids and references to records by the same code.
 */
function readingOf({ name, scalar, inputType }: Place): string {
  if (!UNREAD.includes(scalar)) return scalar;
  const [, filter] = name.split('.filter.');
  const path = (filter ?? name).replace(/\.\d+$/, '').split('.');
  const last = path.at(-1) ?? '';
  if (filter !== undefined) return `filter ${path.slice(-2).join('.')}`;
  if (SHARED.includes(last)) return last;
  const isReference = name.split('.').length > 3;
  return isReference ? `reference ${path.slice(-2).join('.')}` : `${inputType} ${name}`;
}

const SHARED = ['after', 'before', 'savedFilter', 'idempotencyKey', 'reason', 'id'];

async function faultsOf(tries: readonly Try[]): Promise<readonly string[]> {
  const { kind, field } = present(tries[0], 'A try').place;
  const document = `${kind}(${tries.map(({ place }, index) => `$t${index}: ${place.scalar}!`).join(' ')}) { ${tries.map(({ place }, index) => `a${index}: ${place.call(`t${index}`)}`).join(' ')} }`;
  const variables = Object.fromEntries(
    tries.map(({ place, text }, index) => [
      `t${index}`,
      place.scalar === 'JSONObject'
        ? { [text.slice(0, 1_000)]: text, list: [text, { [text.slice(0, 1_000)]: text }] }
        : text,
    ]),
  );
  // A logout ends its own session.
  const token = await (field === 'logout' ? api.newTokenOf('ADMIN') : api.tokenOf('ADMIN'));
  const { status, data, errors } = await (kind === 'subscription'
    ? begun(token, document, variables)
    : api.askWith(token, document, variables));
  const names = [...new Set(tries.map(({ place }) => place.name))].join(', ');
  const messages = [
    ...errors.map(({ message }) => message),
    ...Object.values<{ errors?: readonly { message: string }[] } | null>(data ?? {}).flatMap((payload) =>
      (payload?.errors ?? []).map(({ message }) => message),
    ),
  ];
  return [
    ...(status === 200 ? [] : [`${names}: status ${status} ${messages[0]}`]),
    ...errors
      .filter(({ extensions }) => extensions['code'] === 'INTERNAL')
      .map(({ path }) => {
        const failed = tries[Number(String(path?.[0]).slice(1))];
        return `${failed?.place.name}: a fault for ${JSON.stringify(failed?.text.slice(0, 40))}`;
      }),
    ...messages
      .filter((message) => /syntax error at|relation "|column "|\/src\/|node_modules|prisma/i.test(message))
      .map((message) => `${names}: ${message}`),
  ];
}

/** The start of a subscription: an open stream, or the reason why there is none. */
async function begun(
  token: string,
  query: string,
  variables: object,
): Promise<Pick<Answer, 'status' | 'data' | 'errors'>> {
  using stream = await listen(api, { token }, query, { variables });
  await expect.poll(() => stream.headers['x-accel-buffering'] === 'no' || stream.isClosed).toBe(true);
  const [first] = stream.events;
  return { status: stream.status, data: first?.data ?? null, errors: (first?.errors ?? []) as Answer['errors'] };
}
