import { z } from 'zod';
import { defectId } from '../defect/defect.shapes.ts';
import { inspectionId } from '../inspection/inspection.shapes.ts';
import { type JsonObject, jsonObject } from '../../platform/input/json-schemas.ts';
import {
  expectedVersion,
  globalId,
  line,
  list,
  matching,
  oneOf,
  optional,
  optionalUpdate,
  reason,
  refineTo,
  withDefault,
} from '../../platform/input/schemas.ts';
import { type Answer, rejectionsIn } from '../../platform/rules/rejection.ts';
import { STORAGE_LOCATIONS } from '../../platform/values/storage-location.ts';
import {
  ARTIFACT_LENGTHS as LENGTHS,
  ARTIFACT_METADATA_BYTES,
  ARTIFACT_TYPES,
  checksumFits,
  contentTypeFits,
  fileNameIsSafe,
  MOST_TAGS,
  normalizedTag,
  normalizedTags,
} from './artifact.rules.ts';

/** The id of an artifact. */
export const artifactId = globalId('Artifact');

const checksum = matching(/^[0-9a-f]{64}$/, '64 hexadecimal digits, a SHA-256', (text) => text.trim().toLowerCase(), {
  rule: 'ART-2',
});

const contentType = matching(
  new RegExp(
    String.raw`^(?=.{1,${LENGTHS.contentType}}$)[\w!#$&^.+-]+/[\w!#$&^.+-]+(?: *; *[\w-]+=(?:[\w.+-]+|"[\w .+-]*"))*$`,
  ),
  'a media type of at most 100 characters, such as image/png',
  (text) => text.trim(),
  { rule: 'ART-3' },
);

const tag = refineTo(z.string(), (text) => {
  const value = normalizedTag(text);
  const length = [...value].length;
  return length >= 1 && length <= LENGTHS.tag && !/[\p{C}\p{Zl}\p{Zp}]/u.test(value)
    ? { value }
    : { message: `must be 1 to ${LENGTHS.tag} visible characters.` };
});
const tags = list(tag, MOST_TAGS).transform(normalizedTags);

const metadata: z.ZodType<JsonObject> = refineTo(jsonObject, (value) => {
  const bytes = Buffer.byteLength(JSON.stringify(value));
  return bytes > ARTIFACT_METADATA_BYTES
    ? { message: `must have at most ${ARTIFACT_METADATA_BYTES} bytes as JSON, but has ${bytes}.` }
    : { value };
});

/** What a variable of the type `Upload` says of its file (platform/request/uploads.ts). */
const upload = z.strictObject(
  { fileName: z.string(), contentType: z.string(), sha256: z.string().nullable() },
  { error: 'must be a file of a multipart request.' },
);

const described = {
  inspection: inspectionId,
  type: oneOf(ARTIFACT_TYPES),
  fileName: optional(z.string()),
  contentType: optional(contentType),
  tags,
  inferenceJob: optional(globalId('InferenceJob')),
  defect: optional(defectId),
};

/** The input of `uploadArtifact`. Name and content type are those of the file unless they are given. */
export const UploadArtifact = obeying(
  z
    .strictObject({
      ...described,
      file: upload,
      checksumSha256: optional(checksum),
      metadata: withDefault(metadata, {}),
    })
    .transform((input) => ({
      ...input,
      fileName: input.fileName ?? input.file.fileName,
      contentType: input.contentType ?? input.file.contentType,
    })),
  ({ fileName, type, contentType: given, file, checksumSha256 }) => [
    fileNameIsSafe(fileName),
    contentTypeFits(type, given),
    file.sha256 === null ? undefined : checksumFits(checksumSha256, file.sha256),
  ],
);

/** The input of `registerArtifact`: a content that is kept elsewhere, which nobody here has seen. */
export const RegisterArtifact = obeying(
  z.strictObject({
    ...described,
    fileName: z.string(),
    contentType,
    address: line(LENGTHS.address),
    sizeBytes: matching(/^(?:0|[1-9]\d{0,17})$/, 'a number of bytes', (text) => text.trim()),
    checksumSha256: checksum,
    metadata: withDefault(metadata, {}),
  }),
  ({ fileName, type, contentType: given }) => [fileNameIsSafe(fileName), contentTypeFits(type, given)],
);

/** The input of `requestUpload`: what the ticket of an upload says. It is short, because it becomes an address. */
export const RequestUpload = obeying(
  z.strictObject({ ...described, fileName: z.string(), contentType, checksumSha256: optional(checksum) }),
  ({ fileName, type, contentType: given }) => [fileNameIsSafe(fileName), contentTypeFits(type, given)],
);

/** The input of `updateArtifact`. */
export const UpdateArtifact = z.strictObject({
  id: artifactId,
  tags: optionalUpdate(tags),
  metadata: optionalUpdate(metadata),
  expectedVersion,
});

/** The input of `moveArtifact`. */
export const MoveArtifact = z.strictObject({
  id: artifactId,
  storageLocation: oneOf(STORAGE_LOCATIONS),
  expectedVersion,
});

/** The input of `deleteArtifact`. */
export const DeleteArtifact = z.strictObject({ id: artifactId, reason, expectedVersion });

/** An input whose values obey rules that need nothing but the input. */
function obeying<Value>(schema: z.ZodType<Value>, rules: (value: Value) => readonly Answer[]): z.ZodType<Value> {
  return schema.transform((value, context) => {
    for (const { code, message, path, rule } of rejectionsIn(rules(value)))
      context.issues.push({
        code: 'custom',
        input: value,
        message,
        path: [...path],
        params: { rule, rejection: code, isSentence: true },
      });
    return value;
  });
}
