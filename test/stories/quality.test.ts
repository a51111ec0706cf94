/** A day of quality, as the people and machines of a plant live it: everything over HTTP, each with what they may do. */
import { createHash } from 'node:crypto';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { startBackgroundWork } from '../../src/app/jobs/background-work.ts';
import { BACKGROUND_WORK } from '../../src/app/jobs/work-list.ts';
import { present } from '../../src/platform/values/assert.ts';
import type { Role } from '../../src/platform/rules/access.ts';
import { type Api, startApi } from '../support/api.ts';
import { makeItems, makeLine, makeLot, makeModel, makeRoute, type Named } from '../support/build.ts';
import { done, expectRefused, type Payload } from '../support/expect.ts';
import { sendAs } from '../support/station.ts';
import { upload } from '../support/upload.ts';

let api: Api;
beforeAll(async () => {
  api = await startApi({ siteTimeZone: 'Asia/Seoul' });
});
afterAll(() => api.close());

/** What a role reads; nothing may go wrong. */
async function read(query: string, role: Role, variables: object = {}): Promise<Payload> {
  const { data, errors } = await api.ask(query, variables, role);
  expect(errors).toEqual([]);
  return data;
}

const fetched = (url: string): Promise<Response> => fetch(new URL(url, api.url));

test('a day of quality, from the queue of the inspector to the trail of the auditor', {
  timeout: 120_000,
}, async () => {
  // A plant with one lot of two items, and a service with the key of the vision model.
  await makeModel(api);
  await makeLine(api);
  const { mount } = await makeRoute(api);
  const lot = await makeLot(api);
  const [first, second] = await makeItems(api, lot, 2);
  const item = present(first, 'An item');
  const { secret } = await done(api, 'createApiKey', { service: { role: 'ENGINEER' }, name: 'VISION' }, 'secret');
  const asModel = async (mutation: string, input: object, selection: string): Promise<Payload> => {
    const payload = await sendAs(api, secret, mutation, input, selection);
    expect(payload.errors).toEqual([]);
    return payload;
  };

  // The engineer asks for three inspections. The most urgent one comes first, however late it was asked for.
  const asked = async (input: object): Promise<string> =>
    (await done(api, 'createInspection', { lot: { number: lot.number }, ...input }, 'inspection { id }', 'ENGINEER'))
      .inspection.id;
  const electrical = await asked({ type: 'ELECTRICAL', sampleCode: 'TRAY-1', priority: 5 });
  const thermal = await asked({ type: 'THERMAL', sampleCode: 'TRAY-1', priority: 1 });
  const optical = await asked({ type: 'OPTICAL', wipItem: { number: item.number }, priority: 9 });
  const queue = await read(
    '{ inspections(filter: { status: { eq: PENDING } }, orderBy: [{ field: PRIORITY, direction: DESC }]) { nodes { id } } }',
    'INSPECTOR',
  );
  expect(queue['inspections'].nodes.map(({ id }: Named) => id)).toEqual([optical, electrical, thermal]);
  const next = async (): Promise<string | null> =>
    (await done(api, 'startNextInspection', {}, 'inspection { id }', 'INSPECTOR')).inspection?.id ?? null;
  expect(await next()).toBe(optical);
  await expectRefused(api, 'startInspection', { id: optical }, [['RULE_VIOLATED', 'id', 'INS-3']], 'MANAGER');

  // The inspector takes a picture and asks the vision model what it sees.
  const picture = Buffer.from('P5\n4 4\n255\n0123456789abcdef');
  const uploaded = await upload(
    api,
    { inspection: optical, type: 'IMAGE' },
    { content: picture, fileName: 'top.pgm', contentType: 'image/x-portable-graymap' },
    'INSPECTOR',
  );
  expect(uploaded.errors).toEqual([]);
  const sha256 = createHash('sha256').update(picture).digest('hex');
  expect(uploaded['artifact']).toMatchObject({ fileName: 'top.pgm', checksumSha256: sha256 });
  const job = { inspection: optical, modelName: 'spots', modelVersion: '2.1', confidenceThreshold: '0.5' };
  await done(
    api,
    'queueInferenceJob',
    { ...job, inputArtifacts: [uploaded['artifact'].id] },
    'inferenceJob { id }',
    'INSPECTOR',
  );
  await expectRefused(api, 'completeInspection', { id: optical }, [['RULE_VIOLATED', 'id', 'INS-4']], 'INSPECTOR');

  // The model claims the job, reads the picture back, keeps its lease and answers with what it found.
  const claim = await asModel(
    'claimInferenceJobs',
    { workerCode: 'GPU-1', modelNames: ['spots'] },
    'inferenceJobs { id attempts inputArtifacts { downloadUrl checksumSha256 } }',
  );
  const [claimed] = claim['inferenceJobs'];
  const seen = await fetched(claimed.inputArtifacts[0].downloadUrl);
  expect([seen.status, Buffer.from(await seen.arrayBuffer()).equals(picture)]).toEqual([200, true]);
  const held = { id: claimed.id, workerCode: 'GPU-1', attempt: claimed.attempts };
  await asModel('heartbeatInferenceJob', held, 'inferenceJob { id }');
  const answer = await asModel(
    'completeInferenceJob',
    {
      ...held,
      findings: [
        { type: 'CRACK', severity: 'CRITICAL', confidence: '0.93', location: { x: 1, y: 1, width: 2, height: 1 } },
        { type: 'SCRATCH', severity: 'LOW', confidence: '0.5' },
        { type: 'VOID', severity: 'HIGH', confidence: '0.4999' },
      ],
    },
    'inferenceJob { status discardedCount } defects { id type detectionMethod reviewStatus }',
  );
  expect(answer['inferenceJob']).toEqual({ status: 'COMPLETED', discardedCount: 1 });
  expect(answer['defects']).toMatchObject([
    { type: 'CRACK', detectionMethod: 'ML_AUTOMATED', reviewStatus: 'PENDING' },
    { type: 'SCRATCH', detectionMethod: 'ML_AUTOMATED', reviewStatus: 'PENDING' },
  ]);
  const [crack, scratch] = answer['defects'].map(({ id }: Named) => id);

  // The inspector adds what they see themselves, and completes. The critical finding stops the lot in the same moment.
  await done(
    api,
    'recordDefects',
    { inspection: optical, defects: [{ type: 'CONTAMINATION', severity: 'MEDIUM', description: 'Flux at the rim' }] },
    'defects { id }',
    'INSPECTOR',
  );
  const completed = await done(
    api,
    'completeInspection',
    { id: optical },
    'inspection { verdict qualityScore grade confidence violations defectCount isReviewed lot { disposition dispositionReason dispositionBy { username } } }',
    'INSPECTOR',
  );
  expect(completed['inspection']).toEqual({
    verdict: 'FAIL',
    qualityScore: '0.3485',
    grade: 'POOR',
    confidence: '0.7150',
    violations: ['CRITICAL_DEFECTS', 'QUALITY_SCORE'],
    defectCount: 3,
    isReviewed: false,
    lot: {
      disposition: 'QUARANTINED',
      dispositionReason: `Inspection OPTICAL of ${item.number} failed`,
      dispositionBy: { username: 'inspector' },
    },
  });

  // The floor stops, and sees why.
  const start = { unit: { number: item.number }, process: { code: mount.code } };
  await expectRefused(api, 'startProcess', start, [['RULE_VIOLATED', 'lot', 'LOT-7']], 'OPERATOR');

  // Nobody releases the lot while inspections and findings are open, and an inspector never does.
  const release = { lot: { number: lot.number }, reason: 'Reflection of the lamp' };
  await expectRefused(api, 'releaseLot', release, [['FORBIDDEN', '', null]], 'INSPECTOR');
  const [why] = await expectRefused(api, 'releaseLot', release, [['RULE_VIOLATED', 'lot', 'INS-9']], 'MANAGER');
  for (const open of ['ELECTRICAL', 'THERMAL', 'CRITICAL CRACK']) expect(why).toContain(open);

  // The other two inspections: one finds nothing, one cannot be carried out.
  expect(await next()).toBe(electrical);
  await done(api, 'completeInspection', { id: electrical }, 'inspection { id }', 'INSPECTOR');
  expect(await next()).toBe(thermal);
  await done(api, 'failInspection', { id: thermal, reason: 'The camera is cold' }, 'inspection { id }', 'INSPECTOR');
  expect(await next()).toBeNull();

  // The inspector wants a second look at the crack; the engineer finds that nothing is there. The verdict follows.
  const review = (id: string, reviewStatus: string, role: Role, notes?: string): Promise<Payload> =>
    done(
      api,
      'reviewDefect',
      { id, reviewStatus, notes },
      'inspection { verdict qualityScore isReviewed lot { disposition } }',
      role,
    );
  await review(crack, 'NEEDS_REVIEW', 'INSPECTOR', 'Crack, or a reflection?');
  await expectRefused(api, 'releaseLot', release, [['RULE_VIOLATED', 'lot', 'INS-9']], 'MANAGER');
  const dismissed = await review(crack, 'FALSE_POSITIVE', 'ENGINEER');
  expect(dismissed['inspection']).toEqual({
    verdict: 'PASS',
    qualityScore: '0.8490',
    isReviewed: false,
    lot: { disposition: 'QUARANTINED' },
  });
  await review(scratch, 'CONFIRMED', 'INSPECTOR');

  // The manager releases the lot, and the floor goes on.
  await done(api, 'releaseLot', release, 'lot { id }', 'MANAGER');
  await done(api, 'startProcess', start, 'processData { id }', 'OPERATOR');
  await done(api, 'startProcess', { ...start, unit: { number: second?.number } }, 'processData { id }', 'OPERATOR');

  // The manager requests the report of the day for the auditor; a worker makes it.
  const now = Date.now();
  const period = { from: new Date(now - 86_400_000).toISOString(), to: new Date(now + 86_400_000).toISOString() };
  const { report } = await done(
    api,
    'requestReport',
    { type: 'INSPECTION_SUMMARY', title: 'The day', format: 'JSON', period },
    'report { id }',
    'MANAGER',
  );
  const work = startBackgroundWork(api.services, BACKGROUND_WORK);
  const shown = `query($id: ID!) { node(id: $id) { ... on Report { status downloadUrl checksumSha256 } } }`;
  await expect
    .poll(async () => (await read(shown, 'AUDITOR', { id: report.id }))['node'].status, { timeout: 60_000 })
    .toBe('COMPLETED');
  await work.stop();
  const { node } = await read(shown, 'AUDITOR', { id: report.id });
  expect((await read(shown, 'VIEWER', { id: report.id }))['node']).toBeNull();
  const file = Buffer.from(await (await fetched(node.downloadUrl)).arrayBuffer());
  expect(createHash('sha256').update(file).digest('hex')).toBe(node.checksumSha256);

  // Its figures are those of the query.
  const figures = 'completedCount passCount failCount passRatio meanQualityScore meanConfidence openReviewCount';
  const { inspectionStatistics } = await read(
    `query($of: InspectionFilter!) { inspectionStatistics(filter: $of) { ${figures} } }`,
    'AUDITOR',
    { of: { completedAt: { gte: period.from, lt: period.to } } },
  );
  const [section] = JSON.parse(file.toString()).sections;
  const names: readonly string[] = section.columns.map(({ name }: { readonly name: string }) => name);
  expect(Object.fromEntries(names.map((name, index) => [name, section.rows[0][index]]))).toEqual(inspectionStatistics);
  expect(inspectionStatistics).toMatchObject({ completedCount: 2, passCount: 2, passRatio: 1, openReviewCount: 1 });

  // The auditor reads who did what, and that nothing of it was changed afterwards.
  const { auditEntries, auditVerify } = await read(
    `{ auditVerify { isIntact }
       auditEntries(first: 100, orderBy: [{ field: SEQ, direction: ASC }], filter: { or: [
         { entity: { in: ["inspections", "defects", "inference_jobs", "artifacts", "reports"] } }, { entity: { eq: "lots" }, changedField: "disposition" } ] }) {
         nodes { entity action actorKind actorLabel } } }`,
    'AUDITOR',
  );
  expect(auditVerify).toEqual({ isIntact: true });
  const trail = auditEntries.nodes.map(
    ({ entity, action, actorKind, actorLabel }: Payload) => `${entity} ${action} ${actorLabel ?? actorKind}`,
  );
  expect(trail).toEqual(TRAIL);
});

/** What the auditor reads, in its order: the table, what was done, and by whom. */
const TRAIL = [
  'inspections inspection.created engineer',
  'inspections inspection.created engineer',
  'inspections inspection.created engineer',
  'inspections inspection.started inspector',
  'artifacts artifact.uploaded inspector',
  'inference_jobs inferenceJob.queued inspector',
  'inference_jobs inferenceJob.claimed VISION',
  'artifacts artifact.downloaded VISION',
  'defects inferenceJob.completed VISION',
  'defects inferenceJob.completed VISION',
  'inference_jobs inferenceJob.completed VISION',
  'defects defect.recorded inspector',
  'inspections inspection.completed inspector',
  'lots inspection.completed inspector',
  'inspections inspection.started inspector',
  'inspections inspection.completed inspector',
  'inspections inspection.started inspector',
  'inspections inspection.failed inspector',
  'defects defect.reviewed inspector',
  'defects defect.reviewed engineer',
  'inspections defect.reviewed engineer',
  'defects defect.reviewed inspector',
  'lots lot.released manager',
  'reports report.requested manager',
  'reports report.started SYSTEM',
  'reports report.completed SYSTEM',
  'reports report.downloaded auditor',
];
