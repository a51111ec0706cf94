import { createHash } from 'node:crypto';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { startApi, type Api } from '../../support/api.ts';
import { zipOf, rawZip } from '../../support/archives.ts';
import { askBothWays } from '../../support/both-ways.ts';
import { uuidOf } from '../../support/build.ts';
import { done, expectRefused } from '../../support/expect.ts';
import { openSession } from '../../support/sessions.ts';
import { makeStation, type StationWithKey } from '../../support/station.ts';
import {
  expectProgramRefused,
  makeProgram,
  packageOf,
  programForm,
  uploadProgram,
} from '../../support/test-programs.ts';
import { postForm } from '../../support/upload.ts';
import { makeFloor } from '../../support/work.ts';

let api: Api;
let station: StationWithKey;
beforeAll(async () => {
  api = await startApi();
  await makeFloor(api);
  station = await makeStation(api, 'TESTER-1');
  await api.askWith({ apiKey: station.apiKey }, '{ __typename }');
});
afterAll(() => api.close());

const programOf = async (name: string, selection: string) =>
  (await api.ask(`query ($name: String!) { testProgramByName(name: $name) { ${selection} } }`, { name })).data
    .testProgramByName;

describe('an upload', () => {
  test('of a new name makes the program with its first version (TPG-1, TPG-2)', async () => {
    const content = await packageOf('PSA-final');
    const input = {
      name: ' PSA-final ',
      displayName: 'Final test',
      description: 'Measures the sensor',
      process: { code: 'FINAL' },
      hardware: { fixture: 'F1' },
      parameters: { volts: 5 },
      steps: [{ do: 'measure' }, { do: 'judge' }],
      changeNotes: 'First',
    };
    const payload = await uploadProgram(api, input, content, 'ENGINEER');
    expect(payload).toEqual({
      isUnchanged: false,
      version: {
        id: expect.any(String),
        version: '1.0.0',
        checksumSha256: createHash('sha256').update(content).digest('hex'),
        sizeBytes: String(content.length),
        hardware: { fixture: 'F1' },
        parameters: { volts: 5 },
        steps: [{ do: 'measure' }, { do: 'judge' }],
        changeNotes: 'First',
        uploadedBy: { username: 'engineer' },
      },
      testProgram: {
        id: expect.any(String),
        name: 'PSA-final',
        displayName: 'Final test',
        description: 'Measures the sensor',
        version: 2,
        currentVersion: { version: '1.0.0' },
        process: { code: 'FINAL' },
      },
      errors: [],
    });
    expect(await programOf('psa-final', 'id')).toBeNull();
  });

  test('of another package adds a version, and the same package changes nothing (TPG-2)', async () => {
    const first = await makeProgram(api, 'twice', 'one', { displayName: 'Twice' });
    expect(first['version'].version).toBe('1.0.0');
    const second = await makeProgram(api, 'twice', 'two');
    expect([second['isUnchanged'], second['version'].version, second['testProgram'].displayName]).toEqual([
      false,
      '1.0.1',
      'Twice',
    ]);
    const again = await makeProgram(api, 'twice', 'two', { displayName: 'Other' });
    expect([again['isUnchanged'], again['version'].version, again['testProgram']]).toEqual([
      true,
      '1.0.1',
      second['testProgram'],
    ]);
    // The content of an older version is new compared with the current one.
    expect((await makeProgram(api, 'twice', 'one'))['version'].version).toBe('1.0.2');
    expect((await programOf('twice', 'versions { totalCount nodes { version } }')).versions).toEqual({
      totalCount: 3,
      nodes: [{ version: '1.0.2' }, { version: '1.0.1' }, { version: '1.0.0' }],
    });
  });

  test('at the same time as another one: each gets a number of its own, also for a new name (TPG-2)', async () => {
    const payloads = await Promise.all(
      Array.from({ length: 5 }, (_, index) => makeProgram(api, 'parallel', `content ${index}`)),
    );
    expect(payloads.map(({ version }) => version.version).toSorted()).toEqual([
      '1.0.0',
      '1.0.1',
      '1.0.2',
      '1.0.3',
      '1.0.4',
    ]);
    expect(new Set(payloads.map(({ testProgram }) => testProgram.id)).size).toBe(1);
    const same = await Promise.all(Array.from({ length: 3 }, () => makeProgram(api, 'the-same', 'content')));
    expect(same.map(({ isUnchanged }) => isUnchanged).toSorted()).toEqual([false, true, true]);
  });

  test('that is repeated with its key of idempotency makes one version (IDK-1)', async () => {
    const input = { idempotencyKey: 'upload once' };
    const first = await makeProgram(api, 'retried', 'one', input);
    await makeProgram(api, 'retried', 'two');
    expect((await makeProgram(api, 'retried', 'one', input))['version']).toEqual(first['version']);
    expect((await programOf('retried', 'versions { totalCount }')).versions.totalCount).toBe(2);
  });

  test('is refused with a name of another form, and for a step that does not exist (TPG-1)', async () => {
    const content = await packageOf('x');
    for (const name of ['', '-x', 'a b', 'a/b', 'x'.repeat(101)])
      await expectProgramRefused(api, { name }, content, ['INVALID_INPUT', 'name', 'TPG-1']);
    await expectProgramRefused(api, { name: 'x', process: { code: 'NONE' } }, content, ['NOT_FOUND', 'process', null]);
  });

  test.each<readonly [string, () => Promise<Buffer> | Buffer, string, RegExp]>([
    ['nothing', () => Buffer.alloc(0), 'INVALID_INPUT', /is empty/],
    ['no archive', () => Buffer.from('#!/bin/sh'), 'INVALID_INPUT', /not a ZIP archive/],
    ['no manifest', () => zipOf({ 'main.py': '' }), 'INVALID_INPUT', /needs a file manifest\.json/],
    [
      'a manifest below a folder',
      () => zipOf({ 'p/manifest.json': '{"name":"bad","mainFile":"p/main.py"}', 'p/main.py': '' }),
      'INVALID_INPUT',
      /at its root/,
    ],
    ['a manifest that is no JSON', () => zipOf({ 'manifest.json': '{', 'main.py': '' }), 'INVALID_INPUT', /the texts/],
    ['a manifest that is a list', () => zipOf({ 'manifest.json': '[]', 'main.py': '' }), 'INVALID_INPUT', /the texts/],
    [
      'a manifest with a number',
      () => zipOf({ 'manifest.json': '{"name":"bad","mainFile":1}' }),
      'INVALID_INPUT',
      /the texts/,
    ],
    ['a manifest of another program', () => packageOf('good'), 'INVALID_INPUT', /names the program "good"/],
    [
      'a main file that is not there',
      () => zipOf({ 'manifest.json': '{"name":"bad","mainFile":"main.py"}' }),
      'INVALID_INPUT',
      /has no file "main\.py"/,
    ],
    [
      'a folder as its main file',
      () => zipOf({ 'manifest.json': '{"name":"bad","mainFile":"src/"}', 'src/': '' }),
      'INVALID_INPUT',
      /has no file "src\/"/,
    ],
    ['a way out', () => rawZip([{ name: '../bad' }]), 'INVALID_INPUT', /relative path/],
    [
      'a link',
      () => rawZip([{ name: 'manifest.json', content: '/etc/passwd', attributes: 0o120777 * 65_536 }]),
      'INVALID_INPUT',
      /is a link/,
    ],
    [
      'too many entries',
      () => rawZip(Array.from({ length: 1_001 }, (_, index) => ({ name: `f${index}` }))),
      'LIMIT_EXCEEDED',
      /1001 entries; at most 1000/,
    ],
    [
      'a bomb that declares what it holds',
      () => rawZip([{ name: 'a', packed: Buffer.from('00'), size: 524_288_001 }]),
      'LIMIT_EXCEEDED',
      /more than 524288000 bytes/,
    ],
    [
      'a large manifest',
      () => zipOf({ 'manifest.json': ' '.repeat(65_537) }),
      'LIMIT_EXCEEDED',
      /manifest\.json has more than 65536 bytes/,
    ],
  ])('is refused with %s (TPG-2)', async (_what, content, code, message) => {
    expect(await expectProgramRefused(api, { name: 'bad' }, await content(), [code, 'package', 'TPG-2'])).toMatch(
      message,
    );
  });

  test('takes 1,000 entries (TPG-2)', async () => {
    const files = Object.fromEntries(Array.from({ length: 998 }, (_, index) => [`f${index}`, '']));
    const manifest = JSON.stringify({ name: 'wide', mainFile: 'main.py' });
    const content = await zipOf({ ...files, 'manifest.json': manifest, 'main.py': 'x' });
    expect((await uploadProgram(api, { name: 'wide' }, content)).errors).toEqual([]);
  });

  test('of more than 50 MiB is refused (TPG-2)', async () => {
    const large = Buffer.alloc(50 * 1_048_576 + 1);
    await expectProgramRefused(api, { name: 'large' }, large, ['LIMIT_EXCEEDED', 'package', 'TPG-2']);
  });

  test('leaves nothing in the file store when it is refused, and needs a file (TPG-2)', async () => {
    const stored = async (): Promise<number> => {
      let count = 0;
      for await (const file of api.services.files.list()) if (file.sizeBytes > 0) count += 1;
      return count;
    };
    const before = await stored();
    await expectProgramRefused(api, { name: 'bad' }, await packageOf('good', 'never stored'), [
      'INVALID_INPUT',
      'package',
      'TPG-2',
    ]);
    expect(await stored()).toBe(before);
    const byHand = { fileName: 'x.zip', contentType: 'application/zip', sha256: 'a'.repeat(64) };
    await expectRefused(api, 'uploadTestProgram', { name: 'bad', package: byHand }, [
      ['INVALID_INPUT', 'package', null],
    ]);
  });

  test('by others than engineers is refused before the package is looked at', async () => {
    const { body } = await postForm(api, programForm({ name: 'bad' }, Buffer.from('no archive')), { role: 'OPERATOR' });
    expect(body.data.payload.errors).toMatchObject([{ code: 'FORBIDDEN', path: [] }]);
  });
});

describe('a test program', () => {
  test('is changed, except its name and versions (GEN-2)', async () => {
    const { testProgram } = await makeProgram(api, 'changed', 'one', { process: { code: 'FINAL' } });
    const reference = { testProgram: { name: 'changed' } };
    const changed = await done(
      api,
      'updateTestProgram',
      { ...reference, displayName: 'New', process: null, isDeprecated: true, expectedVersion: testProgram.version },
      'testProgram { displayName process { code } isDeprecated version }',
    );
    expect(changed['testProgram']).toEqual({ displayName: 'New', process: null, isDeprecated: true, version: 3 });
    await expectRefused(api, 'updateTestProgram', { ...reference, displayName: 'X', expectedVersion: 2 }, [
      ['STALE_VERSION', 'expectedVersion', 'GEN-2'],
    ]);
    await expectRefused(api, 'updateTestProgram', { testProgram: { name: 'none' } }, [
      ['NOT_FOUND', 'testProgram', null],
    ]);
    for (let time = 0; time < 2; time += 1)
      await done(api, 'updateTestProgram', { ...reference, description: 'D', idempotencyKey: 'update once' }, '');
  });

  test('is deleted with its versions, unless it was deployed or ran in a session (GEN-1)', async () => {
    const { testProgram } = await makeProgram(api, 'deleted', 'one');
    await makeProgram(api, 'deleted', 'two');
    const reference = { testProgram: { name: 'deleted' } };
    await expectRefused(api, 'deleteTestProgram', { ...reference, expectedVersion: 1 }, [
      ['STALE_VERSION', 'expectedVersion', 'GEN-2'],
    ]);
    for (let time = 0; time < 2; time += 1)
      expect(
        (await done(api, 'deleteTestProgram', { ...reference, idempotencyKey: 'delete once' }, 'deletedId'))[
          'deletedId'
        ],
      ).toBe(testProgram.id);
    expect(await programOf('deleted', 'id')).toBeNull();

    await makeProgram(api, 'deployed', 'one');
    const deployed = { testProgram: { name: 'deployed' } };
    await done(api, 'deployTestProgram', { ...deployed, station: { code: 'TESTER-1' } }, '');
    await expectRefused(api, 'deleteTestProgram', deployed, [['RULE_VIOLATED', 'testProgram', 'GEN-1']]);

    const { version } = await makeProgram(api, 'in-session', 'one');
    const session = await openSession(api, 'B-1', { testProgramVersion: version.id });
    const { data } = await api.ask(
      'query ($id: ID!) { processSession(id: $id) { testProgramVersion { version testProgram { name } } } }',
      { id: session.id },
    );
    expect(data.processSession.testProgramVersion).toEqual({ version: '1.0.0', testProgram: { name: 'in-session' } });
    await expectRefused(api, 'deleteTestProgram', { testProgram: { name: 'in-session' } }, [
      ['RULE_VIOLATED', 'testProgram', 'GEN-1'],
    ]);
    const missing = Buffer.from('TestProgramVersion:00000000-0000-7000-8000-000000000000').toString('base64url');
    const wrong = { station: { code: 'TESTER-1' }, process: { code: 'MOUNT' }, batchCode: 'B-2' };
    await expectRefused(api, 'openProcessSession', { ...wrong, testProgramVersion: missing }, [
      ['NOT_FOUND', 'testProgramVersion', null],
    ]);
  });

  test('keeps its step and its station from being deleted (GEN-1)', async () => {
    await done(api, 'createProcess', { number: 80, code: 'USED', name: 'Used', level: 'SERIAL' }, 'process { id }');
    await makeProgram(api, 'of-step', 'one', { process: { code: 'USED' } });
    await expectRefused(api, 'deleteProcess', { process: { code: 'USED' } }, [['RULE_VIOLATED', 'process', 'GEN-1']]);
    await done(api, 'registerStation', { code: 'USED-1', name: 'Used', host: 'host' }, 'station { id }');
    await done(api, 'deployTestProgram', { testProgram: { name: 'of-step' }, station: { code: 'USED-1' } }, '');
    await expectRefused(api, 'deleteStation', { station: { code: 'USED-1' } }, [['RULE_VIOLATED', 'station', 'GEN-1']]);
  });

  test('is found by name, step and state, in the order of names', async () => {
    await makeProgram(api, 'list-b', 'one', { process: { code: 'TEST' } });
    await makeProgram(api, 'list-a', 'one', { process: { code: 'TEST' } });
    await done(api, 'updateTestProgram', { testProgram: { name: 'list-b' }, isActive: false }, '');
    const found = async (filter: string): Promise<readonly string[]> => {
      const { data } = await api.ask(
        `{ testPrograms(filter: { process: { code: { eq: "TEST" } } ${filter} }) { nodes { name } } }`,
      );
      return data.testPrograms.nodes.map(({ name }: { readonly name: string }) => name);
    };
    expect(await found('')).toEqual(['list-a', 'list-b']);
    expect(await found('isActive: true')).toEqual(['list-a']);
    expect(await found('name: { startsWith: "list-b" }')).toEqual(['list-b']);
  });

  test('has packages that engineers download under a signed address, with an entry in the audit trail (AUD-6)', async () => {
    const content = await packageOf('fetched', 'the content');
    const { version } = await uploadProgram(api, { name: 'fetched' }, content);
    const urlFor = async (role: 'ENGINEER' | 'VIEWER'): Promise<string | null> =>
      (
        await api.ask(
          'query ($id: ID!) { node(id: $id) { ... on TestProgramVersion { downloadUrl } } }',
          { id: version.id },
          role,
        )
      ).data.node.downloadUrl;
    expect(await urlFor('VIEWER')).toBeNull();
    const response = await fetch(new URL(String(await urlFor('ENGINEER')), api.url));
    expect(response.headers.get('content-disposition')).toContain('fetched-1.0.0.zip');
    expect(Buffer.from(await response.arrayBuffer()).equals(content)).toBe(true);
    const { data } = await api.ask(
      'query ($id: ID!) { node(id: $id) { ... on TestProgramVersion { history { nodes { operation action recordLabel } } } } }',
      { id: version.id },
    );
    expect(data.node.history.nodes[0]).toEqual({
      operation: 'DOWNLOAD',
      action: 'testProgram.downloaded',
      recordLabel: 'fetched 1.0.0',
    });
  });
});

test.each([1, 10, 100])(
  '%i programs with their versions and deployments take a statement for each list',
  async (count) => {
    const prefix = `many-${count}-`;
    await api.database.reader().sql`
    WITH made AS (
      INSERT INTO test_programs (name) SELECT ${prefix}::text || n FROM generate_series(1, ${count}::int) n RETURNING id
    ), versions AS (
      INSERT INTO test_program_versions (test_program_id, version, checksum_sha256, size_bytes, storage_key)
      SELECT id, '1.0.0', repeat('a', 64), 1, 'sha256/aa/aa/' || repeat('a', 64) FROM made RETURNING id, test_program_id
    )
    INSERT INTO test_program_deployments (test_program_id, test_program_version_id, station_id)
    SELECT test_program_id, id, ${uuidOf(station)}::uuid FROM versions`;
    const answer = await askBothWays(
      api,
      `{ testPrograms(first: 100, filter: { name: { startsWith: "${prefix}" } }) { nodes {
      name currentVersion { version } versions(first: 2) { nodes { version } } deployments(first: 2) { nodes { status station { code } } } } } }`,
    );
    expect(answer.errors).toEqual([]);
    expect(answer.data.testPrograms.nodes).toHaveLength(count);
    expect(answer.statements.loaders).toBe(4);
  },
);
