/**
 * MON-2: Notes each operation for the statistics and the traces when its answer has ended. Streams have no duration, and are
 * not noted in the statistics.
 */
import type { ServerResponse } from 'node:http';
import type { Monitor } from '../../../platform/process/monitoring/monitor.ts';
import { GRAPHQL_PATH } from '../request-checks.ts';
import type { AccessEntry } from './access-log.ts';

/** Begins to watch a request. One that never had a valid operation is not noted. */
export function watchOperation(
  { operations, traces }: Monitor,
  entry: Pick<AccessEntry, 'context' | 'code'>,
  requestId: string,
  response: ServerResponse,
): void {
  const startedAt = performance.now();
  const { req: request } = response;
  const endTrace =
    request.url?.startsWith(GRAPHQL_PATH) === true ? traces.begin(requestId, request.headers) : () => undefined;
  response.once('close', () => {
    const { context } = entry;
    const operation = context?.notes.operation;
    if (context === undefined || operation === undefined) return endTrace(undefined);
    const codes = [...context.notes.codes, ...(entry.code === undefined ? [] : [entry.code])];
    const fault = codes.find((code) => FAULTS.has(code));
    endTrace({ type: operation.type, name: operation.name, status: response.statusCode, fault });
    if (operation.type === 'subscription') return;
    operations.record({
      name: operation.name,
      requestId,
      milliseconds: performance.now() - startedAt,
      statements: context.db.statements,
      refusals: [
        ...context.notes.refusals,
        ...codes.filter((code) => !FAULTS.has(code)).map((code) => ({ code, rule: '' })),
      ],
      fault,
    });
  });
}

/** The codes of what is not a refusal: the program, the database or the file store failed. */
const FAULTS: ReadonlySet<string> = new Set(['INTERNAL', 'UNAVAILABLE']);
