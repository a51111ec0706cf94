import { v7 as uuid7 } from 'uuid';
import { lockDefect } from '../defect/defect.commands.ts';
import { lockInspection } from '../inspection/inspection.commands.ts';
import { command } from '../../platform/command/declaration.ts';
import { enforce, found, isCurrent, reject } from '../../platform/command/rejection.ts';
import { definedFields, type Lock, lockRow } from '../../platform/command/row-lock.ts';
import type { StoredFile } from '../../platform/file-store/file-store.ts';
import { holdContent, removeUnreferred } from '../../platform/file-store/references.ts';
import { LIMITS } from '../../platform/process/limits.ts';
import { signTicket } from '../../platform/security/signed-address.ts';
import { instantOfSeconds } from '../../platform/values/time.ts';
import type { JsonObject } from '../../platform/input/json-schemas.ts';
import type { Tx } from '../../platform/postgres/client.ts';
import { identifier, sql } from '../../platform/postgres/sql.ts';
import type { Row } from '../../platform/postgres/table.ts';
import type { Context } from '../../platform/request/context.ts';
import { receivedOf } from '../../platform/request/uploads.ts';
import { LEADS, personOf, QUALITY_AND_STATION } from '../../platform/rules/access.ts';
import { rejection } from '../../platform/rules/rejection.ts';
import type { StorageLocation } from '../../platform/values/storage-location.ts';
import { artifacts } from './artifact.loaders.ts';
import {
  type ArtifactType,
  archivedAtOf,
  fileIsNotTooLarge,
  mayBeDeleted,
  isFileNameFree,
  isMovable,
  isOfInspection,
} from './artifact.rules.ts';
import {
  DeleteArtifact,
  MoveArtifact,
  RegisterArtifact,
  RequestUpload,
  UpdateArtifact,
  UploadArtifact,
} from './artifact.shapes.ts';
import { ticketText } from './upload-ticket.shapes.ts';

/** ART-1 to ART-4: Stores a file that came with the request, and makes its artifact. */
export const uploadArtifact = command({
  name: 'uploadArtifact',
  action: 'artifact.uploaded',
  description:
    'Stores a file as evidence of an inspection, in any status of it. The server computes its SHA-256; the content is never changed (ART-1 to ART-4).',
  access: QUALITY_AND_STATION,
  input: UploadArtifact,
  prepare: async ({ uploads }, { file }) =>
    file.sha256 === null ? undefined : receivedOf(uploads, file.sha256)?.keep(),
  async run({ tx, viewer, context }, { file, ...input }, stored) {
    enforce(fileIsNotTooLarge(file.sha256 === null, context.services.config.fileLimit));
    const content = stored ?? reject(NO_FILE);
    const artifact = await insertArtifact(tx, context, {
      ...input,
      checksumSha256: content.sha256,
      content,
      uploadedById: personOf(viewer),
    });
    return { artifact };
  },
});

/** ART-1 to ART-4: Gives a ticket with which the content of one artifact can be sent by PUT, for large files. */
export const requestUpload = command({
  name: 'requestUpload',
  action: 'artifact.uploadRequested',
  description:
    'Gives an address to which one file can be sent by PUT within an hour, for large files and for programs that send no multipart requests. The upload makes the artifact as `uploadArtifact` does (ART-1 to ART-4).',
  access: QUALITY_AND_STATION,
  input: RequestUpload,
  async run({ tx, now, viewer, context }, input) {
    await judgeArtifact(tx, input);
    const seconds = Math.floor(Date.parse(now) / 1_000) + LIMITS.files.ticketSeconds;
    const ticket = signTicket(context.services.config.tokenSecret, ticketText(viewer, uuid7(), input), seconds);
    return { uploadUrl: `/files/upload/${ticket}`, expiresAt: instantOfSeconds(seconds) };
  },
});

/** ART-1 to ART-3: Makes the artifact of a content that is kept elsewhere. */
export const registerArtifact = command({
  name: 'registerArtifact',
  action: 'artifact.registered',
  description:
    'Notes evidence that is kept elsewhere, by its address, size and SHA-256. It can be neither downloaded nor verified here (ART-1 to ART-3).',
  access: QUALITY_AND_STATION,
  input: RegisterArtifact,
  async run({ tx, viewer, context }, { address, sizeBytes, ...input }) {
    const content = { address, sizeBytes: BigInt(sizeBytes) };
    return { artifact: await insertArtifact(tx, context, { ...input, content, uploadedById: personOf(viewer) }) };
  },
});

/** Changes what is said of an artifact. Its content, name and type stay. */
export const updateArtifact = command({
  name: 'updateArtifact',
  action: 'artifact.updated',
  description:
    'Changes the tags and the metadata of an artifact, in any status of its inspection. Its content never changes.',
  access: QUALITY_AND_STATION,
  input: UpdateArtifact,
  async run({ tx }, { id, expectedVersion, tags, metadata }) {
    const artifact = await lockArtifact(tx, id, 'NO KEY UPDATE');
    enforce(isCurrent(artifact, expectedVersion, { artifact: id }));
    await tx.artifact.update({ where: { id }, data: definedFields({ tags: tags && [...tags], metadata }) });
    return { artifact: id };
  },
});

/** ART-5: Moves the content of an artifact to another location. */
export const moveArtifact = command({
  name: 'moveArtifact',
  action: 'artifact.moved',
  description:
    'Moves the content of an artifact to another location. ARCHIVE and COLD_STORAGE stamp `archivedAt`, the others clear it (ART-5).',
  access: QUALITY_AND_STATION,
  input: MoveArtifact,
  async run({ tx, now, context }, { id, storageLocation, expectedVersion }) {
    const artifact = await lockArtifact(tx, id, 'NO KEY UPDATE');
    enforce(isCurrent(artifact, expectedVersion, { artifact: id }), isMovable(artifact));
    const { storageKey: key, storageLocation: from } = artifact;
    if (key === null || from === storageLocation) return { artifact: id, vacated: null };
    await holdContent(tx, key);
    const isCopied = await context.services.files.copy(key, from, storageLocation);
    if (!isCopied)
      reject(rejection('ART-5', 'id', `The content of ${artifact.fileName} is missing; restore it from a backup.`));
    const archivedAt = archivedAtOf(storageLocation, now);
    await tx.artifact.update({ where: { id }, data: { storageLocation, archivedAt } });
    return { artifact: id, vacated: { key, location: from } };
  },
});

/** ART-6: Deletes an artifact. Its content goes with the next sweep, unless another record has the same. */
export const deleteArtifact = command({
  name: 'deleteArtifact',
  action: 'artifact.deleted',
  description:
    'Deletes an artifact, unless its inspection is COMPLETED or an inference job has it as input. Its content goes with a later sweep (ART-6).',
  access: LEADS,
  input: DeleteArtifact,
  async run({ tx }, { id, expectedVersion }) {
    const inspectionId = await inspectionOf(tx, id);
    const inspection = await lockInspection(tx, inspectionId, 'SHARE');
    const artifact = await lockArtifact(tx, id, 'UPDATE');
    const jobs = await jobsWithInput(tx, id);
    enforce(
      isCurrent(artifact, expectedVersion, { artifact: id }),
      mayBeDeleted(artifact, { inspectionStatus: inspection.status, jobs }),
    );
    await tx.artifact.delete({ where: { id } });
    return { deletedId: id };
  },
});

/** An artifact that is made: its content is in the file store, or elsewhere at an address. */
export interface NewArtifact {
  readonly inspection: string;
  readonly inferenceJob?: string | undefined;
  readonly defect?: string | undefined;
  readonly type: ArtifactType;
  readonly fileName: string;
  readonly contentType: string;
  readonly checksumSha256: string;
  readonly content: StoredFile | { readonly address: string; readonly sizeBytes: bigint };
  readonly tags: readonly string[];
  readonly metadata: JsonObject;
  readonly uploadedById: string | null;
}

/** A step: locks the inspection, so that evidence is never of one that does not exist, and makes the artifact. */
export async function insertArtifact(
  tx: Tx,
  { services }: Pick<Context, 'services'>,
  { inspection, inferenceJob, defect, content, tags, ...fields }: NewArtifact,
): Promise<string> {
  await judgeArtifact(tx, { inspection, inferenceJob, defect, fileName: fields.fileName });
  const isStored = 'key' in content;
  if (isStored) {
    await holdContent(tx, content.key);
    // The sweep may have taken a content that was stored long ago and is stored again now.
    if (!(await services.files.exists(content.key))) reject(GONE);
  }
  const id = uuid7();
  await tx.artifact.create({
    data: {
      ...fields,
      id,
      inspectionId: inspection,
      inferenceJobId: inferenceJob ?? null,
      defectId: defect ?? null,
      tags: [...tags],
      isStored,
      storageKey: isStored ? content.key : content.address,
      sizeBytes: BigInt(content.sizeBytes),
    },
  });
  return id;
}

/**
 * A step: locks artifacts of an inspection in the order of their ids: SHARE so that none is deleted while a job takes
 * them as input, NO KEY UPDATE before they change. Returns those that the inspection has, in the given order.
 */
export async function lockArtifactsOf(
  tx: Tx,
  inspectionId: string,
  ids: readonly string[],
  lock: Lock,
): Promise<readonly Row<'Artifact'>[]> {
  if (ids.length === 0) return [];
  const rows = await tx.query<Row<'Artifact'>>(
    sql`SELECT ${artifacts.columns} FROM artifacts t WHERE t.inspection_id = ${inspectionId}::uuid AND t.id = ANY(${[...ids]}::uuid[]) ORDER BY t.id FOR ${identifier(lock)}`,
  );
  const byId = new Map(rows.map((row) => [row.id, row]));
  return ids.flatMap((id) => byId.get(id) ?? []);
}

/** A step: notes on locked artifacts that a job of their inspection made them. */
export async function noteMadeBy(tx: Tx, inferenceJobId: string, ids: readonly string[]): Promise<void> {
  await tx.artifact.updateMany({ where: { id: { in: [...ids] } }, data: { inferenceJobId } });
}

/** A step: notes on locked artifacts which defects of their inspection they show. */
export async function noteShows(
  tx: Tx,
  shown: readonly { readonly artifact: string; readonly defect: string }[],
): Promise<void> {
  if (shown.length === 0) return;
  await tx.sql`
    UPDATE artifacts t SET defect_id = shown.defect
    FROM jsonb_to_recordset(${JSON.stringify(shown)}::jsonb) AS shown(artifact uuid, defect uuid)
    WHERE t.id = shown.artifact`;
}

/** After a move was committed: removes the content from where it was, unless another record has the same content there. */
export async function leavePlace({ services }: Pick<Context, 'services'>, place: VacatedPlace): Promise<void> {
  await services.database.transaction((tx) => removeUnreferred(tx, services.files, place));
}

type JudgedArtifact = Pick<NewArtifact, 'inspection' | 'inferenceJob' | 'defect' | 'fileName'>;

/** Locks what an artifact refers to, and judges whether the artifact fits. */
async function judgeArtifact(tx: Tx, { inspection, inferenceJob, defect, fileName }: JudgedArtifact): Promise<void> {
  await lockInspection(tx, inspection, 'SHARE', 'inspection');
  const shown = defect === undefined ? undefined : await lockDefect(tx, defect, 'SHARE', 'defect');
  const job = inferenceJob === undefined ? undefined : await jobOf(tx, inferenceJob);
  const namesake = await tx.artifact.findFirst({ where: { inspectionId: inspection, fileName } });
  enforce(
    isOfInspection('defect', inspection, shown),
    isOfInspection('inferenceJob', inspection, job),
    isFileNameFree(fileName, namesake),
  );
}

const NO_FILE = rejection(
  'INVALID_INPUT',
  'file',
  'The file must come with this request, as multipart/form-data (GraphQL multipart request specification).',
);
const GONE = rejection('CONFLICT', 'file', 'The stored content was just removed by the sweep; send the file again.');

async function lockArtifact(tx: Tx, id: string, lock: Lock): Promise<Row<'Artifact'>> {
  return lockRow(tx, artifacts, { reference: { key: 'id', value: id }, lock, path: 'id', what: 'Artifact' });
}

async function inspectionOf(tx: Tx, id: string): Promise<string> {
  const artifact = await tx.artifact.findUnique({ where: { id } });
  return found(artifact, 'id', 'Artifact with this id').inspectionId;
}

async function jobOf(tx: Tx, id: string): Promise<{ readonly inspectionId: string }> {
  const [job] = await tx.query<{ inspectionId: string }>(
    sql`SELECT inspection_id AS "inspectionId" FROM inference_jobs WHERE id = ${id}::uuid FOR SHARE`,
  );
  return found(job, 'inferenceJob', 'Inference job with this id');
}

async function jobsWithInput(tx: Tx, id: string): Promise<number> {
  const [row] = await tx.query<{ count: number }>(
    sql`SELECT count(*)::int AS count FROM inference_jobs WHERE input_artifact_ids @> ${JSON.stringify([id])}::jsonb`,
  );
  return row?.count ?? 0;
}

/** A place of the file store that a move has left. */
export interface VacatedPlace {
  readonly key: string;
  readonly location: StorageLocation;
}
