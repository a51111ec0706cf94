import { AUDIT } from '../../platform/rules/access.ts';
import { builder, enumeration } from '../../platform/graphql/builder.ts';
import { parseArguments } from '../../platform/read/arguments.ts';
import { costs } from '../../platform/read/field-extensions.ts';
import { rejectQuery } from '../../platform/read/query-error.ts';
import { rejection } from '../../platform/rules/rejection.ts';
import { BREAKS, type Break } from './audit.rules.ts';
import { VerifyArguments } from './audit.shapes.ts';
import { recordAuditAccess } from './evidence.commands.ts';
import { verifyAlone, type Verification } from './verify.loaders.ts';

const AuditBreakKind = enumeration('AuditBreakKind', BREAKS, 'How the record is broken.', {
  BLOCK_MISSING: 'A block between others is not there.',
  CHAIN_BROKEN: 'A block was chained to another block than the one before it.',
  BLOCK_ALTERED: 'The content of a block does not give its hash.',
  POSITION_MISSING: 'A place is not there.',
  POSITION_ADDED: 'A place belongs to no block.',
  ENTRY_MISSING: 'A sealed entry was deleted.',
  ENTRY_ALTERED: 'A sealed entry was changed.',
  REORDERED: 'Entries changed places.',
  ANCHOR_MISSING: 'A block that was noted outside is not there: the end was lost, or an older copy put back.',
  ANCHOR_DIFFERS: 'A block has another hash than was noted outside.',
});

const AuditBreak = builder.objectRef<Break>('AuditBreak').implement({
  description: 'The first thing that is wrong with the record.',
  fields: (t) => ({
    kind: t.expose('kind', { type: AuditBreakKind, description: 'How it is broken.' }),
    blockNumber: t.exposeInt('blockNumber', { description: 'The block.' }),
    position: t.string({
      nullable: true,
      description: 'The position, as text; null when it is not about one.',
      resolve: ({ position }) => (position === null ? null : String(position)),
    }),
    entryId: t.exposeString('entryId', {
      nullable: true,
      description: 'The entry, as the database knows it; null when it is not known.',
    }),
    message: t.exposeString('message', { description: 'What is wrong, in words.' }),
  }),
});

const AuditVerification = builder.objectRef<Verification>('AuditVerification').implement({
  description: 'Whether the record is the one that was written (AUD-5).',
  fields: (t) => ({
    isIntact: t.exposeBoolean('isIntact', { description: 'Whether everything fits.' }),
    checkedBlocks: t.exposeInt('checkedBlocks', { description: 'How many blocks were found to fit.' }),
    checkedEntries: t.exposeInt('checkedEntries', { description: 'How many entries they hold.' }),
    absentEntries: t.exposeInt('absentEntries', {
      description:
        'Of these, how many were removed after their time of retention. A sealed entry `audit.archived` covers each of them; other absent entries are a break.',
    }),
    unsealedEntries: t.exposeInt('unsealedEntries', {
      description: 'How many entries wait for the next seal, and are not proven by it yet.',
    }),
    archivedToBlock: t.int({
      nullable: true,
      description: 'The last block whose entries may be absent, by the newest sealed archive; null without one.',
      resolve: ({ archive }) => archive?.lastBlock ?? null,
    }),
    archiveChecksum: t.string({
      nullable: true,
      description:
        'SHA-256 of `manifest.json` of the export that holds the absent entries, in hexadecimal digits; null without an archive, 64 zeros when no export was named.',
      resolve: ({ archive }) => archive?.exportSha256 ?? null,
    }),
    firstBreak: t.field({
      type: AuditBreak,
      nullable: true,
      description: 'The first thing wrong; null when nothing is.',
      resolve: (verification) => verification.firstBreak,
    }),
  }),
});

/** The cost of a verification: two of them exceed the cost of an operation. */
const VERIFICATION_COST = 30_000;

const VERIFICATION_RUNS = rejection(
  'LIMIT_EXCEEDED',
  '',
  'Another verification is under way, and one runs at a time; try again when it has ended.',
);

builder.queryField('auditVerify', (t) =>
  t.field({
    type: AuditVerification,
    nullable: true,
    description:
      'Computes the hashes of the record again, and names the first thing wrong (AUD-5). Asking leaves an entry (AUD-6). One verification runs at a time, and one in an operation; another is refused with LIMIT_EXCEEDED. For a long record ask for ranges of blocks, or use `lotgraph audit verify`.',
    extensions: costs(VERIFICATION_COST),
    authScopes: { may: AUDIT },
    args: {
      fromBlock: t.arg.int({ description: 'The first block to check; the first of all unless given.' }),
      toBlock: t.arg.int({ description: 'The last block to check; the last of all unless given.' }),
    },
    resolve: async (_root, args, context) => {
      const parsed = parseArguments(VerifyArguments, args);
      const verification = await verifyAlone(context, parsed, () =>
        recordAuditAccess(context, { operation: 'VIEW', action: 'audit.verified', entity: 'audit_blocks' }),
      );
      return verification ?? rejectQuery([VERIFICATION_RUNS]);
    },
  }),
);
