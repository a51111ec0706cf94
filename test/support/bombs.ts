/** Small files that a program would not survive if it unpacked them. */
import { createDeflate, crc32 } from 'node:zlib';
import { buffer } from 'node:stream/consumers';
import { Readable } from 'node:stream';
import { ZipFile } from 'yazl';

const MEBIBYTE = 1_048_576;
const WHITE = Buffer.alloc(MEBIBYTE, 255);

/** A PNG image of 32,768 × 32,768 grey pixels, all white: 1 GiB in less than 200 kB. */
export async function pngBomb(): Promise<Buffer> {
  // Deflate shrinks to a thousandth at best, and one bit for each pixel is an eighth of a byte.
  const side = 32_768;
  const header = Buffer.alloc(13);
  header.writeUInt32BE(side, 0);
  header.writeUInt32BE(side, 4);
  // Depth 1, colour type 0 (grey), and nothing unusual.
  header.set([1, 0, 0, 0, 0], 8);
  const row = Buffer.concat([Buffer.from([0]), Buffer.alloc(side / 8, 255)]);
  const rows = Readable.from(Array.from({ length: side }, () => row));
  const pixels = await buffer(rows.pipe(createDeflate({ level: 9 })));
  const signature = Buffer.from('89504e470d0a1a0a', 'hex');
  return Buffer.concat([signature, chunk('IHDR', header), chunk('IDAT', pixels), chunk('IEND', Buffer.alloc(0))]);
}

/** A ZIP archive of 64 equal archives, each with 16 files of 4 MiB: 4 GiB in some kilobytes. */
export async function zipBomb(): Promise<Buffer> {
  const file = Buffer.concat(Array.from({ length: 4 }, () => WHITE));
  const inner = await zipOf(16, file);
  return zipOf(64, inner);
}

async function zipOf(copies: number, content: Buffer): Promise<Buffer> {
  const zip = new ZipFile();
  for (let copy = 0; copy < copies; copy += 1) zip.addBuffer(content, `${copy}`, { compressionLevel: 9 });
  zip.end();
  return buffer(zip.outputStream);
}

function chunk(type: string, data: Buffer): Buffer {
  const typed = Buffer.concat([Buffer.from(type, 'latin1'), data]);
  const [length, checksum] = [Buffer.alloc(4), Buffer.alloc(4)];
  length.writeUInt32BE(data.length);
  checksum.writeUInt32BE(crc32(typed));
  return Buffer.concat([length, typed, checksum]);
}
