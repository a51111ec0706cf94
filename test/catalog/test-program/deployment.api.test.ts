import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { startApi, type Answer, type Api } from '../../support/api.ts';
import { call, done, expectRefused, fingerprint } from '../../support/expect.ts';
import { openSession } from '../../support/sessions.ts';
import { makeStation, sendAs, type StationWithKey } from '../../support/station.ts';
import { makeProgram } from '../../support/test-programs.ts';
import { makeFloor } from '../../support/work.ts';

let api: Api;
let station: StationWithKey;
let other: StationWithKey;
beforeAll(async () => {
  api = await startApi();
  await makeFloor(api);
  station = await makeStation(api, 'TESTER-1');
  other = await makeStation(api, 'TESTER-2');
  for (const { apiKey } of [station, other]) await api.askWith({ apiKey }, '{ __typename }');
});
afterAll(() => api.close());

const MISSING = Buffer.from('TestProgramDeployment:00000000-0000-7000-8000-000000000000').toString('base64url');
const DEPLOYMENT =
  'deployment { id status errorMessage deployedAt batchCode version testProgramVersion { version } station { code } deployedBy { username } }';
const PULLED = 'version { version } isUpToDate downloadUrl';

/** A program with the versions 1.0.0 to 1.0.2. */
async function program(name: string): Promise<{ readonly testProgram: { readonly name: string } }> {
  for (const content of ['one', 'two', 'three']) await makeProgram(api, name, content);
  return { testProgram: { name } };
}
const deploy = async (input: object): Promise<Answer['data']> =>
  (await done(api, 'deployTestProgram', { station: { code: 'TESTER-1' }, ...input }, DEPLOYMENT, 'ENGINEER'))[
    'deployment'
  ];
const pull = (of: object, input: object = {}, by = station): Promise<Answer['data']> =>
  sendAs(api, by.apiKey, 'pullTestProgram', { ...of, station: { code: by.code }, ...input }, PULLED);
const statuses = async (name: string): Promise<readonly string[]> => {
  const { data } = await api.ask(
    'query ($name: String!) { testProgramByName(name: $name) { deployments { nodes { status errorMessage testProgramVersion { version } } } } }',
    { name },
  );
  return data.testProgramByName.deployments.nodes.map(
    ({ status, errorMessage, testProgramVersion }: Answer['data']) =>
      `${testProgramVersion.version} ${status}${errorMessage === null ? '' : ` ${errorMessage}`}`,
  );
};

describe('a deployment', () => {
  test('is PENDING, of the current version unless another one is named (TPG-4)', async () => {
    const of = await program('deploy-1');
    expect(await deploy(of)).toMatchObject({
      status: 'PENDING',
      errorMessage: null,
      deployedAt: null,
      batchCode: null,
      testProgramVersion: { version: '1.0.2' },
      station: { code: 'TESTER-1' },
      deployedBy: { username: 'engineer' },
    });
    expect(await deploy({ ...of, version: '1.0.0', station: null, batchCode: 'B-1' })).toMatchObject({
      testProgramVersion: { version: '1.0.0' },
      station: null,
      batchCode: 'B-1',
    });
  });

  test('takes the place of an older PENDING one of the same program and station (TPG-4)', async () => {
    const of = await program('deploy-2');
    await deploy(of);
    await deploy({ ...of, version: '1.0.0' });
    await deploy({ ...of, station: { code: 'TESTER-2' } });
    await deploy({ ...of, station: null, batchCode: 'B-2' });
    await deploy({ ...of, station: null, batchCode: 'B-2', version: '1.0.1' });
    expect(await statuses('deploy-2')).toEqual([
      '1.0.1 PENDING',
      '1.0.2 FAILED superseded',
      '1.0.2 PENDING',
      '1.0.0 PENDING',
      '1.0.2 FAILED superseded',
    ]);
  });

  test('at the same time as another one leaves one PENDING (TPG-4)', async () => {
    const of = await program('deploy-3');
    await Promise.all(Array.from({ length: 6 }, () => deploy(of)));
    const found = await statuses('deploy-3');
    expect(found.filter((each) => each === '1.0.2 PENDING')).toHaveLength(1);
    expect(found).toHaveLength(6);
  });

  test('needs a station or a batch, an active program and a version of it (TPG-3, TPG-4)', async () => {
    const of = await program('deploy-4');
    const station1 = { station: { code: 'TESTER-1' } };
    await expectRefused(api, 'deployTestProgram', of, [['INVALID_INPUT', 'station', 'TPG-4']]);
    await expectRefused(api, 'deployTestProgram', { ...of, ...station1, version: '1.0.9' }, [
      ['NOT_FOUND', 'version', null],
    ]);
    await expectRefused(api, 'deployTestProgram', { ...of, ...station1, version: '1.0' }, [
      ['INVALID_INPUT', 'version', 'TPG-2'],
    ]);
    for (const change of [{ isActive: false }, { isActive: true, isDeprecated: true }]) {
      await done(api, 'updateTestProgram', { ...of, ...change }, '');
      await expectRefused(api, 'deployTestProgram', { ...of, ...station1 }, [
        ['RULE_VIOLATED', 'testProgram', 'TPG-4'],
      ]);
    }
  });

  test('that is repeated with its key of idempotency is one (IDK-1)', async () => {
    const of = await program('deploy-5');
    const first = await deploy({ ...of, idempotencyKey: 'deploy once' });
    expect(await deploy({ ...of, idempotencyKey: 'deploy once' })).toEqual(first);
    expect(await statuses('deploy-5')).toEqual(['1.0.2 PENDING']);
  });
});

describe('a pull', () => {
  test('delivers the PENDING deployment, which is DEPLOYED then, with a signed address (TPG-5)', async () => {
    const of = await program('pull-1');
    const { id } = await deploy({ ...of, version: '1.0.1' });
    const pulled = await pull(of, { installedVersion: '1.0.0' });
    expect(pulled).toEqual({
      version: { version: '1.0.1' },
      isUpToDate: false,
      downloadUrl: expect.stringContaining('/files/'),
      errors: [],
    });
    const response = await fetch(new URL(pulled.downloadUrl, api.url));
    expect([response.status, response.headers.get('content-type')]).toEqual([200, 'application/zip']);
    await response.arrayBuffer();
    const { data } = await api.ask(
      'query ($id: ID!) { node(id: $id) { ... on TestProgramDeployment { status deployedAt } } }',
      { id },
    );
    expect(data.node).toEqual({ status: 'DEPLOYED', deployedAt: expect.any(String) });
    // The newest DEPLOYED version counts from now on, not the current one.
    expect((await pull(of)).version).toEqual({ version: '1.0.1' });
  });

  test('by a station that has the version delivers nothing, and it is still DEPLOYED (TPG-5)', async () => {
    const of = await program('pull-2');
    await deploy(of);
    expect(await pull(of, { installedVersion: '1.0.2' })).toEqual({
      version: { version: '1.0.2' },
      isUpToDate: true,
      downloadUrl: null,
      errors: [],
    });
    expect(await statuses('pull-2')).toEqual(['1.0.2 DEPLOYED']);
  });

  test('without a deployment delivers the current version (TPG-5)', async () => {
    const of = await program('pull-3');
    await deploy({ ...of, station: { code: 'TESTER-2' }, version: '1.0.0' });
    expect((await pull(of)).version).toEqual({ version: '1.0.2' });
    expect(await statuses('pull-3')).toEqual(['1.0.0 PENDING']);
    expect((await pull(of, {}, other)).version).toEqual({ version: '1.0.0' });
  });

  test('delivers the deployment of a batch while the station has an open session of it (TPG-5)', async () => {
    const of = await program('pull-4');
    await deploy({ ...of, station: null, batchCode: 'B-17', version: '1.0.0' });
    expect((await pull(of)).version).toEqual({ version: '1.0.2' });
    const { id } = await openSession(api, 'B-17');
    expect((await pull(of)).version).toEqual({ version: '1.0.0' });
    expect((await pull(of, {}, other)).version).toEqual({ version: '1.0.2' });
    await done(api, 'closeProcessSession', { id }, '');
    expect((await pull(of)).version).toEqual({ version: '1.0.2' });
  });

  test('by two requests at once delivers the deployment once (TPG-5, IDK-1)', async () => {
    const of = await program('pull-5');
    await deploy({ ...of, version: '1.0.0' });
    const input = { idempotencyKey: 'pull once' };
    const pulls = await Promise.all([pull(of), pull(of), pull(of, input), pull(of, input)]);
    expect(pulls.map(({ version }) => version)).toEqual(Array.from({ length: 4 }, () => ({ version: '1.0.0' })));
    const { data } = await api.ask(
      '{ auditEntries(filter: { action: { eq: "testProgram.pulled" }, entity: { eq: "test_program_deployments" } }) { nodes { recordLabel } } }',
    );
    const labels = data.auditEntries.nodes.map(({ recordLabel }: Answer['data']) => recordLabel);
    expect(labels.filter((label: string) => label === 'pull-5 1.0.0')).toHaveLength(1);
  });

  test('is for the station of the key only; engineers pull for any (TPG-5)', async () => {
    const of = await program('pull-6');
    const before = await fingerprint(api);
    for (const code of ['TESTER-2', 'NOWHERE'])
      expect((await pull(of, { station: { code } })).errors).toMatchObject([
        { code: 'FORBIDDEN', path: ['station'], rule: 'TPG-5' },
      ]);
    expect(await fingerprint(api)).toEqual(before);
    const forOther = await done(api, 'pullTestProgram', { ...of, station: { code: 'TESTER-2' } }, PULLED, 'ENGINEER');
    expect(forOther['version']).toEqual({ version: '1.0.2' });
    await expectRefused(api, 'pullTestProgram', { ...of, station: { code: 'NOWHERE' } }, [
      ['NOT_FOUND', 'station', null],
    ]);
  });
});

describe('a rollback', () => {
  const rollBack = (of: object, version: string, input: object = {}): Promise<Answer['data']> =>
    done(
      api,
      'rollbackTestProgram',
      { ...of, version, reason: 'It hangs', ...input },
      'testProgram { currentVersion { version } }',
    );

  test('goes to any version, twice in a row too, and ends the deployments of the one that is left (TPG-3)', async () => {
    const of = await program('back-1');
    await deploy(of);
    await pull(of);
    await deploy({ ...of, station: { code: 'TESTER-2' } });
    expect((await rollBack(of, '1.0.1'))['testProgram'].currentVersion).toEqual({ version: '1.0.1' });
    expect(await statuses('back-1')).toEqual(['1.0.2 FAILED rolled back', '1.0.2 ROLLED_BACK']);
    expect((await pull(of)).version).toEqual({ version: '1.0.1' });
    await deploy(of);
    expect((await rollBack(of, '1.0.0'))['testProgram'].currentVersion).toEqual({ version: '1.0.0' });
    expect((await rollBack(of, '1.0.2'))['testProgram'].currentVersion).toEqual({ version: '1.0.2' });
    expect(await statuses('back-1')).toEqual([
      '1.0.1 FAILED rolled back',
      '1.0.2 FAILED rolled back',
      '1.0.2 ROLLED_BACK',
    ]);
    // The next version follows the highest one, wherever the program is.
    await rollBack(of, '1.0.0');
    expect((await makeProgram(api, 'back-1', 'four'))['version'].version).toBe('1.0.3');
  });

  test('to the current version, to none of the program, or without a reason is refused (TPG-3, GEN-4)', async () => {
    const of = await program('back-2');
    await program('back-3');
    const reason = 'It hangs';
    await expectRefused(api, 'rollbackTestProgram', { ...of, version: '1.0.2', reason }, [
      ['RULE_VIOLATED', 'version', 'TPG-3'],
    ]);
    await expectRefused(api, 'rollbackTestProgram', { ...of, version: '1.0.7', reason }, [
      ['NOT_FOUND', 'version', null],
    ]);
    await expectRefused(api, 'rollbackTestProgram', { ...of, version: '1.0.1', reason: ' ' }, [
      ['INVALID_INPUT', 'reason', 'GEN-4'],
    ]);
    await expectRefused(api, 'rollbackTestProgram', { ...of, version: '1.0.1', reason, expectedVersion: 1 }, [
      ['STALE_VERSION', 'expectedVersion', 'GEN-2'],
    ]);
  });

  test('by two requests at once, and repeated with its key, happens once (TPG-3, IDK-1)', async () => {
    const of = await program('back-4');
    const input = { ...of, version: '1.0.0', reason: 'It hangs' };
    const answers = await Promise.all([
      call(api, 'rollbackTestProgram', input),
      call(api, 'rollbackTestProgram', input),
    ]);
    expect(answers.flatMap(({ errors }) => errors.map(({ rule }) => rule))).toEqual(['TPG-3']);
    const key = { idempotencyKey: 'back once' };
    const once = await rollBack(of, '1.0.1', key);
    expect(await rollBack(of, '1.0.1', key)).toEqual(once);
  });
});

describe('a report', () => {
  const report = (id: string, input: object = {}): object => ({
    id,
    status: 'FAILED',
    errorMessage: 'No port',
    ...input,
  });

  test('fails a PENDING or a DEPLOYED deployment, with its message (TPG-4)', async () => {
    const of = await program('report-1');
    const pending = await deploy(of);
    const failed = await sendAs(api, station.apiKey, 'reportDeployment', report(pending.id), DEPLOYMENT);
    expect([failed.errors, failed.deployment]).toMatchObject([[], { status: 'FAILED', errorMessage: 'No port' }]);
    const deployed = await deploy(of);
    await pull(of);
    const key = { idempotencyKey: 'report once' };
    for (let time = 0; time < 2; time += 1)
      expect((await done(api, 'reportDeployment', report(deployed.id, key), DEPLOYMENT))['deployment']).toMatchObject({
        status: 'FAILED',
        deployedAt: expect.any(String),
      });
    await expectRefused(api, 'reportDeployment', report(deployed.id), [['RULE_VIOLATED', 'id', 'TPG-4']]);
  });

  test('of anything but a failure, without a message, or on what does not exist is refused (TPG-4)', async () => {
    const of = await program('report-2');
    const { id, version } = await deploy(of);
    await expectRefused(api, 'reportDeployment', report(id, { status: 'DEPLOYED' }), [
      ['INVALID_INPUT', 'status', 'TPG-4'],
    ]);
    await expectRefused(api, 'reportDeployment', report(id, { errorMessage: ' ' }), [
      ['INVALID_INPUT', 'errorMessage', 'TPG-4'],
    ]);
    await expectRefused(api, 'reportDeployment', report(id, { expectedVersion: version + 1 }), [
      ['STALE_VERSION', 'expectedVersion', 'GEN-2'],
    ]);
    await expectRefused(api, 'reportDeployment', report(MISSING), [['NOT_FOUND', 'id', null]]);
  });

  test('is refused to the key of another station, for every id alike (TPG-5)', async () => {
    const of = await program('report-3');
    const { id } = await deploy(of);
    const forBatch = await deploy({ ...of, station: null, batchCode: 'B-3' });
    const before = await fingerprint(api);
    for (const each of [id, forBatch.id, MISSING])
      expect((await sendAs(api, other.apiKey, 'reportDeployment', report(each))).errors).toMatchObject([
        { code: 'FORBIDDEN', path: ['id'], rule: 'TPG-5' },
      ]);
    expect(await fingerprint(api)).toEqual(before);
  });

  test('at the same time as a pull or a rollback: the deployment ends in one state (TPG-4)', async () => {
    const of = await program('report-4');
    const { id } = await deploy(of);
    const [failed] = await Promise.all([
      call(api, 'reportDeployment', report(id)),
      call(api, 'rollbackTestProgram', { ...of, version: '1.0.0', reason: 'It hangs' }),
    ]);
    const [status] = await statuses('report-4');
    expect([
      [[], '1.0.2 FAILED No port'],
      [['TPG-4'], '1.0.2 FAILED rolled back'],
    ]).toContainEqual([failed.errors.map(({ rule }) => rule), status]);
  });
});

test('the deployments of a station are listed, the newest first', async () => {
  const of = await program('listed');
  await done(api, 'registerStation', { code: 'LIST-1', name: 'List', host: 'host' }, 'station { id }');
  await deploy({ ...of, station: { code: 'LIST-1' }, version: '1.0.0' });
  await deploy({ ...of, station: { code: 'LIST-1' } });
  const { data } = await api.ask(
    '{ stationByCode(code: "LIST-1") { deployments(filter: { status: { eq: PENDING } }) { totalCount nodes { testProgram { name } testProgramVersion { version } } } all: deployments { totalCount } } }',
  );
  expect(data.stationByCode).toEqual({
    deployments: {
      totalCount: 1,
      nodes: [{ testProgram: { name: 'listed' }, testProgramVersion: { version: '1.0.2' } }],
    },
    all: { totalCount: 2 },
  });
});
