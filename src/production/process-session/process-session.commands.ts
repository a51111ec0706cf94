import { v7 as uuid7 } from 'uuid';
import { lockProcess } from '../../catalog/process/process.commands.ts';
import { lockStation } from '../../catalog/station/station.commands.ts';
import { lockTestProgramVersion } from '../../catalog/test-program/test-program.commands.ts';
import { command } from '../../platform/command/declaration.ts';
import { enforce, found, isCurrent, reject } from '../../platform/command/rejection.ts';
import { definedFields, type Lock } from '../../platform/command/row-lock.ts';
import type { Tx } from '../../platform/postgres/client.ts';
import { identifier, sql } from '../../platform/postgres/sql.ts';
import type { Row } from '../../platform/postgres/table.ts';
import { FLOOR, personOf, type Viewer } from '../../platform/rules/access.ts';
import type { RuleId } from '../../platform/rules/rejection.ts';
import { present } from '../../platform/values/assert.ts';
import { type Instant, later } from '../../platform/values/time.ts';
import { processSessions } from './process-session.loaders.ts';
import {
  isOwnSession,
  opensAtOwnStation,
  type ProcessSessionStatus,
  sameSession,
  sessionMayBeDeleted,
  sessionMayChange,
  sessionMayEnd,
  slotFor,
  stationTakesSessions,
  stepTakesSessions,
} from './process-session.rules.ts';
import {
  CancelProcessSession,
  CloseProcessSession,
  DeleteProcessSession,
  OpenProcessSession,
  UpdateProcessSession,
} from './process-session.shapes.ts';

/** SES-1, SES-2: Opens a session, or answers the one that is open already. */
export const openProcessSession = command({
  name: 'openProcessSession',
  action: 'processSession.opened',
  description:
    'Opens a batch run of a step at a station, in a slot of its own (SES-2). Where a session of this station, batch code and step is OPEN already, that one is answered as it is, and everything else that was sent is ignored (SES-1).',
  access: FLOOR,
  input: OpenProcessSession,
  async run({ tx, now, viewer }, { station: stationReference, process, slot: asked, testProgramVersion, ...fields }) {
    enforce(opensAtOwnStation(viewer, stationReference));
    const step = await lockProcess(tx, process, 'SHARE');
    // Sessions of a station are opened one after the other: each sees the slots of those before it.
    const station = await lockStation(tx, stationReference, 'NO KEY UPDATE');
    const open = await openSessionsAt(tx, station.id);
    const same = sameSession(open, { processId: step.id, batchCode: fields.batchCode });
    if (same !== undefined) return { processSession: same.id, isNew: false };
    enforce(stationTakesSessions(station), stepTakesSessions(step));
    const taken = open.map(({ slot }) => slot);
    const found = slotFor(station, taken, asked);
    const program =
      testProgramVersion === undefined
        ? undefined
        : await lockTestProgramVersion(tx, testProgramVersion, 'testProgramVersion');
    const slot = 'rejection' in found ? reject(found.rejection) : found.value;
    const { id } = await tx.processSession.create({
      data: {
        ...fields,
        id: uuid7(),
        stationId: station.id,
        processId: step.id,
        slot,
        testProgramVersionId: program?.id ?? null,
        openedAt: now,
        openedById: personOf(viewer),
      },
    });
    return { processSession: id, isNew: true };
  },
});

/** SES-3: Changes how an OPEN session is set up. */
export const updateProcessSession = command({
  name: 'updateProcessSession',
  action: 'processSession.updated',
  description:
    'Changes parameters or hardware of an OPEN session (SES-3). What is given replaces the former as a whole.',
  access: FLOOR,
  input: UpdateProcessSession,
  async run({ tx, viewer }, { id, expectedVersion, ...changes }) {
    const session = await lockSession(tx, viewer, { id, lock: 'NO KEY UPDATE', rule: 'SES-3' });
    enforce(isCurrent(session, expectedVersion, { processSession: id }), sessionMayChange(session));
    await tx.processSession.update({ where: { id }, data: definedFields(changes) });
    return { processSession: id };
  },
});

/** SES-3: Closes an OPEN session in which nothing is open. */
export const closeProcessSession = command({
  name: 'closeProcessSession',
  action: 'processSession.closed',
  description: 'Ends an OPEN session in which no execution is open (SES-3). Its slot is free then.',
  access: FLOOR,
  input: CloseProcessSession,
  async run({ tx, now, viewer }, { id, closeNotes, expectedVersion }) {
    return end(tx, { id, to: 'CLOSED', closeNotes: closeNotes ?? null, viewer, now, expectedVersion });
  },
});

/** SES-3: Cancels an OPEN session in which nothing is open. */
export const cancelProcessSession = command({
  name: 'cancelProcessSession',
  action: 'processSession.cancelled',
  description:
    'Ends an OPEN session that should not have been, in which no execution is open (SES-3). The reason is kept as its `closeNotes`.',
  access: FLOOR,
  input: CancelProcessSession,
  async run({ tx, now, viewer }, { id, reason, expectedVersion }) {
    return end(tx, { id, to: 'CANCELLED', closeNotes: reason, viewer, now, expectedVersion });
  },
});

/** SES-6: Deletes a CANCELLED session without executions. */
export const deleteProcessSession = command({
  name: 'deleteProcessSession',
  action: 'processSession.deleted',
  description: 'Deletes a CANCELLED session that has no executions (SES-6).',
  access: FLOOR,
  input: DeleteProcessSession,
  async run({ tx, viewer }, { id, expectedVersion }) {
    const session = await lockSession(tx, viewer, { id, lock: 'UPDATE', rule: 'SES-6' });
    const { executions } = await executionsOf(tx, id);
    enforce(isCurrent(session, expectedVersion, { processSession: id }), sessionMayBeDeleted(session, executions));
    await tx.processSession.delete({ where: { id } });
    return { deletedId: id };
  },
});

interface Ending {
  readonly id: string;
  readonly to: Exclude<ProcessSessionStatus, 'OPEN'>;
  readonly closeNotes: string | null;
  readonly viewer: Viewer;
  readonly now: Instant;
  readonly expectedVersion: number | undefined;
}

async function end(
  tx: Tx,
  { id, to, closeNotes, viewer, now, expectedVersion }: Ending,
): Promise<{ readonly processSession: string }> {
  const session = await lockSession(tx, viewer, { id, lock: 'NO KEY UPDATE', rule: 'SES-3' });
  const { openExecutions } = await executionsOf(tx, id);
  enforce(isCurrent(session, expectedVersion, { processSession: id }), sessionMayEnd(session, to, openExecutions));
  await tx.processSession.update({
    where: { id },
    data: { status: to, closedAt: later(now, session.openedAt), closedById: personOf(viewer), closeNotes },
  });
  return { processSession: id };
}

/** The open sessions of a station, which stay open until the transaction ends. */
async function openSessionsAt(tx: Tx, stationId: string): Promise<readonly Row<'ProcessSession'>[]> {
  return tx.query(sql`
    SELECT ${processSessions.columns} FROM process_sessions t WHERE t.station_id = ${stationId}::uuid AND t.status = 'OPEN'
    ORDER BY t.id FOR SHARE`);
}

/**
 * Locks a session. The key of a station is refused for every id that is not of its station. An execution that joins the
 * session holds it with SHARE, so what is read after the lock is what the session has.
 */
async function lockSession(
  tx: Tx,
  viewer: Viewer,
  { id, lock, rule }: { readonly id: string; readonly lock: Lock; readonly rule: RuleId },
): Promise<Row<'ProcessSession'>> {
  const [session] = await tx.query<Row<'ProcessSession'>>(
    sql`SELECT ${processSessions.columns} FROM process_sessions t WHERE t.id = ${id}::uuid FOR ${identifier(lock)}`,
  );
  enforce(isOwnSession(viewer, session, { rule, path: 'id' }));
  return found(session, 'id', 'The process session with this id');
}

interface Executions {
  readonly executions: number;
  readonly openExecutions: number;
}

async function executionsOf(tx: Tx, id: string): Promise<Executions> {
  const [counts] = await tx.sql<Executions>`
    SELECT count(*)::int AS executions, count(*) FILTER (WHERE completed_at IS NULL)::int AS "openExecutions"
    FROM process_data WHERE process_session_id = ${id}::uuid`;
  return present(counts, 'The executions of a session');
}
