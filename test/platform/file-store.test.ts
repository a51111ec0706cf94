import { createHash, randomBytes } from 'node:crypto';
import { readFile, stat, symlink, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { FileTooLarge, type FileStore, type ListedFile } from '../../src/platform/file-store/file-store.ts';
import { folderStore } from '../../src/platform/file-store/folder-store.ts';
import { fill, mayMount, mountSmallDisk } from '../faults/small-disk.ts';
import { BACKENDS, filesBelow, openFolder, type TestStore } from '../support/file-stores.ts';

const sha256 = (content: Buffer | string): string => createHash('sha256').update(content).digest('hex');

async function* chunksOf(...chunks: readonly (Buffer | string)[]): AsyncGenerator<Buffer> {
  for (const chunk of chunks) yield Buffer.from(chunk);
}

describe.each(BACKENDS)('the file store in $name:', ({ open }) => {
  let opened: TestStore;
  let store: FileStore;
  beforeEach(async () => {
    opened = await open();
    store = opened.files;
  });
  afterEach(() => opened.close());

  async function contentOf(key: string, location?: ListedFile['location']): Promise<string | undefined> {
    const file = await store.open(key, location);
    if (file === undefined) return undefined;
    const chunks: Buffer[] = [];
    for await (const chunk of file.content) chunks.push(chunk as Buffer);
    return Buffer.concat(chunks).toString();
  }

  async function listed(): Promise<readonly ListedFile[]> {
    const files: ListedFile[] = [];
    for await (const file of store.list()) files.push(file);
    return files;
  }

  const everything = async () => [...(await opened.stored()), ...(await opened.unfinished())];

  describe('a content', () => {
    test('is stored by its checksum, and read as it was', async () => {
      const stored = await store.put(chunksOf('a crack ', 'at the edge'));
      const hash = sha256('a crack at the edge');
      const key = `sha256/${hash.slice(0, 2)}/${hash.slice(2, 4)}/${hash}`;
      expect(stored).toEqual({ key, sha256: hash, sizeBytes: 19 });
      expect(await contentOf(key)).toBe('a crack at the edge');
      expect(await store.exists(key)).toBe(true);
      expect(await everything()).toEqual([`primary/${key}`]);
      const file = await store.open(key);
      expect(file?.sizeBytes).toBe(19);
      file?.content.destroy();
    });

    test('may be empty', async () => {
      const { key, sizeBytes } = await store.put(chunksOf());
      expect(sizeBytes).toBe(0);
      expect(await contentOf(key)).toBe('');
    });

    test('of exactly the most bytes is stored; one byte more leaves nothing behind', async () => {
      expect((await store.put(chunksOf('12345', '67890'), 10)).sizeBytes).toBe(10);
      await expect(store.put(chunksOf('12345', '678901'), 10)).rejects.toThrow(FileTooLarge);
      expect(await everything()).toHaveLength(1);
    });

    test('that stops in the middle leaves nothing behind', async () => {
      const broken = async function* (): AsyncGenerator<Buffer> {
        yield Buffer.from('the first half');
        throw new Error('The client has gone.');
      };
      await expect(store.put(broken())).rejects.toThrow('The client has gone.');
      expect(await everything()).toEqual([]);
    });

    test('that many store at once is stored once', async () => {
      const content = randomBytes(100_000);
      const stored = await Promise.all(Array.from({ length: 20 }, () => store.put(chunksOf(content))));
      expect(new Set(stored.map(({ key }) => key)).size).toBe(1);
      expect(await everything()).toEqual([`primary/${stored[0]?.key}`]);
    });

    test('that was received is not there before it is kept, and is gone when it is discarded', async () => {
      const received = await store.receive(chunksOf('perhaps'), 100);
      expect(await listed()).toEqual([]);
      await received.discard();
      expect(await everything()).toEqual([]);
      const other = await store.receive(chunksOf('surely'), 100);
      const { key } = await other.keep();
      await other.keep();
      await other.discard();
      await other.discard();
      expect(await everything()).toEqual([`primary/${key}`]);
    });

    test('is removed once', async () => {
      const { key } = await store.put(chunksOf('old'));
      expect([await store.remove(key), await store.remove(key)]).toEqual([true, false]);
      expect([await store.exists(key), await store.open(key)]).toEqual([false, undefined]);
    });
  });

  test('a location is a directory of its own, and copying is real', async () => {
    const { key } = await store.put(chunksOf('evidence'));
    expect(await store.copy(key, 'PRIMARY', 'COLD_STORAGE')).toBe(true);
    expect(await store.copy(key, 'PRIMARY', 'COLD_STORAGE')).toBe(true);
    await store.remove(key);
    expect(await everything()).toEqual([`cold-storage/${key}`]);
    expect([await contentOf(key), await contentOf(key, 'COLD_STORAGE')]).toEqual([undefined, 'evidence']);
    expect(await store.copy(key, 'PRIMARY', 'ARCHIVE')).toBe(false);
  });

  test.each(['../../etc/passwd', 'sha256/aa/bb/../../../../x', `sha256/00/00/${'f'.repeat(64)}`, ''])(
    'the key %o is no key, so it opens nothing',
    async (key) => {
      await expect((async () => store.open(key))()).rejects.toThrow('A key of the file store is expected.');
    },
  );

  test('the list has every content of every location, and no other file', async () => {
    const one = await store.put(chunksOf('1'));
    const two = await store.put(chunksOf('22'));
    await store.copy(two.key, 'PRIMARY', 'TEMPORARY');
    await store.receive(chunksOf('unfinished'), 100);
    const files = (await listed()).map(({ key, location, sizeBytes }) => `${location} ${sizeBytes} ${key}`);
    expect(files.toSorted()).toEqual([`PRIMARY 1 ${one.key}`, `PRIMARY 2 ${two.key}`, `TEMPORARY 2 ${two.key}`]);
  });

  test('what an interrupted upload has left is removed when it is old', async () => {
    await store.receive(chunksOf('old'), 100);
    expect(await store.removeUnfinished(Date.now() - 60_000)).toBe(0);
    expect(await store.removeUnfinished(Date.now() + 60_000)).toBe(1);
    expect(await everything()).toEqual([]);
  });

  test('a content counts as stored when it was stored last', async () => {
    const { key } = await store.put(chunksOf('the same'));
    const longAgo = new Date(1_000_000_000);
    await opened.age(`primary/${key}`, longAgo);
    expect((await listed()).map(({ storedAtMilliseconds }) => storedAtMilliseconds)).toEqual([longAgo.getTime()]);
    await store.put(chunksOf('the same'));
    expect((await listed())[0]?.storedAtMilliseconds).toBeGreaterThan(longAgo.getTime());
  });

  test('a store that is there passes its check', async () => {
    await store.check();
  });
});

describe('the file store in a folder', () => {
  let opened: TestStore;
  let folder: string;
  let store: FileStore;
  beforeEach(async () => {
    opened = await openFolder();
    folder = String(opened.environment['LOTGRAPH_FILES']);
    store = opened.files;
  });
  afterEach(() => opened.close());

  test('does not write a content again that is there already', async () => {
    const { key } = await store.put(chunksOf('the same'));
    const file = path.join(folder, 'primary', key);
    const { ino } = await stat(file);
    await store.put(chunksOf('the same'));
    expect((await stat(file)).ino).toBe(ino);
  });

  test('fails its check where no folder can be, and says what to do', async () => {
    await writeFile(path.join(folder, 'file'), '');
    const impossible = path.join(folder, 'file/files');
    await expect(folderStore(impossible).check()).rejects.toThrow(
      `LOTGRAPH_FILES: nothing can be stored in the folder ${impossible} (ENOTDIR); give the user of this process the right to write there, or name another folder.`,
    );
  });

  describe.skipIf(!mayMount)('on disks of their own', () => {
    test('a content that does not fit leaves nothing behind, and room for a smaller one', async () => {
      const disk = await mountSmallDisk(2);
      try {
        const small = folderStore(path.join(disk.directory, 'files'));
        await small.put(chunksOf('there is room'));
        const big = Array.from({ length: 4 }, () => randomBytes(1_000_000));
        await expect(small.put(chunksOf(...big))).rejects.toMatchObject({ code: 'ENOSPC' });
        expect(await filesBelow(path.join(disk.directory, 'files'))).toHaveLength(1);
        expect((await small.put(chunksOf('there is room again'))).sizeBytes).toBe(19);
        await fill(path.join(disk.directory, 'ballast'));
        await expect(small.put(chunksOf(randomBytes(10_000)))).rejects.toMatchObject({ code: 'ENOSPC' });
        expect(await filesBelow(path.join(disk.directory, 'files'))).toHaveLength(2);
      } finally {
        await disk.unmount();
      }
    });

    test('a content is copied to another disk, unless it is damaged', async () => {
      const disk = await mountSmallDisk(2);
      try {
        await symlink(disk.directory, path.join(folder, 'archive'));
        const { key } = await store.put(chunksOf('far away'));
        expect(await store.copy(key, 'PRIMARY', 'ARCHIVE')).toBe(true);
        expect(await readFile(path.join(disk.directory, key), 'utf8')).toBe('far away');
        await store.remove(key, 'ARCHIVE');
        await writeFile(path.join(folder, 'primary', key), 'far astray');
        await expect(store.copy(key, 'PRIMARY', 'ARCHIVE')).rejects.toThrow('is damaged; it was not copied');
        expect(await filesBelow(disk.directory)).toEqual([]);
        expect(await store.copy(`sha256/00/00/${'0'.repeat(64)}`, 'PRIMARY', 'ARCHIVE')).toBe(false);
      } finally {
        await disk.unmount();
      }
    });
  });
});
