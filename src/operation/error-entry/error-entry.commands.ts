import { ERROR_PATH_LENGTH, OPERATION_NAME_LENGTH, storable, errorTextOf } from './error-entry.rules.ts';
import type { Reader } from '../../platform/postgres/client.ts';
import { LIMITS } from '../../platform/process/limits.ts';

/** An unexpected exception, with the request that met it. */
export interface InternalError {
  readonly requestId: string;
  readonly cause: unknown;
  readonly operationName?: string | undefined;
  readonly path?: readonly (string | number)[] | undefined;
  readonly actorId: string | null;
  /** The address of the client; not stored. */
  readonly ip: string | null;
}

/**
 * Stores an internal error. A request may send the id of an earlier request; the errors of both are numbered
 * consecutively.
 */
export async function recordInternalError(
  db: Reader,
  { requestId, cause, operationName, path, actorId }: InternalError,
): Promise<void> {
  const { code, message, stack } = errorTextOf(cause);
  const name = operationName === undefined ? null : storable(operationName, OPERATION_NAME_LENGTH);
  const field = path === undefined ? null : storable(path.join('.'), ERROR_PATH_LENGTH);
  await db.sql`
    INSERT INTO error_entries (request_id, seq, code, message, stack, operation_name, path, actor_id)
    SELECT ${requestId}::uuid, coalesce(max(seq), 0) + 1, ${code}, ${message}, ${stack}, ${name}, ${field}, ${actorId}::uuid
    FROM error_entries WHERE request_id = ${requestId}::uuid`;
}

/** Deletes the internal errors whose retention has ended. Returns how many. */
export async function deleteOldErrors(db: Reader): Promise<number> {
  const [deleted] = await db.sql<{ count: number }>`
    WITH old AS (DELETE FROM error_entries WHERE created_at < now() - make_interval(days => ${LIMITS.faults.keptDays}) RETURNING 1)
    SELECT count(*)::int AS count FROM old`;
  return deleted?.count ?? 0;
}
