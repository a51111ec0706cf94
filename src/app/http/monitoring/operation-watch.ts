/** MON-2: Notes each operation for the statistics when its answer has ended. Streams have no duration, and are not noted. */
import type { ServerResponse } from 'node:http';
import type { OperationStatistics } from '../../../platform/process/monitoring/operation-statistics.ts';
import type { AccessEntry } from './access-log.ts';

/** Begins to watch a request. One that never had a valid operation is not noted. */
export function watchOperation(
  operations: OperationStatistics,
  entry: Pick<AccessEntry, 'context' | 'code'>,
  requestId: string,
  response: ServerResponse,
): void {
  const startedAt = performance.now();
  response.once('close', () => {
    const { context } = entry;
    const operation = context?.notes.operation;
    if (context === undefined || operation === undefined || operation.type === 'subscription') return;
    const codes = [...context.notes.codes, ...(entry.code === undefined ? [] : [entry.code])];
    operations.record({
      name: operation.name,
      requestId,
      milliseconds: performance.now() - startedAt,
      statements: context.db.statements,
      refusals: [
        ...context.notes.refusals,
        ...codes.filter((code) => !FAULTS.has(code)).map((code) => ({ code, rule: '' })),
      ],
      fault: codes.find((code) => FAULTS.has(code)),
    });
  });
}

/** The codes of what is not a refusal: the program, the database or the file store failed. */
const FAULTS: ReadonlySet<string> = new Set(['INTERNAL', 'UNAVAILABLE']);
