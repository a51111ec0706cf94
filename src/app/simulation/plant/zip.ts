/** A ZIP archive of a few small files, stored as they are. The same files give the same bytes. */
import { crc32 } from 'node:zlib';

/** Makes the archive. */
export function zipOf(files: Readonly<Record<string, string>>): Buffer {
  const entries: Buffer[] = [];
  const list: Buffer[] = [];
  let offset = 0;
  for (const [name, text] of Object.entries(files)) {
    const [nameBytes, content] = [Buffer.from(name), Buffer.from(text)];
    const described = Buffer.concat([
      shorts(VERSION, UTF8, STORED, NO_TIME, FIRST_DAY),
      longs(crc32(content), content.length, content.length),
      shorts(nameBytes.length, 0),
    ]);
    entries.push(Buffer.concat([longs(ENTRY), described, nameBytes, content]));
    list.push(longs(LISTED), shorts(VERSION), described, shorts(0, 0, 0), longs(0, offset), nameBytes);
    offset += entries.at(-1)?.length ?? 0;
  }
  const directory = Buffer.concat(list);
  const count = entries.length;
  const end = [longs(END), shorts(0, 0, count, count), longs(directory.length, offset), shorts(0)];
  return Buffer.concat([...entries, directory, ...end]);
}

const [ENTRY, LISTED, END] = [0x04034b50, 0x02014b50, 0x06054b50];
const [VERSION, UTF8, STORED, NO_TIME, FIRST_DAY] = [20, 0x800, 0, 0, 0x21];

function shorts(...values: readonly number[]): Buffer {
  return Buffer.from(Uint8Array.from(values.flatMap((value) => [value & 0xff, (value >>> 8) & 0xff])));
}

function longs(...values: readonly number[]): Buffer {
  return shorts(...values.flatMap((value) => [value & 0xffff, value >>> 16]));
}
