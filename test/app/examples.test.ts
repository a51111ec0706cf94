import { execFile } from 'node:child_process';
import { readFileSync } from 'node:fs';
import path from 'node:path';
import { promisify } from 'node:util';
import { parse, print, type OperationDefinitionNode } from 'graphql';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { whyNot } from '../../examples/may-it-go-on.ts';
import { ensureDemo } from '../../src/app/start/demo.ts';
import { tour } from '../../src/app/graphiql/tour.ts';
import { startApi, type Api } from '../support/api.ts';

let api: Api;
let text: string;
let unit: string;
let step: string;

beforeAll(async () => {
  api = await startApi();
  await ensureDemo(api.services, () => undefined);
  text = await tour(api.database.reader());
  [, unit = '', step = ''] = /scan\(\s*code: "([^"]+)"\s*process: \{ code: "([^"]+)" \}/.exec(text) ?? [];
});
afterAll(() => api.close());

test('the typed client prints why a unit may not start a step, and nothing when it may', async () => {
  const token = await api.tokenOf('OPERATOR');

  expect(await whyNot(api.url, token, unit, step)).toEqual([]);
  expect(await whyNot(api.url, token, 'NO-SUCH-UNIT', step)).toEqual(['NO-SUCH-UNIT is no lot, item or serial.']);
});

test('the curl example records a result once, however often it is sent (IDK-1)', async () => {
  const environment = {
    ...process.env,
    LOTGRAPH_URL: api.url,
    LOTGRAPH_TOKEN: await api.tokenOf('OPERATOR'),
    UNIT: unit,
    STEP: step,
  };
  const send = async () =>
    (
      await promisify(execFile)('bash', [path.resolve(import.meta.dirname, '../../examples/record.sh')], {
        env: environment,
      })
    ).stdout;

  const first = await send();
  expect(JSON.parse(first).data.recordProcessData).toMatchObject({
    processData: { result: 'FAIL', unit: { number: unit } },
    errors: [],
  });
  expect(await send()).toBe(first);
});

describe('the GraphiQL tour, run unchanged on the demo data,', () => {
  test('has thirty-two operations', () => {
    expect(operations().map(({ name }) => name?.value)).toEqual([
      'LotsInWork',
      'ProvenHow',
      'MayItGoOn',
      'Failures',
      'FailWithoutDefect',
      'FailWithDefect',
      'Hold',
      'Release',
      'Routes',
      'Inspections',
      'NextInspection',
      'Review',
      'Models',
      'Reports',
      'Stations',
      'WhereUsed',
      'Search',
      'LiveMetrics',
      'Alerts',
      'Labels',
      'BackgroundJobs',
      'SavedFilters',
      'Webhooks',
      'Monitoring',
      'Settings',
      'Yields',
      'Figures',
      'Times',
      'Effectiveness',
      'Control',
      'CommonCauses',
      'LotBoard',
      'WhoAmI',
    ]);
  });

  test.each([
    'LotsInWork',
    'ProvenHow',
    'MayItGoOn',
    'Failures',
    'Inspections',
    'Models',
    'Reports',
    'Stations',
    'WhereUsed',
    'Search',
    'LiveMetrics',
    'Alerts',
    'Labels',
    'BackgroundJobs',
    'SavedFilters',
    'Webhooks',
    'Monitoring',
    'Settings',
    'Figures',
    'Effectiveness',
    'WhoAmI',
  ])('gets an answer to %s', async (name) => {
    const { data, errors } = await run(name);

    expect(errors).toEqual([]);
    const [[, answer] = ['', undefined]] = Object.entries<Record<string, unknown>>(data);
    expect(answer).toBeTruthy();
    if (Array.isArray(answer?.['nodes'])) expect(answer['nodes'].length).toBeGreaterThan(0);
  });

  test('finds a unit that is ready, gets a FAIL without a defect refused, and records the FAIL with a defect once (PD-2, IDK-1)', async () => {
    expect((await run('MayItGoOn')).data.scan).toMatchObject({ kind: 'WIP_ITEM', readiness: { isReady: true } });
    expect((await run('FailWithoutDefect')).data.recordProcessData.errors).toMatchObject([
      { code: 'RULE_VIOLATED', rule: 'PD-2', path: ['defects'] },
    ]);
    const once = (await run('FailWithDefect')).data.recordProcessData;
    const twice = (await run('FailWithDefect')).data.recordProcessData;
    expect(once).toMatchObject({ processData: { result: 'FAIL', defects: [{ code: 'SCRATCH' }] }, errors: [] });
    expect(twice).toEqual(once);
  });

  test('shows findings and pictures of inspections, which can be opened (INS-4, ART-2)', async () => {
    const { inspections, inspectionStatistics } = (await run('Inspections')).data;
    expect(inspections.nodes.map(({ qualityScore }: { qualityScore: unknown }) => qualityScore)).not.toContain(null);
    expect(inspectionStatistics.backlogCount).toBeGreaterThan(0);
    const [picture] = inspections.nodes.flatMap(
      ({ artifacts }: { artifacts: { nodes: unknown[] } }) => artifacts.nodes,
    );
    const opened = await fetch(new URL(picture.downloadUrl, api.url));
    expect([opened.status, opened.headers.get('content-type')]).toEqual([200, 'image/png']);
  });

  test('finds what contains a lot of a supplier, and what was removed (TRC-2, CMP-4)', async () => {
    const { whereUsed, componentUses } = (await run('WhereUsed')).data;
    expect([whereUsed.serialCount > 0, whereUsed.lots.length, whereUsed.trace.isTruncated]).toEqual([
      true,
      whereUsed.lotCount,
      false,
    ]);
    expect(componentUses.nodes[0]).toMatchObject({ role: 'SENSOR', removalReason: 'The sensor drifts at power-up.' });
  });

  test('finds words, draws a label that is kept of a serial, and says why a print failed (SEA-1, LBL-1)', async () => {
    const { searchProcessData } = (await run('Search')).data;
    expect(searchProcessData.edges[0].rank).toBeGreaterThan(0);
    const { label, serialByNumber: serial, failed } = (await run('Labels')).data;
    expect([label.text, label.content.startsWith('<svg')]).toEqual([serial.number, true]);
    expect(serial.labelPrints.nodes.map(({ status }: { status: string }) => status)).toContain('FAILED');
    expect(failed.nodes[0].errorMessage).toEqual(expect.any(String));
  });

  test('shows alerts of the server and by hand, and those of a filter that somebody shares (ALT-3, FLT-2)', async () => {
    const { alerts, manual } = (await run('Alerts')).data;
    expect([alerts.unreadCount > 0, alerts.totalCount > alerts.unreadCount]).toEqual([true, true]);
    expect(manual.nodes[0].createdBy).not.toBeNull();
    const { savedFilters, lots, alerts: urgent } = (await run('SavedFilters')).data;
    expect(savedFilters.nodes.map(({ isShared }: { isShared: boolean }) => isShared)).toEqual([true, true]);
    expect([lots.totalCount > 0, urgent.nodes.map(({ status }: { status: string }) => status)]).toEqual([
      true,
      expect.not.arrayContaining(['ARCHIVED']),
    ]);
  });

  test('shows a batch with a refused item, an export, and a webhook to which nothing is sent (BGJ-2, WHK-2)', async () => {
    const { backgroundJobs } = (await run('BackgroundJobs')).data;
    expect(backgroundJobs.nodes).toContainEqual(expect.objectContaining({ kind: 'DATA_EXPORT' }));
    expect(backgroundJobs.nodes).toContainEqual(
      expect.objectContaining({ kind: 'BATCH_COMPLETION', status: 'SUCCEEDED', failedCount: 1 }),
    );
    const { webhooks } = (await run('Webhooks')).data;
    expect(webhooks.nodes).toEqual([
      expect.objectContaining({ isActive: false, deliveries: { totalCount: 0, nodes: [] } }),
    ]);
  });

  test('shows figures with data: yields, Pareto, times, effectiveness, control and common causes (KPI-2, OEE-1, SPC-1)', async () => {
    const { yieldReport, byLine } = (await run('Yields')).data;
    expect([yieldReport.rows.length > 5, byLine.rolledThroughputYields.length > 1]).toEqual([true, true]);
    expect(yieldReport.rolledThroughputYield).toBeGreaterThan(0.5);
    const { defectPareto } = (await run('Figures')).data;
    expect([defectPareto.rows.length, defectPareto.svg.startsWith('<svg ')]).toEqual([5, true]);
    const { cycleTimes, processPerformance } = (await run('Times')).data;
    expect([cycleTimes.units.count, processPerformance.overall.executions]).not.toContain(0);
    expect((await run('Effectiveness')).data.oee).toMatchObject({ oee: expect.any(Number), reason: null });
    const { spcChart, processCapability } = (await run('Control')).data;
    expect([spcChart.reason, spcChart.subgroupCount > 20]).toEqual([null, true]);
    expect(processCapability).toMatchObject({ cpk: { value: expect.any(Number) }, verdict: expect.any(String) });
    const { commonality } = (await run('CommonCauses')).data;
    expect([commonality.badCount, commonality.rows.length]).not.toContain(0);
  });

  test('starts the next inspection, and reviews a finding, another one after a reload (INS-7, DEF-3)', async () => {
    expect((await run('NextInspection')).data.startNextInspection).toMatchObject({
      inspection: { status: 'IN_PROGRESS' },
      errors: [],
    });
    for (let round = 0; round < 2; round += 1) {
      text = await tour(api.database.reader());
      expect((await run('Review')).data.reviewDefect).toMatchObject({
        defect: { reviewStatus: 'FALSE_POSITIVE' },
        errors: [],
      });
    }
  });

  test('shows the whole proof of a unit: executions of its lot, of its item and its own, and of nothing else', async () => {
    const [serial] = (await run('ProvenHow')).data.serials.nodes;
    const units = serial.journey.nodes.map(({ unit }: { unit: unknown }) => JSON.stringify(unit));
    expect([...new Set<string>(units)].map((each) => JSON.parse(each)).map(({ __typename }) => __typename)).toEqual([
      'Lot',
      'WipItem',
      'Serial',
    ]);
  });

  test('offers another unit after a failure, with a key of its own (IDK-1)', async () => {
    const before = (await run('FailWithDefect')).data.recordProcessData;
    text = await tour(api.database.reader());
    const after = (await run('FailWithDefect')).data.recordProcessData;
    expect([before.errors, after.errors]).toEqual([[], []]);
    expect(after.processData.id).not.toBe(before.processData.id);
  });

  test('has comments that fit into a page of 1,280 pixels', () => {
    const comments = text.split('\n').filter((line) => line.startsWith('#'));
    expect(comments.filter((line) => line.length > 49)).toEqual([]);
  });

  test('shows the routes, what changes between two revisions, and the steps by which its lot is made (RTE-3, RTE-4)', async () => {
    const { data, errors } = await run('Routes');

    expect(errors).toEqual([]);
    expect(data.routes.nodes).toHaveLength(10);
    expect(data.routes.nodes).toContainEqual(
      expect.objectContaining({ productModel: { code: 'PSA-100' }, revision: 3, status: 'DRAFT', releasedBy: null }),
    );
    expect(data.routeChanges).toContainEqual(
      expect.objectContaining({
        kind: 'CHANGED',
        process: { code: 'BURN_IN' },
        after: { number: 160, isOptional: true },
      }),
    );
    expect(data.routeOf.map(({ process }: { process: { code: string } }) => process.code)).toEqual(
      expect.arrayContaining(['KIT', 'PLACE', 'FUNCTION_TEST']),
    );
  });

  test('holds its lot, and releases it again', async () => {
    expect((await run('Hold')).data.quarantineLot).toMatchObject({ lot: { disposition: 'QUARANTINED' }, errors: [] });
    expect((await run('Release')).data.releaseLot).toMatchObject({
      lot: {
        disposition: 'RELEASED',
        history: { nodes: [{ action: 'lot.released' }, { action: 'lot.quarantined' }] },
      },
      errors: [],
    });
  });
});

test('the examples of the README and of getting-started run in their order on the demo data, with the refusals that they announce', async () => {
  const refusals: unknown[] = [];
  for (const example of ['README.md', 'docs/getting-started.md'].flatMap(examplesIn)) {
    const { data, errors } = await api.ask(example);
    expect(errors).toEqual([]);
    for (const answer of Object.values<{ readonly errors?: readonly { readonly code: string }[] }>(data))
      refusals.push(...(answer.errors ?? []).map(({ code }) => code));
  }
  expect(refusals).toEqual(['RULE_VIOLATED', 'RULE_VIOLATED', 'IDEMPOTENCY_MISMATCH', 'STALE_VERSION']);
});

test('the examples of docs/routes.md run on the demo data: a draft, its release, a comparison, and a preview that changes nothing (RTE-2, RTE-3, RTE-5)', async () => {
  const [see = '', draft = '', changes = '', release = '', preview = ''] = examplesIn('docs/routes.md');
  const before = await api.ask(see);
  const made = await api.ask(draft);
  const { id } = made.data.createRoute.route;
  const former = before.data.routes.nodes.find(
    ({ productModel }: { productModel: { code: string } }) => productModel.code === 'HMI-700',
  );
  const compared = await api.ask(changes, { from: former.id, to: id });
  const released = await api.ask(release, { id });
  const { lot } = (
    await api.ask(`mutation { createLot(input: {
      productModel: { code: "PSA-100" }, productionLine: { code: "KR02" }, productionDate: "2027-01-04", targetQuantity: 5
    }) { lot { number route { revision } } } }`)
  ).data.createLot;
  const [retired] = (await api.ask('{ routes(filter: { status: { eq: RETIRED } }, last: 1) { nodes { id } } }')).data
    .routes.nodes;
  const previewed = await api.ask(preview, { lot: lot.number, route: retired.id });
  const after = await api.ask(
    'query ($number: String!) { lotByNumber(number: $number) { number route { revision } } }',
    {
      number: lot.number,
    },
  );

  for (const { errors } of [before, made, compared, released, previewed]) expect(errors).toEqual([]);
  expect(made.data.createRoute).toMatchObject({ route: { revision: 2, status: 'DRAFT' }, errors: [] });
  expect(compared.data.routeChanges.length).toBeGreaterThan(0);
  expect(released.data.releaseRoute).toMatchObject({
    route: { status: 'RELEASED' },
    retired: { revision: 1, retireReason: 'Approved after the trial lots' },
    errors: [],
  });
  expect(previewed.data.changeLotRoute).toEqual({
    itemsReopened: 0,
    itemsCompleted: 0,
    itemsKept: 0,
    serialsKept: 0,
    errors: [],
  });
  expect(after.data.lotByNumber).toEqual(lot);
  expect(lot.route).toEqual({ revision: 2 });
});

/** The GraphQL examples of a document. */
function examplesIn(document: string): readonly string[] {
  const page = readFileSync(path.resolve(import.meta.dirname, '../..', document), 'utf8');
  return [...page.matchAll(/^```graphql\n([\s\S]*?)^```/gm)].map(([, example = '']) => example);
}

function operations(): readonly OperationDefinitionNode[] {
  return parse(text).definitions.filter((definition) => definition.kind === 'OperationDefinition');
}

function run(name: string) {
  const operation = operations().find((each) => each.name?.value === name);
  return api.ask(operation === undefined ? '' : print(operation));
}
