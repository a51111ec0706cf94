import { builder, enumeration } from '../../platform/graphql/builder.ts';
import { costs } from '../../platform/read/field-extensions.ts';
import { QUALITY_AND_AUDITORS } from '../../platform/rules/access.ts';
import { decodeGlobalId } from '../../platform/values/global-id.ts';
import { StorageLocation } from '../../quality/artifact/artifact.graphql.ts';
import { type ArtifactCheck, checkArtifact } from './artifact-check.commands.ts';
import { CONTENT_PROBLEMS } from './artifact-check.rules.ts';

const ContentProblem = enumeration(
  'ContentProblem',
  CONTENT_PROBLEMS,
  'Why a content is not known to be what it was.',
  {
    NOT_STORED: 'It is kept elsewhere, or its time at TEMPORARY is over.',
    MISSING: 'The file store does not have it.',
    WRONG_SIZE: 'It has another size.',
    WRONG_CHECKSUM: 'It has another SHA-256.',
  },
);

const Check = builder.objectRef<ArtifactCheck>('ArtifactCheck').implement({
  description: 'What was found when the content of an artifact was read again (ART-2).',
  fields: (t) => ({
    isIntact: t.exposeBoolean('isIntact', {
      nullable: true,
      description: 'Whether size and SHA-256 are those of the record; null for a content that is not stored here.',
    }),
    reason: t.expose('reason', {
      type: ContentProblem,
      nullable: true,
      description: 'What is wrong; null when nothing is.',
    }),
    sizeBytes: t.expose('sizeBytes', {
      type: 'BigInt',
      nullable: true,
      description: 'The size that was found; null when nothing was.',
    }),
    checksumSha256: t.exposeString('checksumSha256', {
      nullable: true,
      description: 'The SHA-256 that was found; null when nothing was.',
    }),
    storageLocation: t.expose('storageLocation', { type: StorageLocation, description: 'Where it was looked for.' }),
  }),
});

/** The cost of a check: an operation makes few of them. */
const CHECK_COST = 5_000;

builder.queryField('verifyArtifact', (t) =>
  t.field({
    type: Check,
    nullable: true,
    description:
      'Reads the content of an artifact again and compares it with its record (ART-2); null when there is no such artifact. Asking leaves an entry (AUD-6). `lotgraph files verify` checks all of them.',
    extensions: costs(CHECK_COST),
    authScopes: { may: QUALITY_AND_AUDITORS },
    args: { id: t.arg.id({ required: true, description: 'Id of the artifact.' }) },
    resolve: (_root, { id }, context) => {
      const found = decodeGlobalId(id);
      return found?.type === 'Artifact' ? checkArtifact(context, found.id) : null;
    },
  }),
);
