/**
 * Checks a ZIP archive that was received, before it is kept: it unpacks to plain files, each once, inside the folder that
 * it is unpacked to, with the sizes and checksums that it declares.
 *
 * 1. What the list of entries says is judged first. So an archive that declares too much is refused before anything of it
 *    is unpacked.
 * 2. Then each file is unpacked, and its bytes are counted and thrown away. Unpacking ends at the declared size, so an
 *    archive that declares too little costs no more than what it declares.
 * 3. Memory: the names and places of the entries, and one chunk.
 */
import { open } from 'node:fs/promises';
import { crc32 } from 'node:zlib';
import { openPromise, type ZipFile } from 'yauzl';
import { errorCodeOf, errorMessageOf } from '../values/system-error.ts';
import { type ArchiveEntry, clashingName, isFolder, overlappingName, problemOfEntry } from './archive-entry.ts';

/** What an archive may have. */
export interface ArchiveLimits {
  readonly mostEntries: number;
  /** The most bytes of all its files together, unpacked. */
  readonly mostBytes: number;
  /** The name of the file whose text is wanted, and its most bytes. */
  readonly wanted: { readonly name: string; readonly mostBytes: number };
}

/** A good archive. */
export interface CheckedArchive {
  /** The names of its files; folders are not among them. */
  readonly names: ReadonlySet<string>;
  /** The text of the wanted file; undefined when there is none. */
  readonly text: string | undefined;
}

/** Why an archive is refused, as a sentence. */
export class ArchiveProblem extends Error {
  override readonly name = 'ArchiveProblem';
  /** True when it has more than it may have, false when it is malformed. */
  readonly isTooLarge: boolean;

  constructor(message: string, isTooLarge = false) {
    super(message);
    this.isTooLarge = isTooLarge;
  }
}

/** Checks the archive in a file of this machine. Answers an `ArchiveProblem` when it is refused. */
export async function checkArchive(file: string, limits: ArchiveLimits): Promise<CheckedArchive | ArchiveProblem> {
  try {
    const zip = await openPromise(file, { autoClose: false, lazyEntries: true, strictFileNames: true });
    try {
      return await checked(file, zip, limits);
    } finally {
      zip.close();
    }
  } catch (error) {
    if (error instanceof ArchiveProblem) return error;
    if (!isFaultOfContent(error)) throw error;
    return new ArchiveProblem(`It is not a ZIP archive that can be read: ${errorMessageOf(error)}.`);
  }
}

async function checked(file: string, zip: ZipFile, limits: ArchiveLimits): Promise<CheckedArchive> {
  const listStart = Number(zip.readEntryCursor);
  if (zip.entryCount > limits.mostEntries)
    throw new ArchiveProblem(`It has ${zip.entryCount} entries; at most ${limits.mostEntries} are allowed.`, true);
  const entries = await entriesOf(zip, limits.mostBytes);
  const names = entries.map(({ name }) => name);
  refuse(clashingName(names), 'has the place of another entry');
  refuse(overlappingName(entries, listStart), 'shares its bytes with another entry');
  if (!(await isEndOfList(file, Number(zip.readEntryCursor))))
    throw new ArchiveProblem('It has more entries than it declares.');
  let text: string | undefined;
  for (const entry of entries) {
    const isWanted = entry.name === limits.wanted.name;
    if (isWanted && entry.sizeBytes > limits.wanted.mostBytes)
      throw new ArchiveProblem(`${entry.name} has more than ${limits.wanted.mostBytes} bytes.`, true);
    const content = await unpacked(zip, entry, isWanted);
    if (isWanted) text = textOf(entry.name, content);
  }
  return { names: new Set(names.filter((name) => !isFolder(name))), text };
}

/** The entries as the archive lists them. */
async function entriesOf(zip: ZipFile, mostBytes: number): Promise<readonly ArchiveEntry[]> {
  const entries: ArchiveEntry[] = [];
  let bytes = 0;
  for await (const entry of zip.eachEntry()) {
    const header = await zip.readLocalFileHeaderPromise(entry);
    refuse(entry.fileName, problemOfEntry(entry, header));
    bytes += entry.uncompressedSize;
    if (bytes > mostBytes)
      throw new ArchiveProblem(`Unpacked it has more than ${mostBytes} bytes, which is the limit.`, true);
    entries.push({
      name: entry.fileName,
      isDeflated: entry.isCompressed(),
      crc32: entry.crc32,
      sizeBytes: entry.uncompressedSize,
      packedBytes: entry.compressedSize,
      headerStart: entry.relativeOffsetOfLocalHeader,
      dataStart: header.fileDataStart,
    });
  }
  return entries;
}

/** Unpacks an entry, and compares its size and its checksum with what it declares. Answers its bytes where wanted. */
async function unpacked(zip: ZipFile, entry: ArchiveEntry, isWanted: boolean): Promise<Buffer> {
  const chunks: Buffer[] = [];
  let checksum = 0;
  for await (const chunk of await contentOf(zip, entry)) {
    checksum = crc32(chunk, checksum);
    if (isWanted) chunks.push(chunk);
  }
  refuse(checksum === entry.crc32 ? undefined : entry.name, 'does not have the checksum that it declares');
  return Buffer.concat(chunks);
}

/** The unpacked bytes of an entry. Reading fails where they are not as many as it declares. */
function contentOf(
  zip: ZipFile,
  { dataStart, packedBytes, isDeflated, sizeBytes }: ArchiveEntry,
): Promise<AsyncIterable<Buffer>> {
  // The variant of this method that returns a promise calls another method in yauzl 3.4.
  return new Promise((resolve, reject) => {
    zip.openReadStreamLowLevel(dataStart, packedBytes, 0, packedBytes, isDeflated, sizeBytes, (error, content) => {
      if (error === null) resolve(content);
      else reject(error);
    });
  });
}

/** Whether the list of entries ends at this offset: programs that read on there find no further entry. */
async function isEndOfList(file: string, offset: number): Promise<boolean> {
  const handle = await open(file, 'r');
  try {
    const { buffer, bytesRead } = await handle.read(Buffer.alloc(4), 0, 4, offset);
    return bytesRead === 4 && ENDS_OF_LIST.includes(buffer.readUInt32LE());
  } finally {
    await handle.close();
  }
}

/** The signatures of the record behind the list: the usual one, and that of a large archive. */
const ENDS_OF_LIST = [0x06054b50, 0x06064b50];

function textOf(name: string, content: Buffer): string {
  try {
    return new TextDecoder('utf-8', { fatal: true }).decode(content);
  } catch {
    throw new ArchiveProblem(`${name} is not UTF-8 text.`);
  }
}

function refuse(name: string | undefined, problem: string | undefined): void {
  if (name !== undefined && problem !== undefined)
    throw new ArchiveProblem(`The entry ${JSON.stringify(name.slice(0, SHOWN_LENGTH))} ${problem}.`);
}

const SHOWN_LENGTH = 100;

/** Whether the content is to blame: errors of yauzl are plain and have no code, those of zlib begin with `Z_`. */
function isFaultOfContent(error: unknown): boolean {
  const code = errorCodeOf(error);
  if (code === undefined) return error instanceof Error && Object.getPrototypeOf(error) === Error.prototype;
  return code.startsWith('Z_') || CODES_OF_TRUNCATED.includes(code);
}

const CODES_OF_TRUNCATED = ['ERR_OUT_OF_RANGE', 'ERR_BUFFER_OUT_OF_BOUNDS'];
