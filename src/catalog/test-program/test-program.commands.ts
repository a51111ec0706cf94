import { v7 as uuid7 } from 'uuid';
import { lockProcess } from '../process/process.commands.ts';
import { command } from '../../platform/command/declaration.ts';
import { enforce, found, isCurrent, reject } from '../../platform/command/rejection.ts';
import { definedFields, type Lock, lockRow, rowByReference } from '../../platform/command/row-lock.ts';
import type { StoredFile } from '../../platform/file-store/file-store.ts';
import { holdContent } from '../../platform/file-store/references.ts';
import type { Reference } from '../../platform/input/schemas.ts';
import type { Tx } from '../../platform/postgres/client.ts';
import { sql } from '../../platform/postgres/sql.ts';
import type { Row } from '../../platform/postgres/table.ts';
import { ENG, personOf, type Viewer } from '../../platform/rules/access.ts';
import { rejection } from '../../platform/rules/rejection.ts';
import { present } from '../../platform/values/assert.ts';
import { keptPackage } from './package.commands.ts';
import { testPrograms, testProgramVersions } from './test-program.loaders.ts';
import { isTestProgramUnused, nextVersion } from './test-program.rules.ts';
import { DeleteTestProgram, UpdateTestProgram, type UploadInput, UploadTestProgram } from './test-program.shapes.ts';

/** TPG-1, TPG-2: Adds a version to a program, and makes the program where it is new. */
export const uploadTestProgram = command({
  name: 'uploadTestProgram',
  action: 'testProgram.uploaded',
  description:
    'Checks and stores a package as the next version of a program, which becomes its current one; a new name makes a new program (TPG-1, TPG-2). The same package as the current one changes nothing.',
  access: ENG,
  input: UploadTestProgram,
  prepare: ({ uploads }, input) => keptPackage(uploads, input),
  async run({ tx, viewer, context }, { process, ...input }, prepared) {
    const stored = 'rejection' in prepared ? reject(prepared.rejection) : prepared.stored;
    const step = process === undefined ? undefined : await lockProcess(tx, process, 'SHARE');
    const known = await rowByReference(tx, testPrograms, { key: 'name', value: input.name });
    const program = known && (await lockTestProgram(tx, { key: 'id', value: known.id }, 'NO KEY UPDATE'));
    const current = program && (await currentVersionOf(tx, program));
    if (program !== undefined && current?.checksumSha256 === stored.sha256)
      return { testProgram: program.id, version: current.id, isUnchanged: true };
    await holdContent(tx, stored.key);
    // The sweep may have taken a content that was stored long ago and is stored again now.
    if (!(await context.services.files.exists(stored.key))) reject(GONE);
    const { name, displayName, description } = input;
    const fields = definedFields({ displayName, description, processId: step?.id });
    const id = program?.id ?? uuid7();
    if (program === undefined) await tx.testProgram.create({ data: { ...fields, id, name } });
    const version = await insertVersion(tx, viewer, { programId: id, input, stored });
    await tx.testProgram.update({ where: { id }, data: { ...fields, currentVersionId: version } });
    return { testProgram: id, version, isUnchanged: false };
  },
});

/** Changes what is said of a program. Its name and its versions stay. */
export const updateTestProgram = command({
  name: 'updateTestProgram',
  action: 'testProgram.updated',
  description: 'Changes a test program. Its name and its versions stay.',
  access: ENG,
  input: UpdateTestProgram,
  async run({ tx }, { testProgram: reference, process, expectedVersion, ...changes }) {
    const step = process === undefined || process === null ? process : await lockProcess(tx, process, 'SHARE');
    const program = await lockTestProgram(tx, reference, 'NO KEY UPDATE');
    enforce(isCurrent(program, expectedVersion, { testProgram: program.id }));
    const processId = step === null ? null : step?.id;
    await tx.testProgram.update({ where: { id: program.id }, data: definedFields({ ...changes, processId }) });
    return { testProgram: program.id };
  },
});

/** GEN-1: Deletes a program that was never used, with its versions. */
export const deleteTestProgram = command({
  name: 'deleteTestProgram',
  action: 'testProgram.deleted',
  description:
    'Deletes a program with its versions, unless it was deployed or ran in a process session; such a one is deactivated instead (GEN-1). Its packages go with a later sweep.',
  access: ENG,
  input: DeleteTestProgram,
  async run({ tx }, { testProgram: reference, expectedVersion }) {
    const program = await lockTestProgram(tx, reference, 'UPDATE');
    const { id } = program;
    enforce(
      isCurrent(program, expectedVersion, { testProgram: id }),
      isTestProgramUnused(program, await usesOf(tx, id)),
    );
    await tx.testProgram.update({ where: { id }, data: { currentVersionId: null } });
    await tx.testProgramVersion.deleteMany({ where: { testProgramId: id } });
    await tx.testProgram.delete({ where: { id } });
    return { deletedId: id };
  },
});

/** Locks a test program. `NO KEY UPDATE` is also for all changes of its versions and deployments. */
export async function lockTestProgram(tx: Tx, reference: Reference, lock: Lock): Promise<Row<'TestProgram'>> {
  return lockRow(tx, testPrograms, { reference, lock, path: 'testProgram', what: 'Test program' });
}

/** The current version of a program, which its lock keeps. */
export async function currentVersionOf(tx: Tx, { currentVersionId }: Row<'TestProgram'>): Promise<VersionRow> {
  const id = present(currentVersionId, 'The current version of a test program');
  return present(await rowByReference(tx, testProgramVersions, { key: 'id', value: id }), 'The current version');
}

/** A version of a program by its number, or rejects it as NOT_FOUND. */
export async function versionOf(tx: Tx, program: Row<'TestProgram'>, version: string): Promise<VersionRow> {
  const [row] = await tx.query<VersionRow>(sql`
    SELECT ${testProgramVersions.columns} FROM test_program_versions t
    WHERE t.test_program_id = ${program.id}::uuid AND t.version = ${version}`);
  return found(row, 'version', `Version ${version} of test program ${program.name}`);
}

/** A step: keeps a version from being deleted while something refers to it. */
export async function lockTestProgramVersion(tx: Tx, id: string, path: string): Promise<VersionRow> {
  const reference = { key: 'id', value: id };
  return lockRow(tx, testProgramVersions, { reference, lock: 'SHARE', path, what: 'Version of a test program' });
}

type VersionRow = Row<'TestProgramVersion'>;

interface NewVersion {
  readonly programId: string;
  readonly input: Omit<UploadInput, 'process'>;
  readonly stored: StoredFile;
}

/** TPG-2: The next version; the lock of the program keeps the number from being given twice. */
async function insertVersion(tx: Tx, viewer: Viewer, { programId, input, stored }: NewVersion): Promise<string> {
  const [highest] = await tx.sql<{ readonly version: string }>`
    SELECT version FROM test_program_versions WHERE test_program_id = ${programId}::uuid
    ORDER BY string_to_array(version, '.')::int[] DESC LIMIT 1`;
  const { hardware, parameters, steps, changeNotes } = input;
  const { id } = await tx.testProgramVersion.create({
    data: {
      id: uuid7(),
      testProgramId: programId,
      version: nextVersion(highest?.version),
      checksumSha256: stored.sha256,
      sizeBytes: BigInt(stored.sizeBytes),
      storageKey: stored.key,
      hardware,
      parameters,
      steps,
      changeNotes: changeNotes ?? null,
      uploadedById: personOf(viewer),
    },
  });
  return id;
}

async function usesOf(tx: Tx, id: string): Promise<Readonly<Record<'deployments' | 'sessions', number>>> {
  const [uses] = await tx.sql<Readonly<Record<'deployments' | 'sessions', number>>>`
    SELECT (SELECT count(*)::int FROM test_program_deployments WHERE test_program_id = ${id}::uuid) AS deployments,
           (SELECT count(*)::int FROM process_sessions s JOIN test_program_versions v ON v.id = s.test_program_version_id
            WHERE v.test_program_id = ${id}::uuid) AS sessions`;
  return present(uses, 'The uses of the test program');
}

const GONE = rejection('CONFLICT', 'package', 'The content was removed while it was sent; send it again.');
