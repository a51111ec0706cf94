/** Compares the audit trail with the whole database in one snapshot (`lotgraph audit verify --state`). */
import { AUDITED_TABLES } from '../../operation/audit/audit.rules.ts';
import {
  functionContradictions,
  privilegeContradictions,
  triggerContradictions,
  type FunctionSources,
} from '../../operation/audit/guards.loaders.ts';
import { checkUnsealed, compareRows, compareTimes } from '../../operation/audit/state.loaders.ts';
import type { Contradiction } from '../../operation/audit/state.rules.ts';
import type { Archive } from '../../operation/audit/verify.loaders.ts';
import type { Database } from '../../platform/postgres/client.ts';

/** The result: how many rows were compared, how many contradictions there are, and the first of them. */
export interface StateVerification {
  readonly isConsistent: boolean;
  readonly comparedRows: number;
  readonly contradictionCount: number;
  readonly contradictions: readonly Contradiction[];
}

/** The number of contradictions that are listed. */
const LISTED = 20;

/** Compares everything. `functions` are those of the migrations; `report` says what is being compared. */
export async function verifyState(
  database: Database,
  { functions, archive }: { readonly functions: FunctionSources; readonly archive: Archive | null },
  report: (message: string) => void,
): Promise<StateVerification> {
  const contradictions: Contradiction[] = [];
  let contradictionCount = 0;
  const found = (more: readonly Contradiction[]): void => {
    contradictionCount += more.length;
    contradictions.push(...more.slice(0, LISTED - contradictions.length));
  };
  const comparedRows = await database.transaction(async (tx) => {
    await tx.sql`SET TRANSACTION ISOLATION LEVEL REPEATABLE READ, READ ONLY`;
    report('Checking triggers, functions and privileges.');
    found(await triggerContradictions(tx));
    found(await functionContradictions(tx, functions));
    found(await privilegeContradictions(tx));
    let rows = 0;
    for (const table of Object.keys(AUDITED_TABLES)) {
      report(`Comparing the rows of ${table}.`);
      rows += await compareRows(tx, table, archive, found);
    }
    report('Comparing the times of the entries.');
    await compareTimes(tx, found);
    report('Checking the entries that are not sealed yet.');
    await checkUnsealed(tx, found);
    return rows;
  });
  return { isConsistent: contradictionCount === 0, comparedRows, contradictionCount, contradictions };
}
