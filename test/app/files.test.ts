import { createHash, randomBytes } from 'node:crypto';
import { EventEmitter, once } from 'node:events';
import { connect } from 'node:net';
import path from 'node:path';
import { Readable } from 'node:stream';
import { pino } from 'pino';
import { afterAll, beforeAll, describe, expect, test, vi } from 'vitest';
import { startServer } from '../../src/app/server.ts';
import type { FileStore, OpenedFile } from '../../src/platform/file-store/file-store.ts';
import { downloadPath, signTicket } from '../../src/platform/security/signed-address.ts';
import { startApi, type Api } from '../support/api.ts';
import { type Identified, makeInspection, makeLine, makeLot, makeModel, uuidOf } from '../support/build.ts';
import { done, expectRefused, fingerprint } from '../support/expect.ts';
import { BACKENDS, openFolder } from '../support/file-stores.ts';
import { mayMount, mountSmallDisk } from '../faults/small-disk.ts';
import { pngBomb, zipBomb } from '../support/bombs.ts';
import { postForm, upload, uploadForm } from '../support/upload.ts';

const LIMIT = 200_000;

describe.each(BACKENDS)('files in $name:', ({ open }) => {
  let api: Api;
  let inspection: Identified;
  beforeAll(async () => {
    api = await startApi({ fileLimit: LIMIT }, open);
    await makeModel(api);
    await makeLine(api);
    inspection = await makeInspection(api, await makeLot(api));
  });
  afterAll(() => api.close());

  let named = 0;
  async function picture(
    content: string | Buffer,
    more: object = {},
  ): Promise<Identified & { readonly downloadUrl: string }> {
    named += 1;
    const input = { inspection: inspection.id, type: 'IMAGE', fileName: `picture-${named}.png`, ...more };
    const { artifact, errors } = await upload(api, input, { content });
    expect(errors).toEqual([]);
    return artifact;
  }

  const at = (address: string): string => new URL(address, api.url).href;
  const sha256 = (content: string | Buffer): string => createHash('sha256').update(content).digest('hex');
  const placeOf = (content: string | Buffer, location = 'primary'): string => {
    const hash = sha256(content);
    return `${location}/sha256/${hash.slice(0, 2)}/${hash.slice(2, 4)}/${hash}`;
  };
  const unfinished = () => api.store.unfinished();
  async function entriesOf(record: Identified): Promise<readonly object[]> {
    return api.database.reader().sql`
    SELECT operation::text, action, actor_kind::text AS kind, actor_id::text AS actor FROM audit_entries
    WHERE record_id = ${uuidOf(record)}::uuid AND operation IN ('VIEW', 'DOWNLOAD') ORDER BY seq`;
  }

  describe('a download', () => {
    test('is the content as an attachment with its checksum, and leaves an entry (AUD-6)', async () => {
      const content = randomBytes(70_000);
      const artifact = await picture(content, { fileName: 'Kratzer „links“ 50%.png' });
      const response = await fetch(at(artifact.downloadUrl));
      expect(response.status).toBe(200);
      expect(Buffer.from(await response.arrayBuffer()).equals(content)).toBe(true);
      expect(Object.fromEntries(response.headers)).toMatchObject({
        'content-type': 'image/png',
        'content-length': '70000',
        etag: `"${sha256(content)}"`,
        'content-disposition': `attachment; filename="Kratzer _links_ 50_.png"; filename*=UTF-8''Kratzer%20%E2%80%9Elinks%E2%80%9C%2050%25.png`,
        'x-content-type-options': 'nosniff',
        'cache-control': 'no-store',
      });
      expect(await entriesOf(artifact)).toEqual([
        { operation: 'DOWNLOAD', action: 'artifact.downloaded', kind: 'USER', actor: api.userIdOf('ADMIN') },
      ]);
    });

    test('follows the content to each location, where alone it is then (ART-5)', async () => {
      const artifact = await picture('moved');
      const places = async () => (await api.store.stored()).filter((place) => place.endsWith(sha256('moved')));
      for (const [location, folder] of [
        ['ARCHIVE', 'archive'],
        ['COLD_STORAGE', 'cold-storage'],
        ['TEMPORARY', 'temporary'],
        ['PRIMARY', 'primary'],
      ]) {
        await done(api, 'moveArtifact', { id: artifact.id, storageLocation: location }, '');
        expect(await places()).toEqual([placeOf('moved', folder)]);
        expect(await (await fetch(at(artifact.downloadUrl))).text()).toBe('moved');
      }
    });

    test('of another artifact with the same content is not affected by a move (ART-5)', async () => {
      const [moved, stays] = [await picture('shared'), await picture('shared')];
      await done(api, 'moveArtifact', { id: moved.id, storageLocation: 'ARCHIVE' }, '');
      for (const { downloadUrl } of [moved, stays]) expect(await (await fetch(at(downloadUrl))).text()).toBe('shared');
      expect(await api.store.stored()).toEqual(
        expect.arrayContaining([placeOf('shared'), placeOf('shared', 'archive')]),
      );
    });

    test('is not offered for a content that is missing when it should move (ART-5)', async () => {
      const artifact = await picture('gone');
      await api.store.remove(placeOf('gone'));
      await expectRefused(api, 'moveArtifact', { id: artifact.id, storageLocation: 'ARCHIVE' }, [
        ['RULE_VIOLATED', 'id', 'ART-5'],
      ]);
    });

    test('of an empty file is empty', async () => {
      const response = await fetch(at((await picture('')).downloadUrl));
      expect([response.status, response.headers.get('content-length'), await response.text()]).toEqual([200, '0', '']);
    });

    test('with the signature of another file, of another end or for another person is 403, and leaves no entry (AUD-6)', async () => {
      const one = await picture('one');
      const other = await picture('other');
      const query = (address: string) => address.slice(address.indexOf('?'));
      const later = one.downloadUrl.replace(
        /expires=(\d+)/,
        (_all, seconds: string) => `expires=${Number(seconds) + 1}`,
      );
      const addresses = [
        `/files/${other.id}${query(one.downloadUrl)}`,
        later,
        one.downloadUrl.replace('USER', 'STATION'),
        one.downloadUrl.replace(/for=[^&]+/, `for=USER+${api.userIdOf('VIEWER')}`),
        one.downloadUrl.replace(/signature=.{4}/, 'signature=0000'),
        one.downloadUrl.replace(/signature=.*/, 'signature='),
        `/files/${one.id}`,
      ];
      for (const address of addresses) expect([address, (await fetch(at(address))).status]).toEqual([address, 403]);
      expect([await entriesOf(one), await entriesOf(other)]).toEqual([[], []]);
    });

    test('is over at the very second at which it expires', async () => {
      const { id, downloadUrl } = await picture('over');
      const expires = Number(/expires=(\d+)/.exec(downloadUrl)?.[1]);
      const clock = vi.spyOn(Date, 'now');
      try {
        clock.mockReturnValue(expires * 1_000 - 1);
        expect((await fetch(at(downloadUrl))).status).toBe(200);
        clock.mockReturnValue(expires * 1_000);
        expect((await fetch(at(downloadUrl))).status).toBe(403);
      } finally {
        clock.mockRestore();
      }
      expect(id).not.toBe('');
    });

    test('of a record or a content that is not there is 404', async () => {
      const sign = (id: string) =>
        downloadPath(api.config.tokenSecret, {
          id,
          expiresAtSeconds: Math.floor(Date.now() / 1_000) + 60,
          principal: `USER ${api.userIdOf('ADMIN')}`,
        });
      const idOf = (type: string) => Buffer.from(`${type}:00000000-0000-7000-8000-000000000000`).toString('base64url');
      for (const id of [idOf('Artifact'), idOf('Lot'), idOf('constructor'), 'nothing'])
        expect([id, (await fetch(at(sign(id)))).status]).toEqual([id, 404]);
      const lost = await picture('lost');
      await api.store.remove(placeOf('lost'));
      expect((await fetch(at(lost.downloadUrl))).status).toBe(404);
      expect(await entriesOf(lost)).toEqual([]);
    });

    test('of a content that was cut is never begun', async () => {
      const cut = await picture('cut in half');
      await api.store.write(placeOf('cut in half'), 'cut');
      expect((await fetch(at(cut.downloadUrl))).status).toBe(500);
      expect(await entriesOf(cut)).toEqual([]);
    });

    test('for a person who was deactivated is 403', async () => {
      const { downloadUrl } = await picture('mine');
      const foreign = downloadPath(api.config.tokenSecret, {
        id: decodeURIComponent(downloadUrl.slice('/files/'.length, downloadUrl.indexOf('?'))),
        expiresAtSeconds: Math.floor(Date.now() / 1_000) + 60,
        principal: `USER ${api.userIdOf('OPERATOR')}`,
      });
      expect((await fetch(at(foreign))).status).toBe(200);
      await api.database.transaction(async (tx) => {
        await tx.sql`UPDATE users SET is_active = false WHERE id = ${api.userIdOf('OPERATOR')}::uuid`;
      });
      expect((await fetch(at(foreign))).status).toBe(403);
    });

    test('is logged as complete when the client closes the connection after the last byte', async () => {
      const { downloadUrl } = await picture('complete');
      const lines: string[] = [];
      const log = pino({ level: 'info' }, { write: (line) => void lines.push(line) });
      const ended = new EventEmitter();
      const content = async function* (file: OpenedFile): AsyncGenerator<Buffer> {
        yield* file.content;
        // What a slow disk does: the end of the file is found after the client has gone.
        await once(ended, 'end');
      };
      const slow: FileStore = {
        ...api.services.files,
        async open(key, location) {
          const file = await api.services.files.open(key, location);
          return file && { ...file, content: Readable.from(content(file)) };
        },
      };
      const server = await startServer({ ...api.services, files: slow, log });
      const socket = connect(server.port, '127.0.0.1');
      socket.write(`GET ${downloadUrl} HTTP/1.1\r\nhost: x\r\n\r\n`);
      let received = '';
      socket.on('data', (chunk) => {
        received += String(chunk);
        if (received.endsWith('complete')) socket.destroy();
      });
      await expect.poll(() => lines.length).toBe(1);
      ended.emit('end');
      await server.stop();
      expect(JSON.parse(lines[0] ?? '')).toMatchObject({ event: 'http.request', status: 200 });
      expect(lines[0]).not.toContain('isAborted');
    });

    test('is by GET only', async () => {
      const { downloadUrl } = await picture('got');
      expect((await fetch(at(downloadUrl), { method: 'POST', body: 'x' })).status).toBe(405);
    });
  });

  describe('an upload by ticket', () => {
    const ask = async (more: object = {}): Promise<string> => {
      named += 1;
      const input = {
        inspection: inspection.id,
        type: 'VIDEO',
        fileName: `film-${named}.mp4`,
        contentType: 'video/mp4',
        tags: ['Line 1'],
        ...more,
      };
      const { uploadUrl } = await done(api, 'requestUpload', input, 'uploadUrl expiresAt');
      return uploadUrl;
    };
    const put = async (address: string, content: string | Buffer) => {
      const body = typeof content === 'string' ? content : new Uint8Array(content);
      const response = await fetch(at(address), { method: 'PUT', body });
      return { status: response.status, body: await response.json() };
    };

    test.each([
      ['a PNG image of a gigabyte of pixels', 'IMAGE', 'image/png', 'bomb.png', pngBomb],
      ['a ZIP archive of archives of gigabytes', 'MODEL_OUTPUT', 'application/octet-stream', 'bomb.zip', zipBomb],
    ])('of %s stores it as it is, and nothing unpacks it', async (_what, type, contentType, fileName, makeBomb) => {
      const bomb = await makeBomb();
      const before = await api.store.stored();
      const { status, body } = await put(await ask({ type, contentType, fileName }), bomb);
      expect([status, body.errors]).toEqual([201, []]);
      expect((await api.store.stored()).filter((place) => !before.includes(place))).toEqual([placeOf(bomb)]);
      expect((await api.store.read(placeOf(bomb))).equals(bomb)).toBe(true);
      const { data } = await api.ask(
        `{ node(id: "${body.artifact.id}") { ... on Artifact { sizeBytes checksumSha256 downloadUrl } } }`,
      );
      expect(data.node).toMatchObject({ sizeBytes: String(bomb.length), checksumSha256: sha256(bomb) });
      const download = await fetch(at(data.node.downloadUrl));
      expect(Buffer.from(await download.arrayBuffer()).equals(bomb)).toBe(true);
    });

    test('makes the artifact in the name of who asked for it', async () => {
      const content = randomBytes(LIMIT);
      const { status, body } = await put(await ask(), content);
      expect([status, body.errors]).toEqual([201, []]);
      const { data } = await api.ask(
        `{ node(id: "${body.artifact.id}") { ... on Artifact { type contentType sizeBytes checksumSha256 tags uploadedBy { username } } } }`,
      );
      expect(data.node).toEqual({
        type: 'VIDEO',
        contentType: 'video/mp4',
        sizeBytes: String(LIMIT),
        checksumSha256: sha256(content),
        tags: ['line 1'],
        uploadedBy: { username: 'admin' },
      });
      expect(await unfinished()).toEqual([]);
    });

    test('that is sent twice has one effect; with another content it is refused (IDK-1)', async () => {
      const ticket = await ask();
      const [first, again] = [await put(ticket, 'film'), await put(ticket, 'film')];
      expect([first.status, again.status, again.body]).toEqual([201, 201, first.body]);
      const before = await fingerprint(api);
      const other = await put(ticket, 'another film');
      expect([other.status, other.body.artifact, other.body.errors[0].code]).toEqual([
        422,
        null,
        'IDEMPOTENCY_MISMATCH',
      ]);
      expect(await fingerprint(api)).toEqual(before);
    });

    test('of one byte more than a file may have is 413; of a wrong checksum it is refused (ART-2, ART-4)', async () => {
      const before = await fingerprint(api);
      expect((await put(await ask(), randomBytes(LIMIT + 1))).status).toBe(413);
      const wrong = await put(await ask({ checksumSha256: 'a'.repeat(64) }), 'film');
      expect([wrong.status, wrong.body.errors[0]]).toMatchObject([422, { rule: 'ART-2', path: ['checksumSha256'] }]);
      expect(await fingerprint(api)).toEqual(before);
      expect(await unfinished()).toEqual([]);
    });

    test('with a ticket that is altered, over or somebody’s who was deactivated is 403', async () => {
      const ticket = await ask();
      const secret = api.config.tokenSecret;
      const content = Buffer.from(ticket.slice('/files/upload/'.length).split('.')[0] ?? '', 'base64url').toString();
      const over = signTicket(secret, content, Math.floor(Date.now() / 1_000));
      const inactive = content.replace(api.userIdOf('ADMIN'), api.userIdOf('OPERATOR'));
      for (const text of [
        `${ticket}0`,
        ticket.replace('/upload/', '/upload/e'),
        '/files/upload/',
        `/files/upload/${over}`,
        `/files/upload/${signTicket(secret, inactive, Math.floor(Date.now() / 1_000) + 60)}`,
        `/files/upload/${signTicket('another secret of at least 32 characters', content, Math.floor(Date.now() / 1_000) + 60)}`,
      ])
        expect([text, (await put(text, 'film')).status]).toEqual([text, 403]);
      expect((await fetch(at(ticket))).status).toBe(405);
    });

    test('that stops in the middle leaves nothing behind, and the ticket stays good', async () => {
      const ticket = await ask();
      const { hostname, port } = new URL(api.url);
      const socket = connect(Number(port), hostname);
      socket.write(`PUT ${ticket} HTTP/1.1\r\nhost: x\r\ncontent-length: 1000\r\n\r\nthe first half`);
      await expect.poll(unfinished).toHaveLength(1);
      socket.destroy();
      await expect.poll(unfinished).toEqual([]);
      expect((await put(ticket, 'the whole')).status).toBe(201);
    });
  });

  test('a multipart request that stops in the middle leaves nothing behind', async () => {
    const input = { inspection: inspection.id, type: 'IMAGE', fileName: 'half.png' };
    const encoded = new Response(uploadForm(input, { content: 'x'.repeat(1_000) }));
    const body = Buffer.from(await encoded.arrayBuffer());
    const headers = [
      'POST /graphql HTTP/1.1',
      'host: x',
      `authorization: Bearer ${await api.tokenOf('ADMIN')}`,
      'x-lotgraph-upload: 1',
      `content-type: ${encoded.headers.get('content-type')}`,
      `content-length: ${body.length}`,
    ];
    const before = await fingerprint(api);
    const { hostname, port } = new URL(api.url);
    const socket = connect(Number(port), hostname);
    socket.write(`${headers.join('\r\n')}\r\n\r\n`);
    socket.write(body.subarray(0, body.length - 500));
    await expect.poll(unfinished).toHaveLength(1);
    socket.destroy();
    await expect.poll(unfinished).toEqual([]);
    expect(await fingerprint(api)).toEqual(before);
    const { status } = await postForm(api, uploadForm(input, { content: 'whole' }));
    expect(status).toBe(200);
  });

  describe('verifyArtifact', () => {
    const verify = async (id: string, role: 'AUDITOR' | 'VIEWER' = 'AUDITOR') =>
      api.ask(`{ verifyArtifact(id: "${id}") { isIntact reason sizeBytes checksumSha256 storageLocation } }`, {}, role);

    test('finds a bit that was flipped, and leaves an entry each time (ART-2, AUD-6)', async () => {
      const artifact = await picture('exact');
      expect((await verify(artifact.id)).data.verifyArtifact).toEqual({
        isIntact: true,
        reason: null,
        sizeBytes: '5',
        checksumSha256: sha256('exact'),
        storageLocation: 'PRIMARY',
      });
      const bytes = await api.store.read(placeOf('exact'));
      bytes[0] = (bytes[0] ?? 0) ^ 1;
      await api.store.write(placeOf('exact'), bytes);
      expect((await verify(artifact.id)).data.verifyArtifact).toMatchObject({
        isIntact: false,
        reason: 'WRONG_CHECKSUM',
      });
      await api.store.remove(placeOf('exact'));
      expect((await verify(artifact.id)).data.verifyArtifact).toMatchObject({
        isIntact: false,
        reason: 'MISSING',
        sizeBytes: null,
      });
      const viewed = { operation: 'VIEW', action: 'artifact.verified', kind: 'USER', actor: api.userIdOf('AUDITOR') };
      expect(await entriesOf(artifact)).toEqual([viewed, viewed, viewed]);
    });

    test('says of a content that is kept elsewhere that it is not stored; of no artifact it is null', async () => {
      const { artifact } = await done(
        api,
        'registerArtifact',
        {
          inspection: inspection.id,
          address: 'shelf 3',
          fileName: 'shelf.mp4',
          type: 'VIDEO',
          contentType: 'video/mp4',
          sizeBytes: '1',
          checksumSha256: 'a'.repeat(64),
        },
        'artifact { id }',
      );
      expect((await verify(artifact.id)).data.verifyArtifact).toMatchObject({ isIntact: null, reason: 'NOT_STORED' });
      expect((await verify(inspection.id)).data.verifyArtifact).toBeNull();
    });

    test('is refused to other roles, and leaves no entry (AUD-6)', async () => {
      const artifact = await picture('secret');
      expect((await verify(artifact.id, 'VIEWER')).errors[0]?.extensions['code']).toBe('FORBIDDEN');
      expect(await entriesOf(artifact)).toEqual([]);
    });
  });
});

describe.runIf(mayMount)('a disk that is full while a file arrives', () => {
  test('is answered with 507 and leaves nothing behind, by both ways of an upload; everything else goes on (ART-2)', async () => {
    const disk = await mountSmallDisk(2);
    await using small = await startApi({ fileLimit: 10_000_000 }, () => openFolder(path.join(disk.directory, 'files')));
    try {
      await makeModel(small);
      await makeLine(small);
      const { id } = await makeInspection(small, await makeLot(small));
      const input = { inspection: id, type: 'IMAGE', contentType: 'image/png' };
      const content = randomBytes(4_000_000);
      const before = await fingerprint(small);

      const form = uploadForm({ ...input, fileName: 'form.png' }, { content });
      expect(await postForm(small, form)).toMatchObject({
        status: 507,
        body: { errors: [{ extensions: { code: 'UNAVAILABLE' } }] },
      });
      expect(await fingerprint(small)).toEqual(before);
      const { uploadUrl } = await done(small, 'requestUpload', { ...input, fileName: 'put.png' }, 'uploadUrl');
      const sent = await fetch(new URL(uploadUrl, small.url), { method: 'PUT', body: new Uint8Array(content) });
      expect([sent.status, await sent.json()]).toMatchObject([
        507,
        { errors: [{ extensions: { code: 'UNAVAILABLE' } }] },
      ]);

      expect([await small.store.stored(), await small.store.unfinished()]).toEqual([[], []]);
      const { artifact } = await upload(
        small,
        { ...input, fileName: 'form.png' },
        { content: 'there is room for this' },
      );
      expect(await (await fetch(new URL(artifact.downloadUrl, small.url))).text()).toBe('there is room for this');
    } finally {
      await disk.unmount();
    }
  });
});
