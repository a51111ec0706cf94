/**
 * `lotgraph check`: whether a plant is whole, and answers. It changes nothing: everything is read in a transaction that may
 * not write, but for the key queries, which only read.
 */
import type { MigrationFile } from '../../../platform/migrations/files.ts';
import type { MigrationState } from '../../../platform/migrations/runner.ts';
import { raw } from '../../../platform/postgres/sql.ts';
import type { Services } from '../../../platform/request/context.ts';
import { verify } from '../../../operation/audit/verify.loaders.ts';
import { type Baseline, baselineOf, comparisonFindings } from './baseline.ts';
import { failed, type CheckFinding, passed } from './finding.ts';
import { plantFindings } from './plant-rules.ts';
import { schemaFindings } from './schema-objects.ts';
import { askKeyQueries, smokeFindings, SMOKE_MILLISECONDS } from './smoke.ts';
import { storedDataFindings } from './stored-data.ts';
import {
  SURROUNDING_LIMITS,
  type SurroundingLimits,
  surroundingFindings,
  type TableSize,
  tableSizes,
} from './surroundings.ts';

/** What a check is about. */
export interface CheckOptions {
  readonly migrations: readonly MigrationState[];
  readonly files: readonly Pick<MigrationFile, 'up'>[];
  /** Where the data are on this machine; undefined when they are elsewhere. */
  readonly directory: string | undefined;
  /** How the plant was. */
  readonly before?: Baseline | undefined;
  readonly limits?: SurroundingLimits;
  readonly mostMilliseconds?: number;
}

/** What a check found. */
export interface CheckReport {
  readonly isHealthy: boolean;
  readonly findings: readonly CheckFinding[];
  readonly tables: readonly TableSize[];
  /** How the plant is, to be kept as a baseline. */
  readonly baseline: Baseline;
}

/** Checks a plant. */
export async function checkPlant(services: Services, options: CheckOptions): Promise<CheckReport> {
  const { migrations, files, directory, before, limits = SURROUNDING_LIMITS } = options;
  const { findings: stored, tables } = await services.database.transaction(async (tx) => {
    await tx.query(raw('SET TRANSACTION READ ONLY'));
    const findings = [
      ...(await schemaFindings(tx, migrations, files)),
      ...(await storedDataFindings(tx)),
      ...(await plantFindings(tx)),
      await auditFinding(tx),
      ...(await surroundingFindings(tx, directory, limits)),
    ];
    return { findings, tables: await tableSizes(tx) };
  });
  const results = await askKeyQueries(services);
  const now = { version: services.version, now: new Date().toISOString() };
  const baseline = baselineOf(now, results ?? [], tables);
  const findings = [
    ...stored,
    ...smokeFindings(results, options.mostMilliseconds ?? SMOKE_MILLISECONDS),
    ...(before === undefined ? [] : comparisonFindings(before, baseline)),
  ];
  return { isHealthy: findings.every(({ status }) => status !== 'FAILED'), findings, tables, baseline };
}

async function auditFinding(tx: Parameters<typeof verify>[0]): Promise<CheckFinding> {
  const { firstBreak, checkedBlocks, checkedEntries } = await verify(tx, {});
  return firstBreak === null
    ? passed('audit', `${checkedEntries} entries in ${checkedBlocks} blocks verify (AUD-5)`)
    : failed('audit', 1, `${firstBreak.kind} in block ${firstBreak.blockNumber}: ${firstBreak.message}`);
}
