/** Deployments of test programs: ordered by engineers, fetched by stations. */
import { v7 as uuid7 } from 'uuid';
import { lockStation } from '../station/station.commands.ts';
import { command } from '../../platform/command/declaration.ts';
import { enforce, found, isCurrent } from '../../platform/command/rejection.ts';
import type { Tx } from '../../platform/postgres/client.ts';
import { sql, type Sql } from '../../platform/postgres/sql.ts';
import type { Row } from '../../platform/postgres/table.ts';
import { ENG, ENG_AND_STATION, personOf } from '../../platform/rules/access.ts';
import { present } from '../../platform/values/assert.ts';
import { currentVersionOf, lockTestProgram, versionOf } from './test-program.commands.ts';
import { testProgramDeployments, testProgramVersions } from './test-program.loaders.ts';
import {
  deploymentMayMove,
  mayBeDeployed,
  mayRollBack,
  pullsForItself,
  reportsOnItself,
  ROLLED_BACK,
  SUPERSEDED,
} from './test-program.rules.ts';
import { DeployTestProgram, PullTestProgram, ReportDeployment, RollbackTestProgram } from './test-program.shapes.ts';

/** TPG-4: Orders that a version runs at a station, for a batch, or both. */
export const deployTestProgram = command({
  name: 'deployTestProgram',
  action: 'testProgram.deployed',
  description:
    'Orders that a version runs at a station, for a batch code, or for a batch at a station. It is PENDING until a station pulls it; an older PENDING one of the same program and station is FAILED then, as superseded (TPG-4).',
  access: ENG,
  input: DeployTestProgram,
  async run({ tx, viewer }, { testProgram: reference, version: number, station: place, batchCode }) {
    const station = place === undefined ? undefined : await lockStation(tx, place, 'SHARE');
    const program = await lockTestProgram(tx, reference, 'NO KEY UPDATE');
    enforce(mayBeDeployed(program));
    const version = number === undefined ? await currentVersionOf(tx, program) : await versionOf(tx, program, number);
    const target =
      station === undefined
        ? sql`station_id IS NULL AND batch_code = ${batchCode}`
        : sql`station_id = ${station.id}::uuid`;
    await tx.query(sql`
      UPDATE test_program_deployments SET status = 'FAILED', error_message = ${SUPERSEDED}
      WHERE test_program_id = ${program.id}::uuid AND status = 'PENDING' AND ${target}`);
    const { id } = await tx.testProgramDeployment.create({
      data: {
        id: uuid7(),
        testProgramId: program.id,
        testProgramVersionId: version.id,
        stationId: station?.id ?? null,
        batchCode: batchCode ?? null,
        deployedById: personOf(viewer),
      },
    });
    return { deployment: id };
  },
});

/** TPG-3: Makes another version the current one, and ends the deployments of the one that is left. */
export const rollbackTestProgram = command({
  name: 'rollbackTestProgram',
  action: 'testProgram.rolledBack',
  description:
    'Makes another version of the program the current one, an older or a newer one (TPG-3). Deployments of the version that is left end: DEPLOYED ones become ROLLED_BACK, PENDING ones FAILED.',
  access: ENG,
  input: RollbackTestProgram,
  async run({ tx }, { testProgram: reference, version: number, expectedVersion }) {
    const program = await lockTestProgram(tx, reference, 'NO KEY UPDATE');
    enforce(isCurrent(program, expectedVersion, { testProgram: program.id }));
    const current = await currentVersionOf(tx, program);
    const target = await versionOf(tx, program, number);
    enforce(mayRollBack(program, current, target));
    await tx.query(sql`
      UPDATE test_program_deployments
      SET status = CASE status WHEN 'DEPLOYED' THEN 'ROLLED_BACK' ELSE 'FAILED' END::deployment_status,
          error_message = CASE status WHEN 'PENDING' THEN ${ROLLED_BACK} END
      WHERE test_program_version_id = ${current.id}::uuid AND status IN ('PENDING', 'DEPLOYED')`);
    await tx.testProgram.update({ where: { id: program.id }, data: { currentVersionId: target.id } });
    return { testProgram: program.id };
  },
});

/** TPG-5: Answers which version a station is to run; its PENDING deployment is DEPLOYED then. */
export const pullTestProgram = command({
  name: 'pullTestProgram',
  action: 'testProgram.pulled',
  description:
    'Which version a station is to run, and where its package is (TPG-5): that of its PENDING deployment, which is DEPLOYED then; else that of its newest DEPLOYED one; else the current version. A deployment for a batch counts while the station has an open process session of the batch.',
  access: ENG_AND_STATION,
  input: PullTestProgram,
  async run({ tx, now, viewer }, { testProgram: reference, station: place, installedVersion }) {
    enforce(pullsForItself(viewer, place));
    const station = await lockStation(tx, place, 'SHARE');
    const program = await lockTestProgram(tx, reference, 'SHARE');
    const [deployment] = await tx.query<Row<'TestProgramDeployment'>>(sql`
      SELECT ${testProgramDeployments.columns} FROM test_program_deployments t
      WHERE t.test_program_id = ${program.id}::uuid AND t.status IN ('PENDING', 'DEPLOYED') AND ${isFor(station.id)}
      ORDER BY t.status, t.deployed_at DESC, t.created_at DESC, t.id DESC LIMIT 1 FOR NO KEY UPDATE`);
    if (deployment?.status === 'PENDING')
      await tx.testProgramDeployment.update({
        where: { id: deployment.id },
        data: { status: 'DEPLOYED', deployedAt: now },
      });
    const version = deployment === undefined ? await currentVersionOf(tx, program) : await deployed(tx, deployment);
    return { version: version.id, isUpToDate: version.version === installedVersion };
  },
});

/** TPG-4, TPG-5: Notes that a deployment does not work at its station. */
export const reportDeployment = command({
  name: 'reportDeployment',
  action: 'testProgram.deploymentFailed',
  description:
    'Notes that a PENDING or DEPLOYED deployment does not work, and why (TPG-4). A station reports on its own.',
  access: ENG_AND_STATION,
  input: ReportDeployment,
  async run({ tx, viewer }, { id, errorMessage, expectedVersion }) {
    const [deployment] = await tx.query<Row<'TestProgramDeployment'>>(
      sql`SELECT ${testProgramDeployments.columns} FROM test_program_deployments t WHERE t.id = ${id}::uuid FOR NO KEY UPDATE`,
    );
    enforce(reportsOnItself(viewer, deployment));
    const reported = found(deployment, 'id', 'The deployment with this id');
    enforce(isCurrent(reported, expectedVersion, { deployment: id }), deploymentMayMove(reported.status, 'FAILED'));
    await tx.testProgramDeployment.update({ where: { id }, data: { status: 'FAILED', errorMessage } });
    return { deployment: id };
  },
});

/** The condition, on the alias `t`, that a deployment counts for a station. PENDING sorts before DEPLOYED. */
function isFor(stationId: string): Sql {
  return sql`(t.station_id IS NULL OR t.station_id = ${stationId}::uuid) AND (t.batch_code IS NULL OR EXISTS (
    SELECT FROM process_sessions s WHERE s.station_id = ${stationId}::uuid AND s.status = 'OPEN' AND s.batch_code = t.batch_code))`;
}

async function deployed(tx: Tx, deployment: Row<'TestProgramDeployment'>): Promise<Row<'TestProgramVersion'>> {
  const [version] = await tx.query<Row<'TestProgramVersion'>>(
    sql`SELECT ${testProgramVersions.columns} FROM test_program_versions t WHERE t.id = ${deployment.testProgramVersionId}::uuid`,
  );
  return present(version, 'The version of a deployment');
}
