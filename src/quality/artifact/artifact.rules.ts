import { present } from '../../platform/values/assert.ts';
import type { InspectionStatus } from '../inspection/inspection.rules.ts';
import type { Answer } from '../../platform/rules/rejection.ts';
import { rejection } from '../../platform/rules/rejection.ts';
import type { StorageLocation } from '../../platform/values/storage-location.ts';
import type { Instant } from '../../platform/values/time.ts';

/** The kinds of evidence. */
export const ARTIFACT_TYPES = ['IMAGE', 'VIDEO', 'MEASUREMENT', 'DOCUMENT', 'LOG', 'MODEL_OUTPUT'] as const;
/** A kind of evidence. */
export type ArtifactType = (typeof ARTIFACT_TYPES)[number];

/** The largest numbers of characters of the texts of an artifact. */
export const ARTIFACT_LENGTHS = { fileName: 255, contentType: 100, address: 200, tag: 50 } as const;
/** The most artifacts that can be named for one finding when it is recorded. */
export const ARTIFACTS_PER_FINDING = 20;
/** The most tags of an artifact. */
export const MOST_TAGS = 30;
/** The largest size of the metadata, in bytes of its JSON text. */
export const ARTIFACT_METADATA_BYTES = 10_000;
/** ART-5: The days for which a content at TEMPORARY is kept at least. */
export const TEMPORARY_DAYS = 7;

/** ART-3: The content types of each kind of evidence. A type that ends with `/*` stands for all of its family. */
export const CONTENT_TYPES: Readonly<Record<ArtifactType, readonly string[]>> = {
  IMAGE: ['image/*'],
  VIDEO: ['video/*'],
  MEASUREMENT: ['application/json', 'text/csv'],
  DOCUMENT: ['application/pdf', 'text/plain', 'text/markdown', 'text/html'],
  LOG: ['text/plain', 'application/json', 'application/x-ndjson'],
  MODEL_OUTPUT: ['application/json', 'application/octet-stream', 'image/*'],
};

/**
 * ART-1: A file name is safe on every system: not a path, not a device, not hidden, and it reads as it is written. It is
 * refused and never repaired, because two names that are repaired may become one.
 */
export function fileNameIsSafe(fileName: string): Answer {
  const problem = problemInFileName(fileName);
  return problem === undefined
    ? undefined
    : rejection('ART-1', 'fileName', `The file name ${problem}.`, 'INVALID_INPUT');
}

function problemInFileName(name: string): string | undefined {
  const length = [...name].length;
  if (length === 0) return 'must not be empty';
  if (length > ARTIFACT_LENGTHS.fileName)
    return `must have at most ${ARTIFACT_LENGTHS.fileName} characters, but has ${length}`;
  const [character] = UNSAFE_CHARACTER.exec(name) ?? [];
  if (character !== undefined) return `must not contain ${inWords(character)}`;
  if (name.includes('..')) return 'must not contain two points in a row';
  if (name.startsWith('.')) return 'must not begin with a point';
  if (/^ |[. ]$/.test(name)) return 'must not begin with a space, or end with a space or a point';
  if (DEVICE.test(name)) return 'must not be the name of a device of Windows, such as NUL or COM1';
  return undefined;
}

/** Separators, characters that a shell or a file system reads as something else, and everything that is invisible. */
const UNSAFE_CHARACTER = /[/\\<>:"|?*]|[\p{Cc}\p{Cf}\p{Cs}\p{Zl}\p{Zp}]/u;
const DEVICE = /^(?:con|prn|aux|nul|com[0-9¹²³]|lpt[0-9¹²³]|conin\$|conout\$) *(?:\.|$)/i;

function inWords(character: string): string {
  const point = present(character.codePointAt(0), 'The first character').toString(16).toUpperCase().padStart(4, '0');
  return /\p{C}|\p{Z}/u.test(character) ? `the invisible character U+${point}` : character;
}

/** ART-2: A declared checksum is that of the content, which the server computes. */
export function checksumFits(declared: string | undefined, actual: string): Answer {
  if (declared === undefined || declared === actual) return undefined;
  const message = `The content has the SHA-256 ${actual}, not ${declared}; it was changed on its way, or another file was sent.`;
  return rejection('ART-2', 'checksumSha256', message, 'INVALID_INPUT');
}

/** ART-3: The content type fits the kind of evidence. Parameters, such as a charset, and case do not matter. */
export function contentTypeFits(type: ArtifactType, contentType: string): Answer {
  const essence = contentType.replace(/;.*$/s, '').trim().toLowerCase();
  const isAllowed = CONTENT_TYPES[type].some((allowed) =>
    allowed.endsWith('/*') ? essence.startsWith(allowed.slice(0, -1)) : essence === allowed,
  );
  if (isAllowed) return undefined;
  const message = `The content type ${contentType} is not one of ${type}, which takes ${CONTENT_TYPES[type].join(', ')}.`;
  return rejection('ART-3', 'contentType', message, 'INVALID_INPUT');
}

/** ART-4: A file has at most as many bytes as the process is set to. */
export function fileIsNotTooLarge(isTooLarge: boolean, mostBytes: number): Answer {
  if (!isTooLarge) return undefined;
  return rejection(
    'ART-4',
    'file',
    `The file has more than ${mostBytes} bytes, which is the limit here.`,
    'LIMIT_EXCEEDED',
  );
}

/** An artifact as messages name it. */
export interface NamedArtifact {
  readonly fileName: string;
}

/** ART-1: A file name is given once in an inspection. Names that differ in case are different. */
export function isFileNameFree(fileName: string, existing: NamedArtifact | null): Answer {
  if (existing === null) return undefined;
  return rejection(
    'ART-1',
    'fileName',
    `The inspection has a file ${fileName} already; give this one another name.`,
    'CONFLICT',
  );
}

/** ART-6: The job and the defect of an artifact are of its inspection. */
export function isOfInspection(
  path: 'inferenceJob' | 'defect',
  inspectionId: string,
  record: { readonly inspectionId: string } | undefined,
): Answer {
  if (record === undefined || record.inspectionId === inspectionId) return undefined;
  const what = path === 'defect' ? 'defect' : 'inference job';
  return rejection('ART-6', path, `The ${what} is of another inspection; name one of the same inspection.`);
}

/**
 * ART-6: The artifacts that are named for findings are of the inspection of the findings, and each shows one finding.
 * `named` has the ids for each finding, `artifacts` those of the inspection.
 */
export function mayShowFindings(
  named: readonly (readonly string[])[],
  artifacts: readonly (NamedArtifact & { readonly id: string; readonly defectId: string | null })[],
): readonly Answer[] {
  const byId = new Map(artifacts.map((artifact) => [artifact.id, artifact]));
  const seen = new Set<string>();
  return named.flatMap((ids, finding) =>
    ids.map((id, index) => {
      const path = `defects.${finding}.artifacts.${index}`;
      const artifact = byId.get(id);
      if (artifact === undefined)
        return rejection(
          'ART-6',
          path,
          'The inspection has no artifact with this id; name one of the same inspection.',
        );
      if (artifact.defectId !== null)
        return rejection('ART-6', path, `${artifact.fileName} shows another finding already.`);
      if (seen.has(id)) return rejection('ART-6', path, `${artifact.fileName} is named twice; it shows one finding.`);
      seen.add(id);
      return undefined;
    }),
  );
}

/** ART-5: Only a content that the file store has can be moved. */
export function isMovable(
  artifact: NamedArtifact & { readonly isStored: boolean; readonly storageKey: string | null },
): Answer {
  if (artifact.isStored && artifact.storageKey !== null) return undefined;
  const why = artifact.isStored ? 'its content was removed' : 'its content is kept elsewhere';
  return rejection('ART-5', 'id', `${artifact.fileName} cannot be moved: ${why}.`);
}

/** ART-5: When an artifact counts as archived after a move at this time; null outside of the archives. */
export function archivedAtOf(location: StorageLocation, now: Instant): Instant | null {
  return location === 'ARCHIVE' || location === 'COLD_STORAGE' ? now : null;
}

/** ART-6: What decides whether evidence may go. */
export interface EvidenceUse {
  readonly inspectionStatus: InspectionStatus;
  /** How many inference jobs have it as input. */
  readonly jobs: number;
}

/** ART-6: Evidence of a COMPLETED inspection, and the input of a job, are not deleted. */
export function mayBeDeleted({ fileName }: NamedArtifact, { inspectionStatus, jobs }: EvidenceUse): readonly Answer[] {
  return [
    inspectionStatus === 'COMPLETED'
      ? rejection('ART-6', 'id', `${fileName} is evidence of a COMPLETED inspection and is kept.`)
      : undefined,
    jobs > 0 ? rejection('ART-6', 'id', `${fileName} is the input of ${jobs} inference jobs and is kept.`) : undefined,
  ];
}

/** The tag as it is stored and compared: trimmed, in lower case. */
export function normalizedTag(tag: string): string {
  return tag.trim().normalize('NFC').toLowerCase();
}

/** Tags as they are stored: each once, sorted. */
export function normalizedTags(tags: readonly string[]): readonly string[] {
  return [...new Set(tags.map(normalizedTag))].toSorted();
}
