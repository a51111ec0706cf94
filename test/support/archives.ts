/** ZIP archives for tests: good ones as a library writes them, and bad ones byte by byte. */
import { crc32, deflateRawSync } from 'node:zlib';
import yazl from 'yazl';

/** A good archive of these files. */
export async function zipOf(files: Readonly<Record<string, string | Buffer>>): Promise<Buffer> {
  const zip = new yazl.ZipFile();
  for (const [name, content] of Object.entries(files))
    if (name.endsWith('/')) zip.addEmptyDirectory(name, MADE_ON);
    else zip.addBuffer(Buffer.from(content), name, MADE_ON);
  zip.end();
  const chunks: Buffer[] = [];
  for await (const chunk of zip.outputStream) chunks.push(Buffer.from(chunk));
  return Buffer.concat(chunks);
}

/** The same files always give the same bytes. */
const MADE_ON = { mtime: new Date('2026-11-20T08:00:00Z') };

/** An entry as it is written; what is not given fits the content. */
export interface RawEntry {
  readonly name: string;
  readonly content?: string | Buffer;
  /** The bytes in the archive, where they are not the packed content. */
  readonly packed?: Buffer;
  readonly method?: number;
  readonly flags?: number;
  readonly crc?: number;
  readonly size?: number;
  readonly packedSize?: number;
  readonly attributes?: number;
  readonly extra?: Buffer;
  /** The name in front of the data, where it differs from that in the list. */
  readonly localName?: string;
  /** The offset that the list names. */
  readonly offset?: number;
}

/** How the archive ends; what is not given fits the entries. */
export interface RawEnd {
  readonly count?: number;
}

/** An archive byte by byte. */
export function rawZip(entries: readonly RawEntry[], { count = entries.length }: RawEnd = {}): Buffer {
  const parts: Buffer[] = [];
  const list: Buffer[] = [];
  let at = 0;
  for (const entry of entries) {
    const { method = 8, flags = 0, attributes = 0, extra = Buffer.alloc(0), offset = at } = entry;
    const content = Buffer.from(entry.content ?? '');
    const packed = entry.packed ?? (method === 8 ? deflateRawSync(content) : content);
    const { crc = crc32(content), size = content.length, packedSize = packed.length } = entry;
    const [name, localName] = [Buffer.from(entry.name), Buffer.from(entry.localName ?? entry.name)];
    const common = (nameLength: number): Buffer =>
      Buffer.concat([
        u16(20, flags | UTF8, method, 0, 0x21),
        u32(crc, packedSize, size),
        u16(nameLength, extra.length),
      ]);
    const local = Buffer.concat([u32(0x04034b50), common(localName.length), localName, extra, packed]);
    list.push(u32(0x02014b50), u16(0x031e), common(name.length), u16(0, 0, 0), u32(attributes, offset), name, extra);
    parts.push(local);
    at += local.length;
  }
  const directory = Buffer.concat(list);
  return Buffer.concat([
    ...parts,
    directory,
    u32(0x06054b50),
    u16(0, 0, count, count),
    u32(directory.length, at),
    u16(0),
  ]);
}

const UTF8 = 0x800;

function u16(...values: readonly number[]): Buffer {
  const bytes = Buffer.alloc(values.length * 2);
  for (const [index, value] of values.entries()) bytes.writeUInt16LE(value, index * 2);
  return bytes;
}

function u32(...values: readonly number[]): Buffer {
  const bytes = Buffer.alloc(values.length * 4);
  for (const [index, value] of values.entries()) bytes.writeUInt32LE(value >>> 0, index * 4);
  return bytes;
}
