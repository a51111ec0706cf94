import { recordAuditAccess } from '../audit/evidence.commands.ts';
import { readAgain } from '../../platform/file-store/check.ts';
import type { Context } from '../../platform/request/context.ts';
import type { StorageLocation } from '../../platform/values/storage-location.ts';
import { artifactById } from '../../quality/artifact/artifact.loaders.ts';
import { contentProblem, type ContentProblem } from './artifact-check.rules.ts';

/** What was found when the content of an artifact was read again. */
export interface ArtifactCheck {
  /** Null for a content that is not stored here. */
  readonly isIntact: boolean | null;
  readonly reason: ContentProblem | null;
  /** What was found; null when nothing was. */
  readonly sizeBytes: string | null;
  readonly checksumSha256: string | null;
  readonly storageLocation: StorageLocation;
}

/** ART-2, AUD-6: Reads the content of an artifact again; null when there is no such artifact. */
export async function checkArtifact(context: Context, id: string): Promise<ArtifactCheck | null> {
  const artifact = await artifactById.load(context, id);
  if (artifact === null) return null;
  await recordAuditAccess(context, {
    operation: 'VIEW',
    action: 'artifact.verified',
    entity: 'artifacts',
    recordId: id,
  });
  const { isStored, storageKey, storageLocation } = artifact;
  const isHere = isStored && storageKey !== null;
  const found = isHere ? await readAgain(context.services.files, storageKey, storageLocation) : undefined;
  const reason = contentProblem(artifact, isHere, found);
  return {
    isIntact: isHere ? reason === null : null,
    reason,
    sizeBytes: found === undefined ? null : String(found.sizeBytes),
    checksumSha256: found?.sha256 ?? null,
    storageLocation,
  };
}
