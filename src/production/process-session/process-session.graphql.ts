import { Process, ProcessRef } from '../../catalog/process/process.graphql.ts';
import { processById } from '../../catalog/process/process.loaders.ts';
import { Station, StationRef } from '../../catalog/station/station.graphql.ts';
import { stationById } from '../../catalog/station/station.loaders.ts';
import { TestProgramVersion } from '../../catalog/test-program/test-program.graphql.ts';
import { testProgramVersionById } from '../../catalog/test-program/test-program.loaders.ts';
import { User } from '../../identity/user/user.graphql.ts';
import { userById } from '../../identity/user/user.loaders.ts';
import { asNode, builder, enumeration } from '../../platform/graphql/builder.ts';
import { parseArguments } from '../../platform/read/arguments.ts';
import { connectionType } from '../../platform/graphql/connection-type.ts';
import { deletedIdField, loadById, mutation } from '../../platform/graphql/mutation.ts';
import type { Row } from '../../platform/postgres/table.ts';
import { derived, loaded, optionalReference, reference } from '../../platform/read/field.ts';
import { rejectQuery } from '../../platform/read/query-error.ts';
import { ANY } from '../../platform/rules/access.ts';
import {
  cancelProcessSession,
  closeProcessSession,
  deleteProcessSession,
  openProcessSession,
  updateProcessSession,
} from './process-session.commands.ts';
import {
  countsBySession,
  freeSlotsAt,
  isVisibleSession,
  processSessionById,
  processSessionList,
  visibleProcessSessionById,
} from './process-session.loaders.ts';
import {
  BATCH_CODE_LENGTH,
  CLOSE_NOTES_LENGTH,
  isOwnSession,
  NO_COUNTS,
  passRatioOf,
  PROCESS_SESSION_STATUSES,
  type SessionCounts,
  sessionDurationSeconds,
  SLOTS,
  totalCountOf,
} from './process-session.rules.ts';
import { AskFreeSlots, AskProcessSession } from './process-session.shapes.ts';

export const ProcessSessionStatus = enumeration(
  'ProcessSessionStatus',
  PROCESS_SESSION_STATUSES,
  'Whether a process session takes work.',
  {
    OPEN: 'It takes executions.',
    CLOSED: 'Its work is done.',
    CANCELLED: 'It should not have been; its executions, if any, stay as they are.',
  },
);

/** SES-4: A value computed from the counts of a session's executions. */
const counted = <Value>(valueOf: (counts: SessionCounts) => Value) =>
  loaded(countsBySession, 'id', [], (counts) => valueOf(counts ?? NO_COUNTS));

export const ProcessSession = builder.prismaObject('ProcessSession', {
  fields: (t) => ({
    station: t.field({
      type: Station,
      description: 'The station at which it runs.',
      ...reference(stationById, 'stationId', 'The station of a session'),
    }),
    process: t.field({
      type: Process,
      description: 'The step that it runs.',
      ...reference(processById, 'processId', 'The step of a session'),
    }),
    batchCode: t.exposeString('batchCode'),
    slot: t.exposeInt('slot'),
    testProgramVersion: t.field({
      type: TestProgramVersion,
      nullable: true,
      description: 'The version of the test program that it runs; null when none was named.',
      ...optionalReference(testProgramVersionById, 'testProgramVersionId'),
    }),
    parameters: t.expose('parameters', { type: 'JSONObject' }),
    hardwareConfig: t.expose('hardwareConfig', { type: 'JSONObject' }),
    status: t.expose('status', { type: ProcessSessionStatus }),
    openedAt: t.expose('openedAt', { type: 'DateTime' }),
    closedAt: t.expose('closedAt', { type: 'DateTime', nullable: true }),
    openedBy: t.field({
      type: User,
      nullable: true,
      description: 'The person who opened it; null when a station did.',
      ...optionalReference(userById, 'openedById'),
    }),
    closedBy: t.field({
      type: User,
      nullable: true,
      description: 'The person who closed or cancelled it; null while it is OPEN, and when a station did.',
      ...optionalReference(userById, 'closedById'),
    }),
    closeNotes: t.exposeString('closeNotes', { nullable: true }),
    totalCount: t.int({
      description: 'How many of its executions are finished (SES-4).',
      ...counted(totalCountOf),
    }),
    passCount: t.int({
      description: 'How many of its executions ended with PASS (SES-4).',
      ...counted(({ passCount }) => passCount),
    }),
    failCount: t.int({
      description: 'How many of its executions ended with FAIL (SES-4).',
      ...counted(({ failCount }) => failCount),
    }),
    reworkCount: t.int({
      description: 'How many of its executions ended with REWORK (SES-4).',
      ...counted(({ reworkCount }) => reworkCount),
    }),
    passRatio: t.float({
      nullable: true,
      description: 'PASS ÷ finished executions, 0 to 1; null while none is finished (SES-4).',
      ...counted(passRatioOf),
    }),
    durationSeconds: t.int({
      nullable: true,
      description: 'Whole seconds from its opening to its end, rounded down; null while it is OPEN.',
      ...derived(['openedAt', 'closedAt'], (session: Row<'ProcessSession'>) => sessionDurationSeconds(session)),
    }),
    createdAt: t.expose('createdAt', { type: 'DateTime' }),
    updatedAt: t.expose('updatedAt', { type: 'DateTime' }),
    version: t.exposeInt('version'),
  }),
});
asNode(ProcessSession, visibleProcessSessionById);

export const ProcessSessionConnection = connectionType({
  connection: processSessionList,
  node: ProcessSession,
  name: 'ProcessSession',
  what: 'process sessions',
});
ProcessSessionConnection.root('processSessions', {
  access: ANY,
  onlyFor: isVisibleSession,
  description: 'The batch runs of steps at stations. The key of a station sees those of its station only.',
});
ProcessSessionConnection.on(Station, 'processSessions', 'stationId', {
  onlyFor: isVisibleSession,
  description: 'The batch runs at the station; none for the key of another station.',
});

builder.queryField('processSession', (t) =>
  t.field({
    type: ProcessSession,
    nullable: true,
    description:
      'A process session by its id; null when there is none. The key of a station is refused for every id that is not of its station.',
    authScopes: { may: ANY },
    args: { id: t.arg.id({ required: true, description: 'The id of the session.' }) },
    async resolve(_root, args, context) {
      const asked = parseArguments(AskProcessSession, args);
      const session = await processSessionById.load(context, asked.id);
      const forbidden = isOwnSession(context.viewer, session, { rule: 'SES-1', path: 'id' });
      return forbidden === undefined ? session : rejectQuery([forbidden]);
    },
  }),
);

builder.queryField('freeSlots', (t) =>
  t.field({
    type: ['Int'],
    nullable: true,
    description: `The slots of a station that no OPEN session has, in ascending order: at most 1 to ${SLOTS} (SES-2).`,
    authScopes: { may: ANY },
    args: { station: t.arg({ type: StationRef, required: true, description: 'The station.' }) },
    async resolve(_root, args, context) {
      const asked = parseArguments(AskFreeSlots, args);
      const slots = await freeSlotsAt(context, asked.station);
      return 'rejections' in slots ? rejectQuery(slots.rejections) : [...slots.value];
    },
  }),
);

const ID = 'The id of the session.';

mutation(openProcessSession, {
  input: (t) => ({
    station: t.field({
      type: StationRef,
      required: true,
      description: 'The station; active. The key of a station names its own.',
    }),
    batchCode: t.string({
      required: true,
      description: `What the shop floor calls the batch, 1 to ${BATCH_CODE_LENGTH} characters, with case.`,
    }),
    process: t.field({ type: ProcessRef, required: true, description: 'The step; active.' }),
    slot: t.int({ description: `Its place at the station, 1 to ${SLOTS}; the lowest free one unless given (SES-2).` }),
    testProgramVersion: t.id({ description: 'Id of the version of the test program that it runs; none unless given.' }),
    parameters: t.field({ type: 'JSONObject', description: 'How the run is set up; empty unless given.' }),
    hardwareConfig: t.field({ type: 'JSONObject', description: 'With which hardware it runs; empty unless given.' }),
  }),
  payload: (t) => ({
    processSession: t.field({
      type: ProcessSession,
      nullable: true,
      description: 'The open session.',
      resolve: (p, _args, context, info) => loadById(processSessionById, p.processSession, context, info),
    }),
    isNew: t.boolean({
      nullable: true,
      description: 'True when this request opened it, false when it was open already; null when it was refused.',
      resolve: ({ isNew }) => isNew ?? null,
    }),
  }),
});

mutation(updateProcessSession, {
  isVersioned: true,
  input: (t) => ({
    id: t.id({ required: true, description: ID }),
    parameters: t.field({ type: 'JSONObject', description: 'How the run is set up; stays as it was unless given.' }),
    hardwareConfig: t.field({
      type: 'JSONObject',
      description: 'With which hardware it runs; stays as it was unless given.',
    }),
  }),
  payload: (t) => ({
    processSession: t.field({
      type: ProcessSession,
      nullable: true,
      description: 'The changed session.',
      resolve: (p, _args, context, info) => loadById(processSessionById, p.processSession, context, info),
    }),
  }),
});

mutation(closeProcessSession, {
  isVersioned: true,
  input: (t) => ({
    id: t.id({ required: true, description: ID }),
    closeNotes: t.string({ description: `Remarks, at most ${CLOSE_NOTES_LENGTH} characters.` }),
  }),
  payload: (t) => ({
    processSession: t.field({
      type: ProcessSession,
      nullable: true,
      description: 'The closed session.',
      resolve: (p, _args, context, info) => loadById(processSessionById, p.processSession, context, info),
    }),
  }),
});

mutation(cancelProcessSession, {
  isVersioned: true,
  hasReason: true,
  input: (t) => ({ id: t.id({ required: true, description: ID }) }),
  payload: (t) => ({
    processSession: t.field({
      type: ProcessSession,
      nullable: true,
      description: 'The cancelled session.',
      resolve: (p, _args, context, info) => loadById(processSessionById, p.processSession, context, info),
    }),
  }),
});

mutation(deleteProcessSession, {
  isVersioned: true,
  input: (t) => ({ id: t.id({ required: true, description: ID }) }),
  payload: (t) => ({ deletedId: deletedIdField(t, 'ProcessSession') }),
});
