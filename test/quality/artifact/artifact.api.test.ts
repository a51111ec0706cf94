import { createHash } from 'node:crypto';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { startApi, type Api } from '../../support/api.ts';
import {
  type Identified,
  makeDefect,
  makeInspection,
  makeLine,
  makeLot,
  makeModel,
  uuidOf,
} from '../../support/build.ts';
import { call, done, expectRefused } from '../../support/expect.ts';
import { expectUploadRefused, postForm, upload, uploadForm } from '../../support/upload.ts';

const LIMIT = 1_000;
let api: Api;
let inspection: Identified;
let other: Identified;
beforeAll(async () => {
  api = await startApi({ fileLimit: LIMIT });
  await makeModel(api);
  await makeLine(api);
  const lot = await makeLot(api);
  inspection = await makeInspection(api, lot);
  other = await makeInspection(api, lot, { type: 'THERMAL' });
});
afterAll(() => api.close());

const sha256 = (content: string): string => createHash('sha256').update(content).digest('hex');
const image = (fileName: string, more: object = {}) => ({
  inspection: inspection.id,
  type: 'IMAGE',
  fileName,
  ...more,
});
const uploaded = async (
  fileName: string,
  more: object = {},
  content = fileName,
): Promise<Identified & { readonly version: number }> =>
  (await upload(api, image(fileName, more), { content }))['artifact'];

const stored = () => api.store.stored();
const unfinished = () => api.store.unfinished();
const placeOf = (content: string, location = 'primary'): string => {
  const hash = sha256(content);
  return `${location}/sha256/${hash.slice(0, 2)}/${hash.slice(2, 4)}/${hash}`;
};

describe('an upload', () => {
  test('stores the file by its checksum, with the name and the type of the upload (ART-1, ART-2)', async () => {
    const { artifact, errors } = await upload(
      api,
      { inspection: inspection.id, type: 'IMAGE', tags: ['Edge', ' front '], metadata: { camera: 3 } },
      { content: 'first', fileName: 'first.png', contentType: 'image/png' },
    );
    expect(errors).toEqual([]);
    expect(artifact).toMatchObject({
      fileName: 'first.png',
      contentType: 'image/png',
      sizeBytes: '5',
      checksumSha256: sha256('first'),
      tags: ['edge', 'front'],
      downloadUrl: expect.stringMatching(/^\/files\/[\w%]+\?expires=\d+&for=USER\+[\w-]+&signature=[0-9a-f]{64}$/),
    });
    expect(await stored()).toContain(placeOf('first'));
    expect(await unfinished()).toEqual([]);
  });

  test('takes exactly the most bytes and an empty file; one byte more is LIMIT_EXCEEDED (ART-4)', async () => {
    const { artifact } = await upload(api, image('full.png'), { content: 'x'.repeat(LIMIT) });
    expect(artifact.sizeBytes).toBe('1000');
    expect((await upload(api, image('empty.png'), { content: '' }))['artifact'].sizeBytes).toBe('0');
    await expectUploadRefused(api, image('more.png'), { content: 'x'.repeat(LIMIT + 1) }, [
      ['LIMIT_EXCEEDED', 'file', 'ART-4'],
    ]);
    expect(await stored()).not.toContain(placeOf('x'.repeat(LIMIT + 1)));
    expect(await unfinished()).toEqual([]);
  });

  test.each(['../x.png', 'a\u202Egnp.exe', 'NUL.png', 'x'.repeat(300), '.x.png', 'x.png.'])(
    'with the file name %j is refused, in the input and in the upload (ART-1)',
    async (fileName) => {
      await expectUploadRefused(api, image(fileName), { content: 'never' }, [['INVALID_INPUT', 'fileName', 'ART-1']]);
      await expectUploadRefused(api, { inspection: inspection.id, type: 'IMAGE' }, { content: 'never', fileName }, [
        ['INVALID_INPUT', 'fileName', 'ART-1'],
      ]);
      expect(await stored()).not.toContain(placeOf('never'));
    },
  );

  test('with a declared checksum is refused unless it fits; its case does not matter (ART-2)', async () => {
    const content = 'checked';
    const wrong = sha256('something else');
    for (const bad of [wrong, wrong.slice(1), `${wrong}0`, `${wrong.slice(1)}g`])
      await expectUploadRefused(api, image('c.png', { checksumSha256: bad }), { content }, [
        ['INVALID_INPUT', 'checksumSha256', 'ART-2'],
      ]);
    expect(await stored()).not.toContain(placeOf(content));
    const { errors } = await upload(api, image('c.png', { checksumSha256: sha256(content).toUpperCase() }), {
      content,
    });
    expect(errors).toEqual([]);
  });

  test('of a content type that is not one of its type is refused (ART-3)', async () => {
    const file = { content: '{}', contentType: 'application/json' };
    const refusal = ['INVALID_INPUT', 'contentType', 'ART-3'] as const;
    await expectUploadRefused(api, image('x.json'), file, [refusal]);
    await expectUploadRefused(api, image('x.json', { contentType: 'no type' }), file, [refusal]);
    const contentType = 'Text/Plain; charset=UTF-8';
    const { artifact } = await upload(api, image('x.json', { type: 'LOG', contentType }), file);
    expect(artifact.contentType).toBe(contentType);
  });

  test('under a name that the inspection has is a CONFLICT, in another inspection it is not (ART-1)', async () => {
    await uploaded('twice.png');
    await expectUploadRefused(api, image('twice.png'), { content: 'other' }, [['CONFLICT', 'fileName', 'ART-1']]);
    expect((await upload(api, image('Twice.png'), { content: 'other' })).errors).toEqual([]);
    expect((await upload(api, image('twice.png', { inspection: other.id }), { content: 'other' })).errors).toEqual([]);
  });

  test('of one name by ten at once makes one artifact (ART-1)', async () => {
    const answers = await Promise.all(
      Array.from({ length: 10 }, (_, index) => upload(api, image('race.png'), { content: `race ${index}` })),
    );
    expect(answers.filter(({ errors }) => errors.length === 0)).toHaveLength(1);
    expect(answers.flatMap(({ errors }) => errors.map(({ code, rule }) => `${code} ${rule}`))).toEqual(
      Array(9).fill('CONFLICT ART-1'),
    );
  });

  test('of equal contents by three at once makes three artifacts of one file', async () => {
    const names = ['a', 'b', 'c'].map((name) => `equal-${name}.png`);
    const before = (await stored()).length;
    await Promise.all(names.map((name) => upload(api, image(name), { content: 'equal' })));
    expect((await stored()).length).toBe(before + 1);
  });

  test('that is repeated with its idempotency key has one effect; with another file it is a mismatch (IDK-1)', async () => {
    const keyed = image('keyed.png', { idempotencyKey: 'once' });
    const first = await upload(api, keyed, { content: 'once' });
    const again = await upload(api, keyed, { content: 'once' });
    expect([first.errors, again.errors, again['artifact'].id]).toEqual([[], [], first['artifact'].id]);
    await expectUploadRefused(api, keyed, { content: 'twice' }, [['IDEMPOTENCY_MISMATCH', 'idempotencyKey', 'IDK-1']]);
  });

  test('names an inspection and a defect that exist, of one inspection (ART-6)', async () => {
    const defect = await makeDefect(api, inspection);
    const foreign = await makeDefect(api, other);
    const nobody = Buffer.from('Inspection:00000000-0000-7000-8000-000000000000').toString('base64url');
    await expectUploadRefused(api, image('d.png', { inspection: nobody }), { content: 'd' }, [
      ['NOT_FOUND', 'inspection', null],
    ]);
    await expectUploadRefused(api, image('d.png', { defect: foreign.id }), { content: 'd' }, [
      ['RULE_VIOLATED', 'defect', 'ART-6'],
    ]);
    const artifact = await uploaded('d.png', { defect: defect.id });
    const { data } = await api.ask(`{ node(id: "${defect.id}") { ... on Defect { artifacts { nodes { id } } } } }`);
    expect(data.node.artifacts.nodes).toEqual([{ id: artifact.id }]);
  });

  test('outside of a multipart request is refused', async () => {
    const forged = { fileName: 'x.png', contentType: 'image/png', sha256: sha256('first') };
    await expectRefused(api, 'uploadArtifact', { ...image('forged.png'), file: forged }, [
      ['INVALID_INPUT', 'file', null],
    ]);
    await expectRefused(api, 'uploadArtifact', { ...image('forged.png'), file: 'x.png' }, [
      ['INVALID_INPUT', 'file', null],
    ]);
  });

  test('of a role that may not upload is refused, and nothing of it is kept', async () => {
    await expectUploadRefused(api, image('no.png'), { content: 'not allowed' }, [['FORBIDDEN', '', null]], 'VIEWER');
    expect(await stored()).not.toContain(placeOf('not allowed'));
    expect(await unfinished()).toEqual([]);
  });
});

describe('a content that is kept elsewhere', () => {
  const elsewhere = (more: object = {}) => ({
    inspection: inspection.id,
    address: 's3://plant/film.mp4',
    fileName: 'film.mp4',
    type: 'VIDEO',
    contentType: 'video/mp4',
    sizeBytes: '9000000000',
    checksumSha256: sha256('film').toUpperCase(),
    ...more,
  });

  test('is registered with its address, and can be neither downloaded nor moved (ART-2, ART-5)', async () => {
    const { artifact } = await done(
      api,
      'registerArtifact',
      elsewhere(),
      'artifact { id isStored address sizeBytes checksumSha256 downloadUrl storageLocation }',
    );
    expect(artifact).toMatchObject({
      isStored: false,
      address: 's3://plant/film.mp4',
      sizeBytes: '9000000000',
      checksumSha256: sha256('film'),
      downloadUrl: null,
    });
    await expectRefused(api, 'moveArtifact', { id: artifact.id, storageLocation: 'ARCHIVE' }, [
      ['RULE_VIOLATED', 'id', 'ART-5'],
    ]);
  });

  test('needs a whole checksum, a size that is not negative, a safe name and a fitting type (ART-1 to ART-3)', async () => {
    const refuse = (input: object, ...refusal: readonly [string, string, string | null]) =>
      expectRefused(api, 'registerArtifact', elsewhere({ fileName: 'other.mp4', ...input }), [refusal]);
    await refuse({ checksumSha256: 'f'.repeat(63) }, 'INVALID_INPUT', 'checksumSha256', 'ART-2');
    await refuse({ checksumSha256: 'g'.repeat(64) }, 'INVALID_INPUT', 'checksumSha256', 'ART-2');
    await refuse({ sizeBytes: '-1' }, 'INVALID_INPUT', 'sizeBytes', null);
    await refuse({ fileName: '../x' }, 'INVALID_INPUT', 'fileName', 'ART-1');
    await refuse({ contentType: 'image/png' }, 'INVALID_INPUT', 'contentType', 'ART-3');
    await refuse({ address: 'x'.repeat(201) }, 'INVALID_INPUT', 'address', null);
  });
});

describe('an artifact', () => {
  test('is tagged and described; its version rises (GEN-2)', async () => {
    const { id, version } = await uploaded('tagged.png');
    const { artifact } = await done(
      api,
      'updateArtifact',
      { id, tags: ['B', 'a', 'b'], metadata: { light: 'ring' }, expectedVersion: version },
      'artifact { tags metadata version }',
    );
    expect(artifact).toEqual({ tags: ['a', 'b'], metadata: { light: 'ring' }, version: version + 1 });
    const refuse = (input: object, ...refusal: readonly [string, string, string | null]) =>
      expectRefused(api, 'updateArtifact', { id, ...input }, [refusal]);
    await refuse({ tags: [], expectedVersion: version }, 'STALE_VERSION', 'expectedVersion', 'GEN-2');
    await refuse({ tags: ['x'.repeat(51)] }, 'INVALID_INPUT', 'tags.0', null);
    await refuse({ tags: Array.from({ length: 31 }, (_, n) => `t${n}`) }, 'LIMIT_EXCEEDED', 'tags', null);
    await refuse({ metadata: { x: 'y'.repeat(9_993) } }, 'INVALID_INPUT', 'metadata', null);
    expect((await call(api, 'updateArtifact', { id, metadata: { x: 'y'.repeat(9_992) } })).errors).toEqual([]);
  });

  test('moves to an archive and back, and so does its file (ART-5)', async () => {
    const { id } = await uploaded('moved.png');
    const move = async (storageLocation: string) =>
      (await done(api, 'moveArtifact', { id, storageLocation }, 'artifact { storageLocation archivedAt version }'))[
        'artifact'
      ];
    const places = async () => (await stored()).filter((file) => file.endsWith(sha256('moved.png')));
    const archived = await move('ARCHIVE');
    expect(archived).toMatchObject({ storageLocation: 'ARCHIVE', archivedAt: expect.any(String) });
    expect(await places()).toEqual([placeOf('moved.png', 'archive')]);
    expect(await move('ARCHIVE')).toEqual(archived);
    expect((await move('COLD_STORAGE')).archivedAt).not.toBeNull();
    expect((await move('TEMPORARY')).archivedAt).toBeNull();
    expect((await move('PRIMARY')).archivedAt).toBeNull();
    expect(await places()).toEqual([placeOf('moved.png')]);
  });

  test('that moves leaves the file of another one with the same content where it is (ART-5)', async () => {
    const { id } = await uploaded('one.png', {}, 'shared');
    await uploaded('two.png', {}, 'shared');
    await done(api, 'moveArtifact', { id, storageLocation: 'ARCHIVE' }, '');
    expect(await stored()).toEqual(expect.arrayContaining([placeOf('shared'), placeOf('shared', 'archive')]));
  });

  test('is deleted by a lead with a reason, unless its inspection is COMPLETED (ART-6)', async () => {
    const { id } = await uploaded('gone.png');
    const { deletedId } = await done(api, 'deleteArtifact', { id, reason: 'Wrong picture' }, 'deletedId');
    expect(deletedId).toBe(id);
    const kept = await uploaded('kept.png');
    await api.database.transaction(async (tx) => {
      await tx.sql`
        UPDATE inspections SET status = 'COMPLETED', completed_at = now(), verdict = 'PASS', quality_score = 1, confidence = 1
        WHERE id = ${uuidOf(inspection)}::uuid`;
    });
    await expectRefused(api, 'deleteArtifact', { id: kept.id, reason: 'Tidy' }, [['RULE_VIOLATED', 'id', 'ART-6']]);
    expect((await upload(api, image('late.png'), { content: 'late' })).errors).toEqual([]);
  });

  test('that is the input of a job is not deleted (ART-6)', async () => {
    const artifact = await uploaded('input.png', { inspection: other.id });
    await api.database.transaction(async (tx) => {
      await tx.sql`
        INSERT INTO inference_jobs (inspection_id, model_name, model_version, input_artifact_ids)
        VALUES (${uuidOf(other)}::uuid, 'blob', '1', ${JSON.stringify([uuidOf(artifact)])}::jsonb)`;
    });
    await expectRefused(api, 'deleteArtifact', { id: artifact.id, reason: 'Tidy' }, [['RULE_VIOLATED', 'id', 'ART-6']]);
  });
});

describe('the list', () => {
  test('filters by all of the tags; without tags all are found (ART-7)', async () => {
    for (const tags of [['red', 'left'], ['red'], ['left']])
      await uploaded(`${tags.join('-')}.png`, { tags, inspection: other.id });
    const listed = async (more: string) => {
      const filter = `inspection: { eq: "${other.id}" } ${more}`;
      const { data } = await api.ask(
        `{ artifacts(first: 100, filter: { ${filter} }) { totalCount nodes { fileName } } }`,
      );
      return data.artifacts;
    };
    expect((await listed('tags: ["RED", "left"]')).nodes).toEqual([{ fileName: 'red-left.png' }]);
    expect((await listed('tags: "red"')).totalCount).toBe(2);
    expect((await listed('tags: []')).totalCount).toBe((await listed('')).totalCount);
  });

  test.each([1, 10, 100])('of %i artifacts with inspection, defect and person takes 2 statements', async (count) => {
    await api.database.transaction(async (tx) => {
      await tx.sql`
        INSERT INTO artifacts (inspection_id, type, file_name, content_type, size_bytes, checksum_sha256, storage_key, uploaded_by_id)
        SELECT inspection_id, type, ${`${count}-`} || n || '.png', content_type, size_bytes, checksum_sha256, storage_key, uploaded_by_id
        FROM artifacts, generate_series(1, ${count}) AS n WHERE file_name = 'first.png'`;
    });
    const { statements, data, errors } = await api.ask(
      `{ artifacts(first: ${count}) { nodes { fileName downloadUrl inspection { sampleCode } defect { type } uploadedBy { username } } } }`,
    );
    expect([errors, statements, data.artifacts.nodes.length]).toEqual([[], 2, count]);
  });
});

describe('a multipart request', () => {
  const answerTo = async (form: FormData, options?: Parameters<typeof postForm>[2]) => {
    const { status, body } = await postForm(api, form, options);
    return [status, body.errors?.[0]?.message];
  };
  const form = () => uploadForm(image('form.png'), { content: 'form' });

  test('without the header x-lotgraph-upload is refused', async () => {
    expect(await answerTo(form(), { headers: {} })).toEqual([
      400,
      'A request with files needs the header "x-lotgraph-upload: 1".',
    ]);
  });

  test('without credentials is refused before it is read', async () => {
    expect((await answerTo(form(), { role: null }))[0]).toBe(401);
  });

  test('that is larger than the transport takes is 413', async () => {
    const large = uploadForm(image('large.png'), { content: 'x'.repeat(1_048_576 + 2 * LIMIT) });
    expect((await answerTo(large))[0]).toBe(413);
  });

  test.each<[string, (given: FormData) => void]>([
    ['without operations', (given) => given.delete('operations')],
    ['without a map', (given) => given.delete('map')],
    ['with operations that are a list', (given) => given.set('operations', '[]')],
    ['with a file of the map that was not sent', (given) => given.delete('0')],
    ['with a map that does not name the file', (given) => given.set('map', '{}')],
    ['with a map that is a list', (given) => given.set('map', '[]')],
    ['with a map to a place that is not there', (given) => given.set('map', '{"0":["variables.input.nothing"]}')],
    ['with a map to a place that is taken', (given) => given.set('map', '{"0":["variables.input.type"]}')],
    ['with a map to the prototype', (given) => given.set('map', '{"0":["variables.__proto__.file"]}')],
    ['with a map to the document', (given) => given.set('map', '{"0":["query"]}')],
    ['with a third field', (given) => given.append('extra', 'x')],
    ['with a file twice', (given) => given.append('0', new Blob(['again']), 'again.png')],
  ])('%s is 400, and leaves nothing behind', async (_what, change) => {
    const given = form();
    change(given);
    expect((await answerTo(given))[0]).toBe(400);
    expect(await unfinished()).toEqual([]);
  });
});
