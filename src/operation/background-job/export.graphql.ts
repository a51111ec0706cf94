import { builder, enumeration } from '../../platform/graphql/builder.ts';
import { loadById, mutation } from '../../platform/graphql/mutation.ts';
import type { Row } from '../../platform/postgres/table.ts';
import { derived } from '../../platform/read/field.ts';
import { downloadUrl } from '../../platform/request/download.ts';
import { present } from '../../platform/values/assert.ts';
import { FilterTarget } from '../filter-target/filter-target.graphql.ts';
import { BackgroundJob } from './background-job.graphql.ts';
import { backgroundJobById } from './background-job.loaders.ts';
import { submitExport } from './export.commands.ts';
import { EXPORT_DAYS, EXPORT_FORMATS, EXPORT_ROWS_MAX, expiryOfExport, hasFile } from './export.rules.ts';

const ExportFormat = enumeration('ExportFormat', EXPORT_FORMATS, 'The kind of file that an export is.', {
  JSON: 'One JSON object per line, in UTF-8.',
  CSV: 'Comma-separated values (RFC 4180), in UTF-8; the first line has the names of the columns. A text that begins like a formula gets an apostrophe in front (RPT-7).',
});

const ExportResult = builder.objectRef<Row<'BackgroundJob'>>('ExportResult').implement({
  description: 'The file of an export.',
  fields: (t) => ({
    downloadUrl: t.string({
      nullable: true,
      description: `The signed path at this server under which the file can be fetched for 5 minutes, without other credentials. Each download leaves an entry in the audit trail (AUD-6). Null once the file has expired, ${EXPORT_DAYS} days after it was made.`,
      ...derived(['id', 'storageKey', 'finishedAt'], (job, context) =>
        hasFile(job, context.now) ? downloadUrl(context, 'BackgroundJob', job.id) : null,
      ),
    }),
    rowCount: t.int({
      description: 'The number of its rows, without the line with the names of the columns.',
      ...derived(['doneCount'], ({ doneCount }) => doneCount),
    }),
    fileName: t.string({
      description: 'Its name.',
      ...derived(['fileName'], ({ fileName }) => present(fileName, 'The name of the file of an export')),
    }),
    sizeBytes: t.field({
      type: 'BigInt',
      description: 'Its size in bytes.',
      ...derived(['sizeBytes'], ({ sizeBytes }) => present(sizeBytes, 'The size of the file of an export')),
    }),
    checksumSha256: t.string({
      description: 'SHA-256 of the file in hexadecimal digits.',
      ...derived(['checksumSha256'], (job) => present(job.checksumSha256, 'The checksum of an export')),
    }),
    expiresAt: t.field({
      type: 'DateTime',
      description: 'When it is removed (UTC).',
      ...derived(['finishedAt'], ({ finishedAt }) => expiryOfExport(present(finishedAt, 'The end of an export'))),
    }),
  }),
});

builder.objectField(BackgroundJob, 'result', (t) =>
  t.field({
    type: ExportResult,
    nullable: true,
    description: 'The file of an export; null until it has SUCCEEDED, and for a batch, whose results are its items.',
    ...derived(
      ['id', 'storageKey', 'finishedAt', 'doneCount', 'fileName', 'sizeBytes', 'checksumSha256'],
      (job: Row<'BackgroundJob'>) => (job.storageKey === null ? null : job),
    ),
  }),
);

mutation(submitExport, {
  input: (t) => ({
    target: t.field({ type: FilterTarget, required: true, description: 'The list to export.' }),
    filter: t.field({
      type: 'JSONObject',
      description: `Narrows it: an object as the argument \`filter\` of the list takes it. All records unless given; at most ${EXPORT_ROWS_MAX.toLocaleString('en')}.`,
    }),
    format: t.field({ type: ExportFormat, defaultValue: 'JSON', description: 'The kind of file.' }),
  }),
  payload: (t) => ({
    backgroundJob: t.field({
      type: BackgroundJob,
      nullable: true,
      description: 'The job, which waits for a worker.',
      resolve: (p, _args, context, info) => loadById(backgroundJobById, p.backgroundJob, context, info),
    }),
  }),
});
