/** Reads the records of a list for an export: as a query of the requester, page by page, from one snapshot. */
import { execute, type ExecutionArgs, type ExecutionResult, parse } from 'graphql';
import { schema } from '../../schema.ts';
import { plannedAnswer, type WrittenResult } from '../../execution/planned.ts';
import type { ExportParams } from '../../../operation/background-job/export.rules.ts';
import { TARGET_LISTS, type TargetList } from '../../../operation/filter-target/filter-target.loaders.ts';
import type { Tx } from '../../../platform/postgres/client.ts';
import { LIMITS } from '../../../platform/process/limits.ts';
import type { Context } from '../../../platform/request/context.ts';
import { AppError, assert } from '../../../platform/values/assert.ts';
import { isJsonRecord, type JsonRecord } from '../../../platform/values/json.ts';
import type { ExportColumn } from './columns.ts';

/** A list that is exported. */
export interface ExportedList {
  /** The number of its records. */
  count(): Promise<number>;
  /** Its records, a page at a time. */
  pages(columns: readonly ExportColumn[]): AsyncGenerator<readonly JsonRecord[]>;
}

/** Opens the list of an export in a transaction, for the viewer of the context. */
export function exportedList(tx: Tx, context: Context, { target, filter }: ExportParams): ExportedList {
  const list = TARGET_LISTS[target];
  const ask = async (query: string, after: string | null): Promise<JsonRecord> => {
    // The loaders of a page keep its records; the next page has its own.
    const contextValue = { ...context, db: tx, loaders: new Map() };
    return answerOf({ schema, document: parsed(query), variableValues: { after, filter }, contextValue }, list);
  };
  return {
    async count() {
      const { totalCount } = await ask(
        `query($filter: ${list.type}Filter) { list: ${list.field}(first: 1, filter: $filter) { totalCount } }`,
        null,
      );
      return Number(totalCount);
    },
    async *pages(columns) {
      const query = queryOf(list, columns);
      for (let after: string | null = null; ; ) {
        const { nodes, pageInfo } = await ask(query, after);
        assert(Array.isArray(nodes) && isJsonRecord(pageInfo), 'A page of an export has no records.');
        yield nodes.filter(isJsonRecord);
        if (pageInfo['hasNextPage'] !== true) return;
        after = String(pageInfo['endCursor']);
      }
    },
  };
}

function queryOf({ field, type, order }: TargetList, columns: readonly ExportColumn[]): string {
  const page = `first: ${LIMITS.page.most}, after: $after, filter: $filter, orderBy: [{ field: ${order}, direction: ASC }]`;
  const nodes = columns.map(({ selection }) => selection).join(' ');
  return `query($after: String, $filter: ${type}Filter) { list: ${field}(${page}) { nodes { ${nodes} } pageInfo { hasNextPage endCursor } } }`;
}

/** The document of the last query: its plan is kept as long as the document. */
let last: { readonly query: string; readonly document: ReturnType<typeof parse> } | undefined;

function parsed(query: string): ReturnType<typeof parse> {
  if (last?.query !== query) last = { query, document: parse(query) };
  return last.document;
}

async function answerOf(args: ExecutionArgs, { field }: TargetList): Promise<JsonRecord> {
  const result = (await plannedAnswer(args)) ?? (await execute(args));
  const [error] = result.errors ?? [];
  if (error !== undefined) throw new AppError(`The list ${field} cannot be read: ${error.message}`);
  const list = dataOf(result)['list'];
  assert(isJsonRecord(list), `The list ${field} has no answer.`);
  return list;
}

function dataOf(result: ExecutionResult | WrittenResult): JsonRecord {
  if (!isWritten(result)) return result.data ?? {};
  const answer: unknown = JSON.parse(result.stringify({}));
  return isJsonRecord(answer) && isJsonRecord(answer['data']) ? answer['data'] : {};
}

function isWritten(result: ExecutionResult | WrittenResult): result is WrittenResult {
  return 'stringify' in result;
}
