import { type Command, Option } from 'commander';
import { anchorsIn, newestAnchor, noteAnchor } from '../audit-export/anchor.ts';
import { exportAudit } from '../audit-export/export.ts';
import { answer, progress, report } from './output.ts';
import { contextFor } from '../request/context.ts';
import { openRuntime, reachDatabaseServer, validConfig } from '../start/runtime.ts';
import { archiveBlocks, recordAuditAccess } from '../../operation/audit/evidence.commands.ts';
import { sealNow } from '../../operation/audit/seal.commands.ts';
import { type Verification, verify } from '../../operation/audit/verify.loaders.ts';
import type { Database } from '../../platform/postgres/client.ts';
import type { Services } from '../../platform/request/context.ts';
import { assert } from '../../platform/values/assert.ts';
import { plusDays } from '../../platform/values/time.ts';

interface JsonOption {
  readonly json?: boolean;
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
    .option('--json', 'answer as JSON')
    .action(
      ({ fromBlock, toBlock, anchor, json }: JsonOption & { fromBlock?: number; toBlock?: number; anchor?: string }) =>
        withServices(async ({ database }) => {
          for (const number of [fromBlock, toBlock])
            assert(
              number === undefined || (Number.isInteger(number) && number >= 1),
              'A block is named by its number, from 1 on.',
            );
          const anchors = anchor === undefined ? [] : await anchorsIn(anchor);
          let show: ((done: number) => void) | undefined;
          const found = await verify(database.reader(), {
            fromBlock,
            toBlock,
            anchors,
            progress: (done, total) => (show ??= progress('Entries', total))(done),
          });
          answer(found, summaryOf(found, anchors.length), json === true);
          if (!found.isIntact) process.exitCode = 1;
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

  audit
    .command('anchor')
    .description(
      "Print the newest block's number and hash, to be kept where nobody who rules the database can change it.",
    )
    .option('--file <file>', 'append it to this file too, for "audit verify --anchor"')
    .action(({ file }: { file?: string }) =>
      withServices(async ({ database }) => {
        const anchor = await newestAnchor(database.reader());
        assert(anchor !== undefined, 'Nothing is sealed yet.');
        if (file !== undefined) await noteAnchor(file, anchor);
        answer(
          anchor,
          `Block ${anchor.number}, to position ${anchor.lastPosition}, sealed at ${anchor.sealedAt}: ${anchor.hash}`,
          file === undefined,
        );
      }),
    );

  audit
    .command('archive')
    .description(
      "Retention: remove the entries of whole blocks sealed long ago, as the tables' owner; the chain stays and still verifies. Export first. Leaves an entry (AUD-6).",
    )
    .addOption(
      new Option('--older-than <days>', 'sealed more than so many days ago').argParser(Number).makeOptionMandatory(),
    )
    .requiredOption('--yes', 'confirm that the entries are to be removed')
    .option('--json', 'answer as JSON')
    .action(({ olderThan, json }: JsonOption & { olderThan: number }) =>
      withOwner(async (database) => {
        assert(Number.isInteger(olderThan) && olderThan >= 0, '--older-than is a number of days, from 0 on.');
        const done = await archiveBlocks(database, plusDays(new Date().toISOString(), -olderThan));
        answer(done, `Removed ${done.entries} entries of ${done.blocks} blocks.`, json === true);
      }),
    );
}

async function withServices(work: (services: Services) => Promise<void>): Promise<void> {
  const runtime = await openRuntime(validConfig(), report);
  try {
    await work(runtime.services);
  } finally {
    await runtime.close();
  }
}

/** Runs the work as the owner of the tables, because the application may not change the audit trail. */
async function withOwner(work: (database: Database) => Promise<void>): Promise<void> {
  const { openDatabase } = await import('../../platform/postgres/database.ts');
  const config = validConfig();
  const server = await reachDatabaseServer(config, report);
  const database = openDatabase({
    url: server.ownerUrl,
    poolSize: 2,
    statementTimeoutSeconds: RETENTION_SECONDS,
    onConnectionError: (error) => report(error.message),
  });
  try {
    await work(database);
  } finally {
    await database.close();
    await server.release();
  }
}

/** Removing twenty blocks of a thousand entries, with their indexes, may take longer than a request may. */
const RETENTION_SECONDS = 120;

function summaryOf(
  { isIntact, checkedBlocks, checkedEntries, unsealedEntries, firstBreak }: Verification,
  anchors: number,
): string {
  const checked = `${checkedEntries} entries in ${checkedBlocks} blocks${anchors === 0 ? '' : `, ${anchors} anchors`}; ${unsealedEntries} entries are not sealed yet.`;
  if (isIntact || firstBreak === null) return `Intact: ${checked}`;
  const where = [
    `block ${firstBreak.blockNumber}`,
    ...(firstBreak.position === null ? [] : [`position ${firstBreak.position}`]),
    ...(firstBreak.entryId === null ? [] : [`entry ${firstBreak.entryId}`]),
  ];
  return `BROKEN, ${firstBreak.kind} at ${where.join(', ')}: ${firstBreak.message}\nBefore it were checked: ${checked}`;
}
