import { Station, StationRef } from '../station/station.graphql.ts';
import { stationById } from '../station/station.loaders.ts';
import { User } from '../../identity/user/user.graphql.ts';
import { userById } from '../../identity/user/user.loaders.ts';
import { asNode, builder, enumeration } from '../../platform/graphql/builder.ts';
import { connectionType } from '../../platform/graphql/connection-type.ts';
import { loadById, mutation } from '../../platform/graphql/mutation.ts';
import { optionalReference, reference } from '../../platform/read/field.ts';
import { deployTestProgram, pullTestProgram, reportDeployment, rollbackTestProgram } from './deployment.commands.ts';
import { TestProgram, TestProgramRef, TestProgramVersion } from './test-program.graphql.ts';
import {
  packageUrlOf,
  testProgramById,
  testProgramDeploymentById,
  testProgramDeploymentList,
  testProgramVersionById,
} from './test-program.loaders.ts';
import { DEPLOYMENT_STATUSES, TEST_PROGRAM_LENGTHS as LENGTHS } from './test-program.rules.ts';

export const DeploymentStatus = enumeration(
  'DeploymentStatus',
  DEPLOYMENT_STATUSES,
  'How far a deployment of a test program is.',
  {
    PENDING: 'No station has fetched it yet.',
    DEPLOYED: 'A station has it.',
    FAILED: 'It could not be used, or another one took its place.',
    ROLLED_BACK: 'The program went back to another version.',
  },
);

export const TestProgramDeployment = builder.prismaObject('TestProgramDeployment', {
  fields: (t) => ({
    testProgram: t.field({
      type: TestProgram,
      description: 'The program.',
      ...reference(testProgramById, 'testProgramId', 'The program of a deployment'),
    }),
    testProgramVersion: t.field({
      type: TestProgramVersion,
      description: 'The version.',
      ...reference(testProgramVersionById, 'testProgramVersionId', 'The version of a deployment'),
    }),
    station: t.field({
      type: Station,
      nullable: true,
      description: 'The station; null when it is for every station that runs the batch.',
      ...optionalReference(stationById, 'stationId'),
    }),
    batchCode: t.exposeString('batchCode', { nullable: true }),
    status: t.expose('status', { type: DeploymentStatus }),
    errorMessage: t.exposeString('errorMessage', { nullable: true }),
    deployedBy: t.field({
      type: User,
      nullable: true,
      description: 'The person who deployed it; null when a service did.',
      ...optionalReference(userById, 'deployedById'),
    }),
    deployedAt: t.expose('deployedAt', { type: 'DateTime', nullable: true }),
    createdAt: t.expose('createdAt', { type: 'DateTime' }),
    updatedAt: t.expose('updatedAt', { type: 'DateTime' }),
    version: t.exposeInt('version'),
  }),
});
asNode(TestProgramDeployment, testProgramDeploymentById);

const TestProgramDeploymentConnection = connectionType({
  connection: testProgramDeploymentList,
  node: TestProgramDeployment,
  name: 'TestProgramDeployment',
  what: 'deployments of test programs',
});
TestProgramDeploymentConnection.on(TestProgram, 'deployments', 'testProgramId', {
  description: 'To where it was deployed, the newest first.',
});
TestProgramDeploymentConnection.on(Station, 'deployments', 'stationId', {
  description: 'The test programs that were deployed to the station, the newest first.',
});

const deploymentField = (description: string) =>
  ({ type: TestProgramDeployment, nullable: true, description }) as const;

mutation(deployTestProgram, {
  input: (t) => ({
    testProgram: t.field({ type: TestProgramRef, required: true, description: 'The program; active, not deprecated.' }),
    version: t.string({ description: 'The number of the version, such as 1.0.3; the current one unless given.' }),
    station: t.field({ type: StationRef, description: 'The station; needed unless `batchCode` is given.' }),
    batchCode: t.string({
      description: `The batch, 1 to ${LENGTHS.batchCode} characters: the version counts while a session of the batch is open.`,
    }),
  }),
  payload: (t) => ({
    deployment: t.field({
      ...deploymentField('The PENDING deployment.'),
      resolve: (p, _args, context, info) => loadById(testProgramDeploymentById, p.deployment, context, info),
    }),
  }),
});

mutation(rollbackTestProgram, {
  isVersioned: true,
  hasReason: true,
  input: (t) => ({
    testProgram: t.field({ type: TestProgramRef, required: true, description: 'The program.' }),
    version: t.string({ required: true, description: 'The number of the version to go to, an older or a newer one.' }),
  }),
  payload: (t) => ({
    testProgram: t.field({
      type: TestProgram,
      nullable: true,
      description: 'The program with its new current version.',
      resolve: (p, _args, context, info) => loadById(testProgramById, p.testProgram, context, info),
    }),
  }),
});

mutation(pullTestProgram, {
  input: (t) => ({
    testProgram: t.field({ type: TestProgramRef, required: true, description: 'The program.' }),
    station: t.field({
      type: StationRef,
      required: true,
      description: 'The station; the key of a station names its own.',
    }),
    installedVersion: t.string({ description: 'The number of the version that it has; nothing when it has none.' }),
  }),
  payload: (t) => ({
    version: t.field({
      type: TestProgramVersion,
      nullable: true,
      description: 'The version to run.',
      resolve: (p, _args, context, info) => loadById(testProgramVersionById, p.version, context, info),
    }),
    isUpToDate: t.boolean({
      nullable: true,
      description: 'Whether the station has this version already; null when it was refused.',
      resolve: ({ isUpToDate }) => isUpToDate ?? null,
    }),
    downloadUrl: t.string({
      nullable: true,
      description:
        'The signed path at this server under which the package can be fetched for 5 minutes, without other credentials; null when the station is up to date, and when it was refused.',
      resolve: ({ version, isUpToDate }, _args, context) =>
        version === undefined || isUpToDate === true ? null : packageUrlOf({ id: version }, context),
    }),
  }),
});

mutation(reportDeployment, {
  isVersioned: true,
  input: (t) => ({
    id: t.id({ required: true, description: 'The deployment.' }),
    status: t.field({ type: DeploymentStatus, required: true, description: 'FAILED.' }),
    errorMessage: t.string({
      required: true,
      description: `What went wrong, 1 to ${LENGTHS.errorMessage} characters.`,
    }),
  }),
  payload: (t) => ({
    deployment: t.field({
      ...deploymentField('The FAILED deployment.'),
      resolve: (p, _args, context, info) => loadById(testProgramDeploymentById, p.deployment, context, info),
    }),
  }),
});
