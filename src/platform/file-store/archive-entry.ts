/** What an entry of a ZIP archive must be, so that every program that unpacks the archive gets the same files. */
import type { Entry, LocalFileHeader } from 'yauzl';

/** The longest name of an entry, in characters. */
export const ENTRY_NAME_LENGTH = 255;

/** A checked entry: where its data is in the archive, and what it becomes. */
export interface ArchiveEntry {
  /** With slashes; that of a folder ends with one. */
  readonly name: string;
  readonly isDeflated: boolean;
  readonly crc32: number;
  readonly sizeBytes: number;
  readonly packedBytes: number;
  /** The offset of its header, and of its data. */
  readonly headerStart: number;
  readonly dataStart: number;
}

/** Why the entry is refused, as the end of a sentence about it; undefined when it is a plain file or a folder. */
export function problemOfEntry(entry: Entry, header: LocalFileHeader): string | undefined {
  const flags = entry.generalPurposeBitFlag | header.generalPurposeBitFlag;
  if ((flags & ENCRYPTED) !== 0) return 'is encrypted';
  if (entry.compressionMethod !== STORED && entry.compressionMethod !== DEFLATED)
    return `is packed by method ${entry.compressionMethod}; 0 (stored) and 8 (deflated) are allowed`;
  const kind = (entry.externalFileAttributes >>> 16) & FILE_KIND;
  if (kind !== 0 && kind !== REGULAR_FILE && kind !== FOLDER) return 'is a link or a device';
  if (isFolder(entry.fileName) && entry.uncompressedSize > 0) return 'is a folder with content';
  if (entry.extraFields.some(({ id }) => id === SECOND_NAME)) return 'has two names';
  const hasOtherHeader =
    !header.fileName.equals(entry.fileNameRaw) ||
    header.compressionMethod !== entry.compressionMethod ||
    ((header.generalPurposeBitFlag & SIZES_FOLLOW) === 0 && header.crc32 !== entry.crc32);
  return hasOtherHeader ? 'is described in two different ways' : problemOfName(entry.fileName);
}

/** Why the name is refused, as the end of a sentence; undefined when it stays inside the folder that it is unpacked to. */
export function problemOfName(name: string): string | undefined {
  if (name.length > ENTRY_NAME_LENGTH) return `has a name of more than ${ENTRY_NAME_LENGTH} characters`;
  if (/[\p{C}\\:]/u.test(name)) return 'has a name with a backslash, a colon or an invisible character';
  const segments = (isFolder(name) ? name.slice(0, -1) : name).split('/');
  const isInside = segments.every((segment) => segment !== '' && segment !== '.' && segment !== '..');
  return isInside ? undefined : 'has a name that leads out of the archive';
}

/** The name of the first entry that unpacks to the place of another, also where case is ignored; undefined for none. */
export function clashingName(names: readonly string[]): string | undefined {
  const files = new Set<string>();
  const folders = new Set<string>();
  for (const name of names) {
    const place = placeOf(name);
    const above = foldersAbove(place);
    const isTaken =
      files.has(place) || (folders.has(place) && !isFolder(name)) || above.some((each) => files.has(each));
    if (isTaken) return name;
    for (const each of isFolder(name) ? [...above, place] : above) folders.add(each);
    if (!isFolder(name)) files.add(place);
  }
  return undefined;
}

/** The name of the first entry whose bytes in the archive belong to another one too, or to the list of entries. */
export function overlappingName(entries: readonly ArchiveEntry[], listStart: number): string | undefined {
  const sorted = entries.toSorted((a, b) => a.headerStart - b.headerStart);
  return sorted.find(({ dataStart, packedBytes }, index) => {
    const next = sorted[index + 1]?.headerStart ?? listStart;
    return dataStart + packedBytes > Math.min(next, listStart);
  })?.name;
}

/** Whether an entry is a folder. */
export function isFolder(name: string): boolean {
  return name.endsWith('/');
}

const [STORED, DEFLATED] = [0, 8];
/** The flags of encrypted data, of strong encryption, and of an encrypted list of entries. */
const ENCRYPTED = 0x2041;
/** The flag of a header whose checksum and sizes stand behind the data. */
const SIZES_FOLLOW = 0x8;
const [FILE_KIND, REGULAR_FILE, FOLDER] = [0o170000, 0o100000, 0o040000];
/** The extra field with another name of the entry, which not every program reads. */
const SECOND_NAME = 0x7075;

function placeOf(name: string): string {
  return (isFolder(name) ? name.slice(0, -1) : name).normalize('NFC').toLowerCase();
}

function foldersAbove(place: string): readonly string[] {
  const segments = place.split('/');
  return segments.slice(1).map((_segment, index) => segments.slice(0, index + 1).join('/'));
}
