import { defectTarget } from '../defect/defect.loaders.ts';
import { inspectionTarget } from '../inspection/inspection.loaders.ts';
import { declareFileReferences } from '../../platform/file-store/references.ts';
import { sql } from '../../platform/postgres/sql.ts';
import { type Row, table } from '../../platform/postgres/table.ts';
import { connection } from '../../platform/read/connection.ts';
import * as filter from '../../platform/read/filter.ts';
import { order } from '../../platform/read/keyset.ts';
import { byId } from '../../platform/read/loader.ts';
import { relationFilter, type ListedTarget } from '../../platform/read/relation-filter.ts';
import type { Context } from '../../platform/request/context.ts';
import { downloadUrl } from '../../platform/request/download.ts';
import { STORAGE_LOCATIONS } from '../../platform/values/storage-location.ts';
import { ARTIFACT_TYPES, normalizedTag } from './artifact.rules.ts';

/** The table of artifacts. */
export const artifacts = table('Artifact', 'artifacts');

/** Loads artifacts by id. */
export const artifactById = byId(artifacts);

declareFileReferences(
  'Artifact',
  'artifacts',
  sql`SELECT id, storage_key AS key, storage_location::text AS location, size_bytes FROM artifacts WHERE is_stored AND storage_key IS NOT NULL`,
);

const { column } = artifacts;

/** The list of artifacts, with its filter and orders. */
export const artifactList = connection({
  table: artifacts,
  filter: {
    inspection: relationFilter(inspectionTarget, column('inspectionId'), 'The inspection that it belongs to.'),
    defect: relationFilter(defectTarget, column('defectId'), 'The defect that it shows.'),
    type: filter.enumFilter(ARTIFACT_TYPES, column('type'), 'What kind of evidence it is.'),
    fileName: filter.textFilter(column('fileName'), 'The name of the file.'),
    storageLocation: filter.enumFilter(STORAGE_LOCATIONS, column('storageLocation'), 'Where the content is kept.'),
    checksumSha256: filter.keyFilter(
      column('checksumSha256'),
      (text) => text.trim().toLowerCase(),
      'SHA-256 of the content: 64 hexadecimal digits in any case.',
    ),
    tags: filter.allOfFilter(
      column('tags'),
      normalizedTag,
      'All of these tags; the empty list matches everything (ART-7).',
    ),
    createdAt: filter.instantFilter(column('createdAt'), 'When the record was made (UTC).'),
  },
  orders: {
    CREATED_AT: order('By when the record was made.', {
      field: 'createdAt',
      column: column('createdAt'),
      cast: 'timestamptz',
    }),
    FILE_NAME: order('By the name of the file.', { field: 'fileName', column: column('fileName'), cast: 'text' }),
  },
  defaultOrder: [{ field: 'CREATED_AT', direction: 'DESC' }],
});

/** Artifacts as filters take them. They have no natural key. */
export const artifactTarget: ListedTarget = { name: 'Artifact', what: 'an artifact', keys: {}, list: artifactList };

/** The signed path of the content; null when the file store does not have it. */
export function downloadUrlOf({ id, isStored, storageKey }: Row<'Artifact'>, context: Context): string | null {
  return isStored && storageKey !== null ? downloadUrl(context, 'Artifact', id) : null;
}
