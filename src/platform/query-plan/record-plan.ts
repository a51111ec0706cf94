/** The plan of a record: the values that it writes, and the values that it fetches by the keys in its columns. */
import type { Context } from '../request/context.ts';
import { readBatch, type ColumnBatch } from '../postgres/column-batch.ts';
import { allReady, type Ready } from '../values/ready.ts';
import type { Fetched, FetchPlan, PlannedMember, PlanRequest } from './selection.ts';

/** Writes the value of a field of the record at `index`; `fetched` are the results of the plan's fetches. */
export type FieldWriter = (batch: ColumnBatch, index: number, fetched: readonly Fetched[], context: Context) => string;

/** Values that are fetched by the keys in a column. */
export interface Fetch {
  /** The index of the column with the keys. */
  readonly column: number;
  /** The plan for some keys, which are distinct. */
  planFor(keys: readonly string[], request: PlanRequest): Ready<FetchPlan>;
}

/** How a record is written, and what is fetched first. */
export interface RecordPlan {
  readonly members: readonly PlannedMember<FieldWriter>[];
  readonly fetches: readonly Fetch[];
}

/**
 * The JSON texts of records, with everything below them. One statement reads the values of all fetches; a text that
 * several records refer to is written once.
 */
export async function writeRecords(
  { members, fetches }: RecordPlan,
  batch: ColumnBatch,
  request: PlanRequest,
): Promise<readonly string[]> {
  const { context } = request;
  const ready = allReady(
    fetches.map((fetch) => {
      const keys = [...new Set(batch[fetch.column])].filter((key) => typeof key === 'string');
      return keys.length === 0 ? FETCHES_NOTHING : fetch.planFor(keys, request);
    }),
  );
  const plans = ready instanceof Promise ? await ready : ready;
  const statements = plans.flatMap((plan) => plan.statements);
  const results = await readBatch(context.db, statements);
  let next = 0;
  const fetched = await Promise.all(
    plans.map((plan) => plan.resolve(results.slice(next, (next += plan.statements.length)))),
  );
  return (batch[0] ?? []).map((_, index) => {
    let text = '{';
    for (const member of members) text += member.label + member.write(batch, index, fetched, context);
    return `${text}}`;
  });
}

const FETCHES_NOTHING: FetchPlan = { statements: [], resolve: () => new Map() };
