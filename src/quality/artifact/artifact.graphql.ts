import { Defect } from '../defect/defect.graphql.ts';
import { defectById } from '../defect/defect.loaders.ts';
import { Inspection } from '../inspection/inspection.graphql.ts';
import { inspectionById } from '../inspection/inspection.loaders.ts';
import { User } from '../../identity/user/user.graphql.ts';
import { userById } from '../../identity/user/user.loaders.ts';
import { run } from '../../platform/command/run.ts';
import { asNode, builder, enumeration } from '../../platform/graphql/builder.ts';
import { connectionType } from '../../platform/graphql/connection-type.ts';
import {
  deletedIdField,
  loadById,
  mutation,
  mutationWith,
  type Payload,
  payloadOf,
} from '../../platform/graphql/mutation.ts';
import type { Row } from '../../platform/postgres/table.ts';
import { derived, optionalReference, reference } from '../../platform/read/field.ts';
import { issuedSecret } from '../../platform/request/notes.ts';
import { ANY } from '../../platform/rules/access.ts';
import { STORAGE_LOCATIONS } from '../../platform/values/storage-location.ts';
import {
  deleteArtifact,
  leavePlace,
  moveArtifact,
  registerArtifact,
  requestUpload,
  updateArtifact,
  uploadArtifact,
} from './artifact.commands.ts';
import { artifactById, artifactList, downloadUrlOf } from './artifact.loaders.ts';
import {
  ARTIFACT_LENGTHS as LENGTHS,
  ARTIFACT_TYPES,
  CONTENT_TYPES,
  MOST_TAGS,
  TEMPORARY_DAYS,
} from './artifact.rules.ts';

export const ArtifactType = enumeration('ArtifactType', ARTIFACT_TYPES, 'What kind of evidence a file is.', {
  IMAGE: 'A picture.',
  VIDEO: 'A film.',
  MEASUREMENT: 'Readings: JSON or CSV.',
  DOCUMENT: 'A text for people: PDF, plain text, Markdown or HTML.',
  LOG: 'What a program noted.',
  MODEL_OUTPUT: 'What a model made.',
});

export const StorageLocation = enumeration(
  'StorageLocation',
  STORAGE_LOCATIONS,
  'Where the content of an artifact is kept.',
  {
    PRIMARY: 'At hand.',
    ARCHIVE: 'Kept for long.',
    COLD_STORAGE: 'Kept for very long, slow to read.',
    TEMPORARY: `Kept for ${TEMPORARY_DAYS} days at least; may be removed after that.`,
  },
);

export const Artifact = builder.prismaObject('Artifact', {
  fields: (t) => ({
    inspection: t.field({
      type: Inspection,
      description: 'The inspection that it belongs to.',
      ...reference(inspectionById, 'inspectionId', 'The inspection of an artifact'),
    }),
    defect: t.field({
      type: Defect,
      nullable: true,
      description: 'The defect that it shows; null when it shows none in particular.',
      ...optionalReference(defectById, 'defectId'),
    }),
    type: t.expose('type', { type: ArtifactType }),
    fileName: t.exposeString('fileName'),
    contentType: t.exposeString('contentType'),
    sizeBytes: t.expose('sizeBytes', { type: 'BigInt' }),
    checksumSha256: t.exposeString('checksumSha256'),
    isStored: t.exposeBoolean('isStored'),
    address: t.string({
      nullable: true,
      description: 'Where the content is kept, for a content that is kept elsewhere; null for one in the file store.',
      ...derived(['isStored', 'storageKey'], ({ isStored, storageKey }: Row<'Artifact'>) =>
        isStored ? null : storageKey,
      ),
    }),
    storageLocation: t.expose('storageLocation', { type: StorageLocation }),
    archivedAt: t.expose('archivedAt', { type: 'DateTime', nullable: true }),
    tags: t.stringList({
      description: 'Words to find it by: in lower case, each once, sorted.',
      ...derived(['tags'], ({ tags }: Row<'Artifact'>) => [...tags]),
    }),
    metadata: t.expose('metadata', { type: 'JSONObject' }),
    downloadUrl: t.string({
      nullable: true,
      description:
        'The signed path at this server under which the content can be fetched for 5 minutes, without other credentials. Each download leaves an entry in the audit trail (AUD-6). Null when the file store does not have the content.',
      ...derived(['id', 'isStored', 'storageKey'], downloadUrlOf),
    }),
    uploadedBy: t.field({
      type: User,
      nullable: true,
      description: 'The person who uploaded it; null when a station or a service did.',
      ...optionalReference(userById, 'uploadedById'),
    }),
    createdAt: t.expose('createdAt', { type: 'DateTime' }),
    updatedAt: t.expose('updatedAt', { type: 'DateTime' }),
    version: t.exposeInt('version'),
  }),
});
asNode(Artifact, artifactById);

export const ArtifactConnection = connectionType({
  connection: artifactList,
  node: Artifact,
  name: 'Artifact',
  what: 'artifacts',
});
ArtifactConnection.root('artifacts', { access: ANY, description: 'The files that are evidence, the newest first.' });
ArtifactConnection.on(Inspection, 'artifacts', 'inspectionId', { description: 'The evidence of the inspection.' });
ArtifactConnection.on(Defect, 'artifacts', 'defectId', { description: 'The evidence that shows the defect.' });

const TYPES = ARTIFACT_TYPES.map((type) => `${type} ${CONTENT_TYPES[type].join(', ')}`).join('; ');
const DESCRIPTIONS = {
  inspection: 'The inspection that it belongs to, in any status.',
  type: 'What kind of evidence it is.',
  fileName: `The name of the file, 1 to ${LENGTHS.fileName} characters, unique in the inspection: no path, no device, nothing invisible (ART-1)`,
  contentType: `The media type of the content, at most ${LENGTHS.contentType} characters (ART-3): ${TYPES}`,
  checksum: 'SHA-256 of the content, 64 hexadecimal digits',
  tags: `Words to find it by: at most ${MOST_TAGS} of 1 to ${LENGTHS.tag} characters; kept in lower case, each once`,
  metadata: 'Anything else worth keeping, under free keys: at most 10,000 bytes as JSON.',
  inferenceJob: 'Id of the inference job that made it, of the same inspection.',
  defect: 'The defect that it shows, of the same inspection.',
} as const;

const artifactField = (description: string) => ({ type: Artifact, nullable: true, description }) as const;

mutation(uploadArtifact, {
  input: (t) => ({
    inspection: t.id({ required: true, description: DESCRIPTIONS.inspection }),
    file: t.field({
      type: 'Upload',
      required: true,
      description: 'The file: at most 50 MiB unless the process is set otherwise (ART-4).',
    }),
    fileName: t.string({ description: `${DESCRIPTIONS.fileName}. Default: the name in the upload.` }),
    type: t.field({ type: ArtifactType, required: true, description: DESCRIPTIONS.type }),
    contentType: t.string({ description: `${DESCRIPTIONS.contentType}. Default: that of the upload.` }),
    checksumSha256: t.string({
      description: `${DESCRIPTIONS.checksum}. When given, it must be that of the content (ART-2).`,
    }),
    tags: t.stringList({ description: `${DESCRIPTIONS.tags}.` }),
    metadata: t.field({ type: 'JSONObject', description: DESCRIPTIONS.metadata }),
    inferenceJob: t.id({ description: DESCRIPTIONS.inferenceJob }),
    defect: t.id({ description: DESCRIPTIONS.defect }),
  }),
  payload: (t) => ({
    artifact: t.field({
      ...artifactField('The new artifact.'),
      resolve: (p, _args, context, info) => loadById(artifactById, p.artifact, context, info),
    }),
  }),
});

mutation(requestUpload, {
  input: (t) => ({
    inspection: t.id({ required: true, description: DESCRIPTIONS.inspection }),
    fileName: t.string({ required: true, description: `${DESCRIPTIONS.fileName}.` }),
    type: t.field({ type: ArtifactType, required: true, description: DESCRIPTIONS.type }),
    contentType: t.string({ required: true, description: `${DESCRIPTIONS.contentType}.` }),
    checksumSha256: t.string({
      description: `${DESCRIPTIONS.checksum}. When given, it must be that of the content (ART-2).`,
    }),
    tags: t.stringList({ description: `${DESCRIPTIONS.tags}.` }),
    inferenceJob: t.id({ description: DESCRIPTIONS.inferenceJob }),
    defect: t.id({ description: DESCRIPTIONS.defect }),
  }),
  isIdempotent: false,
  payload: (t) => ({
    uploadUrl: t.string({
      nullable: true,
      description:
        'The path at this server to which the content is sent by PUT, without other credentials; null when it was refused.',
      resolve: ({ uploadUrl }, _args, context) => issuedSecret(context.notes, uploadUrl ?? null),
    }),
    expiresAt: t.field({
      type: 'DateTime',
      nullable: true,
      description: 'Until when the upload must have begun (UTC); null when it was refused.',
      resolve: ({ expiresAt }) => expiresAt ?? null,
    }),
  }),
});

mutation(registerArtifact, {
  input: (t) => ({
    inspection: t.id({ required: true, description: DESCRIPTIONS.inspection }),
    address: t.string({
      required: true,
      description: `Where the content is kept, 1 to ${LENGTHS.address} characters: an address that your people or programs understand.`,
    }),
    fileName: t.string({ required: true, description: `${DESCRIPTIONS.fileName}.` }),
    type: t.field({ type: ArtifactType, required: true, description: DESCRIPTIONS.type }),
    contentType: t.string({ required: true, description: `${DESCRIPTIONS.contentType}.` }),
    sizeBytes: t.field({ type: 'BigInt', required: true, description: 'Size of the content in bytes.' }),
    checksumSha256: t.string({ required: true, description: `${DESCRIPTIONS.checksum}, in any case (ART-2).` }),
    tags: t.stringList({ description: `${DESCRIPTIONS.tags}.` }),
    metadata: t.field({ type: 'JSONObject', description: DESCRIPTIONS.metadata }),
    inferenceJob: t.id({ description: DESCRIPTIONS.inferenceJob }),
    defect: t.id({ description: DESCRIPTIONS.defect }),
  }),
  payload: (t) => ({
    artifact: t.field({
      ...artifactField('The new artifact.'),
      resolve: (p, _args, context, info) => loadById(artifactById, p.artifact, context, info),
    }),
  }),
});

mutation(updateArtifact, {
  isVersioned: true,
  input: (t) => ({
    id: t.id({ required: true, description: 'Id of the artifact to change.' }),
    tags: t.stringList({ description: `${DESCRIPTIONS.tags}. They replace the former ones as a whole.` }),
    metadata: t.field({
      type: 'JSONObject',
      description: `${DESCRIPTIONS.metadata} It replaces the former as a whole.`,
    }),
  }),
  payload: (t) => ({
    artifact: t.field({
      ...artifactField('The changed artifact.'),
      resolve: (p, _args, context, info) => loadById(artifactById, p.artifact, context, info),
    }),
  }),
});

mutationWith(
  moveArtifact,
  {
    isVersioned: true,
    input: (t) => ({
      id: t.id({ required: true, description: 'Id of the artifact whose content is moved.' }),
      storageLocation: t.field({
        type: StorageLocation,
        required: true,
        description: 'Where the content is kept from now on.',
      }),
    }),
    payload: (t) => ({
      artifact: t.field({
        ...artifactField('The artifact with its new location.'),
        resolve: (p: Payload<{ readonly artifact: string }>, _args, context, info) =>
          loadById(artifactById, p.artifact, context, info),
      }),
    }),
  },
  async (input, context) => {
    const { output, errors } = await run(moveArtifact, input, context);
    if (output !== null && output.vacated !== null) await leavePlace(context, output.vacated);
    return payloadOf(output, errors);
  },
);

mutation(deleteArtifact, {
  isVersioned: true,
  hasReason: true,
  input: (t) => ({ id: t.id({ required: true, description: 'Id of the artifact to delete.' }) }),
  payload: (t) => ({ deletedId: deletedIdField(t, 'Artifact') }),
});
