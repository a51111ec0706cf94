import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { tmpdir } from 'node:os';
import { crc32, deflateRawSync } from 'node:zlib';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { ArchiveProblem, checkArchive, type CheckedArchive } from '../../src/platform/file-store/archive.ts';
import { rawZip, type RawEntry, zipOf } from '../support/archives.ts';

let folder: string;
beforeAll(async () => {
  folder = await mkdtemp(path.join(tmpdir(), 'archive-'));
});
afterAll(() => rm(folder, { recursive: true, force: true }));

const LIMITS = { mostEntries: 5, mostBytes: 1_000_000, wanted: { name: 'manifest.json', mostBytes: 100 } };

async function check(content: Buffer, limits = LIMITS): Promise<CheckedArchive | ArchiveProblem> {
  const file = path.join(folder, 'archive.zip');
  await writeFile(file, content);
  return checkArchive(file, limits);
}

async function problemOf(content: Buffer): Promise<readonly [message: string, isTooLarge: boolean]> {
  const answer = await check(content);
  if (!(answer instanceof ArchiveProblem)) throw new Error('The archive was accepted.');
  return [answer.message, answer.isTooLarge];
}

describe('a good archive', () => {
  test('has its files, and the text that is wanted', async () => {
    const zip = await zipOf({ 'manifest.json': '{}', 'src/': '', 'src/main.py': 'print(1)', 'src/größe.txt': '' });
    expect(await check(zip)).toEqual({
      names: new Set(['manifest.json', 'src/main.py', 'src/größe.txt']),
      text: '{}',
    });
  });

  test('may be made without the wanted file, and without any', async () => {
    expect(await check(await zipOf({ a: 'b' }))).toEqual({ names: new Set(['a']), text: undefined });
    expect(await check(rawZip([]))).toEqual({ names: new Set(), text: undefined });
  });

  test('may have stored files, executable ones, and any bytes', async () => {
    const bytes = Buffer.from(Array.from({ length: 70_000 }, (_, index) => (index * 7) % 256));
    const answer = await check(
      rawZip([
        { name: 'run.sh', content: bytes, method: 0, attributes: 0o100755 * 65_536 },
        { name: 'lib/', method: 0, attributes: 0o040755 * 65_536 },
      ]),
    );
    expect(answer).toMatchObject({ names: new Set(['run.sh']) });
  });
});

const link = (kind: number): number => (kind | 0o777) * 65_536;
const text = (name: string, more: Partial<RawEntry> = {}): RawEntry => ({ name, content: `of ${name}`, ...more });

describe('a bad archive', () => {
  test.each([
    ['no archive', Buffer.from('GIF89a'), /^It is not a ZIP archive that can be read: /],
    ['nothing', Buffer.alloc(0), /^It is not a ZIP archive that can be read: /],
    ['half an archive', rawZip([text('a')]).subarray(0, 40), /^It is not a ZIP archive that can be read: /],
    ['bytes behind its end', Buffer.concat([rawZip([text('a')]), Buffer.from('x')]), /can be read: .*comment length/i],
    ['a list elsewhere', rawZip([text('a', { offset: 7 })]), /can be read: /],
    ['an offset behind the file', rawZip([text('a', { offset: 900_000 })]), /can be read: /],
    ['a way out', rawZip([text('../a')]), /can be read: invalid relative path/],
    ['an absolute path', rawZip([text('/etc/passwd')]), /can be read: absolute path/],
    ['a drive', rawZip([text('C:/a')]), /can be read: absolute path/],
    ['a backslash', rawZip([text('a\\..\\b')]), /can be read: invalid characters/],
    ['a path through itself', rawZip([text('a/./b')]), /^The entry "a\/\.\/b" has a name that leads out/],
    ['an empty step', rawZip([text('a//b')]), /has a name that leads out/],
    ['an empty name', rawZip([text('')]), /has a name that leads out/],
    ['an invisible character', rawZip([text('a\u202egpj.exe')]), /invisible character/],
    ['a stream of Windows', rawZip([text('ab:c')]), /a colon/],
    ['a long name', rawZip([text('a'.repeat(256))]), /has a name of more than 255 characters/],
    ['a symbolic link', rawZip([text('a', { attributes: link(0o120000) })]), /"a" is a link or a device\.$/],
    ['a device', rawZip([text('a', { attributes: link(0o020000) })]), /is a link or a device/],
    ['a folder with content', rawZip([text('a/')]), /is a folder with content/],
    ['encryption', rawZip([text('a', { flags: 1 })]), /is encrypted/],
    ['strong encryption', rawZip([text('a', { flags: 0x40 })]), /is encrypted|strong encryption/],
    ['another method', rawZip([text('a', { method: 12, packed: Buffer.from('x') })]), /is packed by method 12/],
    ['the same file twice', rawZip([text('a'), text('a')]), /^The entry "a" has the place of another entry\.$/],
    ['the same file in another case', rawZip([text('Main.py'), text('main.py')]), /has the place of another/],
    ['the same file in another form', rawZip([text('\u00e9'), text('e\u0301')]), /has the place of another/],
    ['a file where a folder is', rawZip([text('a/b'), text('a')]), /"a" has the place of another/],
    ['a folder where a file is', rawZip([text('a'), text('a/b')]), /"a\/b" has the place of another/],
    ['another name in front of the data', rawZip([text('good', { localName: 'evil' })]), /described in two different/],
    ['a second name', rawZip([text('a', { extra: Buffer.from('7570070001000000006162', 'hex') })]), /has two names/],
    ['entries that share their bytes', rawZip([text('a'), text('a', { name: 'b', localName: 'a', offset: 0 })]), /./],
    ['a wrong checksum', rawZip([text('a', { crc: 1 })]), /does not have the checksum/],
    ['too little of a file', rawZip([text('a', { size: 9 })]), /can be read: not enough bytes/],
    ['too much of a file', rawZip([text('a', { size: 1 })]), /can be read: too many bytes/],
    ['a stored file of another size', rawZip([text('a', { method: 0, size: 9 })]), /can be read: /],
    ['data that cannot be unpacked', rawZip([text('a', { packed: Buffer.from('ffffffff', 'hex') })]), /can be read: /],
    ['data that ends early', rawZip([text('a', { packed: deflateRawSync('of a').subarray(0, 2) })]), /can be read: /],
    ['more entries than it declares', rawZip([text('a'), text('b')], { count: 1 }), /more entries than it declares/],
    ['fewer entries than it declares', rawZip([text('a')], { count: 2 }), /can be read: /],
    ['a manifest that is no text', rawZip([{ name: 'manifest.json', content: Buffer.from([0xff]) }]), /not UTF-8 text/],
  ])('is refused with %s', async (_what, content, message) => {
    const [said, isTooLarge] = await problemOf(content);
    expect(said).toMatch(message);
    expect(isTooLarge).toBe(false);
  });

  test('is too large with more entries, more bytes or a larger wanted file than allowed', async () => {
    const many = ['a', 'b', 'c', 'd', 'e', 'f'].map((name) => text(name));
    expect(await problemOf(rawZip(many))).toEqual(['It has 6 entries; at most 5 are allowed.', true]);
    expect(await problemOf(rawZip([{ name: 'a', content: Buffer.alloc(1_000_001) }]))).toEqual([
      'Unpacked it has more than 1000000 bytes, which is the limit.',
      true,
    ]);
    expect(await problemOf(rawZip([{ name: 'manifest.json', content: ' '.repeat(101) }]))).toEqual([
      'manifest.json has more than 100 bytes.',
      true,
    ]);
  });

  test('that shares the bytes of one entry among others is refused before anything is unpacked', async () => {
    const kernel = deflateRawSync(Buffer.alloc(400_000));
    const [a, b] = ['a', 'b'].map((name) => ({
      name,
      packed: kernel,
      size: 400_000,
      crc: crc32(Buffer.alloc(400_000)),
    }));
    const honest = rawZip([a as RawEntry, b as RawEntry]);
    expect(await check(honest)).toMatchObject({ names: new Set(['a', 'b']) });
    // The header of b lies inside the data of a, which reaches to the end of that of b.
    const inside = rawZip([{ ...(a as RawEntry), packedSize: kernel.length * 2 + 31 }, b as RawEntry]);
    expect(await problemOf(inside)).toEqual(['The entry "a" shares its bytes with another entry.', false]);
  });

  test('that declares little and holds much costs what it declares', async () => {
    const bomb = rawZip([{ name: 'a', packed: deflateRawSync(Buffer.alloc(60_000_000)), size: 10, crc: 0 }]);
    const before = process.memoryUsage().arrayBuffers;
    expect((await problemOf(bomb))[0]).toMatch(/too many bytes/);
    expect(process.memoryUsage().arrayBuffers - before).toBeLessThan(20_000_000);
  });
});

test('a file that is not there is a fault of this machine, not of the content', async () => {
  await expect(checkArchive(path.join(folder, 'missing.zip'), LIMITS)).rejects.toThrow('ENOENT');
});
