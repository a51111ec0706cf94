/**
 * Makes the file of an export (BGJ-1, AUD-6).
 *
 * 1. All records are read in one REPEATABLE READ transaction that can only read, as queries of the requester: the file has
 *    what they may see, as it was at one instant.
 * 2. A page of records is in memory at a time; its lines go straight into the file store.
 * 3. The file is stored before the job has it. A worker that is killed leaves nothing but a content that nobody refers to,
 *    and the next one begins again from the first record.
 */
import { isObjectType } from 'graphql';
import { storedParams } from '../../../operation/background-job/background-job.shapes.ts';
import { type ExportParams, fileNameOfExport, tooManyRows } from '../../../operation/background-job/export.rules.ts';
import {
  type ClaimedJob,
  failJob,
  failOrphanedJob,
  noteRows,
  succeedJob,
} from '../../../operation/background-job/job-work.commands.ts';
import { TARGET_LISTS } from '../../../operation/filter-target/filter-target.loaders.ts';
import type { StoredFile } from '../../../platform/file-store/file-store.ts';
import { sql } from '../../../platform/postgres/sql.ts';
import { actorOf, actorSetting } from '../../../platform/request/actor.ts';
import type { Context, Services } from '../../../platform/request/context.ts';
import type { Viewer } from '../../../platform/rules/access.ts';
import { assert } from '../../../platform/values/assert.ts';
import { viewerOfPrincipal } from '../../files/principal.ts';
import { contextFor } from '../../request/context.ts';
import { schema } from '../../schema.ts';
import { type ExportColumn, exportColumns } from './columns.ts';
import { EXPORT_LINES } from './lines.ts';
import { type ExportedList, exportedList } from './pages.ts';

/** Makes the file, and ends the job with it. */
export async function makeExport(services: Services, job: ClaimedJob, ending: AbortSignal): Promise<void> {
  const { database } = services;
  const requester = await viewerOfPrincipal(database.reader(), `USER ${job.requestedById}`);
  if (requester === undefined) return void (await database.transaction((tx) => failOrphanedJob(tx, job)));
  const params = storedParams(job.params);
  const context = contextFor(services, requester, job.id);
  const made = await database.transaction(async (tx): Promise<Made | string> => {
    await tx.sql`SET TRANSACTION ISOLATION LEVEL REPEATABLE READ, READ ONLY`;
    const list = exportedList(tx, context, params);
    const total = await list.count();
    const problem = tooManyRows(total);
    if (problem !== undefined) return problem;
    const columns = columnsOf(params, requester);
    const file = await services.files.put(
      contentOf(list, { columns, params, ending, note: rowCounter(services, job, total) }),
      Number.MAX_SAFE_INTEGER,
    );
    return { file, total };
  });
  if (typeof made === 'string') await database.transaction((tx) => failJob(tx, job, made));
  else await finishExport(context, job, { ...made, params });
}

interface Made {
  readonly file: StoredFile;
  readonly total: number;
}

function columnsOf({ target }: ExportParams, viewer: Viewer): readonly ExportColumn[] {
  const type = schema.getType(TARGET_LISTS[target].type);
  assert(isObjectType(type), `The target ${target} has no type.`);
  return exportColumns(type, viewer);
}

/** The content of the file, a page at a time. */
async function* contentOf(
  list: ExportedList,
  {
    columns,
    params,
    ending,
    note,
  }: {
    readonly columns: readonly ExportColumn[];
    readonly params: ExportParams;
    readonly ending: AbortSignal;
    readonly note: (rows: number) => Promise<void>;
  },
): AsyncGenerator<Uint8Array> {
  const { header, line } = EXPORT_LINES[params.format];
  yield Buffer.from(header(columns));
  for await (const nodes of list.pages(columns)) {
    ending.throwIfAborted();
    yield Buffer.from(nodes.map((node) => line(columns, node)).join(''));
    await note(nodes.length);
  }
}

/** Returns a function that counts rows, and notes them in the job, at most once a second. */
function rowCounter({ database }: Services, job: ClaimedJob, total: number): (rows: number) => Promise<void> {
  let written = 0;
  let notedAt = 0;
  return async (rows) => {
    written += rows;
    if (Date.now() - notedAt < NOTED_MILLISECONDS) return;
    notedAt = Date.now();
    await database.transaction((tx) => noteRows(tx, job, { written, total }));
  };
}

const NOTED_MILLISECONDS = 1_000;

/** Ends the job with its file. AUD-6: the trail names who made the export, in the transaction that makes it reachable. */
async function finishExport(
  context: Context,
  job: ClaimedJob,
  { file, total, params }: Made & { readonly params: ExportParams },
): Promise<void> {
  await context.services.database.transaction(async (tx) => {
    const isMine = await succeedJob(tx, job, [
      sql`done_count = ${total}::int`,
      sql`total_count = ${total}::int`,
      sql`file_name = ${fileNameOfExport(params, job.queuedAt)}`,
      sql`storage_key = ${file.key}`,
      sql`size_bytes = ${file.sizeBytes}::bigint`,
      sql`checksum_sha256 = ${file.sha256}`,
    ]);
    if (!isMine) return;
    await tx.sql`SELECT ${actorSetting(actorOf(context, 'backgroundJob.exported'))}`;
    await tx.sql`SELECT note_access('background_jobs', ${job.id}::uuid, 'EXPORT'::audit_operation)`;
  });
}
