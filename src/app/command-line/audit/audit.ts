import { openStoredEntries } from '../../../operation/config-entry/config-entry.loaders.ts';
import type { Config } from '../../../platform/process/config.ts';
import { createLog } from '../../../platform/process/log.ts';
import { plantSettings } from '../../../platform/request/plant-settings.ts';
import { type Command, Option } from 'commander';
import { readPublicKeys } from '../../audit-export/anchor-signature.ts';
import { anchorsIn } from '../../audit-export/anchor.ts';
import { checkExport } from '../../audit-export/check-export.ts';
import { exportAudit } from '../../audit-export/export.ts';
import { addAnchor } from './audit-anchor.ts';
import { answer, progress, report } from '../output.ts';
import { withServices } from '../services.ts';
import { verifyState, type StateVerification } from '../../audit-export/verify-state.ts';
import { contextFor } from '../../request/context.ts';
import { MIGRATIONS, reachDatabaseServer, validConfig } from '../../start/runtime.ts';
import {
  blockToArchive,
  declareArchive,
  recordAuditAccess,
  removeArchivedEntries,
} from '../../../operation/audit/evidence.commands.ts';
import { sealNow } from '../../../operation/audit/seal.commands.ts';
import { type Verification, verify } from '../../../operation/audit/verify.loaders.ts';
import { readMigrations } from '../../../platform/migrations/files.ts';
import { functionSources } from '../../../platform/migrations/functions.ts';
import type { Database } from '../../../platform/postgres/client.ts';
import { assert } from '../../../platform/values/assert.ts';
import { plusDays } from '../../../platform/values/time.ts';

interface JsonOption {
  readonly json?: boolean;
}

interface VerifyCommandOptions extends JsonOption {
  readonly fromBlock?: number;
  readonly toBlock?: number;
  readonly anchor?: string;
  readonly publicKey?: string;
  readonly state?: boolean;
}

/** Adds `lotgraph audit` with its subcommands. */
export function addAudit(program: Command): void {
  const audit = program
    .command('audit')
    .description('Prove, copy and keep the record of all changes (rules AUD-1 to AUD-6).');

  audit
    .command('verify')
    .description('Compute the hashes of the record again; exit code 1 when something does not fit.')
    .option('--from-block <number>', 'the first block to check', Number)
    .option('--to-block <number>', 'the last block to check', Number)
    .option('--anchor <file>', 'check the blocks noted in this file too (see "audit anchor")')
    .option(
      '--public-key <file>',
      'demand of each of these anchors a signature by a key in this file (see "audit keygen")',
    )
    .option('--state', 'compare the record with every row, and check triggers, functions and privileges, too')
    .option('--json', 'answer as JSON')
    .action(({ fromBlock, toBlock, anchor, publicKey, state, json }: VerifyCommandOptions) =>
      withServices(async ({ database }) => {
        for (const number of [fromBlock, toBlock])
          assert(
            number === undefined || (Number.isInteger(number) && number >= 1),
            'A block is named by its number, from 1 on.',
          );
        assert(
          publicKey === undefined || anchor !== undefined,
          '--public-key needs --anchor, the file whose signatures it checks.',
        );
        const keys = publicKey === undefined ? undefined : await readPublicKeys(publicKey);
        const anchors = anchor === undefined ? [] : await anchorsIn(anchor, keys);
        assert(keys === undefined || anchors.length > 0, 'The file of anchors contains none.');
        let show: ((done: number) => void) | undefined;
        const found = await verify(database.reader(), {
          fromBlock,
          toBlock,
          anchors,
          progress: (done, total) => (show ??= progress('Entries', total))(done),
        });
        const compared = state === true ? await compareState(database, found) : undefined;
        const noted = `${anchors.length} ${keys === undefined ? '' : 'signed '}anchors`;
        const text = [
          summaryOf(found, anchors.length === 0 ? '' : `, ${noted}`),
          ...(compared === undefined ? [] : [summaryOfState(compared)]),
        ];
        answer(compared === undefined ? found : { ...found, state: compared }, text.join('\n'), json === true);
        if (!found.isIntact || compared?.isConsistent === false) process.exitCode = 1;
      }),
    );

  audit
    .command('export')
    .description(
      'Write entries, blocks and a manifest, to be checked without this program (tools/verify_audit.py). Leaves an entry (AUD-6).',
    )
    .requiredOption('--to <directory>', 'where to write; made when missing')
    .option('--json', 'answer as JSON')
    .action(({ to, json }: JsonOption & { to: string }) =>
      withServices(async (services) => {
        await recordAuditAccess(contextFor(services, null), {
          operation: 'EXPORT',
          action: 'audit.exported',
          entity: 'audit_blocks',
        });
        await sealNow(services.database);
        let show: ((done: number) => void) | undefined;
        const manifest = await exportAudit(services.database.reader(), to, new Date().toISOString(), (done, total) =>
          (show ??= progress('Entries', total))(done),
        );
        answer(
          manifest,
          `Wrote ${manifest.entryCount} entries in ${manifest.blockCount} blocks to ${to}.`,
          json === true,
        );
      }),
    );

  addAnchor(audit);

  audit
    .command('archive')
    .description(
      "Retention: remove the entries of whole blocks sealed long ago, as the tables' owner, once they are in an export. An entry of the record says so first; the chain stays and still verifies (AUD-6).",
    )
    .addOption(
      new Option(
        '--older-than <days>',
        'sealed more than so many days ago; unless given, the setting audit.retention_days',
      ).argParser(Number),
    )
    .requiredOption('--export <directory>', 'the export that holds these entries (see "audit export"); it is checked')
    .requiredOption('--yes', 'confirm that the entries are to be removed')
    .option('--json', 'answer as JSON')
    .action(
      ({ olderThan, export: directory, json }: JsonOption & { readonly olderThan?: number; readonly export: string }) =>
        withOwner(async (database, config) => {
          const entries = await openStoredEntries(database, config.environment, createLog('warn', config.logFormat));
          const days = olderThan ?? plantSettings({ config, entries }).auditRetentionDays;
          assert(Number.isInteger(days) && days >= 0, '--older-than is a number of days, from 0 on.');
          const done = await archive(database, plusDays(new Date().toISOString(), -days), directory);
          const text =
            done.lastBlock === null
              ? `No further block is that old; removed ${done.entries} entries of blocks archived before.`
              : `Archived the blocks up to ${done.lastBlock}, and removed ${done.entries} entries.`;
          answer(done, text, json === true);
        }),
    );
}

async function compareState(database: Database, { archive: found }: Verification): Promise<StateVerification> {
  const { files } = await readMigrations(MIGRATIONS);
  return verifyState(database, { functions: functionSources(files), archive: found }, report);
}

function summaryOfState({ isConsistent, comparedRows, contradictionCount, contradictions }: StateVerification): string {
  if (isConsistent) return `Consistent: ${comparedRows} rows are in their last recorded state.`;
  const more = contradictionCount - contradictions.length;
  return [
    `CONTRADICTED: ${contradictionCount} contradictions between the record and the database, with ${comparedRows} rows compared:`,
    ...contradictions.map(({ kind, message }) => `  ${kind}: ${message}`),
    ...(more === 0 ? [] : [`  … and ${more} more.`]),
  ].join('\n');
}

/** Archives the blocks that were sealed before the instant, and removes the entries of all archived blocks. */
async function archive(
  database: Database,
  sealedBefore: string,
  directory: string,
): Promise<{ readonly lastBlock: number | null; readonly entries: number }> {
  const block = await blockToArchive(database, sealedBefore);
  if (block !== undefined) {
    report('Verifying the record.');
    const found = await verify(database.reader(), {});
    assert(
      found.isIntact,
      `Nothing was removed, because the record is broken: ${found.firstBreak?.message ?? ''} See "lotgraph audit verify".`,
    );
    report('Checking the export.');
    const checksum = await checkExport(directory, block, found.archive?.lastBlock ?? 0);
    await declareArchive(database, block, checksum);
  }
  let show: ((done: number) => void) | undefined;
  const entries = await removeArchivedEntries(database, (done, total) => (show ??= progress('Positions', total))(done));
  return { lastBlock: block?.number ?? null, entries };
}

/** Runs the work as the owner of the tables, because the application may not change the audit trail. */
async function withOwner(work: (database: Database, config: Config) => Promise<void>): Promise<void> {
  const { openDatabase } = await import('../../../platform/postgres/database.ts');
  const config = validConfig();
  const server = await reachDatabaseServer(config, report);
  const database = openDatabase({
    url: server.ownerUrl,
    poolSize: 2,
    statementTimeoutSeconds: RETENTION_SECONDS,
    onConnectionError: (error) => report(error.message),
  });
  try {
    await work(database, config);
  } finally {
    await database.close();
    await server.release();
  }
}

/** Removing twenty blocks of a thousand entries, with their indexes, may take longer than a request may. */
const RETENTION_SECONDS = 120;

function summaryOf(
  { isIntact, checkedBlocks, checkedEntries, absentEntries, unsealedEntries, archive: found, firstBreak }: Verification,
  anchors: string,
): string {
  const absent =
    found === null
      ? ''
      : ` ${absentEntries} of them are absent: archived up to block ${found.lastBlock}, in the export whose manifest has the SHA-256 ${found.exportSha256}.`;
  const checked = `${checkedEntries} entries in ${checkedBlocks} blocks${anchors}; ${unsealedEntries} entries are not sealed yet.${absent}`;
  if (isIntact || firstBreak === null) return `Intact: ${checked}`;
  const where = [
    `block ${firstBreak.blockNumber}`,
    ...(firstBreak.position === null ? [] : [`position ${firstBreak.position}`]),
    ...(firstBreak.entryId === null ? [] : [`entry ${firstBreak.entryId}`]),
  ];
  return `BROKEN, ${firstBreak.kind} at ${where.join(', ')}: ${firstBreak.message}\nBefore it were checked: ${checked}`;
}
