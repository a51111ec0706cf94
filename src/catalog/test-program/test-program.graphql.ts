import { Process, ProcessRef } from '../process/process.graphql.ts';
import { processById } from '../process/process.loaders.ts';
import { User } from '../../identity/user/user.graphql.ts';
import { userById } from '../../identity/user/user.loaders.ts';
import { asNode, builder } from '../../platform/graphql/builder.ts';
import { connectionType } from '../../platform/graphql/connection-type.ts';
import { deletedIdField, loadById, mutation } from '../../platform/graphql/mutation.ts';
import type { Row } from '../../platform/postgres/table.ts';
import { derived, lookup, optionalReference, reference } from '../../platform/read/field.ts';
import { ANY, ENG } from '../../platform/rules/access.ts';
import { deleteTestProgram, updateTestProgram, uploadTestProgram } from './test-program.commands.ts';
import {
  packageUrlOf,
  testProgramById,
  testProgramByName,
  testProgramList,
  testProgramVersionById,
  testProgramVersionList,
} from './test-program.loaders.ts';
import { MOST_STEPS, TEST_PROGRAM_LENGTHS as LENGTHS } from './test-program.rules.ts';

export const TestProgramVersion = builder.prismaObject('TestProgramVersion', {
  fields: (t) => ({
    version: t.exposeString('version'),
    checksumSha256: t.exposeString('checksumSha256'),
    sizeBytes: t.expose('sizeBytes', { type: 'BigInt' }),
    hardware: t.expose('hardware', { type: 'JSONObject' }),
    parameters: t.expose('parameters', { type: 'JSONObject' }),
    steps: t.field({
      type: ['JSONObject'],
      description: 'What it does, in order.',
      ...derived(['steps'], ({ steps }: Row<'TestProgramVersion'>) => (Array.isArray(steps) ? [...steps] : [])),
    }),
    changeNotes: t.exposeString('changeNotes', { nullable: true }),
    uploadedBy: t.field({
      type: User,
      nullable: true,
      description: 'The person who uploaded it; null when a service did.',
      ...optionalReference(userById, 'uploadedById'),
    }),
    downloadUrl: t.string({
      nullable: true,
      authScopes: { may: ENG },
      description:
        'The signed path at this server under which the package can be fetched for 5 minutes, without other credentials; null without the right. Stations get theirs from `pullTestProgram`. Each download leaves an entry in the audit trail (AUD-6).',
      ...derived(['id'], packageUrlOf),
    }),
    createdAt: t.expose('createdAt', { type: 'DateTime' }),
  }),
});
asNode(TestProgramVersion, testProgramVersionById);

export const TestProgram = builder.prismaObject('TestProgram', {
  fields: (t) => ({
    name: t.exposeString('name'),
    displayName: t.exposeString('displayName', { nullable: true }),
    description: t.exposeString('description', { nullable: true }),
    process: t.field({
      type: Process,
      nullable: true,
      description: 'The step that it tests; null when it is for several or none.',
      ...optionalReference(processById, 'processId'),
    }),
    currentVersion: t.field({
      type: TestProgramVersion,
      nullable: true,
      description: 'The version that stations get unless another one was deployed to them.',
      ...optionalReference(testProgramVersionById, 'currentVersionId'),
    }),
    isActive: t.exposeBoolean('isActive'),
    isDeprecated: t.exposeBoolean('isDeprecated'),
    createdAt: t.expose('createdAt', { type: 'DateTime' }),
    updatedAt: t.expose('updatedAt', { type: 'DateTime' }),
    version: t.exposeInt('version'),
  }),
});
asNode(TestProgram, testProgramById);

builder.objectField(TestProgramVersion, 'testProgram', (t) =>
  t.field({
    type: TestProgram,
    description: 'The program.',
    ...reference(testProgramById, 'testProgramId', 'The program of a version'),
  }),
);

export const TestProgramRef = builder.inputType('TestProgramRef', {
  description: 'A test program, by exactly one of its keys.',
  isOneOf: true,
  fields: (t) => ({
    id: t.id({ description: 'Its id.' }),
    name: t.string({ description: 'Its name, with case.' }),
  }),
});

const TestProgramConnection = connectionType({
  connection: testProgramList,
  node: TestProgram,
  name: 'TestProgram',
  what: 'test programs',
});
TestProgramConnection.root('testPrograms', { access: ANY, description: 'The test programs that stations run.' });
TestProgramConnection.on(Process, 'testPrograms', 'processId', { description: 'The test programs for the step.' });

const TestProgramVersionConnection = connectionType({
  connection: testProgramVersionList,
  node: TestProgramVersion,
  name: 'TestProgramVersion',
  what: 'versions of test programs',
});
TestProgramVersionConnection.on(TestProgram, 'versions', 'testProgramId', {
  description: 'All its versions, the newest first.',
});

builder.queryField('testProgramByName', (t) =>
  t.field({
    type: TestProgram,
    nullable: true,
    description: 'The test program of a name; null when there is none.',
    authScopes: { may: ANY },
    args: { name: t.arg.string({ required: true, description: 'The name, with case.' }) },
    ...lookup(({ name }: { readonly name: string }, context) => testProgramByName.load(context, name.trim())),
  }),
);

mutation(uploadTestProgram, {
  input: (t) => ({
    name: t.string({
      required: true,
      description: 'The name of a known or of a new program: 1 to 100 letters, digits, `.`, `_`, `-` (TPG-1).',
    }),
    displayName: t.string({ description: `Its name for people, at most ${LENGTHS.displayName} characters.` }),
    description: t.string({ description: `What it is for, at most ${LENGTHS.description} characters.` }),
    process: t.field({
      type: ProcessRef,
      description: 'The step that it tests; a known one keeps its step unless given.',
    }),
    package: t.field({
      type: 'Upload',
      required: true,
      description:
        'A ZIP archive of 1 byte to 50 MiB, with a `manifest.json` at its root that has the name of the program as `name` and a file of the archive as `mainFile` (TPG-2).',
    }),
    hardware: t.field({ type: 'JSONObject', description: 'Which hardware this version needs.' }),
    parameters: t.field({ type: 'JSONObject', description: 'How this version is set up.' }),
    steps: t.field({ type: ['JSONObject'], description: `What this version does, in order: at most ${MOST_STEPS}.` }),
    changeNotes: t.string({ description: `What is new in it, at most ${LENGTHS.changeNotes} characters.` }),
  }),
  payload: (t) => ({
    testProgram: t.field({
      type: TestProgram,
      nullable: true,
      description: 'The program.',
      resolve: (p, _args, context, info) => loadById(testProgramById, p.testProgram, context, info),
    }),
    version: t.field({
      type: TestProgramVersion,
      nullable: true,
      description: 'Its current version: the new one, unless the package is unchanged.',
      resolve: (p, _args, context, info) => loadById(testProgramVersionById, p.version, context, info),
    }),
    isUnchanged: t.boolean({
      nullable: true,
      description: 'True when the package is that of the current version, so nothing is new; null when it was refused.',
      resolve: ({ isUnchanged }) => isUnchanged ?? null,
    }),
  }),
});

mutation(updateTestProgram, {
  isVersioned: true,
  input: (t) => ({
    testProgram: t.field({ type: TestProgramRef, required: true, description: 'The program to change.' }),
    displayName: t.string({ description: 'Its name for people; null clears it.' }),
    description: t.string({ description: 'What it is for; null clears it.' }),
    process: t.field({ type: ProcessRef, description: 'The step that it tests; null for none.' }),
    isActive: t.boolean({ description: 'Whether it is deployed.' }),
    isDeprecated: t.boolean({ description: 'Whether another program should be used; it is not deployed then.' }),
  }),
  payload: (t) => ({
    testProgram: t.field({
      type: TestProgram,
      nullable: true,
      description: 'The changed program.',
      resolve: (p, _args, context, info) => loadById(testProgramById, p.testProgram, context, info),
    }),
  }),
});

mutation(deleteTestProgram, {
  isVersioned: true,
  input: (t) => ({
    testProgram: t.field({ type: TestProgramRef, required: true, description: 'The program to delete.' }),
  }),
  payload: (t) => ({ deletedId: deletedIdField(t, 'TestProgram') }),
});
