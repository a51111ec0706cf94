import { processTarget } from '../process/process.loaders.ts';
import { stationTarget } from '../station/station.loaders.ts';
import { declareFileReferences } from '../../platform/file-store/references.ts';
import { sql } from '../../platform/postgres/sql.ts';
import { type Row, table } from '../../platform/postgres/table.ts';
import { connection } from '../../platform/read/connection.ts';
import * as filter from '../../platform/read/filter.ts';
import { order } from '../../platform/read/keyset.ts';
import { byId, byKey } from '../../platform/read/loader.ts';
import { relationFilter } from '../../platform/read/relation-filter.ts';
import type { Context } from '../../platform/request/context.ts';
import { downloadUrl } from '../../platform/request/download.ts';
import { DEPLOYMENT_STATUSES } from './test-program.rules.ts';

/** The table of test programs. */
export const testPrograms = table('TestProgram', 'test_programs');
/** The table of versions of test programs. */
export const testProgramVersions = table('TestProgramVersion', 'test_program_versions');
/** The table of deployments of test programs. */
export const testProgramDeployments = table('TestProgramDeployment', 'test_program_deployments');

declareFileReferences(
  'TestProgramVersion',
  'test_program_versions',
  sql`SELECT id, storage_key AS key, 'PRIMARY' AS location, size_bytes FROM test_program_versions`,
);

/** Loads test programs by id. */
export const testProgramById = byId(testPrograms);
/** Loads test programs by name. */
export const testProgramByName = byKey(testPrograms, 'name');
/** Loads versions of test programs by id. */
export const testProgramVersionById = byId(testProgramVersions);
/** Loads deployments of test programs by id. */
export const testProgramDeploymentById = byId(testProgramDeployments);

/** The list of test programs, with its filter and orders. */
export const testProgramList = connection({
  table: testPrograms,
  filter: {
    name: filter.textFilter(testPrograms.column('name'), 'Its name.'),
    process: relationFilter(processTarget, testPrograms.column('processId'), 'The step that it tests.'),
    isActive: filter.booleanFilter(testPrograms.column('isActive'), 'Whether it is active.'),
    isDeprecated: filter.booleanFilter(testPrograms.column('isDeprecated'), 'Whether another one should be used.'),
    createdAt: filter.instantFilter(testPrograms.column('createdAt'), 'When it was made (UTC).'),
  },
  orders: {
    NAME: order('By name.', { field: 'name', column: testPrograms.column('name'), cast: 'text' }),
    CREATED_AT: order('By when the program was made.', {
      field: 'createdAt',
      column: testPrograms.column('createdAt'),
      cast: 'timestamptz',
    }),
  },
  defaultOrder: [{ field: 'NAME' }],
});

/** The list of versions of a program, with its filter and orders. */
export const testProgramVersionList = connection({
  table: testProgramVersions,
  filter: {
    version: filter.textFilter(testProgramVersions.column('version'), 'Its number.'),
    createdAt: filter.instantFilter(testProgramVersions.column('createdAt'), 'When it was uploaded (UTC).'),
  },
  orders: {
    CREATED_AT: order('By when the version was uploaded, which is the order of its numbers.', {
      field: 'createdAt',
      column: testProgramVersions.column('createdAt'),
      cast: 'timestamptz',
    }),
  },
  defaultOrder: [{ field: 'CREATED_AT', direction: 'DESC' }],
});

/** The list of deployments, with its filter and orders. */
export const testProgramDeploymentList = connection({
  table: testProgramDeployments,
  filter: {
    station: relationFilter(stationTarget, testProgramDeployments.column('stationId'), 'The station.'),
    batchCode: filter.identifierFilter(testProgramDeployments.column('batchCode'), 'The batch it is for.'),
    status: filter.enumFilter(DEPLOYMENT_STATUSES, testProgramDeployments.column('status'), 'How far it is.'),
    createdAt: filter.instantFilter(testProgramDeployments.column('createdAt'), 'When it was ordered (UTC).'),
  },
  orders: {
    CREATED_AT: order('By when the deployment was ordered.', {
      field: 'createdAt',
      column: testProgramDeployments.column('createdAt'),
      cast: 'timestamptz',
    }),
  },
  defaultOrder: [{ field: 'CREATED_AT', direction: 'DESC' }],
});

/** The signed address of the package of a version. */
export function packageUrlOf({ id }: Pick<Row<'TestProgramVersion'>, 'id'>, context: Context): string {
  return downloadUrl(context, 'TestProgramVersion', id);
}
